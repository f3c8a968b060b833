//! Elimination with partial pivoting: equations, inverses, determinants.

use std::marker::PhantomData;

use num_traits::Float;

use crate::math;
use crate::real::Real;

use super::cholesky::two_rows;
use super::failure::{Outcome, Reason};
use super::jacobi::identity;
use super::number::Number;
use super::run::{Kernel, Report, batch_of, expect_len, run};

/// $X$ with $A X = B$, or $A^\top X = B$ if `transposed`.
///
/// # Shapes
/// - `a`: `[batch, n, n]`
/// - `b`, `out`: `[batch, n, columns]`
///
/// # Errors
/// [`Reason::Singular`] where a column has no pivot, [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # Examples
/// ```
/// use geom_kernels::linalg::solve;
/// let mut x = [0.0; 2];
/// solve(&[0.0, 2.0, 1.0, 0.0], &[4.0, 3.0], 2, 1, false, &mut x, 1)?;
/// assert_eq!(x, [3.0, 2.0]);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn solve<T: Real>(
    a: &[T],
    b: &[T],
    n: usize,
    columns: usize,
    transposed: bool,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("b", b.len(), batch * n * columns);
    expect_len("out", out.len(), b.len());
    let kernel = Solve {
        n,
        columns,
        transposed,
        format: PhantomData,
    };
    run(
        &kernel,
        batch,
        threads,
        &[(a, n * n), (b, n * columns)],
        vec![(out, n * columns)],
    )
}

/// $A^{-1}$.
///
/// # Shapes
/// - `a`, `out`: `[batch, n, n]`
///
/// # Errors
/// As [`solve`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn inverse<T: Real>(a: &[T], n: usize, out: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("out", out.len(), a.len());
    let kernel = Inverse {
        n,
        format: PhantomData,
    };
    run(&kernel, batch, threads, &[(a, n * n)], vec![(out, n * n)])
}

/// The sign of the determinant, 1, 0 or −1, and $\log|\det A|$, which is $-\infty$ for singular matrices.
///
/// # Shapes
/// - `a`: `[batch, n, n]`
/// - `sign`, `log`: `[batch]`
///
/// # Errors
/// [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn log_determinant<T: Real>(
    a: &[T],
    n: usize,
    sign: &mut [T],
    log: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("sign", sign.len(), batch);
    expect_len("log", log.len(), batch);
    let kernel = Determinant {
        n,
        format: PhantomData,
    };
    run(
        &kernel,
        batch,
        threads,
        &[(a, n * n)],
        vec![(sign, 1), (log, 1)],
    )
}

/// Eliminates below the diagonal of `a`, with exchanges of rows, and does the same to the right side `x`
/// of `columns` columns. Returns the sign of the exchanges.
#[inline(always)]
pub(super) fn eliminate<N: Number>(a: &mut [N], n: usize, x: &mut [N], columns: usize) -> N {
    let mut sign = N::one();
    for k in 0..n {
        let (mut largest, mut place) = (a[k * n + k].magnitude(), N::constant(k as f64));
        for i in k + 1..n {
            let here = N::constant(i as f64);
            let size = a[i * n + k].magnitude();
            let grows = size - largest;
            place = grows.choose(here, place);
            largest = grows.choose(size, largest);
        }
        for lane in 0..N::WIDTH {
            let other = place.lane(lane).wide() as usize;
            if other != k {
                exchange(&mut a[..], n, lane, k, other, k);
                exchange(&mut x[..], columns, lane, k, other, 0);
                sign.set(lane, -sign.lane(lane));
            }
        }
        // Without a pivot the column is zero already.
        let zero = N::Format::of(0.0);
        let pivot = a[k * n + k].map(|x| if x == zero { N::Format::of(1.0) } else { x });
        for i in k + 1..n {
            let factor = a[i * n + k] / pivot;
            let (target, source) = two_rows(a, n, i, k);
            for (target, &source) in target[k + 1..].iter_mut().zip(&source[k + 1..]) {
                *target -= factor * source;
            }
            let (target, source) = two_rows(x, columns, i, k);
            for (target, &source) in target.iter_mut().zip(source) {
                *target -= factor * source;
            }
        }
    }
    sign
}

/// Exchanges two rows of one lane from a column on.
#[inline(always)]
fn exchange<N: Number>(a: &mut [N], width: usize, lane: usize, i: usize, j: usize, from: usize) {
    let (before, after) = a.split_at_mut(j * width);
    let (first, second) = (&mut before[i * width..][..width], &mut after[..width]);
    for (x, y) in first[from..].iter_mut().zip(&mut second[from..]) {
        let (a, b) = (x.lane(lane), y.lane(lane));
        x.set(lane, b);
        y.set(lane, a);
    }
}

/// Solves with what [`eliminate`] leaves.
#[inline(always)]
pub(super) fn back_substitute<N: Number>(
    a: &[N],
    n: usize,
    x: &mut [N],
    columns: usize,
    report: &mut Report<'_>,
) {
    let zero = N::Format::of(0.0);
    for i in (0..n).rev() {
        let pivot = a[i * n + i];
        report.fail_where(pivot, |x| x == zero, |_| Reason::Singular { column: i });
        for k in i + 1..n {
            let factor = a[i * n + k];
            let (target, source) = two_rows(x, columns, i, k);
            for (target, &source) in target.iter_mut().zip(source) {
                *target -= factor * source;
            }
        }
        for x in &mut x[i * columns..][..columns] {
            *x /= pivot;
        }
    }
}

/// The transpose.
#[inline(always)]
pub(super) fn transpose<N: Number>(a: &[N], n: usize, out: &mut [N]) {
    for i in 0..n {
        for j in 0..n {
            out[j * n + i] = a[i * n + j];
        }
    }
}

struct Solve<T> {
    n: usize,
    columns: usize,
    transposed: bool,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Solve<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.n / 3 + self.columns + 4)
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        a: &mut [N],
        report: &mut Report<'_>,
    ) {
        match self.transposed {
            true => transpose(inputs[0], self.n, a),
            false => a.copy_from_slice(inputs[0]),
        }
        let x = &mut *outputs[0];
        x.copy_from_slice(inputs[1]);
        eliminate(a, self.n, x, self.columns);
        back_substitute(a, self.n, x, self.columns, report);
    }
}

struct Inverse<T> {
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Inverse<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        2 * self.n * self.n * (self.n + 2)
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        a: &mut [N],
        report: &mut Report<'_>,
    ) {
        let x = &mut *outputs[0];
        a.copy_from_slice(inputs[0]);
        identity(x, self.n);
        eliminate(a, self.n, x, self.n);
        back_substitute(a, self.n, x, self.n, report);
    }
}

struct Determinant<T> {
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Determinant<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.n / 3 + 4)
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        a: &mut [N],
        _: &mut Report<'_>,
    ) {
        let n = self.n;
        let [sign, log] = outputs else {
            unreachable!("two outputs")
        };
        a.copy_from_slice(inputs[0]);
        sign[0] = eliminate(a, n, &mut [], 0);
        log[0] = N::zero();
        let zero = T::of(0.0);
        for k in 0..n {
            let pivot = a[k * n + k];
            sign[0] = sign[0].zip(pivot, |sign, x| {
                if x == zero {
                    zero
                } else {
                    sign * Float::signum(x)
                }
            });
            log[0] += pivot.map(|x| math::ln(Float::abs(x)));
        }
    }
}
