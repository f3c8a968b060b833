//! Equations with any matrices.

use burn::tensor::Tensor;
use geom_kernels::linalg::solve as kernel;

use super::equation;
use crate::error::LinalgError;
use crate::seam::{Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, threads};

/// $X$ with $A X = B$, by elimination with partial pivoting.
///
/// # Shapes
/// - `a`: `[..., n, n]`; `b`, the result: `[..., n, k]`; leading axes are broadcast
///
/// # Gradient
/// $\bar B = A^{-\top}\bar X$ and $\bar A = -\bar B X^\top$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::ShapeMismatch`], [`LinalgError::Singular`],
/// [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::solve;
///
/// let device = Device::flex();
/// let a = Tensor::<2>::from_floats([[0.0, 2.0], [1.0, 0.0]], &device);
/// let b = Tensor::<2>::from_floats([[4.0], [3.0]], &device);
/// assert_eq!(solve(a, b)?.into_data().to_vec::<f32>().unwrap(), [3.0, 2.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 2.3.
pub fn solve<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    equation(&a, &b)?;
    let [x] = evaluate(Solve, [a, b])?;
    Ok(x)
}

#[derive(Debug)]
struct Solve;

impl Operation for Solve {
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
        let [a, b] = inputs else {
            unreachable!("two inputs")
        };
        let mut x = vec![T::from_f64(0.0); b.numbers.len()];
        let (n, k) = (a.rows(), b.columns());
        let outcome = kernel(a.numbers, b.numbers, n, k, false, &mut x, threads());
        report.note_failures(outcome);
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
        let mut by_b = Batch::zeros(x.count(), x.size);
        // What is not finite makes a gradient that is not a number.
        let _ = kernel(
            a.numbers,
            gradient.numbers,
            a.rows(),
            x.columns(),
            true,
            &mut by_b.numbers,
            threads(),
        );
        let by_a = by_b.view().times_transposed(*x).map(|x| -x);
        vec![by_a.numbers, by_b.numbers]
    }
}
