//! What is timed of every optimizer: one step of a parameter.

use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use criterion::{BatchSize, Criterion};
use geom_core::{ManifoldParam, PoincareBall, Sample};

/// Points, of ten coordinates each.
const POINTS: [usize; 2] = [1_000, 100_000];

/// Times the steps of an optimizer on points of the ball, its moments made already.
pub(crate) fn time(criterion: &mut Criterion, name: &str, init: impl Fn() -> ModuleOptimizer) {
    let ball = PoincareBall::new(1.0);
    for n in POINTS {
        let x: Tensor<2> = ball.random_normal([n, 10], 0.5, &Device::flex());
        let gradient = ball.random_tangent(x.clone(), 0.3);
        let points = ManifoldParam::new(Tensor::from_inner(x), ball.clone());
        let mut optimizer = init();
        let mut step = |points: ManifoldParam<2, PoincareBall>| {
            let mut gradients = GradientsParams::new();
            gradients.register(points.param().id, gradient.clone());
            optimizer.step(1e-3, points, gradients)
        };
        let points = step(points);
        criterion.bench_function(&format!("{name}/{n}"), |bencher| {
            bencher.iter_batched(|| points.clone(), &mut step, BatchSize::LargeInput);
        });
    }
}
