//! Equations in which the unknown matrix stands between others.

mod complex;
mod lyapunov;
mod schur;

pub(crate) use lyapunov::Lyapunov;
pub use lyapunov::lyapunov;

use complex::Complex;
use schur::schur;

use crate::real::Real;

use num_traits::Float;

use super::failure::{Outcome, Reason};
use super::run::{expect_len, run_each};

/// $X$ with $A X + X B = C$, for any square $A$, $m\times m$, and $B$, $n\times n$.
///
/// # Shapes
/// - `a`: `[batch, m, m]`, `b`: `[batch, n, n]`
/// - `c`, `out`: `[batch, m, n]`
///
/// # Numerics
/// By the complex Schur forms of $A$ and $B$ (Bartels, Stewart 1972), a matrix at a time: some $25(m^3 + n^3)$
/// complex multiplications. For a symmetric $A = B$ [`lyapunov`] is faster.
///
/// # Errors
/// [`Reason::NoUniqueSolution`] where eigenvalues $\alpha_i + \beta_j$ are 0 up to the rounding of the Schur
/// forms, [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
#[allow(clippy::too_many_arguments, reason = "three matrices and their sizes")]
pub fn sylvester<T: Real>(
    a: &[T],
    b: &[T],
    c: &[T],
    batch: usize,
    m: usize,
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    expect_len("a", a.len(), batch * m * m);
    expect_len("b", b.len(), batch * n * n);
    expect_len("c", c.len(), batch * m * n);
    expect_len("out", out.len(), c.len());
    let cost = 100 * (m * m * m + n * n * n);
    let inputs = [(a, m * m), (b, n * n), (c, m * n)];
    run_each(
        batch,
        cost,
        threads,
        &inputs,
        vec![(out, m * n)],
        |inputs, outputs| {
            let [a, b, c] = inputs else {
                unreachable!("three inputs")
            };
            solve(a, b, c, [m, n], outputs[0])
        },
    )
}

/// With $A = U S U^*$ and $B = V R V^*$: $S Y + Y R = U^* C V$, from the last row and the first column on.
fn solve<T: Real>(
    a: &[T],
    b: &[T],
    c: &[T],
    [m, n]: [usize; 2],
    out: &mut [T],
) -> Result<(), Reason> {
    let (s, u) = schur(a, m)?;
    let (r, v) = schur(b, n)?;
    let largest = |x: &[Complex<T>]| {
        x.iter()
            .fold(T::from_f64(0.0), |top, x| Float::max(top, x.length()))
    };
    let rounding = <T as Float>::epsilon() * (largest(&s) + largest(&r));
    let mut y = vec![Complex::default(); m * n];
    let mut right = vec![Complex::default(); m * n];
    for i in 0..m {
        for j in 0..n {
            let mut sum = Complex::default();
            for k in 0..n {
                sum += v[k * n + j].times(c[i * n + k]);
            }
            right[i * n + j] = sum;
        }
    }
    for j in 0..n {
        for i in (0..m).rev() {
            let mut sum = Complex::default();
            for k in 0..m {
                sum += u[k * m + i].conjugate() * right[k * n + j];
            }
            for k in i + 1..m {
                sum -= s[i * m + k] * y[k * n + j];
            }
            for k in 0..j {
                sum -= y[i * n + k] * r[k * n + j];
            }
            let pivot = s[i * m + i] + r[j * n + j];
            if pivot.length() <= rounding {
                let separation = pivot.length().into_f64();
                return Err(Reason::NoUniqueSolution { separation });
            }
            y[i * n + j] = sum / pivot;
        }
    }
    for i in 0..m {
        for j in 0..n {
            let mut sum = Complex::default();
            for k in 0..m {
                sum += u[i * m + k] * y[k * n + j];
            }
            right[i * n + j] = sum;
        }
    }
    for i in 0..m {
        for j in 0..n {
            let mut sum = Complex::default();
            for k in 0..n {
                sum += right[i * n + k] * v[j * n + k].conjugate();
            }
            out[i * n + j] = sum.re;
        }
    }
    Ok(())
}
