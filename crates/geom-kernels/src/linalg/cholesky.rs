//! Cholesky factors, and equations with triangular matrices.

use num_traits::Float;

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::job::run;
use super::number::Number;
use super::run::{Kernel, Report, batch_of, expect_len};

/// The lower triangular $L$ with positive diagonal and $A = L L^\top$, for positive definite matrices.
/// Of a matrix that is not symmetric, the symmetric part counts. Above the diagonal are zeros.
///
/// # Shapes
/// - `a`, `out`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::NotPositiveDefinite`] with the first pivot that is not positive, [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # Examples
/// ```
/// use geom_kernels::linalg::cholesky;
/// let mut factor = [0.0; 4];
/// cholesky(&[4.0, 2.0, 2.0, 2.0], 2, &mut factor, 1)?;
/// assert_eq!(factor, [2.0, 0.0, 1.0, 1.0]);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn cholesky<T: Real>(a: &[T], n: usize, out: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("out", out.len(), a.len());
    let kernel = Cholesky { n };
    run(kernel, batch, threads, &[(a, n * n)], vec![(out, n * n)])
}

pub(crate) struct Cholesky {
    n: usize,
}

impl Kernel for Cholesky {
    fn scratch(&self) -> usize {
        0
    }

    fn cost(&self) -> usize {
        self.n * self.n * self.n / 6 + 4 * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        _: &mut [N],
        report: &mut Report<'_>,
    ) {
        factorize(inputs[0], self.n, outputs[0], report);
    }
}

/// Row by row: each entry is what the rows above leave of it.
#[inline(always)]
fn factorize<N: Number>(a: &[N], n: usize, out: &mut [N], report: &mut Report<'_>) {
    let half = N::constant(0.5);
    for i in 0..n {
        let (above, from) = out.split_at_mut(i * n);
        let row = &mut from[..n];
        for j in 0..i {
            let other = &above[j * n..][..n];
            let mut left = half * a[i * n + j] + half * a[j * n + i];
            for (&x, &y) in row[..j].iter().zip(other) {
                left = x.times_from(y, left);
            }
            row[j] = left / other[j];
        }
        let mut pivot = a[i * n + i];
        for &x in &row[..i] {
            pivot = x.times_from(x, pivot);
        }
        let wrong = pivot.choose(N::zero(), N::one());
        report.fail_if(wrong, pivot, |x| Reason::NotPositiveDefinite {
            row: i,
            pivot: x.into_f64(),
        });
        row[i] = pivot.root();
        row[i + 1..].fill(N::zero());
    }
}

/// Which half of a matrix is not zero. The other half is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// On and below the diagonal.
    Lower,
    /// On and above the diagonal.
    Upper,
}

/// $X$ with $T X = B$, or $T^\top X = B$ if `transposed`, for triangular matrices.
///
/// # Shapes
/// - `t`: `[batch, n, n]`
/// - `b`, `out`: `[batch, n, columns]`
///
/// # Errors
/// [`Reason::Singular`] where a number on the diagonal is 0, [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
#[allow(
    clippy::too_many_arguments,
    reason = "two matrices, their sizes, and which equation it is"
)]
pub fn triangular_solve<T: Real>(
    t: &[T],
    b: &[T],
    n: usize,
    columns: usize,
    triangle: Triangle,
    transposed: bool,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(t, n * n);
    expect_len("b", b.len(), batch * n * columns);
    expect_len("out", out.len(), b.len());
    let kernel = TriangularSolve {
        n,
        columns,
        triangle,
        transposed,
    };
    run(
        kernel,
        batch,
        threads,
        &[(t, n * n), (b, n * columns)],
        vec![(out, n * columns)],
    )
}

/// $X$ with $L L^\top X = B$: an equation with a positive definite matrix, from its factor by
/// [`cholesky`].
///
/// # Shapes
/// - `factor`: `[batch, n, n]`
/// - `b`, `out`: `[batch, n, columns]`
///
/// # Errors
/// As [`triangular_solve`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn cholesky_solve<T: Real>(
    factor: &[T],
    b: &[T],
    n: usize,
    columns: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(factor, n * n);
    expect_len("b", b.len(), batch * n * columns);
    expect_len("out", out.len(), b.len());
    let kernel = CholeskySolve { n, columns };
    run(
        kernel,
        batch,
        threads,
        &[(factor, n * n), (b, n * columns)],
        vec![(out, n * columns)],
    )
}

pub(crate) struct TriangularSolve {
    n: usize,
    columns: usize,
    triangle: Triangle,
    transposed: bool,
}

impl Kernel for TriangularSolve {
    fn scratch(&self) -> usize {
        0
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.columns / 2 + 2)
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        _: &mut [N],
        report: &mut Report<'_>,
    ) {
        let (t, out) = (inputs[0], &mut *outputs[0]);
        out.copy_from_slice(inputs[1]);
        check_diagonal(t, self.n, report);
        substitute(t, self.n, self.columns, self.triangle, self.transposed, out);
    }
}

pub(crate) struct CholeskySolve {
    n: usize,
    columns: usize,
}

impl Kernel for CholeskySolve {
    fn scratch(&self) -> usize {
        0
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.columns + 2)
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        _: &mut [N],
        report: &mut Report<'_>,
    ) {
        let (t, out) = (inputs[0], &mut *outputs[0]);
        out.copy_from_slice(inputs[1]);
        check_diagonal(t, self.n, report);
        substitute(t, self.n, self.columns, Triangle::Lower, false, out);
        substitute(t, self.n, self.columns, Triangle::Lower, true, out);
    }
}

#[inline(always)]
fn check_diagonal<N: Number>(t: &[N], n: usize, report: &mut Report<'_>) {
    for column in 0..n {
        let pivot = t[column * n + column];
        let wrong = pivot.magnitude().choose(N::zero(), N::one());
        report.fail_if(wrong, pivot, |_| Reason::Singular { column });
    }
}

/// Solves in place: row by row, from the end whose equation has one unknown.
#[inline(always)]
pub(super) fn substitute<N: Number>(
    t: &[N],
    n: usize,
    columns: usize,
    triangle: Triangle,
    transposed: bool,
    x: &mut [N],
) {
    let (row, column) = if transposed { (1, n) } else { (n, 1) };
    let forward = (triangle == Triangle::Lower) != transposed;
    for step in 0..n {
        let i = if forward { step } else { n - 1 - step };
        let known = if forward { 0..i } else { i + 1..n };
        for k in known {
            let factor = t[i * row + k * column];
            let (target, source) = two_rows(x, columns, i, k);
            for (target, &source) in target.iter_mut().zip(source) {
                *target = factor.times_from(source, *target);
            }
        }
        let pivot = t[i * n + i];
        for x in &mut x[i * columns..][..columns] {
            *x /= pivot;
        }
    }
}

/// Row `i` to be written and another one.
#[inline(always)]
pub(super) fn two_rows<N>(x: &mut [N], width: usize, i: usize, other: usize) -> (&mut [N], &[N]) {
    if i < other {
        let (before, from) = x.split_at_mut(other * width);
        (&mut before[i * width..][..width], &from[..width])
    } else {
        let (before, from) = x.split_at_mut(i * width);
        (&mut from[..width], &before[other * width..][..width])
    }
}

/// $\log\det A = 2\sum_i\log L_{ii}$ of positive definite matrices, from their factors by [`cholesky`].
///
/// # Shapes
/// - `factor`: `[batch, n, n]`
/// - `out`: `[batch]`
///
/// # Panics
/// If a length is not that of the shape.
pub fn cholesky_log_determinant<T: Real>(factor: &[T], n: usize, out: &mut [T]) {
    let batch = batch_of(factor, n * n);
    expect_len("out", out.len(), batch);
    for (out, factor) in out.iter_mut().zip(factor.chunks_exact((n * n).max(1))) {
        let logs = factor.iter().step_by(n + 1).map(|&x| Float::ln(x));
        *out = T::from_f64(2.0) * logs.fold(T::from_f64(0.0), |sum, x| sum + x);
    }
}
