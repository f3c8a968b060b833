//! The verbs of [`Sphere`] on the CPU, forward and with their gradients.

use burn::tensor::{Device, Tensor};
use criterion::{Criterion, criterion_group, criterion_main};
use geom_core::{Manifold, Sample, Sphere};

/// Points, of ten coordinates each.
const POINTS: [usize; 2] = [1_000, 100_000];

fn verbs(criterion: &mut Criterion) {
    let manifold = Sphere::new();
    for n in POINTS {
        let mut group = criterion.benchmark_group(format!("sphere/{n}"));
        let x = manifold.random_normal([n, 10], 0.5, &Device::flex());
        let y = manifold.random_normal([n, 10], 0.6, &Device::flex());
        let v = manifold.random_tangent(x.clone(), 0.3);
        type Verb = fn(&Sphere, Tensor<2>, Tensor<2>) -> Tensor<2>;
        let verbs: [(&str, Verb, &Tensor<2>); 3] = [
            ("distance", |m, x, y| m.distance(x, y), &y),
            ("exp", |m, x, v| m.exp(x, v), &v),
            ("log", |m, x, y| m.log(x, y), &y),
        ];
        for (name, verb, other) in verbs {
            group.bench_function(name, |bencher| {
                bencher.iter(|| verb(&manifold, x.clone(), other.clone()));
            });
            let [a, b] = [&x, other].map(|t| Tensor::from_inner(t.clone()).require_grad());
            group.bench_function(format!("{name} with gradient"), |bencher| {
                bencher.iter(|| verb(&manifold, a.clone(), b.clone()).sum().backward());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, verbs);
criterion_main!(benches);
