//! All squared distances of two tables of points.

use criterion::{Criterion, criterion_group, criterion_main};
use geom_kernels::pairs::{squared_distances, squared_distances_gradient};

const POINTS: usize = 2_000;
const WIDTH: usize = 10;

fn time(criterion: &mut Criterion) {
    let numbers = |scale: f32| -> Vec<f32> {
        (0..POINTS * WIDTH)
            .map(|k| scale * (k as f32).sin())
            .collect()
    };
    let (x, y) = (numbers(1.0), numbers(1.1));
    criterion.bench_function("squared_distances", |bencher| {
        bencher.iter(|| squared_distances(&x, &y, WIDTH));
    });
    let gradient = vec![1.0; POINTS * POINTS];
    criterion.bench_function("squared_distances_gradient", |bencher| {
        bencher.iter(|| squared_distances_gradient(&x, &y, &gradient, WIDTH));
    });
}

criterion_group!(benches, time);
criterion_main!(benches);
