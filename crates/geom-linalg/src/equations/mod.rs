//! Equations for matrices, inverses and determinants.

mod determinant;
mod inverse;
mod lyapunov;
mod solve;
mod sylvester;
mod triangular;

pub use determinant::{log_det, slogdet};
pub use geom_kernels::linalg::Triangle;
pub use inverse::inverse;
pub use lyapunov::lyapunov;
pub use solve::solve;
pub use sylvester::sylvester;
pub use triangular::{cholesky_solve, solve_triangular};

use burn::tensor::Tensor;

use crate::error::LinalgError;
use crate::seam::{Size, shape_of, size, square};

/// The sizes of `a`, which is square, and of `b`, which has as many rows.
fn equation<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> Result<Size, LinalgError> {
    let n = square(a)?;
    let [rows, columns] = size(b)?;
    if rows != n {
        return Err(LinalgError::ShapeMismatch {
            left: shape_of(a),
            right: shape_of(b),
        });
    }
    Ok([n, columns])
}
