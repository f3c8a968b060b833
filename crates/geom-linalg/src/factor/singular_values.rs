//! Singular values alone.

use burn::tensor::Tensor;
use geom_kernels::linalg::singular_values as kernel;

use super::svd::decompose;
use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, size, threads,
};

/// The singular values, descending, as in [`svd`](super::svd).
///
/// # Shapes
/// - `a`: `[..., m, n]`
/// - returns: `[..., 1, min(m, n)]`
///
/// # Gradient
/// $\bar A = U\operatorname{diag}(\bar\sigma)V^\top$. Where a singular value occurs several times, losses that
/// treat its copies alike have this gradient, such as the nuclear norm; for others, and at the
/// value 0, it is a subgradient.
///
/// # Errors
/// As [`svd`](super::svd).
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::singular_values;
///
/// let a = Tensor::<2>::from_floats([[0.0, 2.0], [-3.0, 0.0]], &Device::flex());
/// let values = singular_values(a)?.into_data().to_vec::<f32>().unwrap();
/// assert!((values[0] - 3.0).abs() < 1e-6 && (values[1] - 2.0).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 3.3.
pub fn singular_values<const D: usize>(a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    size(&a)?;
    let [values] = evaluate(SingularValues, [a])?;
    Ok(values)
}

#[derive(Debug)]
struct SingularValues;

impl Operation for SingularValues {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        let [m, n] = inputs[0];
        vec![[1, m.min(n)]]
    }

    fn extras(&self, inputs: &[Size]) -> Vec<Size> {
        let [m, n] = inputs[0];
        vec![[m, m.min(n)], [n, m.min(n)]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[],
            results: &[1, 2],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        if keep {
            let [u, values, v] = decompose(a, report);
            return vec![values, u, v];
        }
        let ([m, n], batch) = (a.size, a.count());
        let mut values = vec![T::from_f64(0.0); batch * m.min(n)];
        report.note_failures(kernel(a.numbers, batch, m, n, &mut values, threads()));
        vec![values]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([u, v], by_values) = (kept, cotangents[0]) else {
            unreachable!("singular vectors")
        };
        let mut scaled = Batch {
            numbers: u.numbers.to_vec(),
            size: u.size,
        };
        for (u, by_values) in scaled.each_mut().zip(by_values.each()) {
            for row in u.chunks_exact_mut(by_values.len()) {
                for (x, &by_value) in row.iter_mut().zip(by_values) {
                    *x *= by_value;
                }
            }
        }
        vec![scaled.view().times_transposed(*v).numbers]
    }
}
