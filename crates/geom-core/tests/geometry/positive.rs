//! What the tests of probabilities, positive numbers and doubly stochastic matrices share.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::{BirkhoffPolytope, Manifold};

pub(crate) const DTYPES: [DType; 2] = [DType::F32, DType::F64];

pub(crate) fn row<const N: usize>(values: [f64; N], dtype: DType) -> Tensor<2> {
    Tensor::from_data([values], (&Device::flex(), dtype))
}

pub(crate) fn matrices<const N: usize>(values: [f64; N], n: usize, dtype: DType) -> Tensor<3> {
    let data = TensorData::new(values.to_vec(), [N / (n * n), n, n]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

/// Numbers between −1 and 1 without a pattern, the same in every run.
pub(crate) fn numbers<const D: usize>(shape: [usize; D], salt: f64, dtype: DType) -> Tensor<D> {
    let values: Vec<f64> = (0..shape.iter().product::<usize>())
        .map(|i| 2.0 * (1e4 * (i as f64 + 1.0 + salt).sin()).rem_euclid(1.0) - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), dtype))
}

/// Doubly stochastic matrices whose entries have logarithms spread over about `2 * spread`.
pub(crate) fn soft_permutations(
    shape: [usize; 3],
    spread: f64,
    salt: f64,
    dtype: DType,
) -> Tensor<3> {
    let scores = numbers(shape, salt, dtype).mul_scalar(spread);
    BirkhoffPolytope::new().project(scores.exp())
}

fn worst<const D: usize>(values: Tensor<D>) -> f64 {
    let largest = |worst: f64, x: f64| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            worst.max(x.abs())
        }
    };
    to_vec_f64(values).into_iter().fold(0.0, largest)
}

pub(crate) fn assert_close<const D: usize>(what: &str, a: Tensor<D>, b: Tensor<D>, tolerance: f64) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let dtype = a.dtype();
    let error = worst(a - b);
    assert!(error <= tolerance, "{what} {dtype:?}: {error:e}");
}
