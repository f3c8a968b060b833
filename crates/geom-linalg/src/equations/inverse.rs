//! Inverses.

use burn::tensor::Tensor;
use geom_kernels::linalg::inverse as kernel;

use crate::error::LinalgError;
use crate::seam::{Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads};

/// The inverse $A^{-1}$. For $A^{-1}B$, [`solve`](super::solve) is faster and more accurate; of symmetric
/// matrices, [`sym_inverse`](crate::sym_inverse) is exactly symmetric.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`
///
/// # Gradient
/// $\bar A = -A^{-\top}\bar X A^{-\top}$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::Singular`], [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::inverse;
///
/// let a = Tensor::<2>::from_floats([[0.0, 2.0], [1.0, 0.0]], &Device::flex());
/// assert_eq!(inverse(a)?.into_data().to_vec::<f32>().unwrap(), [0.0, 1.0, 0.5, 0.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 2.2.
pub fn inverse<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [x] = evaluate(Inverse, [a])?;
    Ok(x)
}

#[derive(Debug)]
struct Inverse;

impl Operation for Inverse {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[],
            results: &[0],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        let mut x = vec![T::from_f64(0.0); a.numbers.len()];
        report.note_failures(kernel(a.numbers, a.rows(), &mut x, threads()));
        vec![x]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let (x, gradient) = (kept[0], cotangents[0]);
        let half = x.transposed_times(gradient);
        let whole = half.view().times_transposed(x);
        vec![whole.map(|x| -x).numbers]
    }
}
