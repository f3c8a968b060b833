//! Eigenvalues and eigenvectors of symmetric matrices.

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::jacobi::{self, scale_of};
use super::job::run;
use super::number::Number;
use super::run::{Kernel, Report, batch_of, expect_len, run_each};
use super::sort::{Rows, sort};
use super::tridiagonal;

/// Up to here Jacobi's method, beyond a tridiagonal matrix: ten times faster for large matrices, but
/// blind to eigenvalues that are much smaller than others.
pub(super) const JACOBI_UP_TO: usize = 16;

/// Up to here in lanes, beyond one matrix after the other by faer: the lanes leave the cache.
pub(super) const LANES_UP_TO: usize = 160;

/// $A = V \operatorname{diag}(\lambda) V^\top$ for symmetric matrices: `values` ascending, the columns
/// of `vectors` the eigenvectors. Of a matrix that is not symmetric, the symmetric part counts.
///
/// # Shapes
/// - `a`, `vectors`: `[batch, n, n]`
/// - `values`: `[batch, n]`
///
/// # Numerics
/// Up to `n` = 16 by Jacobi's method: eigenvalues of positive definite matrices $D B D$, $D$ diagonal, have
/// relative errors of some roundings times the condition of $B$, however different their sizes. Beyond
/// through a tridiagonal matrix, where errors of all eigenvalues are some roundings of the largest one.
/// Eigenvectors are orthonormal to rounding always. From `n` = 161 on one matrix after the other, by faer.
///
/// # Errors
/// [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Demmel, Veselić (1992); Bowdler, Martin, Reinsch, Wilkinson (1968).
///
/// # Examples
/// ```
/// use geom_kernels::linalg::eigh;
/// let (mut values, mut vectors) = ([0.0; 2], [0.0; 4]);
/// eigh(&[2.0, 1.0, 1.0, 2.0], 2, &mut values, &mut vectors, 1)?;
/// assert!((values[0] - 1.0f64).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn eigh<T: Real>(
    a: &[T],
    n: usize,
    values: &mut [T],
    vectors: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("values", values.len(), batch * n);
    expect_len("vectors", vectors.len(), batch * n * n);
    let (inputs, outputs) = ([(a, n * n)], vec![(values, n), (vectors, n * n)]);
    if n > LANES_UP_TO {
        return run_each(
            batch,
            9 * n * n * n,
            threads,
            &inputs,
            outputs,
            |inputs, outputs| {
                let [values, vectors] = outputs else {
                    unreachable!("two outputs")
                };
                T::eigh(inputs[0], n, values, Some(vectors))
            },
        );
    }
    run(Eigh { n, vectors: true }, batch, threads, &inputs, outputs)
}

/// The eigenvalues alone, as in [`eigh`].
///
/// # Shapes
/// - `a`: `[batch, n, n]`
/// - `values`: `[batch, n]`
///
/// # Errors
/// As [`eigh`].
///
/// # Panics
/// As [`eigh`].
pub fn eigvalsh<T: Real>(a: &[T], n: usize, values: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("values", values.len(), batch * n);
    let (inputs, outputs) = ([(a, n * n)], vec![(values, n)]);
    if n > LANES_UP_TO {
        return run_each(
            batch,
            3 * n * n * n,
            threads,
            &inputs,
            outputs,
            |inputs, outputs| T::eigh(inputs[0], n, outputs[0], None),
        );
    }
    run(Eigh { n, vectors: false }, batch, threads, &inputs, outputs)
}

pub(crate) struct Eigh {
    n: usize,
    vectors: bool,
}

impl Kernel for Eigh {
    fn scratch(&self) -> usize {
        work_of(self.n) + self.n + usize::from(self.vectors) * self.n * self.n
    }

    fn cost(&self) -> usize {
        20 * self.n * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    ) {
        let n = self.n;
        let (values, scratch) = scratch.split_at_mut(n);
        let (work, rows) = scratch.split_at_mut(work_of(n));
        if self.vectors {
            spectrum(inputs[0], n, work, values, Some(&mut *rows), report);
        } else {
            spectrum(inputs[0], n, work, values, None, report);
        }
        let (values, rows) = (N::lanes(values), N::lanes(rows));
        match outputs {
            [out, vectors] => {
                let columns = N::lanes_mut(vectors);
                let vectors = Rows {
                    rows,
                    length: n,
                    columns,
                };
                sort(values, N::WIDTH, false, N::lanes_mut(out), &mut [vectors]);
            }
            _ => sort(values, N::WIDTH, false, N::lanes_mut(outputs[0]), &mut []),
        }
    }
}

/// Eigenvalues and, as rows, eigenvectors of the symmetric part of `a`, in no particular order.
#[inline(always)]
pub(super) fn spectrum<N: Number>(
    a: &[N],
    n: usize,
    work: &mut [N],
    values: &mut [N],
    rows: Option<&mut [N]>,
    report: &mut Report<'_>,
) {
    let (scale, back) = scale_of(a);
    // Halved after the scaling, where nothing is lost.
    let half = N::constant(0.5);
    let (work, scratch) = work.split_at_mut(n * n);
    for i in 0..n {
        for j in 0..=i {
            let mean = (a[i * n + j] * scale) * half + (a[j * n + i] * scale) * half;
            work[i * n + j] = mean;
            work[j * n + i] = mean;
        }
    }
    let left = if n <= JACOBI_UP_TO {
        let left = jacobi::diagonalize(work, n, rows);
        for (i, value) in values.iter_mut().enumerate() {
            *value = work[i * n + i];
        }
        left
    } else {
        tridiagonal::diagonalize(work, n, values, rows, scratch)
    };
    for value in values {
        *value *= back;
    }
    report.fail_if(left, left, |_| Reason::NoConvergence);
}

/// Numbers that [`spectrum`] works on.
pub(super) fn work_of(n: usize) -> usize {
    n * n + tridiagonal::scratch(n)
}
