//! Batches of matrices as slices, and what gradients compute with them.

use geom_kernels::linalg::{Transposed, matmul};
use geom_kernels::real::Real;

/// Rows and columns of one matrix.
pub(crate) type Size = [usize; 2];

/// Threads that kernels may use.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// The matrices of one argument, one after the other, row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrices<'a, T> {
    /// All their numbers.
    pub(crate) numbers: &'a [T],
    /// The size of each.
    pub(crate) size: Size,
}

impl<'a, T: Real> Matrices<'a, T> {
    /// Rows of each.
    pub(crate) fn rows(&self) -> usize {
        self.size[0]
    }

    /// Columns of each.
    pub(crate) fn columns(&self) -> usize {
        self.size[1]
    }

    /// How many there are; those without numbers count as none.
    pub(crate) fn count(&self) -> usize {
        self.numbers
            .len()
            .checked_div(self.rows() * self.columns())
            .unwrap_or(0)
    }

    /// One after the other. There are numbers.
    pub(crate) fn each(&self) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        self.numbers.chunks_exact(self.rows() * self.columns())
    }

    /// $A B$.
    pub(crate) fn times(self, other: Matrices<'_, T>) -> Batch<T> {
        self.product(other, Transposed::default())
    }

    /// $A^\top B$.
    pub(crate) fn transposed_times(self, other: Matrices<'_, T>) -> Batch<T> {
        let transposed = Transposed {
            left: true,
            right: false,
        };
        self.product(other, transposed)
    }

    /// $A B^\top$.
    pub(crate) fn times_transposed(self, other: Matrices<'_, T>) -> Batch<T> {
        let transposed = Transposed {
            left: false,
            right: true,
        };
        self.product(other, transposed)
    }

    fn product(self, other: Matrices<'_, T>, transposed: Transposed) -> Batch<T> {
        let [mut m, mut k] = self.size;
        if transposed.left {
            (m, k) = (k, m);
        }
        let n = other.size[usize::from(!transposed.right)];
        let batch = self.count();
        let mut product = Batch::zeros(batch, [m, n]);
        // Where a factor is not finite, the product is not a number, and so is the gradient.
        let _ = matmul(
            self.numbers,
            other.numbers,
            batch,
            [m, k, n],
            transposed,
            &mut product.numbers,
            threads(),
        );
        product
    }

    /// $A^\top$.
    pub(crate) fn transposed(&self) -> Batch<T> {
        let [m, n] = self.size;
        let mut turned = Batch::zeros(self.count(), [n, m]);
        for (turned, a) in turned.each_mut().zip(self.each()) {
            for (i, row) in a.chunks_exact(n).enumerate() {
                for (j, &x) in row.iter().enumerate() {
                    turned[j * m + i] = x;
                }
            }
        }
        turned
    }
}

/// Matrices that were computed.
#[derive(Clone, Debug)]
pub(crate) struct Batch<T> {
    /// All their numbers.
    pub(crate) numbers: Vec<T>,
    /// The size of each.
    pub(crate) size: Size,
}

impl<T: Real> Batch<T> {
    /// Matrices of zeros.
    pub(crate) fn zeros(count: usize, size: Size) -> Self {
        Self {
            numbers: vec![T::from_f64(0.0); count * size[0] * size[1]],
            size,
        }
    }

    /// The same matrices, borrowed.
    pub(crate) fn view(&self) -> Matrices<'_, T> {
        Matrices {
            numbers: &self.numbers,
            size: self.size,
        }
    }

    /// One after the other. There are numbers.
    pub(crate) fn each_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        self.numbers.chunks_exact_mut(self.size[0] * self.size[1])
    }

    /// All numbers by a function.
    pub(crate) fn map(mut self, f: impl Fn(T) -> T) -> Self {
        for x in &mut self.numbers {
            *x = f(*x);
        }
        self
    }

    /// The sum with others.
    pub(crate) fn plus(mut self, other: &[T]) -> Self {
        for (x, &y) in self.numbers.iter_mut().zip(other) {
            *x += y;
        }
        self
    }

    /// The symmetric parts $\frac12(A + A^\top)$; exactly symmetric.
    pub(crate) fn symmetric(mut self) -> Self {
        let (n, half) = (self.size[0], T::from_f64(0.5));
        for a in self.each_mut() {
            for i in 0..n {
                for j in i + 1..n {
                    let mean = half * a[i * n + j] + half * a[j * n + i];
                    a[i * n + j] = mean;
                    a[j * n + i] = mean;
                }
            }
        }
        self
    }

    /// Zeros below the diagonal, or above it if `lower` is to stay.
    pub(crate) fn triangle(mut self, lower: bool) -> Self {
        let n = self.size[1];
        for a in self.each_mut() {
            for (i, row) in a.chunks_exact_mut(n).enumerate() {
                let others = if lower {
                    &mut row[(i + 1).min(n)..]
                } else {
                    &mut row[..i.min(n)]
                };
                others.fill(T::from_f64(0.0));
            }
        }
        self
    }
}

/// The largest magnitude; NaN if one of them is NaN.
pub(crate) fn largest<T: Real>(numbers: &[T]) -> T {
    numbers.iter().fold(T::from_f64(0.0), |largest, x| {
        let x = x.abs();
        if x > largest || x.is_nan() {
            x
        } else {
            largest
        }
    })
}
