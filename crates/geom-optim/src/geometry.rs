//! The geometry of the parameter at hand: a plain tensor, or points of the current manifold.

use burn::tensor::{DType, Tensor};
use geom_core::Limits;
use geom_core::scope::{self, Current};

use crate::step_map::StepMap;

/// What an optimizer step asks of geometry.
///
/// The plain branch is Burn's own arithmetic, operation by operation, so that an ordinary parameter
/// is stepped exactly as Burn's optimizers would.
pub(crate) enum Geometry {
    /// An ordinary parameter: flat space, one number per coordinate.
    Plain,
    /// A parameter whose rows are points of a manifold.
    Manifold(Current),
}

impl Geometry {
    /// The geometry of the parameter that the module traversal is visiting.
    pub(crate) fn current() -> Self {
        scope::current().map_or(Self::Plain, Self::Manifold)
    }

    /// Whether the sectional curvature is zero everywhere.
    pub(crate) fn is_flat(&self) -> bool {
        match self {
            Self::Plain => true,
            Self::Manifold(manifold) => manifold.sectional_curvature() == Some(0.0),
        }
    }

    /// Whether every verb is Burn's own arithmetic, which nothing may be added to.
    fn is_euclidean(&self) -> bool {
        match self {
            Self::Plain => true,
            Self::Manifold(manifold) => manifold.name() == "euclidean",
        }
    }

    /// The Riemannian gradient from the one that automatic differentiation returns.
    ///
    /// A gradient longer than [`longest`] is shortened to that first: no conversion then overflows.
    pub(crate) fn riemannian_gradient<const D: usize>(
        &self,
        x: &Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => gradient,
            Self::Manifold(manifold) => {
                let gradient = match self.is_euclidean() {
                    true => gradient,
                    false => shortening(manifold, &gradient, 1.0) * gradient,
                };
                manifold.riemannian_gradient(x.clone(), gradient)
            }
        }
    }

    /// The projection of an ambient vector onto the tangent space at `x`.
    pub(crate) fn project_tangent<const D: usize>(&self, x: &Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Plain => u,
            Self::Manifold(manifold) => manifold.project_tangent(x.clone(), u),
        }
    }

    /// The squared norm of a tangent vector, the point axes reduced to 1. A row of a plain tensor
    /// counts as one point.
    pub(crate) fn squared_norm<const D: usize>(&self, x: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Plain => v.square().sum_dim(D - 1),
            // A tangent vector of a pseudo-Euclidean ambient space can come out below zero by
            // rounding.
            Self::Manifold(manifold) => manifold.inner(x.clone(), v.clone(), v).clamp_min(0.0),
        }
    }

    /// The squared norm of the part of a tangent vector in each factor of a product, broadcasting
    /// against `v`. A row of a plain tensor counts as one point.
    pub(crate) fn squared_norm_by_factor<const D: usize>(
        &self,
        x: &Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => v.square().sum_dim(D - 1),
            // As above.
            Self::Manifold(manifold) => manifold
                .component_inner(x.clone(), v.clone(), v)
                .clamp_min(0.0),
        }
    }

    /// The point that a step of `-lr * direction` leads to.
    ///
    /// A step longer than [`longest`] is shortened to that: it leads as far as the number format
    /// goes either way. Where a step still leaves the number format, as next to the point at infinity
    /// of a stereographic chart, the point stays where it is.
    pub(crate) fn advance<const D: usize>(
        &self,
        map: StepMap,
        lr: f64,
        x: Tensor<D>,
        direction: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => x - direction.mul_scalar(lr),
            Self::Manifold(manifold) => {
                let v = match self.is_euclidean() {
                    true => direction.mul_scalar(-lr),
                    false => shortening(manifold, &direction, lr).mul_scalar(-lr) * direction,
                };
                let next = match map {
                    StepMap::ExponentialMap => manifold.exp(x.clone(), v),
                    StepMap::Retraction => manifold.retract(x.clone(), v),
                };
                let next = manifold.project(next);
                match self.is_euclidean() {
                    true => next,
                    false => or_else(manifold, next, x),
                }
            }
        }
    }

    /// Carries a tangent vector from `x` to `y`.
    ///
    /// At the edge of the number format transport is an isometry up to a factor only, and a momentum
    /// that goes through it at every step could grow without end: what comes out longer than
    /// [`longest`] is shortened to that.
    pub(crate) fn transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => v,
            Self::Manifold(manifold) => {
                let v = manifold.transport(x, y, v);
                match self.is_euclidean() {
                    true => v,
                    // A momentum that left the number format starts anew.
                    false => {
                        let short = shortening(manifold, &v, 1.0) * v;
                        let none = short.zeros_like();
                        or_else(manifold, short, none)
                    }
                }
            }
        }
    }
}

/// The longest ambient vector that a curved manifold is handed, in the sum of the magnitudes of its
/// coordinates: $\sqrt{\text{max}}\,e^{-r}$ with the largest number and the
/// [radius](Limits::max_radius) of the format, 5e11 in `f32` and 7e137 in `f64`.
///
/// Maps multiply by a coordinate of a hyperbolic point, up to $e^r$, and then square: the result is
/// still finite. No useful step is that long.
fn longest(dtype: DType) -> f64 {
    let largest = match dtype {
        DType::F64 => f64::MAX,
        _ => f64::from(f32::MAX),
    };
    largest.sqrt() * (-Limits::of(dtype).max_radius).exp()
}

/// `values`, or `otherwise` for the points with a coordinate that is not finite; others bit for bit.
fn or_else<const D: usize>(
    manifold: &Current,
    values: Tensor<D>,
    otherwise: Tensor<D>,
) -> Tensor<D> {
    // Zero, or NaN.
    let mut gap = values.clone() - values.clone();
    for axis in D - manifold.point_rank()..D {
        gap = gap.sum_dim(axis);
    }
    let dims = values.dims();
    values.mask_where(gap.is_nan().expand(dims), otherwise)
}

/// The factor, with the point axes reduced to 1, that shortens `scale` times the vector `v` of every
/// point to [`longest`]: exactly 1 for shorter ones.
fn shortening<const D: usize>(manifold: &Current, v: &Tensor<D>, scale: f64) -> Tensor<D> {
    let mut length = v.clone().abs();
    for axis in D - manifold.point_rank()..D {
        length = length.sum_dim(axis);
    }
    length
        .recip()
        .mul_scalar(longest(v.dtype()) / scale)
        .clamp_max(1.0)
}
