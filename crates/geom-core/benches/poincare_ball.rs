//! The verbs of [`PoincareBall`].

mod verbs;

use criterion::{Criterion, criterion_group, criterion_main};
use geom_core::PoincareBall;

fn time(criterion: &mut Criterion) {
    verbs::time(criterion, &PoincareBall::new(1.0));
}

criterion_group!(benches, time);
criterion_main!(benches);
