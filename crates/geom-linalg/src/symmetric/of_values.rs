//! Functions of symmetric matrices given by functions of numbers.

use std::fmt;

use burn::tensor::Tensor;
use geom_kernels::linalg::{daleckii_krein, divided_differences, eigh, recompose};

use super::check_symmetric;
use crate::error::LinalgError;
use crate::seam::{Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads};

/// Any function of symmetric matrices, $f(A) = V\operatorname{diag}(f(\lambda_i))V^\top$, from a function of
/// numbers and its derivative.
///
/// # Shapes
/// - `a`, the result: `[..., n, n]`; the result is exactly symmetric
///
/// # Numerics
/// The functions are evaluated in `f64`, once for every eigenvalue, on the host.
///
/// # Gradient
/// $$ \bar A = V\bigl(F \circ (V^\top \operatorname{sym}(\bar f) V)\bigr)V^\top,\qquad
///    F_{ij} = \frac{f(\lambda_i) - f(\lambda_j)}{\lambda_i - \lambda_j},\quad F_{ii} = f'(\lambda_i) $$
///
/// with $F$ in `f64`. Where eigenvalues are nearer than $\varepsilon^{1/3}\max(|\lambda_i|, |\lambda_j|)$,
/// $F_{ij}$ is the mean of the two derivatives. Its relative error is about $\varepsilon^{2/3}$ = 4e-11 at
/// worst for functions that change on the scale of their argument. `sym_log` and its like are exact.
///
/// # Errors
/// [`LinalgError::FunctionNotFinite`] where `f` is not finite, and those of [`eigh`](super::eigh).
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::spectral;
///
/// let a = Tensor::<2>::from_floats([[5.0, 4.0], [4.0, 5.0]], &Device::flex()); // eigenvalues 9 and 1
/// let tanh = spectral(a, f64::tanh, |x| x.cosh().powi(-2))?;
/// let entries = tanh.into_data().to_vec::<f32>().unwrap();
/// assert!((2.0 * entries[0] - 9f32.tanh() - 1f32.tanh()).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Daleckii, Krein (1965); Higham (2008), section 3.2.
pub fn spectral<const D: usize>(
    a: Tensor<D>,
    f: impl Fn(f64) -> f64 + Send + Sync + 'static,
    slope: impl Fn(f64) -> f64 + Send + Sync + 'static,
) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [result] = evaluate(OfValues { f, slope }, [a])?;
    Ok(result)
}

struct OfValues<F, S> {
    f: F,
    slope: S,
}

impl<F, S> fmt::Debug for OfValues<F, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("OfValues")
    }
}

impl<F, S> Operation for OfValues<F, S>
where
    F: Fn(f64) -> f64 + Send + Sync + 'static,
    S: Fn(f64) -> f64 + Send + Sync + 'static,
{
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
    }

    fn extras(&self, inputs: &[Size]) -> Vec<Size> {
        let n = inputs[0][0];
        vec![[1, n], [n, n]]
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
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let a = inputs[0];
        let n = a.rows();
        check_symmetric(a, report);
        let mut values = vec![T::from_f64(0.0); a.count() * n];
        let mut vectors = vec![T::from_f64(0.0); a.numbers.len()];
        report.note_failures(eigh(a.numbers, n, &mut values, &mut vectors, threads()));
        let f: Vec<T> = values
            .iter()
            .map(|x| T::from_f64((self.f)(x.into_f64())))
            .collect();
        let wrong = |(_, (f, x)): &(usize, (&T, &T))| !f.is_finite() && x.is_finite();
        if let Some((place, (f, x))) = f.iter().zip(&values).enumerate().find(wrong) {
            report.note(LinalgError::FunctionNotFinite {
                index: place / n,
                eigenvalue: x.into_f64(),
                value: f.into_f64(),
            });
        }
        let mut result = vec![T::from_f64(0.0); a.numbers.len()];
        // What is not finite has been reported.
        let _ = recompose(&f, &vectors, n, &mut result, threads());
        vec![result, values, vectors]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([values, vectors], gradient) = (kept, cotangents[0]) else {
            unreachable!("eigenvalues and eigenvectors")
        };
        let n = vectors.rows();
        let values: Vec<f64> = values.numbers.iter().map(|x| x.into_f64()).collect();
        let f: Vec<f64> = values.iter().map(|&x| (self.f)(x)).collect();
        let slopes: Vec<f64> = values.iter().map(|&x| (self.slope)(x)).collect();
        let mut differences = vec![0.0; vectors.numbers.len()];
        // What is not finite makes a gradient that is not a number.
        let _ = divided_differences(&values, &f, &slopes, n, &mut differences, threads());
        let differences: Vec<T> = differences.into_iter().map(T::from_f64).collect();
        let mut out = vec![T::from_f64(0.0); vectors.numbers.len()];
        let _ = daleckii_krein(
            &differences,
            vectors.numbers,
            gradient.numbers,
            n,
            &mut out,
            threads(),
        );
        vec![out]
    }
}
