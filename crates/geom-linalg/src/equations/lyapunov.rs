//! The equation of Lyapunov.

use burn::tensor::Tensor;
use geom_kernels::linalg::lyapunov as kernel;

use super::equation;
use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, shape_of, threads,
};
use crate::symmetric::check_symmetric;

/// $X$ with $A X + X A = C$ for symmetric $A$, through its eigenvectors. For other $A$ there is
/// [`sylvester`](super::sylvester).
///
/// # Shapes
/// - `a`, `c`, the result: `[..., n, n]`; leading axes are broadcast
///
/// # Gradient
/// $A\bar C + \bar C A = \bar X$, which is an equation of the same kind, and
/// $\bar A = -\operatorname{sym}(\bar C X^\top + X^\top\bar C)$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::ShapeMismatch`], [`LinalgError::NotSymmetric`] beyond
/// [`symmetry_tolerance`](crate::symmetry_tolerance), [`LinalgError::NoUniqueSolution`] where two eigenvalues add
/// up to 0 within their rounding, [`LinalgError::NotFinite`], [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::lyapunov;
///
/// let device = Device::flex();
/// let a = Tensor::<2>::from_floats([[5.0, 4.0], [4.0, 5.0]], &device);
/// let c = Tensor::<2>::from_floats([[1.0, 2.0], [2.0, 3.0]], &device);
/// let x = lyapunov(a.clone(), c.clone())?;
/// let rest = a.clone().matmul(x.clone()) + x.matmul(a) - c;
/// assert!(rest.abs().max().into_scalar::<f32>() < 1e-5);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
pub fn lyapunov<const D: usize>(a: Tensor<D>, c: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    let [n, columns] = equation(&a, &c)?;
    if columns != n {
        return Err(LinalgError::ShapeMismatch {
            left: shape_of(&a),
            right: shape_of(&c),
        });
    }
    let [x] = evaluate(Lyapunov, [a, c])?;
    Ok(x)
}

#[derive(Debug)]
struct Lyapunov;

impl Operation for Lyapunov {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
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
        let [a, c] = inputs else {
            unreachable!("two inputs")
        };
        check_symmetric(*a, report);
        let mut x = vec![T::from_f64(0.0); c.numbers.len()];
        report.note_failures(kernel(a.numbers, c.numbers, a.rows(), &mut x, threads()));
        vec![x]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([a, x], gradient) = (kept, cotangents[0]) else {
            unreachable!("a matrix and a solution")
        };
        let mut by_c = Batch::zeros(x.count(), x.size);
        // What is not finite makes a gradient that is not a number.
        let _ = kernel(
            a.numbers,
            gradient.numbers,
            a.rows(),
            &mut by_c.numbers,
            threads(),
        );
        let left = by_c.view().times_transposed(*x);
        let right = x.transposed_times(by_c.view());
        let by_a = left.plus(&right.numbers).map(|x| -x).symmetric();
        vec![by_a.numbers, by_c.numbers]
    }
}
