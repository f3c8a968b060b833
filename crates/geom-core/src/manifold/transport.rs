//! Exact parallel transport, for manifolds that have it in closed form.

use burn::tensor::Tensor;

use crate::manifold::Manifold;

/// Parallel transport along the shortest geodesic.
///
/// Transport from `x` to `y` is a linear isometry $T_xM \to T_yM$, and transport back undoes it.
/// A manifold that implements this lets [`Manifold::transport`] delegate here; one that does not
/// documents there which vector transport it offers instead.
pub trait ParallelTransport: Manifold {
    /// $P_{x \to y}\\,v$.
    ///
    /// # Shapes
    /// - `x`, `y`, `v`, and the result: `[..., d]`, broadcast against each other
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D>;
}
