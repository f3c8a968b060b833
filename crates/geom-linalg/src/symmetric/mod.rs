//! Symmetric matrices through their eigenvalues.

mod eigenvalues;
mod eigh;
mod functions;
mod of_values;

pub use eigenvalues::eigvalsh;
pub use eigh::eigh;
pub use functions::{
    sym_clamp_min, sym_exp, sym_inv_sqrt, sym_inverse, sym_log, sym_pow, sym_sqrt,
};
pub use of_values::spectral;

use burn::tensor::DType;

use crate::error::LinalgError;
use crate::seam::{Matrices, Number, Report, largest};

/// The asymmetry $\max_{ij}|a_{ij} - a_{ji}| / \max_{ij}|a_{ij}|$ up to which a matrix counts as symmetric:
/// $\sqrt\varepsilon$, which is 3.5e-4 in `f32` and 1.5e-8 in `f64`.
///
/// Sums of many products leave an asymmetry far below, a forgotten transpose one far above. Within the
/// tolerance the symmetric part is computed with.
///
/// # Examples
/// ```
/// use burn::tensor::DType;
/// use geom_linalg::symmetry_tolerance;
///
/// assert!((symmetry_tolerance(DType::F64) - 1.49e-8).abs() < 1e-10);
/// ```
pub fn symmetry_tolerance(dtype: DType) -> f64 {
    match dtype {
        DType::F64 => f64::EPSILON.sqrt(),
        _ => f64::from(f32::EPSILON).sqrt(),
    }
}

/// Reports the first matrix that is not symmetric.
pub(crate) fn check_symmetric<T: Number>(a: Matrices<'_, T>, report: &Report) {
    let (n, tolerance) = (a.rows(), symmetry_tolerance(T::dtype()));
    let half = T::from_f64(0.5);
    for (index, a) in a.each().enumerate() {
        let mut difference = T::from_f64(0.0);
        for i in 0..n {
            for j in i + 1..n {
                // Halves, because the difference of two large numbers may overflow.
                let half = half * a[i * n + j] - half * a[j * n + i];
                difference = difference.max(half.abs());
            }
        }
        if difference == T::from_f64(0.0) {
            continue;
        }
        // Where a number is missing, the kernel says so.
        let asymmetry = 2.0 * (difference.into_f64() / largest(a).into_f64());
        if asymmetry > tolerance && asymmetry.is_finite() {
            report.note(LinalgError::NotSymmetric {
                index,
                asymmetry,
                tolerance,
            });
            return;
        }
    }
}
