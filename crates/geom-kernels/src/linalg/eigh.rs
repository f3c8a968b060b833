//! Eigenvalues and eigenvectors of symmetric matrices.

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::jacobi::{diagonalize, scale_of};
use super::number::Number;
use super::run::{Kernel, Report, batch_of, expect_len, run, run_each};

/// Up to here Jacobi's method in lanes is faster than tridiagonalization of one matrix after the
/// other, as measured.
pub(super) const JACOBI_UP_TO: usize = 40;

/// $A = V \operatorname{diag}(\lambda) V^\top$ for symmetric matrices: `values` ascending, the columns
/// of `vectors` the eigenvectors. Of a matrix that is not symmetric, the symmetric part counts.
///
/// # Shapes
/// - `a`, `vectors`: `[batch, n, n]`
/// - `values`: `[batch, n]`
///
/// # Numerics
/// Up to `n` = 40 by Jacobi's method: eigenvalues of positive definite matrices of graded size have
/// relative errors of some roundings, if rows and columns can be scaled such that the condition becomes
/// moderate. Beyond by tridiagonalization, where the error of all eigenvalues is some
/// roundings of the largest one.
///
/// # Errors
/// [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Demmel, Veselić (1992).
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
    if n > JACOBI_UP_TO {
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
    run(&Eigh::<T, true>::new(n), batch, threads, &inputs, outputs)
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
    if n > JACOBI_UP_TO {
        return run_each(
            batch,
            3 * n * n * n,
            threads,
            &inputs,
            outputs,
            |inputs, outputs| T::eigh(inputs[0], n, outputs[0], None),
        );
    }
    run(&Eigh::<T, false>::new(n), batch, threads, &inputs, outputs)
}

struct Eigh<T, const VECTORS: bool> {
    n: usize,
    format: std::marker::PhantomData<fn(T)>,
}

impl<T, const VECTORS: bool> Eigh<T, VECTORS> {
    fn new(n: usize) -> Self {
        Self {
            n,
            format: std::marker::PhantomData,
        }
    }
}

impl<T: Real, const VECTORS: bool> Kernel for Eigh<T, VECTORS> {
    type Format = T;

    fn scratch(&self) -> usize {
        (1 + usize::from(VECTORS)) * self.n * self.n + self.n
    }

    fn cost(&self) -> usize {
        20 * self.n * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    ) {
        let n = self.n;
        let (values, scratch) = scratch.split_at_mut(n);
        let (a, rows) = scratch.split_at_mut(n * n);
        let rows = VECTORS.then_some(rows);
        match rows {
            Some(rows) => {
                spectrum(inputs[0], n, a, values, Some(rows), report);
                let [out, vectors] = outputs else {
                    unreachable!("two outputs")
                };
                sort::<N>(values, Some(rows), n, out, vectors);
            }
            None => {
                spectrum(inputs[0], n, a, values, None, report);
                sort::<N>(values, None, n, outputs[0], &mut []);
            }
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
    for i in 0..n {
        for j in i..n {
            work[i * n + j] = (a[i * n + j] * scale) * half + (a[j * n + i] * scale) * half;
        }
    }
    let left = match n {
        2 => diagonalize(work, 2, rows),
        3 => diagonalize(work, 3, rows),
        4 => diagonalize(work, 4, rows),
        _ => diagonalize(work, n, rows),
    };
    for (i, value) in values.iter_mut().enumerate() {
        *value = work[i * n + i] * back;
    }
    report.fail_where(left, |x| x > N::Format::of(0.0), |_| Reason::NoConvergence);
}

/// Eigenvalues in ascending order, eigenvectors as columns in the same order.
#[inline(always)]
fn sort<N: Number>(values: &[N], rows: Option<&[N]>, n: usize, out: &mut [N], vectors: &mut [N]) {
    let mut order: Vec<usize> = (0..n).collect();
    for lane in 0..N::WIDTH {
        // By insertion: a stable order, whatever the order before.
        for (place, index) in order.iter_mut().enumerate() {
            *index = place;
        }
        for end in 1..n {
            let mut place = end;
            while place > 0 && values[order[place]].lane(lane) < values[order[place - 1]].lane(lane)
            {
                order.swap(place, place - 1);
                place -= 1;
            }
        }
        for (place, &index) in order.iter().enumerate() {
            out[place].set(lane, values[index].lane(lane));
            if let Some(rows) = rows {
                for (i, x) in rows[index * n..][..n].iter().enumerate() {
                    vectors[i * n + place].set(lane, x.lane(lane));
                }
            }
        }
    }
}
