//! Eigenvalues alone.

use burn::tensor::Tensor;
use geom_kernels::linalg::{eigh, eigvalsh as kernel, recompose};

use super::check_symmetric;
use crate::error::LinalgError;
use crate::seam::{Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads};

/// The eigenvalues of symmetric matrices, ascending, as in [`eigh`](super::eigh).
///
/// # Shapes
/// - `a`: `[..., n, n]`
/// - returns: `[..., 1, n]`
///
/// # Gradient
/// $\bar A = V\operatorname{diag}(\bar\lambda)V^\top$. Where an eigenvalue occurs several times, losses that
/// treat its copies alike, such as the sum of the largest $k$ eigenvalues with all copies, have this gradient;
/// for others it is a subgradient, one of those between the derivatives from all sides.
///
/// # Errors
/// As [`eigh`](super::eigh).
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::eigvalsh;
///
/// let a = Tensor::<2>::from_floats([[2.0, 1.0], [1.0, 2.0]], &Device::flex());
/// let values = eigvalsh(a)?.into_data().to_vec::<f32>().unwrap();
/// assert!((values[0] - 1.0).abs() < 1e-6 && (values[1] - 3.0).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 3.1.
pub fn eigvalsh<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [values] = evaluate(Eigvalsh, [a])?;
    Ok(values)
}

#[derive(Debug)]
struct Eigvalsh;

impl Operation for Eigvalsh {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![[1, inputs[0][0]]]
    }

    fn extras(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[],
            results: &[1],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        check_symmetric(a, report);
        let mut values = vec![T::from_f64(0.0); a.count() * a.rows()];
        if !keep {
            report.note_failures(kernel(a.numbers, a.rows(), &mut values, threads()));
            return vec![values];
        }
        let mut vectors = vec![T::from_f64(0.0); a.numbers.len()];
        report.note_failures(eigh(
            a.numbers,
            a.rows(),
            &mut values,
            &mut vectors,
            threads(),
        ));
        vec![values, vectors]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let (vectors, by_values) = (kept[0], cotangents[0]);
        let mut gradient = vec![T::from_f64(0.0); vectors.numbers.len()];
        // Where the gradient is not finite, so is this one.
        let _ = recompose(
            by_values.numbers,
            vectors.numbers,
            vectors.rows(),
            &mut gradient,
            threads(),
        );
        vec![gradient]
    }
}
