//! Matrices as products.

mod cholesky;
mod newton_schulz;
mod polar;
mod qr;
mod singular_values;
mod svd;

pub use cholesky::cholesky;
pub use newton_schulz::newton_schulz;
pub use polar::polar;
pub use qr::qr;
pub use singular_values::singular_values;
pub use svd::svd;

use burn::tensor::Tensor;

use crate::error::LinalgError;
use crate::seam::{Size, shape_of, size};

/// Rows and columns of matrices that have at least as many rows as columns.
fn tall<const D: usize>(a: &Tensor<D>) -> Result<Size, LinalgError> {
    let [m, n] = size(a)?;
    if m < n {
        return Err(LinalgError::TooWide { shape: shape_of(a) });
    }
    Ok([m, n])
}
