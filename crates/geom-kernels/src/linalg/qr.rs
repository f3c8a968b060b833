//! Orthogonal and triangular factors, by reflections.

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::jacobi::scale_of;
use super::job::run;
use super::number::Number;
use super::run::{Kernel, Report, expect_len};

/// $A = Q R$ for $m\times n$ matrices with $m \ge n$: the columns of $Q$ are orthonormal, $R$ is upper
/// triangular with positive diagonal. Both are then unique.
///
/// # Shapes
/// - `a`, `q`: `[batch, m, n]`
/// - `r`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::RankDeficient`] where a diagonal entry is exactly 0, [`Reason::NotFinite`]. Where columns
/// depend on each other up to rounding, $Q$ is orthonormal, but rounding decides on it.
///
/// # Panics
/// If `m < n`, or a length is not that of the shape.
///
/// # Examples
/// ```
/// use geom_kernels::linalg::qr;
/// let (mut q, mut r) = ([0.0; 2], [0.0; 1]);
/// qr(&[3.0, -4.0], 1, 2, 1, &mut q, &mut r, 1)?;
/// assert!((r[0] - 5.0f64).abs() < 1e-15 && (q[0] - 0.6).abs() < 1e-15 && (q[1] + 0.8).abs() < 1e-15);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn qr<T: Real>(
    a: &[T],
    batch: usize,
    m: usize,
    n: usize,
    q: &mut [T],
    r: &mut [T],
    threads: usize,
) -> Outcome {
    assert!(m >= n, "at least as many rows as columns");
    expect_len("a", a.len(), batch * m * n);
    expect_len("q", q.len(), a.len());
    expect_len("r", r.len(), batch * n * n);
    let kernel = Qr { m, n };
    run(
        kernel,
        batch,
        threads,
        &[(a, m * n)],
        vec![(q, m * n), (r, n * n)],
    )
}

pub(crate) struct Qr {
    m: usize,
    n: usize,
}

impl Kernel for Qr {
    fn scratch(&self) -> usize {
        self.m * self.n + 3 * self.n + self.m
    }

    fn cost(&self) -> usize {
        2 * self.m * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    ) {
        let [q, r] = outputs else {
            unreachable!("two outputs")
        };
        let (work, rest) = scratch.split_at_mut(self.m * self.n);
        decompose(inputs[0], self.m, self.n, work, rest, q, r, report);
    }
}

/// Reflections of the columns of `a`, one after the other.
#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "the input, two results and what is in between"
)]
fn decompose<N: Number>(
    a: &[N],
    m: usize,
    n: usize,
    work: &mut [N],
    rest: &mut [N],
    q: &mut [N],
    r: &mut [N],
    report: &mut Report<'_>,
) {
    let (taus, rest) = rest.split_at_mut(n);
    let (diagonal, rest) = rest.split_at_mut(n);
    let (dots, column) = rest.split_at_mut(n);
    work.copy_from_slice(a);
    for k in 0..n {
        (taus[k], diagonal[k]) = reflection(work, m, n, k, column);
        reflect(work, n, k + 1..n, k, taus[k], None, m, dots);
    }
    for i in 0..n {
        let pivot = diagonal[i];
        let wrong = pivot.magnitude().choose(N::zero(), N::one());
        report.fail_if(wrong, pivot, |_| Reason::RankDeficient { column: i });
        let sign = sign_of(pivot);
        for j in 0..n {
            r[i * n + j] = match i.cmp(&j) {
                std::cmp::Ordering::Less => work[i * n + j] * sign,
                std::cmp::Ordering::Equal => diagonal[i] * sign,
                std::cmp::Ordering::Greater => N::zero(),
            };
        }
    }
    // The reflections of the first columns of the identity, the last one first.
    q.fill(N::zero());
    for k in 0..n {
        q[k * n + k] = N::one();
    }
    for k in (0..n).rev() {
        reflect(q, n, k..n, k, taus[k], Some(work), m, dots);
    }
    for row in q.chunks_exact_mut(n.max(1)) {
        for (x, &d) in row.iter_mut().zip(&*diagonal) {
            *x *= sign_of(d);
        }
    }
}

/// 1, or −1 for negative numbers.
#[inline(always)]
fn sign_of<N: Number>(x: N) -> N {
    (-x).choose(-N::one(), N::one())
}

/// The reflection $1 - \tau v v^\top$ with $v_k = 1$ that makes column `k` zero below the diagonal, where
/// the rest of $v$ is stored: $\tau$, and the number on the diagonal.
#[inline(always)]
fn reflection<N: Number>(a: &mut [N], m: usize, n: usize, k: usize, column: &mut [N]) -> (N, N) {
    let column = &mut column[..m - k];
    for (x, row) in column.iter_mut().zip(a.chunks_exact(n).skip(k)) {
        *x = row[k];
    }
    // By a power of 2, so that squares are normal numbers.
    let (scale, back) = scale_of(column);
    let alpha = column[0] * scale;
    let mut below = N::zero();
    for x in &mut column[1..] {
        *x *= scale;
        below = x.times_plus(*x, below);
    }
    let norm = alpha.times_plus(alpha, below).root();
    // Away from alpha, so that nothing cancels. A column that is zero below stays as it is.
    let away = (-alpha).choose(norm, -norm);
    let beta = below.choose(away, alpha);
    let change = beta - alpha;
    let tau = change.magnitude().choose(change / beta, N::zero());
    let inverse = change.magnitude().choose(-N::one() / change, N::zero());
    for (&x, row) in column.iter().zip(a.chunks_exact_mut(n).skip(k)).skip(1) {
        row[k] = x * inverse;
    }
    (tau, beta * back)
}

/// Applies the reflection stored in column `k` of `from`, or of `a` itself, to columns of `a`.
#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "a matrix, a reflection, and the place of both"
)]
fn reflect<N: Number>(
    a: &mut [N],
    n: usize,
    columns: std::ops::Range<usize>,
    k: usize,
    tau: N,
    from: Option<&[N]>,
    m: usize,
    dots: &mut [N],
) {
    let dots = &mut dots[columns.clone()];
    dots.copy_from_slice(&a[k * n..][columns.clone()]);
    for i in k + 1..m {
        let v = from.map_or(a[i * n + k], |from| from[i * n + k]);
        for (dot, &x) in dots.iter_mut().zip(&a[i * n..][columns.clone()]) {
            *dot = v.times_plus(x, *dot);
        }
    }
    for (x, dot) in a[k * n..][columns.clone()].iter_mut().zip(dots.iter_mut()) {
        *dot *= tau;
        *x -= *dot;
    }
    for i in k + 1..m {
        let v = from.map_or(a[i * n + k], |from| from[i * n + k]);
        for (x, &dot) in a[i * n..][columns.clone()].iter_mut().zip(&*dots) {
            *x = v.times_from(dot, *x);
        }
    }
}
