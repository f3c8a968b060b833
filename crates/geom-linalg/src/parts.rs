//! The symmetric and the skew-symmetric part of a matrix.

use burn::tensor::Tensor;

use crate::error::LinalgError;
use crate::seam::square;

/// The symmetric part $\tfrac12(A + A^\top)$: the nearest symmetric matrix.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`
///
/// # Errors
/// [`LinalgError::NotMatrices`], [`LinalgError::NotSquare`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::sym;
///
/// let a = Tensor::<2>::from_floats([[1.0, 4.0], [0.0, 3.0]], &Device::flex());
/// assert_eq!(sym(a)?.into_data().to_vec::<f32>().unwrap(), [1.0, 2.0, 2.0, 3.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
pub fn sym<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let half = a.mul_scalar(0.5);
    Ok(half.clone() + half.swap_dims(D - 2, D - 1))
}

/// The skew-symmetric part $\tfrac12(A - A^\top)$: the nearest skew-symmetric matrix.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`
///
/// # Errors
/// [`LinalgError::NotMatrices`], [`LinalgError::NotSquare`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::skew;
///
/// let a = Tensor::<2>::from_floats([[1.0, 4.0], [0.0, 3.0]], &Device::flex());
/// assert_eq!(skew(a)?.into_data().to_vec::<f32>().unwrap(), [0.0, 2.0, -2.0, 0.0]);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
pub fn skew<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let half = a.mul_scalar(0.5);
    Ok(half.clone() - half.swap_dims(D - 2, D - 1))
}
