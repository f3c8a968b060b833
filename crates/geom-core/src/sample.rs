//! Random points and tangent vectors.

use burn::tensor::{Tensor, TensorCreationOptions};

use crate::manifold::Manifold;

/// Sampling; the generator is Burn's, seeded by [`Device::seed`](burn::tensor::Device::seed).
pub trait Sample: Manifold {
    /// Points of the wrapped normal distribution around the origin: $\exp_0(v)$ with the
    /// coordinates of $v$ in an orthonormal frame drawn from $\mathcal N(0, \mathtt{std}^2)$.
    ///
    /// # Shapes
    /// - returns: `shape`, the last axis in ambient coordinates
    ///
    /// # References
    /// Nagano, Yamaguchi, Fujita, Koyama (2019), *A Wrapped Normal Distribution on Hyperbolic
    /// Space*, algorithm 1.
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D>;

    /// Tangent vectors at `x` whose coordinates in an orthonormal frame are drawn from
    /// $\mathcal N(0, \mathtt{std}^2)$.
    fn random_tangent<const D: usize>(&self, x: Tensor<D>, std: f64) -> Tensor<D>;
}

/// Sampling from the uniform distribution, on manifolds of finite volume.
pub trait SampleUniform: Manifold {
    /// Independent points, uniform with respect to the Riemannian volume unless the manifold says
    /// otherwise.
    ///
    /// # Shapes
    /// - returns: `shape`
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D>;
}
