//! A manifold defined elsewhere is stepped as what it is, whatever it calls itself.

use burn::module::Module;
use burn::optim::Optimizer;
use burn::tensor::{Device, Tensor};
use geom_core::{Manifold, PoincareBall, scope};
use geom_optim::{RiemannianAdamConfig, RiemannianSgdConfig};

/// The ball under another name.
#[derive(Module, Debug)]
struct Impostor {
    ball: PoincareBall,
}

impl Manifold for Impostor {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "euclidean"
    }
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.ball.exp(x, v)
    }
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.ball.log(x, y)
    }
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.ball.inner(x, v, w)
    }
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.ball.project(x)
    }
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.ball.project_tangent(x, u)
    }
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
        self.ball.riemannian_gradient(x, g)
    }
    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.ball.transport(x, y, v)
    }
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.ball.origin(shape, device)
    }
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.ball.point_violation(x)
    }
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.ball.tangent_violation(x, v)
    }
    fn sectional_curvature(&self) -> Option<f64> {
        self.ball.sectional_curvature()
    }
    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.ball.injectivity_radius(point)
    }
}

/// Five steps of `optimizer` against gradients whose squares are beyond the number format.
fn end<M: Manifold>(manifold: &M, optimizer: &impl Optimizer) -> Vec<f32> {
    let device = Device::default();
    let mut x = Tensor::<2>::from_data([[0.3f32, -0.4], [0.1, 0.5]], &device);
    let mut state = None;
    for step in 0..5 {
        let gradient = Tensor::from_data([[1e30f32, -2e30], [0.5, step as f32]], &device);
        (x, state) = scope::enter(manifold, || optimizer.step(0.1, x, gradient, state));
    }
    manifold
        .check_point(x.clone())
        .expect("steps end on the ball");
    x.into_data().iter().collect()
}

/// The ball's own steps are one kernel, those of a foreign manifold go verb by verb: they differ by
/// roundings of coordinates below 1.
const ROUNDINGS: f32 = 1e-6;

fn assert_same_end(optimizer: &impl Optimizer) {
    let ball = PoincareBall::new(1.0);
    let impostor = Impostor { ball: ball.clone() };
    let (ours, theirs) = (end(&impostor, optimizer), end(&ball, optimizer));
    for (our, their) in ours.iter().zip(&theirs) {
        assert!((our - their).abs() < ROUNDINGS, "{ours:?} and {theirs:?}");
    }
}

#[test]
fn a_ball_that_calls_itself_euclidean_is_stepped_as_a_ball() {
    assert_same_end(&RiemannianSgdConfig::new().build());
    assert_same_end(&RiemannianAdamConfig::new().build());
}
