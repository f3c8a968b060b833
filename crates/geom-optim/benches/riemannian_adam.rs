//! A step of [`RiemannianAdam`](geom_optim::RiemannianAdam) on points of the ball.

mod step;

use criterion::{Criterion, criterion_group, criterion_main};
use geom_optim::RiemannianAdamConfig;

fn time(criterion: &mut Criterion) {
    step::time(criterion, "riemannian_adam", || {
        RiemannianAdamConfig::new().init()
    });
}

criterion_group!(benches, time);
criterion_main!(benches);
