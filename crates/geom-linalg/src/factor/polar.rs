//! The polar factors.

use burn::tensor::Tensor;
use geom_kernels::linalg::{eigh, polar as kernel};

use super::tall;
use crate::error::LinalgError;
use crate::seam::{Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, threads};

/// The polar decomposition $A = U P$ of matrices of full rank with at least as many rows as columns: the
/// columns of $U$ are orthonormal, $P = (A^\top A)^{1/2}$ is positive definite. $U$ is the nearest matrix to
/// $A$ with orthonormal columns.
///
/// # Shapes
/// - `a`: `[..., m, n]`, $m\ge n$
/// - returns $U$: `[..., m, n]` and $P$: `[..., n, n]`, exactly symmetric
///
/// # Gradient
/// $$ \bar A = U\bigl(\operatorname{sym}\bar P + 2Y\bigr) + (1 - UU^\top)\bar U P^{-1},\qquad
///    Y P + P Y = \operatorname{skew}(U^\top\bar U - \operatorname{sym}(\bar P) P) $$
///
/// Equal singular values make no trouble: $Y$ is divided by $\sigma_i + \sigma_j$ in the eigenvectors of $P$.
///
/// # Errors
/// [`LinalgError::TooWide`], [`LinalgError::RankDeficient`] where a singular value is exactly 0, for then $U$
/// is not unique; [`LinalgError::NotFinite`], [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::polar;
///
/// let a = Tensor::<2>::from_floats([[0.0, -2.0], [3.0, 0.0]], &Device::flex());
/// let (u, p) = polar(a)?;
/// let expected = Tensor::<2>::from_floats([[0.0, -1.0], [1.0, 0.0]], &Device::flex());
/// assert!((u - expected).abs().max().into_scalar::<f32>() < 1e-6);
/// let expected = Tensor::<2>::from_floats([[3.0, 0.0], [0.0, 2.0]], &Device::flex());
/// assert!((p - expected).abs().max().into_scalar::<f32>() < 1e-5);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Higham (2008), chapter 8.
pub fn polar<const D: usize>(a: Tensor<D>) -> Result<(Tensor<D>, Tensor<D>), LinalgError> {
    tall(&a)?;
    let [u, p] = evaluate(Polar, [a])?;
    Ok((u, p))
}

#[derive(Debug)]
struct Polar;

impl Operation for Polar {
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
        let mut u = vec![T::from_f64(0.0); a.numbers.len()];
        let mut p = vec![T::from_f64(0.0); batch * n * n];
        report.note_failures(kernel(a.numbers, batch, m, n, &mut u, &mut p, threads()));
        vec![u, p]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([u, p], [by_u, by_p]) = (kept, cotangents) else {
            unreachable!("two results")
        };
        let (n, batch) = (p.rows(), p.count());
        let by_p = Batch {
            numbers: by_p.numbers.to_vec(),
            size: by_p.size,
        };
        let by_p = by_p.symmetric();
        let mut values = Batch::zeros(batch, [1, n]);
        let mut vectors = Batch::zeros(batch, [n, n]);
        // What is not finite makes a gradient that is not a number.
        let _ = eigh(
            p.numbers,
            n,
            &mut values.numbers,
            &mut vectors.numbers,
            threads(),
        );
        let within = u.transposed_times(*by_u);
        let stretched = by_p.view().times(*p);
        let turn = stretched.map(|x| -x).plus(&within.numbers);
        // Y in the eigenvectors of P.
        let product = turn.view().times(vectors.view());
        let mut inner = vectors.view().transposed_times(product.view());
        for (y, values) in inner.each_mut().zip(values.view().each()) {
            for i in 0..n {
                y[i * n + i] = T::from_f64(0.0);
                for j in i + 1..n {
                    let odd = T::from_f64(0.5) * y[i * n + j] - T::from_f64(0.5) * y[j * n + i];
                    let entry = odd / (values[i] + values[j]);
                    y[i * n + j] = entry;
                    y[j * n + i] = -entry;
                }
            }
        }
        let product = vectors.view().times(inner.view());
        let y = product.view().times_transposed(vectors.view());
        let along = y.map(|x| x + x).plus(&by_p.numbers);
        let mut gradient = u.times(along.view());
        if u.rows() > n {
            let outside = u.times(within.view()).map(|x| -x).plus(by_u.numbers);
            let mut inner = outside.view().times(vectors.view());
            for (x, values) in inner.each_mut().zip(values.view().each()) {
                for row in x.chunks_exact_mut(n) {
                    for (x, &value) in row.iter_mut().zip(values) {
                        *x /= value;
                    }
                }
            }
            let outside = inner.view().times_transposed(vectors.view());
            gradient = gradient.plus(&outside.numbers);
        }
        vec![gradient.numbers]
    }
}
