//! The verbs of [`Hyperboloid`].

mod verbs;

use criterion::{Criterion, criterion_group, criterion_main};
use geom_core::Hyperboloid;

fn time(criterion: &mut Criterion) {
    verbs::time(criterion, &Hyperboloid::new(1.0));
}

criterion_group!(benches, time);
criterion_main!(benches);
