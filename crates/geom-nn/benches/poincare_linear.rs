//! The first layer of a network on Cora, beside a plain one.

use burn::nn::LinearConfig;
use burn::tensor::{Device, Distribution, Tensor};
use criterion::{Criterion, criterion_group, criterion_main};
use geom_core::PoincareBall;
use geom_nn::layers::PoincareLinearConfig;

const NODES: usize = 2708;
const FEATURES: usize = 1433;
const HIDDEN: usize = 16;

fn time(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    let spread = Distribution::Normal(0.0, 0.3 / (FEATURES as f64).sqrt());
    let features = Tensor::<2>::random([NODES, FEATURES], spread, &device).require_grad();
    let plain = LinearConfig::new(FEATURES, HIDDEN).init(&device);
    let layer = PoincareLinearConfig::new(FEATURES, HIDDEN).init(PoincareBall::new(1.0), &device);
    criterion.bench_function("linear with gradient", |bencher| {
        bencher.iter(|| plain.forward(features.clone()).sum().backward());
    });
    criterion.bench_function("poincare_linear with gradient", |bencher| {
        bencher.iter(|| layer.forward(features.clone()).sum().backward());
    });
}

criterion_group!(benches, time);
criterion_main!(benches);
