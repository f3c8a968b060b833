//! $f(A) = V f(\Lambda) V^\top$.

use std::marker::PhantomData;

use num_traits::Float;

use crate::linalg::eigh::{JACOBI_UP_TO, spectrum};
use crate::linalg::failure::{Outcome, Reason};
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::{Kernel, Report, batch_of, expect_len, run, run_each};
use crate::real::Real;

use super::function::{Domain, SpectralFunction};

/// $f(A) = V \operatorname{diag}(f(\lambda_i)) V^\top$ for symmetric matrices
/// $A = V \operatorname{diag}(\lambda_i) V^\top$; exactly symmetric. Of a matrix that is not symmetric,
/// the symmetric part counts.
///
/// `values` and `vectors` receive $\lambda$ and $V$, in no particular order: what
/// [`spectral_backward`](super::spectral_backward) needs.
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
    let kernel = Spectral {
        function,
        n,
        format: PhantomData,
    };
    if n <= JACOBI_UP_TO {
        return run(
            &kernel,
            batch,
            threads,
            &[(a, size)],
            vec![(out, size), (values, n), (vectors, size)],
        );
    }
    let outputs = vec![(out, size), (values, n), (vectors, size)];
    run_each(
        batch,
        12 * n * size,
        threads,
        &[(a, size)],
        outputs,
        |inputs, outputs| {
            let [out, values, vectors] = outputs else {
                unreachable!("three outputs")
            };
            T::eigh(inputs[0], n, values, Some(vectors))?;
            let mut reasons = [None];
            let mut scratch = vec![T::of(0.0); n + size];
            apply_one(
                &kernel,
                out,
                values,
                vectors,
                &mut scratch,
                &mut Report::new(&mut reasons),
            );
            reasons[0].map_or(Ok(()), Err)
        },
    )
}

struct Spectral<T> {
    function: SpectralFunction,
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Spectral<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        2 * self.n * self.n + self.n
    }

    fn cost(&self) -> usize {
        22 * self.n * self.n * self.n
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
        let [out, values, vectors] = outputs else {
            unreachable!("three outputs")
        };
        let (rows, rest) = scratch.split_at_mut(n * n);
        spectrum(inputs[0], n, &mut rest[..n * n], values, Some(rows), report);
        for i in 0..n {
            for j in 0..n {
                vectors[i * n + j] = rows[j * n + i];
            }
        }
        apply(self, out, values, vectors, rest, report);
    }
}

/// The function of the matrices with these eigenvalues and eigenvectors.
#[inline(always)]
fn apply<N: Number>(
    kernel: &Spectral<N::Format>,
    out: &mut [N],
    values: &mut [N],
    vectors: &[N],
    scratch: &mut [N],
    report: &mut Report<'_>,
) {
    let n = kernel.n;
    check_domain(kernel.function, values, report);
    let (results, scaled) = scratch.split_at_mut(n);
    for (result, &value) in results.iter_mut().zip(&*values) {
        *result = value.map(|x| kernel.function.value(x));
        report.fail_where(*result, |x| x.is_infinite(), |_| Reason::Overflow);
    }
    compose(out, results, vectors, &mut scaled[..n * n], n);
}

#[inline(always)]
fn apply_body<T: Real>(
    kernel: &Spectral<T>,
    out: &mut [T],
    values: &mut [T],
    vectors: &[T],
    scratch: &mut [T],
    report: &mut Report<'_>,
) {
    apply(kernel, out, values, vectors, scratch, report);
}

crate::vectorized! {
    /// [`apply`] for one matrix.
    fn apply_one<T: Real>(
        kernel: &Spectral<T>,
        out: &mut [T],
        values: &mut [T],
        vectors: &[T],
        scratch: &mut [T],
        report: &mut Report<'_>,
    ) = apply_body::<T>;
}

/// Reports eigenvalues outside of the domain; negative zeros by rounding become zeros.
#[inline(always)]
fn check_domain<N: Number>(function: SpectralFunction, values: &mut [N], report: &mut Report<'_>) {
    let domain = function.domain();
    if domain == Domain::All || values.is_empty() {
        return;
    }
    let zero = N::Format::of(0.0);
    let (mut smallest, mut largest) = (values[0], N::zero());
    for &value in values.iter() {
        smallest = match domain {
            Domain::NotZero => smallest.magnitude().smaller(value.magnitude()),
            _ => smallest.smaller(value),
        };
        largest = largest.larger(value.magnitude());
    }
    let reason = |x: N::Format| Reason::Eigenvalue { smallest: x.wide() };
    match domain {
        Domain::All => {}
        Domain::NotZero => report.fail_where(smallest, |x| x == zero, reason),
        Domain::Positive => report.fail_where(smallest, |x| x <= zero, reason),
        Domain::NotNegative => {
            let rounding = N::Format::of(values.len() as f64) * <N::Format as Float>::epsilon();
            let bound = largest.map(|x| -rounding * x);
            let outside = smallest.zip(bound, |x, bound| if x < bound { x } else { zero });
            report.fail_where(outside, |x| x < zero, reason);
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
    let kernel = Recompose {
        n,
        format: PhantomData,
    };
    run(
        &kernel,
        batch,
        threads,
        &[(f, n), (vectors, n * n)],
        vec![(out, n * n)],
    )
}

struct Recompose<T> {
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real> Kernel for Recompose<T> {
    type Format = T;

    fn scratch(&self) -> usize {
        self.n * self.n
    }

    fn cost(&self) -> usize {
        self.n * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        _: &mut Report<'_>,
    ) {
        compose(outputs[0], inputs[0], inputs[1], scratch, self.n);
    }
}
