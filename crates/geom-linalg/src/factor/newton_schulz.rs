//! The orthogonal polar factor by matrix products.

use burn::tensor::Tensor;

use crate::error::LinalgError;
use crate::seam::{in_single, size};

/// The orthogonal polar factor of $A$ by `steps` of the iteration of Newton and Schulz, from $X = A/\lVert A\rVert_F$:
///
/// $$ X \leftarrow \tfrac32 X - \tfrac12 X X^\top X $$
///
/// It is made of matrix products alone: on a GPU nothing is read back, and the gradient is that of the
/// iteration by Burn's automatic differentiation, which may be differentiated again where the backend can.
///
/// # Shapes
/// - `a`, the result: `[..., m, n]`; orthonormal columns if $m\ge n$, orthonormal rows if $m\le n$
///
/// # Numerics
/// A step takes each singular value $\sigma\le 1$ to $\frac32\sigma - \frac12\sigma^3$: small ones grow by one half
/// each time, those near 1 square their distance to it. With condition $\kappa$ and $k = \min(m, n)$,
/// $\log_{1.5}(\kappa\sqrt k) + 5$ steps reach the rounding of `f32`, one more that of `f64`: 15 for $\kappa = 10$,
/// $k = 16$. [`polar`](super::polar) does it in one step for any condition. A matrix of zeros gives NaN.
///
/// # Errors
/// [`LinalgError::NotMatrices`]. The numbers are not looked at.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::newton_schulz;
///
/// let a = Tensor::<2>::from_floats([[0.0, -2.0], [3.0, 0.0]], &Device::flex());
/// let expected = Tensor::<2>::from_floats([[0.0, -1.0], [1.0, 0.0]], &Device::flex());
/// let u = newton_schulz(a, 8)?;
/// assert!((u - expected).abs().max().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Björck, Bowie (1971); Higham (2008), section 8.3.
pub fn newton_schulz<const D: usize>(a: Tensor<D>, steps: usize) -> Result<Tensor<D>, LinalgError> {
    let [m, n] = size(&a)?;
    if a.shape().num_elements() == 0 {
        return Ok(a);
    }
    Ok(in_single(a, |a| {
        // A constant to differentiation: it keeps the squares in range, and its scale is divided out.
        let top = a.clone().detach().abs().max_dim(D - 1).max_dim(D - 2);
        let a = a / top;
        let norm = a.clone().square().sum_dim(D - 1).sum_dim(D - 2).sqrt();
        let mut x = a / norm;
        for _ in 0..steps {
            let turned = x.clone().swap_dims(D - 2, D - 1);
            // The smaller of the two products.
            let cube = if m >= n {
                x.clone().matmul(turned.matmul(x.clone()))
            } else {
                x.clone().matmul(turned).matmul(x.clone())
            };
            x = x.mul_scalar(1.5) - cube.mul_scalar(0.5);
        }
        x
    }))
}
