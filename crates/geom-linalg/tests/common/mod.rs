//! Matrices that look random, the same on every backend, and cases with their gradients.

#![allow(
    dead_code,
    reason = "two test programs share it, and neither takes all of it"
)]

pub(crate) mod cases;

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;

/// Numbers between −1 and 1 that look random.
pub(crate) fn numbers(count: usize, salt: u64) -> Vec<f64> {
    let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    for _ in 0..8 {
        next();
    }
    (0..count).map(|_| next()).collect()
}

pub(crate) fn tensor<const D: usize>(
    numbers: &[f64],
    shape: [usize; D],
    dtype: DType,
) -> Tensor<D> {
    on(numbers, shape, &Device::flex(), dtype)
}

pub(crate) fn on<const D: usize>(
    numbers: &[f64],
    shape: [usize; D],
    device: &Device,
    dtype: DType,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), shape), (device, dtype))
}

/// Matrices in `f64`, as numbers.
#[derive(Clone, Debug)]
pub(crate) struct Matrices {
    pub(crate) numbers: Vec<f64>,
    pub(crate) shape: [usize; 3],
}

impl Matrices {
    pub(crate) fn of(tensor: Tensor<3>) -> Self {
        Self {
            shape: tensor.dims(),
            numbers: to_vec_f64(tensor),
        }
    }

    pub(crate) fn tensor(&self) -> Tensor<3> {
        tensor(&self.numbers, self.shape, DType::F64)
    }
}

/// Matrices without structure.
pub(crate) fn any(shape: [usize; 3], salt: u64) -> Matrices {
    Matrices {
        numbers: numbers(shape.iter().product(), salt),
        shape,
    }
}

/// Square matrices far from singular.
pub(crate) fn regular(batch: usize, n: usize, salt: u64) -> Matrices {
    let noise = any([batch, n, n], salt).tensor();
    Matrices::of(noise + one(n) * 2.0)
}

/// Rotations: positive determinant.
pub(crate) fn rotations(batch: usize, n: usize, salt: u64) -> Matrices {
    let noise = any([batch, n, n], salt).tensor();
    let skew = geom_linalg::skew(noise).expect("square");
    Matrices::of(geom_linalg::expm(skew * 1.3).expect("finite"))
}

/// Symmetric matrices with these eigenvalues, turned at random.
pub(crate) fn with_eigenvalues(batch: usize, values: &[f64], salt: u64) -> Matrices {
    let n = values.len();
    let turn = rotations(batch, n, salt).tensor();
    let values = tensor(values, [1, 1, n], DType::F64);
    let product = (turn.clone() * values).matmul(turn.transpose());
    Matrices::of(geom_linalg::sym(product).expect("square"))
}

/// Symmetric matrices without structure.
pub(crate) fn symmetric(batch: usize, n: usize, salt: u64) -> Matrices {
    let noise = any([batch, n, n], salt).tensor();
    Matrices::of(geom_linalg::sym(noise).expect("square"))
}

/// Positive definite matrices with moderate condition, and no eigenvalue twice.
pub(crate) fn positive(batch: usize, n: usize, salt: u64) -> Matrices {
    let value = |i: usize| match n {
        ..=8 => 0.4 * 1.9f64.powf(i as f64 + 0.1 * (salt % 5) as f64),
        _ => 0.5 + 0.25 * i as f64,
    };
    let values: Vec<f64> = (0..n).map(value).collect();
    with_eigenvalues(batch, &values, salt)
}

/// The largest difference of two tensors.
pub(crate) fn distance<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f64 {
    assert_eq!(a.dims(), b.dims(), "shapes");
    let pairs = to_vec_f64(a).into_iter().zip(to_vec_f64(b));
    pairs.fold(0.0, |worst: f64, (a, b)| {
        let difference = (a - b).abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            worst.max(difference)
        }
    })
}

/// The largest magnitude.
pub(crate) fn size<const D: usize>(a: Tensor<D>) -> f64 {
    to_vec_f64(a)
        .into_iter()
        .fold(0.0, |size, x| x.abs().max(size))
}

/// Identity matrices.
pub(crate) fn one(n: usize) -> Tensor<3> {
    let one = Tensor::<2>::eye(n, &Device::flex());
    one.cast(DType::F64).unsqueeze()
}
