//! $f(A) = V f(\Lambda) V^\top$.

use num_traits::Float;

use crate::linalg::eigh::eigh;
use crate::linalg::failure::{Failures, Outcome, Reason};
use crate::linalg::job::run;
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::{Kernel, Report, batch_of, expect_len};
use crate::real::Real;

use super::function::{self, Domain, SpectralFunction};

/// $f(A) = V \operatorname{diag}(f(\lambda_i)) V^\top$ for symmetric matrices
/// $A = V \operatorname{diag}(\lambda_i) V^\top$; exactly symmetric. Of a matrix that is not symmetric,
/// the symmetric part counts.
///
/// `values` and `vectors` receive $\lambda$, ascending, and $V$: what
/// [`spectral_backward`](super::spectral_backward) needs. Of values that count as 0, zeros.
///
/// # Shapes
/// - `a`, `out`, `vectors`: `[batch, n, n]`
/// - `values`: `[batch, n]`
///
/// # Domain
/// See [`SpectralFunction`]. Where it ends at 0 and 0 belongs to it, eigenvalues down to
/// $-n\varepsilon\max|\lambda|$ count as 0: that much the decomposition of a singular matrix is wrong.
///
/// # Errors
/// [`Reason::Eigenvalue`] outside of the domain, [`Reason::NotFinite`], [`Reason::Overflow`],
/// [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # Examples
/// ```
/// use geom_kernels::linalg::{SpectralFunction, spectral};
/// let (mut root, mut values, mut vectors) = ([0.0; 4], [0.0; 2], [0.0; 4]);
/// spectral(SpectralFunction::Sqrt, &[5.0, 4.0, 4.0, 5.0], 2, &mut root, &mut values, &mut vectors, 1)?;
/// assert!((root[0] - 2.0f64).abs() < 1e-15 && (root[1] - 1.0).abs() < 1e-15);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn spectral<T: Real>(
    function: SpectralFunction,
    a: &[T],
    n: usize,
    out: &mut [T],
    values: &mut [T],
    vectors: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    let size = n * n;
    expect_len("out", out.len(), batch * size);
    expect_len("values", values.len(), batch * n);
    expect_len("vectors", vectors.len(), batch * size);
    let first = eigh(a, n, values, vectors, threads);
    let known = values.to_vec();
    let kernel = Spectral { function, n };
    let outputs = vec![(out, size), (values, n)];
    let second = run(
        kernel,
        batch,
        threads,
        &[(&known[..], n), (&*vectors, size)],
        outputs,
    );
    Failures::merge(first, second)
}

/// From eigenvalues and eigenvectors.
pub(crate) struct Spectral {
    function: SpectralFunction,
    n: usize,
}

impl Kernel for Spectral {
    fn scratch(&self) -> usize {
        self.n * self.n + self.n
    }

    fn cost(&self) -> usize {
        2 * self.n * self.n * self.n
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
        let [out, values] = outputs else {
            unreachable!("two outputs")
        };
        values.copy_from_slice(inputs[0]);
        check_domain(self.function, values, report);
        let (f, scaled) = scratch.split_at_mut(n);
        function::values(self.function, N::lanes(values), N::lanes_mut(f));
        for &f in f.iter() {
            let infinite = f.magnitude() - N::all(N::Format::max_value());
            report.fail_if(infinite, infinite, |_| Reason::Overflow);
        }
        compose(out, f, inputs[1], scaled, n);
    }
}

/// Reports eigenvalues outside of the domain; negative zeros by rounding become zeros.
#[inline(always)]
fn check_domain<N: Number>(function: SpectralFunction, values: &mut [N], report: &mut Report<'_>) {
    let domain = function.domain();
    if domain == Domain::All || values.is_empty() {
        return;
    }
    let (mut smallest, mut largest) = (values[0], N::zero());
    for &value in values.iter() {
        smallest = match domain {
            Domain::NotZero => smallest.magnitude().smaller(value.magnitude()),
            _ => smallest.smaller(value),
        };
        largest = largest.larger(value.magnitude());
    }
    let reason = |x: N::Format| Reason::Eigenvalue {
        smallest: x.into_f64(),
    };
    match domain {
        Domain::All => {}
        Domain::NotZero => {
            report.fail_if(
                smallest.magnitude().choose(N::zero(), N::one()),
                smallest,
                reason,
            );
        }
        Domain::Positive => {
            report.fail_if(smallest.choose(N::zero(), N::one()), smallest, reason);
        }
        Domain::NotNegative => {
            let rounding =
                N::Format::from_f64(values.len() as f64) * <N::Format as Float>::epsilon();
            let below = -smallest - N::all(rounding) * largest;
            report.fail_if(below, smallest, reason);
            for value in values.iter_mut() {
                *value = value.larger(N::zero());
            }
        }
    }
}

/// $V \operatorname{diag}(f) V^\top$, exactly symmetric.
#[inline(always)]
pub(super) fn compose<N: Number>(
    out: &mut [N],
    f: &[N],
    vectors: &[N],
    scaled: &mut [N],
    n: usize,
) {
    for (scaled, row) in scaled.chunks_exact_mut(n).zip(vectors.chunks_exact(n)) {
        for ((scaled, &v), &f) in scaled.iter_mut().zip(row).zip(f) {
            *scaled = v * f;
        }
    }
    multiply(
        out,
        View::new(scaled, n),
        View::new(vectors, n).transposed(),
        [n; 3],
    );
    symmetrize(out, n);
}

/// The symmetric part, in place.
#[inline(always)]
pub(super) fn symmetrize<N: Number>(a: &mut [N], n: usize) {
    let half = N::constant(0.5);
    for i in 0..n {
        for j in i + 1..n {
            let mean = half * a[i * n + j] + half * a[j * n + i];
            a[i * n + j] = mean;
            a[j * n + i] = mean;
        }
    }
}

/// $V \operatorname{diag}(f) V^\top$: a function of symmetric matrices from its values `f` at the
/// eigenvalues; exactly symmetric.
///
/// # Shapes
/// - `f`: `[batch, n]`
/// - `vectors`, `out`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn recompose<T: Real>(
    f: &[T],
    vectors: &[T],
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(f, n);
    expect_len("vectors", vectors.len(), batch * n * n);
    expect_len("out", out.len(), batch * n * n);
    let kernel = Recompose { n };
    run(
        kernel,
        batch,
        threads,
        &[(f, n), (vectors, n * n)],
        vec![(out, n * n)],
    )
}

pub(crate) struct Recompose {
    n: usize,
}

impl Kernel for Recompose {
    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        _: &mut Report<'_>,
    ) {
        compose(outputs[0], inputs[0], inputs[1], scratch, self.n);
    }
}
