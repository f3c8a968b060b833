//! Equations with triangular matrices.

use burn::tensor::Tensor;
use geom_kernels::linalg::{Triangle, triangular_solve as kernel};

use super::equation;
use crate::error::LinalgError;
use crate::seam::{Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, threads};

/// $X$ with $T X = B$ for triangular matrices $T$. The other triangle of `t` is not looked at.
///
/// # Shapes
/// - `t`: `[..., n, n]`; `b`, the result: `[..., n, k]`; leading axes are broadcast
///
/// # Gradient
/// $\bar B = T^{-\top}\bar X$, and $\bar T$ is the triangle of $-\bar B X^\top$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::ShapeMismatch`], [`LinalgError::Singular`] where a number on the
/// diagonal is 0, [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::{Triangle, solve_triangular};
///
/// let device = Device::flex();
/// let t = Tensor::<2>::from_floats([[2.0, 0.0], [1.0, 4.0]], &device);
/// let b = Tensor::<2>::from_floats([[2.0], [9.0]], &device);
/// let x = solve_triangular(t, b, Triangle::Lower)?;
/// assert_eq!(x.into_data().to_vec::<f32>().unwrap(), [1.0, 2.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 2.3.
pub fn solve_triangular<const D: usize>(
    t: Tensor<D>,
    b: Tensor<D>,
    triangle: Triangle,
) -> Result<Tensor<D>, LinalgError> {
    triangular(t, b, triangle, false)
}

/// $X$ with $L L^\top X = B$: an equation with a positive definite matrix, from its factor by
/// [`cholesky`](crate::cholesky).
///
/// # Shapes
/// - `factor`: `[..., n, n]`; `b`, the result: `[..., n, k]`; leading axes are broadcast
///
/// # Gradient
/// That of two equations, [`solve_triangular`] with $L$ and with $L^\top$.
///
/// # Errors
/// As [`solve_triangular`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::{cholesky, cholesky_solve};
///
/// let device = Device::flex();
/// let a = Tensor::<2>::from_floats([[4.0, 2.0], [2.0, 2.0]], &device);
/// let b = Tensor::<2>::from_floats([[8.0], [6.0]], &device);
/// let x = cholesky_solve(cholesky(a)?, b)?;
/// assert_eq!(x.into_data().to_vec::<f32>().unwrap(), [1.0, 2.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
pub fn cholesky_solve<const D: usize>(
    factor: Tensor<D>,
    b: Tensor<D>,
) -> Result<Tensor<D>, LinalgError> {
    let half = triangular(factor.clone(), b, Triangle::Lower, false)?;
    triangular(factor, half, Triangle::Lower, true)
}

fn triangular<const D: usize>(
    t: Tensor<D>,
    b: Tensor<D>,
    triangle: Triangle,
    transposed: bool,
) -> Result<Tensor<D>, LinalgError> {
    equation(&t, &b)?;
    let operation = SolveTriangular {
        triangle,
        transposed,
    };
    let [x] = evaluate(operation, [t, b])?;
    Ok(x)
}

/// `X` with `T X = B`, or `Tᵀ X = B`.
#[derive(Debug)]
struct SolveTriangular {
    triangle: Triangle,
    transposed: bool,
}

impl Operation for SolveTriangular {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[1]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0],
            results: &[0],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let [t, b] = inputs else {
            unreachable!("two inputs")
        };
        let mut x = vec![T::from_f64(0.0); b.numbers.len()];
        let outcome = kernel(
            t.numbers,
            b.numbers,
            t.rows(),
            b.columns(),
            self.triangle,
            self.transposed,
            &mut x,
            threads(),
        );
        report.note_failures(outcome);
        vec![x]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([t, x], gradient) = (kept, cotangents[0]) else {
            unreachable!("a matrix and a solution")
        };
        let mut by_b = Batch::zeros(x.count(), x.size);
        // What is not finite makes a gradient that is not a number.
        let _ = kernel(
            t.numbers,
            gradient.numbers,
            t.rows(),
            x.columns(),
            self.triangle,
            !self.transposed,
            &mut by_b.numbers,
            threads(),
        );
        let by_t = if self.transposed {
            x.times_transposed(by_b.view())
        } else {
            by_b.view().times_transposed(*x)
        };
        let by_t = by_t
            .map(|x| -x)
            .triangle(matches!(self.triangle, Triangle::Lower));
        vec![by_t.numbers, by_b.numbers]
    }
}
