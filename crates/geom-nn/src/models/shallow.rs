//! A table of points.

use burn::module::{Module, Param};
use burn::tensor::{Distribution, Tensor, TensorCreationOptions};
use geom_core::AnyManifold;

/// Coordinates of a table start uniform within this bound: close to the origin, where all distances
/// are alike, and far enough apart to have directions.
const START: f64 = 0.05;

/// A point for every node, $x_i = \exp_0(v_i)$, by its coordinates $v_i$ at the origin, so that any
/// optimizer trains it in any space. It sees neither features nor neighbors.
#[derive(Module, Debug)]
pub struct Shallow {
    /// `[nodes, d]`.
    pub coordinates: Param<Tensor<2>>,
    /// The space of the points.
    pub space: AnyManifold,
}

impl Shallow {
    /// Points close to the origin, drawn by the device.
    pub(super) fn new(
        shape: [usize; 2],
        space: AnyManifold,
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        let start = Distribution::Uniform(-START, START);
        Self {
            coordinates: Param::from_tensor(Tensor::random(shape, start, options)),
            space,
        }
    }
}
