//! Operations of the Minkowski space around the hyperboloid.

use burn::tensor::Tensor;

use super::Hyperboloid;
use super::formulas::{Boost, MinkowskiInner};

impl Hyperboloid {
    /// The Minkowski product $-x_0y_0 + \langle x_s, y_s\rangle$, `[..., 1]`.
    pub fn minkowski_inner<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(MinkowskiInner, [x, y])
    }

    /// The boost that carries the origin to `x`, applied to a point or tangent vector `z`.
    ///
    /// # Shapes
    /// - `x`, `z`, and the result: `[..., d + 1]`
    pub fn boost<const D: usize>(&self, x: Tensor<D>, z: Tensor<D>) -> Tensor<D> {
        self.evaluate(Boost, [x, z])
    }
}
