//! Sparse operations give the same on every backend that is compiled in and has a device here.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::Backend;
use geom_core::numerics::to_vec_f64;
use geom_nn::sparse::{
    EdgeEnd, Graph, Pattern, edge_gather, edge_scatter, edge_softmax, sampled_product,
    sparse_matmul, sparse_matmul_transposed,
};

/// The rounding of f32 in sums of a few terms, twice.
const TOLERANCE: f64 = 2e-5;

/// Rows of 1, 0, 9 and 3 entries.
fn pattern() -> Pattern {
    let indices = vec![2, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 1, 3];
    Pattern::new(vec![0, 1, 1, 10, 13], indices, 5).unwrap()
}

/// Numbers between −1 and 1 that look random, the same on every backend.
fn numbers(shape: [usize; 2], salt: u64, device: &Device, dtype: DType) -> Tensor<2> {
    let value = |index: u64| {
        let bits = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ (salt << 7));
        (bits >> 40) as f64 / (1u64 << 23) as f64 - 1.0
    };
    let values: Vec<f64> = (0..(shape[0] * shape[1]) as u64).map(value).collect();
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}

/// The values and gradients of every operation.
fn results(device: &Device, dtype: DType) -> Vec<Vec<f64>> {
    let pattern = pattern();
    let entries = pattern.entries();
    type Operation = fn(&Pattern, Tensor<2>, Tensor<2>) -> Tensor<2>;
    let operations: [(Operation, [usize; 2], [usize; 2]); 5] = [
        (sparse_matmul, [entries, 2], [5, 6]),
        (sparse_matmul_transposed, [entries, 2], [4, 6]),
        (|p, a, b| sampled_product(p, a, b, 2), [4, 6], [5, 6]),
        (
            |p, s, x| sparse_matmul(p, edge_softmax(p, s.mul_scalar(30.0)), x),
            [entries, 2],
            [5, 6],
        ),
        (
            |p, x, y| {
                let ends = edge_gather(p, x, EdgeEnd::Target) * edge_gather(p, y, EdgeEnd::Source);
                edge_scatter(p, ends.clone(), EdgeEnd::Target)
                    .matmul(edge_scatter(p, ends, EdgeEnd::Source).transpose())
            },
            [4, 3],
            [5, 3],
        ),
    ];
    let mut all = Vec::new();
    for (salt, (operation, first, second)) in (0..).zip(operations) {
        let [x, y] = [(first, 2 * salt), (second, 2 * salt + 1)].map(|(shape, salt)| {
            numbers(shape, salt, device, dtype)
                .autodiff()
                .require_grad()
        });
        let value = operation(&pattern, x.clone(), y.clone());
        let weight = numbers(value.dims(), 77, device, dtype).autodiff();
        let gradients = (value.clone() * weight).sum().backward();
        all.push(to_vec_f64(value.inner()));
        all.extend([x, y].map(|input| to_vec_f64(input.grad(&gradients).unwrap())));
    }
    let graph = Graph::new(4, &[[0, 1], [1, 2], [3, 1]], (device, dtype)).unwrap();
    let x = numbers([4, 3], 5, device, dtype);
    all.push(to_vec_f64(graph.mean(x.clone())));
    all.push(to_vec_f64(graph.symmetric(x)));
    all
}

#[test]
fn every_backend_agrees_with_flex_in_double_precision() {
    let expected = results(&Device::flex(), DType::F64);
    for backend in Backend::available() {
        let device = backend.device().unwrap_or_else(|error| panic!("{error}"));
        for dtype in [DType::F32, DType::F64] {
            if backend.supports(dtype) != Ok(true) {
                continue;
            }
            let found = results(&device, dtype);
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    let error = (found - expected).abs() / (1.0 + expected.abs());
                    assert!(
                        error < TOLERANCE,
                        "{backend} {dtype:?}, result {index}: {found} against {expected}"
                    );
                }
            }
        }
    }
}
