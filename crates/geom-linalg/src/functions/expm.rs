//! The exponential.

use burn::tensor::Tensor;
use geom_kernels::linalg::{expm as kernel, expm_backward};

use crate::error::LinalgError;
use crate::seam::{Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads};

/// The exponential $e^A = \sum_k A^k/k!$ of any square matrices.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`
///
/// # Numerics
/// By a Padé approximant of a scaled matrix that is squared again; the result is the exponential of a matrix
/// that differs from $A$ by a rounding. Of symmetric matrices, [`sym_exp`](crate::sym_exp) is exactly symmetric.
///
/// # Gradient
/// $\bar A = L(A^\top, \bar F)$ with the derivative $L(A, E) = \int_0^1 e^{(1-t)A}E e^{tA}dt$, computed along
/// with the exponential: no eigenvalues, so equal ones make no trouble.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::Overflow`], [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::expm;
///
/// let a = Tensor::<2>::from_floats([[0.0, -0.5], [0.5, 0.0]], &Device::flex());
/// let rotation = expm(a)?.into_data().to_vec::<f32>().unwrap();
/// assert!((rotation[0] - 0.5f32.cos()).abs() < 1e-6 && (rotation[2] - 0.5f32.sin()).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Higham (2005); Al-Mohy, Higham (2009).
pub fn expm<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [exponential] = evaluate(Expm, [a])?;
    Ok(exponential)
}

#[derive(Debug)]
struct Expm;

impl Operation for Expm {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0],
            results: &[],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        let mut exponential = vec![T::from_f64(0.0); a.numbers.len()];
        report.note_failures(kernel(a.numbers, a.rows(), &mut exponential, threads()));
        vec![exponential]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let (a, gradient) = (kept[0], cotangents[0]);
        let mut out = vec![T::from_f64(0.0); a.numbers.len()];
        // What is not finite makes a gradient that is not a number.
        let _ = expm_backward(a.numbers, gradient.numbers, a.rows(), &mut out, threads());
        vec![out]
    }
}
