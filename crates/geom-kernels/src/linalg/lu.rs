//! Elimination with partial pivoting: equations, inverses, determinants.

use num_traits::Float;

use crate::math;
use crate::real::Real;

use super::cholesky::two_rows;
use super::failure::{Outcome, Reason};
use super::jacobi::identity;
use super::job::run;
use super::number::{Number, Work};
use super::run::{Kernel, Report, batch_of, expect_len};

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
    };
    run(
        kernel,
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
    let kernel = Inverse { n };
    run(kernel, batch, threads, &[(a, n * n)], vec![(out, n * n)])
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
    let kernel = Determinant { n };
    run(
        kernel,
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
    N::run(Eliminate {
        a,
        n,
        x,
        columns,
        sign: &mut sign,
    });
    sign
}

struct Eliminate<'a, N> {
    a: &'a mut [N],
    n: usize,
    x: &'a mut [N],
    columns: usize,
    sign: &'a mut N,
}

impl<N: Number> Work for Eliminate<'_, N> {
    #[inline(always)]
    fn work(self) {
        *self.sign = all_columns(self.a, self.n, self.x, self.columns);
    }
}

#[inline(always)]
fn all_columns<N: Number>(a: &mut [N], n: usize, x: &mut [N], columns: usize) -> N {
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
        let place = std::slice::from_ref(&place);
        let exchanged = exchange(N::lanes_mut(a), n, N::lanes(place), k, k);
        if exchanged {
            exchange(N::lanes_mut(x), columns, N::lanes(place), k, 0);
            let moved = place[0] - N::constant(k as f64);
            sign = moved.choose(-sign, sign);
        }
        // Without a pivot the column is zero already.
        let pivot = a[k * n + k];
        let pivot = pivot.magnitude().choose(pivot, N::one());
        for i in k + 1..n {
            let factor = a[i * n + k] / pivot;
            let (target, source) = two_rows(a, n, i, k);
            for (target, &source) in target[k + 1..].iter_mut().zip(&source[k + 1..]) {
                *target = factor.times_from(source, *target);
            }
            let (target, source) = two_rows(x, columns, i, k);
            for (target, &source) in target.iter_mut().zip(source) {
                *target = factor.times_from(source, *target);
            }
        }
    }
    sign
}

/// Exchanges row `k` with the row `places` of each lane, from a column on. Whether there was anything to
/// exchange.
#[inline(never)]
fn exchange<T: Real>(a: &mut [T], width: usize, places: &[T], k: usize, from: usize) -> bool {
    let mut any = false;
    let lanes = places.len();
    for (lane, place) in places.iter().enumerate() {
        let other = place.into_f64() as usize;
        if other != k {
            any = true;
            let (before, after) = a.split_at_mut(other * width * lanes);
            let first = before[k * width * lanes..][..width * lanes].iter_mut();
            let second = after.iter_mut();
            let start = from * lanes + lane;
            for (x, y) in first
                .skip(start)
                .step_by(lanes)
                .zip(second.skip(start).step_by(lanes))
            {
                std::mem::swap(x, y);
            }
        }
    }
    any
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
    for i in (0..n).rev() {
        let pivot = a[i * n + i];
        let wrong = pivot.magnitude().choose(N::zero(), N::one());
        report.fail_if(wrong, pivot, |_| Reason::Singular { column: i });
        for k in i + 1..n {
            let factor = a[i * n + k];
            let (target, source) = two_rows(x, columns, i, k);
            for (target, &source) in target.iter_mut().zip(source) {
                *target = factor.times_from(source, *target);
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

pub(crate) struct Solve {
    n: usize,
    columns: usize,
    transposed: bool,
}

impl Kernel for Solve {
    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.n / 3 + self.columns + 4)
    }

    #[inline(always)]
    fn matrix<N: Number>(
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

pub(crate) struct Inverse {
    n: usize,
}

impl Kernel for Inverse {
    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        2 * self.n * self.n * (self.n + 2)
    }

    #[inline(always)]
    fn matrix<N: Number>(
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

pub(crate) struct Determinant {
    n: usize,
}

impl Kernel for Determinant {
    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * (self.n / 3 + 4)
    }

    #[inline(always)]
    fn matrix<N: Number>(
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
        for k in 0..n {
            let pivot = a[k * n + k];
            sign[0] = (-pivot).choose(-sign[0], pivot.choose(sign[0], N::zero()));
            log[0] += pivot.map(|x| math::ln(Float::abs(x)));
        }
    }
}
