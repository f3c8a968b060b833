//! The verbs of [`Sphere`].

mod verbs;

use criterion::{Criterion, criterion_group, criterion_main};
use geom_core::Sphere;

fn time(criterion: &mut Criterion) {
    verbs::time(criterion, &Sphere::new());
}

criterion_group!(benches, time);
criterion_main!(benches);
