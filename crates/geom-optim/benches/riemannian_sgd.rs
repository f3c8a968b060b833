//! A step of [`RiemannianSgd`](geom_optim::RiemannianSgd) on points of the ball.

mod step;

use criterion::{Criterion, criterion_group, criterion_main};
use geom_optim::RiemannianSgdConfig;

fn time(criterion: &mut Criterion) {
    step::time(criterion, "riemannian_sgd", || {
        RiemannianSgdConfig::new().init()
    });
}

criterion_group!(benches, time);
criterion_main!(benches);
