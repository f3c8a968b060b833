//! $A X + X A = C$ with a symmetric $A$.

use num_traits::Float;

use crate::linalg::eigh::eigh;
use crate::linalg::failure::{Failures, Outcome, Reason};
use crate::linalg::job::run;
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::{Kernel, Report, batch_of, expect_len};
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
    let mut values = vec![T::from_f64(0.0); batch * n];
    let mut vectors = vec![T::from_f64(0.0); a.len()];
    let first = eigh(a, n, &mut values, &mut vectors, threads);
    let kernel = Lyapunov { n };
    let inputs = [(&values[..], n), (&vectors[..], n * n), (c, n * n)];
    let second = run(kernel, batch, threads, &inputs, vec![(out, n * n)]);
    Failures::merge(first, second)
}

pub(crate) struct Lyapunov {
    n: usize,
}

impl Kernel for Lyapunov {
    fn scratch(&self) -> usize {
        2 * self.n * self.n
    }

    fn cost(&self) -> usize {
        4 * self.n * self.n * (self.n + 2)
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
        let bound = largest * N::all(<N::Format as Float>::epsilon());
        // Ascending: the first one tells whether all are positive.
        let bound = values[0].choose(N::zero(), bound);
        for i in 0..n {
            for j in 0..n {
                let sum = values[i] + values[j];
                let wrong = (sum.magnitude() - bound).choose(N::zero(), N::one());
                report.fail_if(wrong, sum, |sum| {
                    let separation = Float::abs(sum).into_f64();
                    Reason::NoUniqueSolution { separation }
                });
                work[i * n + j] /= sum;
            }
        }
        multiply(product, view, View::new(work, n), [n; 3]);
        multiply(outputs[0], View::new(product, n), view.transposed(), [n; 3]);
    }
}
