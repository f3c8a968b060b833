//! A manifold of one's own, defined outside the crates: univariate normal distributions with the
//! Fisher information metric
//!
//! $$ ds^2 = \frac{d\mu^2 + 2\,d\sigma^2}{\sigma^2}, $$
//!
//! checked by the conformance suite and then trained: on it, Riemannian gradient descent is natural
//! gradient descent. (`cargo run --example custom_manifold`)
//!
//! With $x = \mu/\sqrt 2$ the metric is twice that of the hyperbolic half-plane, so the verbs are
//! those of `HalfSpace`, with the first coordinate stretched; the curvature is −1/2.
//!
//! Reference: Costa, Santos, Strapasson (2015), *Fisher information distance: a geometrical reading*.

use std::f64::consts::SQRT_2;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Distribution, Tensor};
use geom::geom_core::testing::check_manifold;
use geom::prelude::*;

/// Normal distributions as points $(\mu, \sigma)$, $\sigma > 0$.
#[derive(Module, Debug)]
struct Gaussians {
    half_plane: HalfSpace,
}

/// $(\mu, \sigma) \mapsto (\mu/\sqrt 2, \sigma)$ and back, for points and tangent vectors alike.
fn stretch<const D: usize>(x: Tensor<D>, factor: f64) -> Tensor<D> {
    let mu = x.clone().narrow(D - 1, 0, 1).mul_scalar(factor);
    Tensor::cat(vec![mu, x.narrow(D - 1, 1, 1)], D - 1)
}

fn to_half_plane<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    stretch(x, 1.0 / SQRT_2)
}

fn from_half_plane<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    stretch(x, SQRT_2)
}

impl Manifold for Gaussians {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "gaussians"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        from_half_plane(self.half_plane.exp(to_half_plane(x), to_half_plane(v)))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        from_half_plane(self.half_plane.log(to_half_plane(x), to_half_plane(y)))
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let [x, v, w] = [x, v, w].map(to_half_plane);
        self.half_plane.inner(x, v, w).mul_scalar(2.0)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        from_half_plane(self.half_plane.project(to_half_plane(x)))
    }

    fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        u
    }

    /// The inverse Fisher matrix, $\operatorname{diag}(\sigma^2, \sigma^2/2)$, times the gradient.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let variance = x.narrow(D - 1, 1, 1).square();
        let [mu, sigma] = [0, 1].map(|i| gradient.clone().narrow(D - 1, i, 1));
        Tensor::cat(vec![mu, sigma.div_scalar(2.0)], D - 1) * variance
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, y, v] = [x, y, v].map(to_half_plane);
        from_half_plane(self.half_plane.transport(x, y, v))
    }

    /// The standard normal distribution.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.half_plane.origin(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.half_plane.point_violation(to_half_plane(x))
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.half_plane
            .tangent_violation(to_half_plane(x), to_half_plane(v))
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(-0.5)
    }

    fn injectivity_radius(&self, _dim: usize) -> f64 {
        f64::INFINITY
    }
}

fn main() {
    let gaussians = Gaussians {
        half_plane: HalfSpace::new(1.0),
    };
    // Points (μ, σ) are two-dimensional.
    for dtype in [DType::F32, DType::F64] {
        check_manifold(&gaussians, 2, &Device::default(), dtype);
    }
    println!("the conformance suite passes in f32 and f64");

    let device = Device::default().autodiff();
    device.seed(7);
    let data = Tensor::<2>::random([2000, 1], Distribution::Normal(40.0, 0.5), &device);
    let start = Tensor::<2>::from_floats([[0.0, 5.0]], &device);
    let mut model = ManifoldParam::new(start, gaussians);
    let mut optimizer = RiemannianSgdConfig::new().init();
    for step in 0..=30 {
        let [mu, sigma] = [0, 1].map(|i| model.val().narrow(1, i, 1));
        let residual = (data.clone() - mu) / sigma.clone();
        let loss = residual.square().mean().div_scalar(2.0) + sigma.log().mean();
        if step % 5 == 0 {
            let point = model.val().into_data();
            println!("step {step:2}  (μ, σ) = {point:.4}  loss {:.6}", loss.clone().into_scalar::<f32>());
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(0.5, model, gradients);
    }
    let fitted = model.valid().val().into_data().to_vec::<f32>();
    let fitted = fitted.expect("two numbers");
    assert!((fitted[0] - 40.0).abs() < 0.05 && (fitted[1] - 0.5).abs() < 0.03);
}
