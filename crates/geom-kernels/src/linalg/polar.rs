//! The polar factors of a matrix.

use crate::real::Real;

use super::failure::{Failure, Failures, Outcome, Reason};
use super::product::{Transposed, matmul};
use super::run::expect_len;
use super::spectral::recompose;
use super::svd::svd;

/// $A = U P$ for $m\times n$ matrices with $m\ge n$: the columns of $U = U_1 V^\top$ are orthonormal,
/// $P = V\operatorname{diag}(\sigma)V^\top$ is positive semidefinite and exactly symmetric, both from
/// $A = U_1\operatorname{diag}(\sigma)V^\top$. $U$ is the nearest such matrix to $A$.
///
/// # Shapes
/// - `a`, `u`: `[batch, m, n]`
/// - `p`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::RankDeficient`] where a singular value is exactly 0, for then $U$ is not unique;
/// [`Reason::NotFinite`], [`Reason::NoConvergence`]. Its sensitivity is
/// $2/(\sigma_{n-1} + \sigma_n)$.
///
/// # Panics
/// If `m < n`, or a length is not that of the shape.
///
/// # References
/// Higham (2008), chapter 8.
pub fn polar<T: Real>(
    a: &[T],
    batch: usize,
    m: usize,
    n: usize,
    u: &mut [T],
    p: &mut [T],
    threads: usize,
) -> Outcome {
    assert!(m >= n, "at least as many rows as columns");
    expect_len("a", a.len(), batch * m * n);
    expect_len("u", u.len(), a.len());
    expect_len("p", p.len(), batch * n * n);
    let zeros = |len: usize| vec![T::from_f64(0.0); len];
    let (mut left, mut values, mut right) =
        (zeros(a.len()), zeros(batch * n), zeros(batch * n * n));
    let first = svd(a, batch, m, n, &mut left, &mut values, &mut right, threads);
    let transposed = Transposed {
        left: false,
        right: true,
    };
    // Failed matrices are NaN throughout, and stay so.
    let _ = matmul(&left, &right, batch, [m, n, n], transposed, u, threads);
    let _ = recompose(&values, &right, n, p, threads);
    let mut failures = Vec::new();
    for index in 0..batch {
        let smallest = values[index * n..][..n].last();
        if smallest.is_some_and(|&x| x == T::from_f64(0.0)) {
            let column = values[index * n..][..n]
                .iter()
                .filter(|&&x| x > T::from_f64(0.0))
                .count();
            failures.push(Failure {
                index,
                reason: Reason::RankDeficient { column },
            });
            u[index * m * n..][..m * n].fill(T::nan());
            p[index * n * n..][..n * n].fill(T::nan());
        }
    }
    Failures::merge(first, Failures::of(failures))
}
