//! Cholesky factors.

use burn::tensor::Tensor;
use geom_kernels::linalg::{Reason, Triangle, cholesky as kernel, eigvalsh, triangular_solve};

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads,
};
use crate::symmetric::check_symmetric;

/// The Cholesky factor of positive definite matrices: the lower triangular $L$ with positive diagonal and
/// $A = L L^\top$.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`; above the diagonal are zeros
///
/// # Gradient
/// $$ \bar A = \operatorname{sym}\bigl(L^{-\top}\Phi(L^\top\bar L)L^{-1}\bigr) $$
///
/// where $\Phi$ takes the lower triangle and half of the diagonal.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotSymmetric`] beyond
/// [`symmetry_tolerance`](crate::symmetry_tolerance), [`LinalgError::NotPositiveDefinite`] with the pivot
/// and the smallest eigenvalue, [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::{LinalgError, cholesky};
///
/// let a = Tensor::<2>::from_floats([[4.0, 2.0], [2.0, 2.0]], &Device::flex());
/// let factor = cholesky(a.clone())?.into_data().to_vec::<f32>().unwrap();
/// assert_eq!(factor, [2.0, 0.0, 1.0, 1.0]);
/// assert!(matches!(cholesky(a - 2.0), Err(LinalgError::NotPositiveDefinite { index: 0, row: 1, .. })));
/// # Ok::<(), LinalgError>(())
/// ```
///
/// # References
/// Murray (2016), equation 9; Giles (2008), section 3.2.
pub fn cholesky<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [factor] = evaluate(Cholesky, [a])?;
    Ok(factor)
}

#[derive(Debug)]
struct Cholesky;

impl Operation for Cholesky {
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
        check_symmetric(a, report);
        let mut factor = vec![T::from_f64(0.0); a.numbers.len()];
        if let Err(failures) = kernel(a.numbers, a.rows(), &mut factor, threads()) {
            report.note(described(a, failures.first()));
        }
        vec![factor]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let (factor, gradient) = (kept[0], cotangents[0]);
        let n = factor.rows();
        let mut inner = factor.transposed_times(gradient).triangle(true);
        for a in inner.each_mut() {
            for x in a.iter_mut().step_by(n + 1) {
                *x *= T::from_f64(0.5);
            }
        }
        // L⁻ᵀ Φ L⁻¹: from the left, and from the left again what is turned.
        let half = solve_transposed(factor, inner.view());
        let turned = half.view().transposed();
        let whole = solve_transposed(factor, turned.view());
        vec![whole.symmetric().numbers]
    }
}

/// $L^{-\top} B$.
fn solve_transposed<T: Number>(factor: Matrices<'_, T>, b: Matrices<'_, T>) -> Batch<T> {
    let mut x = Batch::zeros(b.count(), b.size);
    // What is not finite makes a gradient that is not a number.
    let _ = triangular_solve(
        factor.numbers,
        b.numbers,
        factor.rows(),
        b.columns(),
        Triangle::Lower,
        true,
        &mut x.numbers,
        threads(),
    );
    x
}

/// The failure of the kernel, with the smallest eigenvalue.
fn described<T: Number>(a: Matrices<'_, T>, failure: geom_kernels::linalg::Failure) -> LinalgError {
    let Reason::NotPositiveDefinite { row, pivot } = failure.reason else {
        return failure.into();
    };
    let n = a.rows();
    let mut values = vec![T::from_f64(0.0); n];
    let matrix = &a.numbers[failure.index * n * n..][..n * n];
    match eigvalsh(matrix, n, &mut values, 1) {
        Ok(()) => LinalgError::NotPositiveDefinite {
            index: failure.index,
            row,
            pivot,
            smallest: values[0].into_f64(),
        },
        Err(_) => failure.into(),
    }
}
