//! $A X + X A = C$ with a symmetric $A$.

use std::marker::PhantomData;

use num_traits::Float;

use crate::linalg::eigh::eigh;
use crate::linalg::failure::{Failures, Outcome, Reason};
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::{Kernel, Report, batch_of, expect_len, run};
use crate::real::Real;

/// $X$ with $A X + X A = C$ for symmetric $A = V\operatorname{diag}(\lambda)V^\top$ and any $C$:
/// $(V^\top X V)_{ij} = (V^\top C V)_{ij}/(\lambda_i + \lambda_j)$. Of an $A$ that is not symmetric, the
/// symmetric part counts. For a symmetric or skew-symmetric $C$, $X$ is that too, up to rounding.
///
/// # Shapes
/// - `a`, `c`, `out`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::NoUniqueSolution`] where $\lambda_i + \lambda_j$ is 0 up to the rounding of the eigenvalues,
/// unless $A$ is positive definite; [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn lyapunov<T: Real>(a: &[T], c: &[T], n: usize, out: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("c", c.len(), a.len());
    expect_len("out", out.len(), a.len());
    let mut values = vec![T::of(0.0); batch * n];
    let mut vectors = vec![T::of(0.0); a.len()];
    let first = eigh(a, n, &mut values, &mut vectors, threads);
    let kernel = Lyapunov {
        n,
        format: PhantomData,
    };
    let inputs = [(&values[..], n), (&vectors[..], n * n), (c, n * n)];
    let second = run(&kernel, batch, threads, &inputs, vec![(out, n * n)]);
    Failures::merge(first, second)
}

struct Lyapunov<T> {
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Lyapunov<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        2 * self.n * self.n
    }

    fn cost(&self) -> usize {
        4 * self.n * self.n * (self.n + 2)
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
        let [values, vectors, c] = inputs else {
            unreachable!("three inputs")
        };
        let (product, work) = scratch.split_at_mut(n * n);
        let view = View::new(vectors, n);
        multiply(product, View::new(c, n), view, [n; 3]);
        multiply(work, view.transposed(), View::new(product, n), [n; 3]);
        let mut largest = N::zero();
        for value in *values {
            largest = largest.larger(value.magnitude());
        }
        let (zero, rounding) = (T::of(0.0), <T as Float>::epsilon());
        for i in 0..n {
            for j in 0..n {
                let sum = values[i] + values[j];
                // Ascending: the first one tells whether all are positive.
                let unclear = N::four(
                    [sum, largest, values[0], sum],
                    |[sum, largest, first, _]| {
                        let small = Float::abs(sum) <= rounding * largest;
                        if sum == zero || (small && first <= zero) {
                            T::of(1.0)
                        } else {
                            zero
                        }
                    },
                );
                for lane in 0..N::WIDTH {
                    if unclear.lane(lane) > zero {
                        let separation = Float::abs(sum.lane(lane)).wide();
                        report.fail(lane, Reason::NoUniqueSolution { separation });
                    }
                }
                work[i * n + j] /= sum;
            }
        }
        multiply(product, view, View::new(work, n), [n; 3]);
        multiply(outputs[0], View::new(product, n), view.transposed(), [n; 3]);
    }
}
