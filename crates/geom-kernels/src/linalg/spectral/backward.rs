//! Gradients of functions of symmetric matrices.

use num_traits::Float;

use crate::linalg::failure::Outcome;
use crate::linalg::job::run;
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::{Kernel, Report, batch_of, expect_len};
use crate::real::Real;

use super::forward::symmetrize;
use super::function::{self, SpectralFunction};

/// The gradient of a function of symmetric matrices, by the formula of Daleckii and Krein:
///
/// $$ \bar A = V\bigl(D \circ (V^\top \bar F V)\bigr)V^\top,\qquad
///    D_{ij} = \frac{f(\lambda_i) - f(\lambda_j)}{\lambda_i - \lambda_j},\quad D_{ii} = f'(\lambda_i) $$
///
/// for the symmetric part of $\bar F$; exactly symmetric. The same formula is the derivative of $f(A)$ in
/// the direction $\bar F$.
///
/// # Shapes
/// - `values`: `[batch, n]`, `vectors`: `[batch, n, n]`, from [`spectral`](super::spectral)
/// - `gradient`, `out`: `[batch, n, n]`
///
/// # Numerics
/// Right to rounding for equal, nearly equal and distant eigenvalues alike: no threshold.
///
/// # Errors
/// [`Reason::NotFinite`](crate::linalg::Reason::NotFinite) among the inputs.
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Daleckii, Krein (1965); Higham (2008), section 3.2.
pub fn spectral_backward<T: Real>(
    function: SpectralFunction,
    values: &[T],
    vectors: &[T],
    gradient: &[T],
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(values, n);
    check(vectors, gradient, out, batch * n * n);
    let kernel = Backward {
        of: Of::Function(function),
        n,
    };
    let inputs = [(values, n), (vectors, n * n), (gradient, n * n)];
    run(kernel, batch, threads, &inputs, vec![(out, n * n)])
}

/// The formula of [`spectral_backward`] for any function, from its divided differences.
///
/// # Shapes
/// - `differences`, `vectors`, `gradient`, `out`: `[batch, n, n]`
///
/// # Errors
/// [`Reason::NotFinite`](crate::linalg::Reason::NotFinite) among the inputs.
///
/// # Panics
/// If a length is not that of the shape.
pub fn daleckii_krein<T: Real>(
    differences: &[T],
    vectors: &[T],
    gradient: &[T],
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(differences, n * n);
    check(vectors, gradient, out, batch * n * n);
    let kernel = Backward {
        of: Of::Differences,
        n,
    };
    let inputs = [(differences, n * n), (vectors, n * n), (gradient, n * n)];
    run(kernel, batch, threads, &inputs, vec![(out, n * n)])
}

#[track_caller]
fn check<T>(vectors: &[T], gradient: &[T], out: &[T], len: usize) {
    expect_len("vectors", vectors.len(), len);
    expect_len("gradient", gradient.len(), len);
    expect_len("out", out.len(), len);
}

/// Where the divided differences come from.
enum Of {
    Function(SpectralFunction),
    Differences,
}

pub(crate) struct Backward {
    of: Of,
    n: usize,
}

impl Kernel for Backward {
    fn scratch(&self) -> usize {
        2 * self.n * self.n + self.n
    }

    fn cost(&self) -> usize {
        5 * self.n * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        _: &mut Report<'_>,
    ) {
        let n = self.n;
        let (first, vectors) = (inputs[0], View::new(inputs[1], n));
        let out = &mut *outputs[0];
        let (product, rest) = scratch.split_at_mut(n * n);
        let (work, f) = rest.split_at_mut(n * n);
        work.copy_from_slice(inputs[2]);
        symmetrize(work, n);
        multiply(product, View::new(work, n), vectors, [n; 3]);
        multiply(work, vectors.transposed(), View::new(product, n), [n; 3]);
        match self.of {
            Of::Function(function) => {
                function::values(function, N::lanes(first), N::lanes_mut(f));
                let lower = N::lanes_mut(product);
                function::differences(function, N::lanes(first), N::lanes(f), n, lower);
                for i in 0..n {
                    for j in 0..=i {
                        let difference = product[i * n + j];
                        work[i * n + j] *= difference;
                        if j < i {
                            work[j * n + i] *= difference;
                        }
                    }
                }
            }
            Of::Differences => {
                for (x, &difference) in work.iter_mut().zip(first) {
                    *x *= difference;
                }
            }
        }
        multiply(product, vectors, View::new(work, n), [n; 3]);
        multiply(out, View::new(product, n), vectors.transposed(), [n; 3]);
        symmetrize(out, n);
    }
}

/// Divided differences of any function from its values and slopes at the eigenvalues.
///
/// # Shapes
/// - `values`, `f`, `slopes`: `[batch, n]`
/// - `out`: `[batch, n, n]`
///
/// # Numerics
/// The quotient of differences where eigenvalues are further apart than
/// $\varepsilon^{1/3}\max(|\lambda_i|, |\lambda_j|)$; nearer, the mean of the two slopes, which is wrong
/// by $\frac1{12}(\lambda_i - \lambda_j)^2 f'''$. For functions that change on the scale of their argument,
/// either error is about $\varepsilon^{2/3}$ at worst: a function of [`SpectralFunction`] is exact, where
/// it will do.
///
/// # Errors
/// [`Reason::NotFinite`](crate::linalg::Reason::NotFinite) among the inputs.
///
/// # Panics
/// If a length is not that of the shape.
pub fn divided_differences<T: Real>(
    values: &[T],
    f: &[T],
    slopes: &[T],
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(values, n);
    expect_len("f", f.len(), batch * n);
    expect_len("slopes", slopes.len(), batch * n);
    expect_len("out", out.len(), batch * n * n);
    let kernel = Differences { n };
    run(
        kernel,
        batch,
        threads,
        &[(values, n), (f, n), (slopes, n)],
        vec![(out, n * n)],
    )
}

pub(crate) struct Differences {
    n: usize,
}

impl Kernel for Differences {
    fn scratch(&self) -> usize {
        0
    }

    fn cost(&self) -> usize {
        2 * self.n * self.n
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        _: &mut [N],
        _: &mut Report<'_>,
    ) {
        let n = self.n;
        let near = N::all(Float::cbrt(<N::Format as Float>::epsilon()));
        let [values, f, slopes] = inputs else {
            unreachable!("three inputs")
        };
        for i in 0..n {
            for j in i..n {
                let gap = values[i] - values[j];
                let size = values[i].magnitude().larger(values[j].magnitude());
                let slope = N::constant(0.5) * slopes[i] + N::constant(0.5) * slopes[j];
                let apart = gap.magnitude() - near * size;
                let quotient = (f[i] - f[j]) / gap;
                let difference = apart.choose(quotient, slope);
                outputs[0][i * n + j] = difference;
                outputs[0][j * n + i] = difference;
            }
        }
    }
}
