//! What is timed on every manifold: its maps on the CPU, forward and with their gradients.

use burn::tensor::{Device, Tensor};
use criterion::Criterion;
use geom_core::{Manifold, Sample};

/// Points, of ten coordinates each.
const POINTS: [usize; 2] = [1_000, 100_000];

/// Times the verbs of a manifold that take points, and points with a tangent vector.
pub(crate) fn time<M: Manifold + Sample>(criterion: &mut Criterion, manifold: &M) {
    for n in POINTS {
        let mut group = criterion.benchmark_group(format!("{}/{n}", manifold.name()));
        let x = manifold.random_normal([n, 10], 0.5, &Device::flex());
        let y = manifold.random_normal([n, 10], 0.6, &Device::flex());
        let v = manifold.random_tangent(x.clone(), 0.3);
        type Verb<M> = fn(&M, Tensor<2>, Tensor<2>) -> Tensor<2>;
        let verbs: [(&str, Verb<M>, &Tensor<2>); 5] = [
            ("distance", |m, x, y| m.distance(x, y), &y),
            ("exp", |m, x, v| m.exp(x, v), &v),
            ("log", |m, x, y| m.log(x, y), &y),
            ("project", |m, x, _| m.project(x), &y),
            (
                "riemannian_gradient",
                |m, x, g| m.riemannian_gradient(x, g),
                &v,
            ),
        ];
        for (name, verb, other) in verbs {
            group.bench_function(name, |bencher| {
                bencher.iter(|| verb(manifold, x.clone(), other.clone()));
            });
            let [a, b] = [&x, other].map(|t| Tensor::from_inner(t.clone()).require_grad());
            group.bench_function(format!("{name} with gradient"), |bencher| {
                bencher.iter(|| verb(manifold, a.clone(), b.clone()).sum().backward());
            });
        }
        group.finish();
    }
}
