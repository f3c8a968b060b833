//! Random points and tangent vectors.

use burn::tensor::{Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::manifold::Manifold;

/// Sampling; the generator is Burn's, seeded by [`Device::seed`](burn::tensor::Device::seed).
#[half_precision]
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

    /// The tangent vector at `x` that is standard normal, in the Riemannian metric, when the numbers
    /// of `noise` are independent and standard normal: linear in `noise`, and for every tangent $w$
    ///
    /// $$ \operatorname{E}\bigl[\langle v, w\rangle_x^2\bigr] = \lVert w\rVert_x^2. $$
    ///
    /// Where the noise comes from is the caller's choice: Burn's generator in
    /// [`random_tangent`](Self::random_tangent), one of its own in a sampler that must resume.
    ///
    /// # Shapes
    /// - `x`, `noise`, and the result: `[..., d]`; a manifold may leave some of the numbers unused
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D>;

    /// Tangent vectors at `x` whose coordinates in an orthonormal frame are drawn from
    /// $\mathcal N(0, \mathtt{std}^2)$.
    fn random_tangent<const D: usize>(&self, x: Tensor<D>, std: f64) -> Tensor<D> {
        let noise = x.random_like(Distribution::Normal(0.0, std));
        self.tangent_from_normal(x, noise)
    }
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
