//! The matrix exponential and its derivative, by scaling and squaring.

mod pade;

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::job::run;
use super::lanes::report_not_finite;
use super::lu::transpose;
use super::number::Number;
use super::run::{Input, Kernel, Output, Report, batch_of, expect_len, run_each};

/// $e^A = \sum_k A^k/k!$.
///
/// # Shapes
/// - `a`, `out`: `[batch, n, n]`
///
/// # Numerics
/// $A/2^s$ by a Padé approximant, of degree 7 in `f32` and 13 in `f64`, squared $s$ times. The result is
/// the exponential of a matrix that differs from $A$ by a rounding.
///
/// # Errors
/// [`Reason::Overflow`], [`Reason::NotFinite`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Higham (2005).
///
/// # Examples
/// ```
/// use geom_kernels::linalg::expm;
/// let mut rotation = [0.0; 4];
/// expm(&[0.0, -0.5, 0.5, 0.0], 2, &mut rotation, 1)?;
/// assert!((rotation[0] - 0.5f64.cos()).abs() < 1e-15 && (rotation[2] - 0.5f64.sin()).abs() < 1e-15);
/// # Ok::<(), geom_kernels::linalg::Failures>(())
/// ```
pub fn expm<T: Real>(a: &[T], n: usize, out: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("out", out.len(), a.len());
    let kernel = Exponential {
        n,
        derivative: false,
        adjoint: false,
    };
    compute(kernel, batch, threads, &[(a, n * n)], vec![(out, n * n)])
}

/// $e^A$ and its derivative in the direction $E$,
/// $L(A, E) = \int_0^1 e^{(1 - t)A} E e^{tA}\\,dt$, from one scaling and squaring.
///
/// # Shapes
/// - `a`, `direction`, `out`, `derivative`: `[batch, n, n]`
///
/// # Errors
/// As [`expm`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Al-Mohy, Higham (2009).
pub fn expm_frechet<T: Real>(
    a: &[T],
    direction: &[T],
    n: usize,
    out: &mut [T],
    derivative: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("direction", direction.len(), a.len());
    expect_len("out", out.len(), a.len());
    expect_len("derivative", derivative.len(), a.len());
    let kernel = Exponential {
        n,
        derivative: true,
        adjoint: false,
    };
    let inputs = [(a, n * n), (direction, n * n)];
    compute(
        kernel,
        batch,
        threads,
        &inputs,
        vec![(derivative, n * n), (out, n * n)],
    )
}

/// The gradient of the exponential: $\bar A = L(A^\top, \bar F)$, see [`expm_frechet`].
///
/// # Shapes
/// - `a`, `gradient`, `out`: `[batch, n, n]`
///
/// # Errors
/// As [`expm`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn expm_backward<T: Real>(
    a: &[T],
    gradient: &[T],
    n: usize,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let batch = batch_of(a, n * n);
    expect_len("gradient", gradient.len(), a.len());
    expect_len("out", out.len(), a.len());
    let kernel = Exponential {
        n,
        derivative: true,
        adjoint: true,
    };
    let inputs = [(a, n * n), (gradient, n * n)];
    compute(kernel, batch, threads, &inputs, vec![(out, n * n)])
}

/// Up to here in lanes, beyond one matrix after the other: the lanes leave the cache.
const LANES_UP_TO: usize = 64;

fn compute<T: Real>(
    kernel: Exponential,
    batch: usize,
    threads: usize,
    inputs: &[Input<'_, T>],
    outputs: Vec<Output<'_, T>>,
) -> Outcome {
    let n = kernel.n;
    if n <= LANES_UP_TO {
        return run(kernel, batch, threads, inputs, outputs);
    }
    run_each(
        batch,
        kernel.cost(),
        threads,
        inputs,
        outputs,
        |inputs, outputs| {
            let mut a = inputs[0].to_vec();
            if kernel.adjoint {
                transpose(inputs[0], n, &mut a);
            }
            let (first, rest) = outputs.split_at_mut(1);
            let mut value = vec![T::from_f64(0.0); if kernel.derivative { n * n } else { 0 }];
            match inputs.get(1) {
                Some(direction) => {
                    T::expm(&a, Some(direction), n, &mut value, Some(&mut *first[0]))
                }
                None => T::expm(&a, None, n, first[0], None),
            }
            if let [out] = rest {
                out.copy_from_slice(&value);
            }
            let mut results = first[0].iter().chain(&value);
            match results.all(|x| x.is_finite()) {
                true => Ok(()),
                false => Err(Reason::Overflow),
            }
        },
    )
}

#[inline(always)]
fn whole_body<T: Real>(
    a: &[T],
    direction: Option<&[T]>,
    n: usize,
    out: &mut [T],
    slope: Option<&mut [T]>,
) {
    let mut scratch = vec![T::from_f64(0.0); 2 * pade::SCRATCH * n * n];
    pade::exponential(a, direction, n, out, slope, &mut scratch);
}

crate::vectorized! {
    /// The exponential of one matrix, and its derivative if there is a direction.
    pub(super) fn whole<T: Real>(
        a: &[T],
        direction: Option<&[T]>,
        n: usize,
        out: &mut [T],
        slope: Option<&mut [T]>,
    ) = whole_body::<T>;
}

/// The exponential, or a derivative as the first output, and the exponential as the second if it is wanted.
pub(crate) struct Exponential {
    n: usize,
    derivative: bool,
    adjoint: bool,
}

impl Kernel for Exponential {
    fn scratch(&self) -> usize {
        (2 * pade::SCRATCH + 2) * self.n * self.n
    }

    fn cost(&self) -> usize {
        (if self.derivative { 30 } else { 10 }) * self.n * self.n * (self.n + 2)
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
        let (a, scratch) = scratch.split_at_mut(n * n);
        let (value, scratch) = scratch.split_at_mut(n * n);
        match self.adjoint {
            true => transpose(inputs[0], n, a),
            false => a.copy_from_slice(inputs[0]),
        }
        let slope = if self.derivative {
            Some(&mut *outputs[0])
        } else {
            None
        };
        pade::exponential(a, inputs.get(1).copied(), n, value, slope, scratch);
        report_not_finite(N::lanes(value), N::WIDTH, Reason::Overflow, report);
        if self.derivative {
            report_not_finite(N::lanes(outputs[0]), N::WIDTH, Reason::Overflow, report);
        } else {
            outputs[0].copy_from_slice(value);
        }
        if let [_, out] = outputs {
            out.copy_from_slice(value);
        }
    }
}
