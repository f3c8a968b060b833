//! How an adaptive optimizer accumulates its second moment.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::geometry::Geometry;

/// How an adaptive optimizer accumulates its second moment.
///
/// The choice is made at the first step of a parameter and kept in its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondMoment {
    /// [`PerPoint`](Self::PerPoint) on curved manifolds, [`Elementwise`](Self::Elementwise) on flat
    /// ones and on ordinary parameters: the optimizer as published on either side.
    #[default]
    ByCurvature,
    /// One number per point, the squared Riemannian norm of its gradient; on products one number per
    /// factor. Independent of coordinates. On an ordinary parameter a row (the last axis) counts as
    /// a point.
    PerPoint,
    /// One number per ambient coordinate, the squared coordinate of the Riemannian gradient. It
    /// depends on the coordinates, and the direction is projected back to the tangent space.
    Elementwise,
}

impl SecondMoment {
    /// Whether a parameter of this geometry has one number per point.
    pub(crate) fn is_per_point(self, geometry: &Geometry) -> bool {
        match self {
            Self::ByCurvature => !geometry.is_flat(),
            Self::PerPoint => true,
            Self::Elementwise => false,
        }
    }
}

/// The square of a Riemannian gradient: one number per point or factor, else elementwise; broadcasts
/// against `x`.
pub(crate) fn square<const D: usize>(
    per_point: bool,
    geometry: &Geometry,
    x: &Tensor<D>,
    gradient: Tensor<D>,
) -> Tensor<D> {
    match per_point {
        true => geometry.squared_norm_by_factor(x, gradient),
        false => gradient.square(),
    }
}
