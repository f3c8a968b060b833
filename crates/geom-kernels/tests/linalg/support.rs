//! Matrices for tests, and the arithmetic that checks them.

use geom_kernels::linalg::{Transposed, matmul};
use geom_kernels::real::Real;

/// Numbers between −1 and 1 that look random.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    pub(crate) fn matrices<T: Real>(&mut self, len: usize) -> Vec<T> {
        (0..len).map(|_| T::from_f64(self.next())).collect()
    }

    pub(crate) fn symmetric<T: Real>(&mut self, batch: usize, n: usize) -> Vec<T> {
        let a = self.matrices::<T>(batch * n * n);
        let half = T::from_f64(0.5);
        (0..a.len())
            .map(|place| {
                let (first, i, j) = (place / (n * n) * n * n, place / n % n, place % n);
                half * a[first + i * n + j] + half * a[first + j * n + i]
            })
            .collect()
    }

    pub(crate) fn positive<T: Real>(&mut self, batch: usize, n: usize) -> Vec<T> {
        let b = self.matrices::<T>(batch * n * n);
        let mut a = product(&b, &b, batch, [n; 3], (false, true));
        for matrix in a.chunks_exact_mut(n * n) {
            for i in 0..n {
                matrix[i * n + i] += T::from_f64(0.2);
            }
        }
        a
    }
}

pub(crate) fn product<T: Real>(
    a: &[T],
    b: &[T],
    batch: usize,
    sizes: [usize; 3],
    (left, right): (bool, bool),
) -> Vec<T> {
    let mut out = vec![T::from_f64(0.0); batch * sizes[0] * sizes[2]];
    matmul(a, b, batch, sizes, Transposed { left, right }, &mut out, 1).unwrap();
    out
}

pub(crate) fn zeros<T: Real>(len: usize) -> Vec<T> {
    vec![T::from_f64(0.0); len]
}

/// Diagonal matrices.
pub(crate) fn diagonal<T: Real>(values: &[T], n: usize) -> Vec<T> {
    let mut out = zeros(values.len() * n);
    for (index, &value) in values.iter().enumerate() {
        out[index / n * n * n + index % n * (n + 1)] = value;
    }
    out
}

pub(crate) fn identity<T: Real>(batch: usize, n: usize) -> Vec<T> {
    diagonal(&vec![T::from_f64(1.0); batch * n], n)
}

/// The largest difference, in roundings of a number of the size `scale`.
pub(crate) fn roundings<T: Real>(a: &[T], b: &[T], scale: f64) -> f64 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(b).fold(0.0, |top: f64, (&a, &b)| {
        let difference = (a - b).into_f64().abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            top.max(difference)
        }
    });
    largest / scale / T::epsilon().into_f64()
}

pub(crate) fn largest<T: Real>(a: &[T]) -> f64 {
    a.iter()
        .fold(0.0, |top: f64, x| top.max(x.into_f64().abs()))
}
