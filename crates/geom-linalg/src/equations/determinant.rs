//! Logarithms of determinants.

use burn::tensor::Tensor;
use geom_kernels::linalg::{inverse, log_determinant as kernel};

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads,
};

/// $\log\det A$ of matrices whose determinant is positive: positive definite ones, rotations with a scale, and
/// others.
///
/// # Shapes
/// - `a`: `[..., n, n]`
/// - returns: `[..., 1, 1]`; 0 for `n` = 0
///
/// # Gradient
/// $\bar A = \bar y A^{-\top}$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::Determinant`] where the determinant is negative or 0,
/// [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::log_det;
///
/// let a = Tensor::<2>::from_floats([[5.0, 4.0], [4.0, 5.0]], &Device::flex());
/// assert!((log_det(a)?.into_scalar::<f32>() - 9f32.ln()).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 2.2.
pub fn log_det<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [_, log] = evaluate(Determinant { positive: true }, [a])?;
    Ok(log)
}

/// The sign of the determinant and $\log|\det A|$.
///
/// # Shapes
/// - `a`: `[..., n, n]`
/// - returns the sign, 1, 0 or −1, and the logarithm, $-\infty$ for singular matrices: `[..., 1, 1]` each; 1 and
///   0 for `n` = 0
///
/// # Gradient
/// $\bar A = \bar y A^{-\top}$; that of singular matrices is NaN. The sign is constant.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::slogdet;
///
/// let a = Tensor::<2>::from_floats([[4.0, 5.0], [5.0, 4.0]], &Device::flex());
/// let (sign, log) = slogdet(a)?;
/// assert_eq!(sign.into_scalar::<f32>(), -1.0);
/// assert!((log.into_scalar::<f32>() - 9f32.ln()).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 2.2.
pub fn slogdet<const D: usize>(a: Tensor<D>) -> Result<(Tensor<D>, Tensor<D>), LinalgError> {
    square(&a)?;
    let [sign, log] = evaluate(Determinant { positive: false }, [a])?;
    Ok((sign.detach(), log))
}

/// Sign and logarithm of the determinant, which is to be `positive` where that is said.
#[derive(Debug)]
struct Determinant {
    positive: bool,
}

impl Operation for Determinant {
    fn results(&self, _inputs: &[Size]) -> Vec<Size> {
        vec![[1, 1], [1, 1]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0],
            results: &[],
        }
    }

    fn of_nothing(&self, result: usize) -> f64 {
        // The determinant of a matrix without rows is 1.
        [1.0, 0.0][result]
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        let (mut sign, mut log) = (
            vec![T::from_f64(0.0); a.count()],
            vec![T::from_f64(0.0); a.count()],
        );
        let outcome = kernel(a.numbers, a.rows(), &mut sign, &mut log, threads());
        report.note_failures(outcome);
        let wrong = |sign: &T| self.positive && *sign <= T::from_f64(0.0);
        if let Some(index) = sign.iter().position(wrong) {
            let sign = sign[index].into_f64();
            report.note(LinalgError::Determinant { index, sign });
        }
        vec![sign, log]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let (a, by_log) = (kept[0], cotangents[1]);
        let mut inverses = Batch::zeros(a.count(), a.size);
        // A singular matrix has no gradient, which NaN says.
        let _ = inverse(a.numbers, a.rows(), &mut inverses.numbers, threads());
        let mut gradient = inverses.view().transposed();
        for (a, &by_log) in gradient.each_mut().zip(by_log.numbers) {
            for x in a {
                *x *= by_log;
            }
        }
        vec![gradient.numbers]
    }
}
