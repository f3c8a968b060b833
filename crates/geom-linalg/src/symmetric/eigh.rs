//! Eigenvalues with eigenvectors.

use burn::tensor::Tensor;
use geom_kernels::linalg::eigh as kernel;

use super::check_symmetric;
use crate::error::LinalgError;
use crate::seam::{
    Kept, Matrices, Number, Operation, Report, Size, evaluate, largest, square, threads,
};

/// Eigenvalues and eigenvectors of symmetric matrices: $A = V \operatorname{diag}(\lambda) V^\top$ with
/// ascending $\lambda$ and orthogonal $V$, the eigenvectors its columns.
///
/// # Shapes
/// - `a`: `[..., n, n]`
/// - returns $\lambda$: `[..., 1, n]`, and $V$: `[..., n, n]`; `vectors * values` is $V\operatorname{diag}(\lambda)$
///
/// # Numerics
/// Eigenvalues of graded positive definite matrices have small relative errors up to `n` = 16; see
/// [`eigh` of the kernels](geom_kernels::linalg::eigh).
///
/// # Gradient
/// $$ \bar A = V\bigl(\operatorname{diag}(\bar\lambda) + K \circ (V^\top\bar V - \bar V^\top V)\bigr)V^\top,
///    \qquad K_{ij} = \frac{1}{2(\lambda_j - \lambda_i)},\quad K_{ii} = 0 $$
///
/// Signs of eigenvectors are arbitrary, and within the space of an eigenvalue that occurs several times so
/// are the eigenvectors themselves: a *gauge*. A loss has a gradient where it does not depend on the gauge.
/// Eigenvalues are equal here where they differ by at most $n\varepsilon\max|\lambda|$, the rounding of the
/// decomposition. Between equal eigenvalues $i$ and $j$:
///
/// - if $(V^\top\bar V)_{ij} = (V^\top\bar V)_{ji}$ up to rounding and $\bar\lambda_i = \bar\lambda_j = 0$, turning
///   the eigenvectors does not change the loss: it is a function of the projector onto their space, and the
///   entry is 0, as it should be;
/// - **if the former does not hold, the loss depends on the gauge, and the gradient of that matrix is NaN**;
/// - **if the latter does not hold, the gradient of that matrix is NaN too**: for a loss like that of
///   $V f(\Lambda) V^\top$ it cannot be told from $\bar\lambda$ and $\bar V$. [`spectral`](super::spectral) and the
///   functions `sym_*` have it, and for losses of eigenvalues alone [`eigvalsh`](super::eigvalsh).
///
/// Between nearly equal eigenvalues, the rounding of $V$ and $\bar V$ is divided by their difference.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotSymmetric`] beyond
/// [`symmetry_tolerance`](super::symmetry_tolerance), [`LinalgError::NotFinite`],
/// [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::eigh;
///
/// let a = Tensor::<2>::from_floats([[2.0, 1.0], [1.0, 2.0]], &Device::flex());
/// let (values, vectors) = eigh(a.clone())?;
/// let again = (vectors.clone() * values).matmul(vectors.transpose());
/// assert!((again - a).abs().max().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 3.1; Demmel, Veselić (1992).
pub fn eigh<const D: usize>(a: Tensor<D>) -> Result<(Tensor<D>, Tensor<D>), LinalgError> {
    square(&a)?;
    let [values, vectors] = evaluate(Eigh, [a])?;
    Ok((values, vectors))
}

#[derive(Debug)]
struct Eigh;

impl Operation for Eigh {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        let n = inputs[0][0];
        vec![[1, n], [n, n]]
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
        check_symmetric(a, report);
        let mut values = vec![T::from_f64(0.0); a.count() * a.rows()];
        let mut vectors = vec![T::from_f64(0.0); a.numbers.len()];
        report.note_failures(kernel(
            a.numbers,
            a.rows(),
            &mut values,
            &mut vectors,
            threads(),
        ));
        vec![values, vectors]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([values, vectors], [by_values, by_vectors]) = (kept, cotangents) else {
            unreachable!("two results")
        };
        let mut inner = vectors.transposed_times(*by_vectors);
        let each = values.each().zip(by_values.each());
        for (inner, (values, by_values)) in inner.each_mut().zip(each) {
            in_eigenvectors(values, by_values, inner);
        }
        let product = vectors.times(inner.view());
        let gradient = product.view().times_transposed(*vectors);
        vec![gradient.symmetric().numbers]
    }
}

/// Turns $V^\top\bar V$ of one matrix into $V^\top\bar A V$.
fn in_eigenvectors<T: Number>(values: &[T], by_values: &[T], m: &mut [T]) {
    let n = values.len();
    let (zero, half) = (T::from_f64(0.0), T::from_f64(0.5));
    let rounding = T::from_f64(n as f64) * T::epsilon();
    let equal = rounding * largest(values);
    // The rounding of V and of the product, which a gradient without gauge leaves.
    let nothing = T::from_f64(8.0) * rounding * largest(m);
    for i in 0..n {
        m[i * n + i] = by_values[i];
        for j in i + 1..n {
            let gap = values[j] - values[i];
            let (upper, lower) = (m[i * n + j], m[j * n + i]);
            let turn = upper - lower;
            let entry = if gap.abs() > equal || gap.is_nan() {
                half * turn / gap
            } else {
                let of_values = by_values[i] != zero || by_values[j] != zero;
                if of_values || !turn.is_finite() || turn.abs() > nothing {
                    T::nan()
                } else {
                    zero
                }
            };
            m[i * n + j] = entry;
            m[j * n + i] = entry;
        }
    }
}
