//! Orthogonal and triangular factors.

use burn::tensor::Tensor;
use geom_kernels::linalg::{Triangle, qr as kernel, triangular_solve};

use super::tall;
use crate::error::LinalgError;
use crate::seam::{Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, threads};

/// $A = Q R$ for matrices of full rank with at least as many rows as columns: the columns of $Q$ are
/// orthonormal, $R$ is upper triangular **with positive diagonal**. Both are then unique, and smooth functions
/// of $A$.
///
/// # Shapes
/// - `a`: `[..., m, n]`, $m\ge n$
/// - returns $Q$: `[..., m, n]` and $R$: `[..., n, n]`
///
/// # Gradient
/// $$ \bar A = \bigl(\bar Q + Q \operatorname{copyltu}(R\bar R^\top - \bar Q^\top Q)\bigr)R^{-\top} $$
///
/// where copyltu makes a matrix symmetric by its lower triangle.
///
/// # Errors
/// [`LinalgError::TooWide`], [`LinalgError::RankDeficient`] where a diagonal entry of $R$ is exactly 0,
/// [`LinalgError::NotFinite`]. Where columns depend on each other up to rounding, $Q$ is orthonormal, but
/// rounding decides on it.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::qr;
///
/// let a = Tensor::<2>::from_floats([[3.0, 1.0], [-4.0, 2.0], [0.0, 1.0]], &Device::flex());
/// let (q, r) = qr(a.clone())?;
/// assert!((r.clone().narrow(0, 0, 1).narrow(1, 0, 1) - 5.0).abs().into_scalar::<f32>() < 1e-6);
/// assert!((q.matmul(r) - a).abs().max().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Walter, Lehmann, Lamour (2012), section 3; Roberts, Roberts (2020).
pub fn qr<const D: usize>(a: Tensor<D>) -> Result<(Tensor<D>, Tensor<D>), LinalgError> {
    tall(&a)?;
    let [q, r] = evaluate(Qr, [a])?;
    Ok((q, r))
}

#[derive(Debug)]
struct Qr;

impl Operation for Qr {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        let [m, n] = inputs[0];
        vec![[m, n], [n, n]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[],
            results: &[0, 1],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        let ([m, n], batch) = (a.size, a.count());
        let mut q = vec![T::from_f64(0.0); a.numbers.len()];
        let mut r = vec![T::from_f64(0.0); batch * n * n];
        report.note_failures(kernel(a.numbers, batch, m, n, &mut q, &mut r, threads()));
        vec![q, r]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([q, r], [by_q, by_r]) = (kept, cotangents) else {
            unreachable!("two results")
        };
        let ([m, n], batch) = (q.size, q.count());
        // Below its diagonal, R is always 0.
        let by_r = Batch {
            numbers: by_r.numbers.to_vec(),
            size: by_r.size,
        };
        let by_r = by_r.triangle(false);
        let of_q = by_q.transposed_times(*q);
        let mut inner = r
            .times_transposed(by_r.view())
            .plus(&of_q.map(|x| -x).numbers);
        for a in inner.each_mut() {
            for i in 0..n {
                for j in i + 1..n {
                    a[i * n + j] = a[j * n + i];
                }
            }
        }
        let sum = q.times(inner.view()).plus(by_q.numbers);
        let turned = sum.view().transposed();
        let mut solved = Batch::zeros(batch, [n, m]);
        // What is not finite makes a gradient that is not a number.
        let _ = triangular_solve(
            r.numbers,
            &turned.numbers,
            n,
            m,
            Triangle::Upper,
            false,
            &mut solved.numbers,
            threads(),
        );
        vec![solved.view().transposed().numbers]
    }
}
