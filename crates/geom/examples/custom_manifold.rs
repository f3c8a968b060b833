//! A manifold of one's own, defined outside the crates: normal distributions $N(\mu, \sigma^2)$ with
//! the Fisher information metric $ds^2 = (d\mu^2 + 2\,d\sigma^2)/\sigma^2$.
//!
//! The conformance suite checks it; then it is trained. Gradients are taken in its metric, so plain
//! gradient descent is natural gradient descent. (`cargo run --release --example custom_manifold`)
//!
//! Expected: the suite passes in `f32` and `f64`; eleven steps of rate 1 lead from N(0, 100²) to the
//! mean and the deviation of the data, in 12 digits, of which the last steps double the right ones.
//!
//! References: Costa, Santos, Strapasson (2015), *Fisher information distance: a geometrical
//! reading*, §2; Amari (1998), *Natural gradient works efficiently in learning*, theorem 1.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Distribution, Tensor};
use geom::core::numerics::to_vec_f64;
use geom::core::testing::check_manifold;
use geom::core::{HalfSpace, half_precision};
use geom::prelude::*;

/// Normal distributions, as points $(\mu, \sigma)$.
///
/// In the coordinates $(\mu/\sqrt 2, \sigma)$ the metric is that of the half-plane of curvature
/// $-1/2$: its verbs are ours, with the first coordinate shrunk before and stretched after.
#[derive(Module, Debug)]
pub(crate) struct Normals {
    half_plane: HalfSpace,
}

/// All normal distributions of one variable.
pub(crate) fn normals() -> Normals {
    let half_plane = HalfSpace::new(0.5);
    Normals { half_plane }
}

/// $\mu$ and $\sigma$, or the same coordinates of a vector.
fn split<const D: usize>(x: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
    (x.clone().narrow(D - 1, 0, 1), x.narrow(D - 1, 1, 1))
}

fn shrink<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let (mean, deviation) = split(x);
    Tensor::cat(vec![mean.mul_scalar(FRAC_1_SQRT_2), deviation], D - 1)
}

fn stretch<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let (mean, deviation) = split(x);
    Tensor::cat(vec![mean.mul_scalar(SQRT_2), deviation], D - 1)
}

#[half_precision(geom::core)]
impl Manifold for Normals {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "normals"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        stretch(self.half_plane.exp(shrink(x), shrink(v)))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        stretch(self.half_plane.log(shrink(x), shrink(y)))
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.half_plane.inner(shrink(x), shrink(v), shrink(w))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        stretch(self.half_plane.project(shrink(x)))
    }

    fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        u
    }

    /// The inverse Fisher matrix, $\operatorname{diag}(\sigma^2, \sigma^2/2)$, times the gradient.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let (_, deviation) = split(x);
        let (by_mean, by_deviation) = split(gradient);
        Tensor::cat(vec![by_mean, by_deviation.mul_scalar(0.5)], D - 1) * deviation.square()
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, y, v] = [x, y, v].map(shrink);
        stretch(self.half_plane.transport(x, y, v))
    }

    /// The standard normal distribution.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.half_plane.origin(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.half_plane.point_violation(shrink(x))
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.half_plane.tangent_violation(shrink(x), shrink(v))
    }

    fn sectional_curvature(&self) -> Option<f64> {
        self.half_plane.sectional_curvature()
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.half_plane.injectivity_radius(point)
    }
}

/// Gradient descent on minus the mean log-likelihood of `data`: $(\mu, \sigma)$ before each step of
/// rate 1, and after the last.
pub(crate) fn fit(data: &Tensor<2>, start: [f64; 2], steps: usize) -> Vec<Vec<f64>> {
    let options = (&data.device().autodiff(), data.dtype());
    let mut model = ManifoldParam::new(Tensor::from_data([start], options), normals());
    let mut optimizer = RiemannianSgdConfig::new().init();
    let mut path = vec![start.to_vec()];
    for _ in 0..steps {
        let (mean, deviation) = split(model.val());
        let residual = (data.clone().autodiff() - mean) / deviation.clone();
        let loss = residual.square().mean().mul_scalar(0.5) + deviation.log().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(1.0, model, gradients);
        path.push(to_vec_f64(model.valid().val()));
    }
    path
}

fn main() {
    let device = Device::default();
    for dtype in [DType::F32, DType::F64] {
        check_manifold(&normals(), 2, &device, dtype);
        println!("the conformance suite passes in {dtype:?}");
    }
    device.seed(7);
    let heights = Distribution::Normal(170.0, 7.0);
    let data = Tensor::<2>::random([2000, 1], heights, (&device, DType::F64));
    println!("step                  μ                  σ");
    for (step, point) in fit(&data, [0.0, 100.0], 11).iter().enumerate() {
        println!("{step:4} {:18.12} {:18.12}", point[0], point[1]);
    }
    let (variance, mean) = data.var_mean_bias(0);
    let exact = to_vec_f64(Tensor::cat(vec![mean, variance.sqrt()], 1));
    println!("data {:18.12} {:18.12}", exact[0], exact[1]);
}
