//! The derivative of the exponential.

use burn::tensor::Tensor;
use geom_kernels::linalg::{expm_backward, expm_frechet as kernel};

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, shape_of, size, square,
    threads,
};

/// The exponential $e^A$ and its derivative in the direction $E$, $L(A, E) = \int_0^1 e^{(1-t)A}E e^{tA}dt$.
///
/// # Shapes
/// - `a`, `direction`, both results: `[..., n, n]`; leading axes are broadcast
///
/// # Gradient
/// Both results have one, for both arguments, from that of the exponential of
/// $\begin{pmatrix} A & E\\\\ 0 & A\end{pmatrix}$, whose upper blocks they are. The derivative of a derivative by
/// automatic differentiation is thus at hand: the second derivative of the exponential.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::ShapeMismatch`], [`LinalgError::Overflow`],
/// [`LinalgError::NotFinite`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::expm_frechet;
///
/// let device = Device::flex();
/// let a = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 0.0]], &device);
/// let direction = Tensor::<2>::from_floats([[0.0, 1.0], [0.0, 0.0]], &device);
/// let (exponential, derivative) = expm_frechet(a, direction)?;
/// let [exponential, derivative] = [exponential, derivative].map(|x| x.into_data().to_vec::<f32>().unwrap());
/// assert!((exponential[0] - 1f32.exp()).abs() < 1e-6);
/// assert!((derivative[1] - (1f32.exp() - 1.0)).abs() < 1e-6); // a divided difference
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Al-Mohy, Higham (2009); Higham (2008), equation 10.15 and theorem 3.6.
pub fn expm_frechet<const D: usize>(
    a: Tensor<D>,
    direction: Tensor<D>,
) -> Result<(Tensor<D>, Tensor<D>), LinalgError> {
    square(&a)?;
    if size(&direction)? != size(&a)? {
        return Err(LinalgError::ShapeMismatch {
            left: shape_of(&a),
            right: shape_of(&direction),
        });
    }
    let [exponential, derivative] = evaluate(Frechet, [a, direction])?;
    Ok((exponential, derivative))
}

#[derive(Debug)]
struct Frechet;

impl Operation for Frechet {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]; 2]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0, 1],
            results: &[],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let [a, direction] = inputs else {
            unreachable!("two inputs")
        };
        let mut exponential = vec![T::from_f64(0.0); a.numbers.len()];
        let mut derivative = exponential.clone();
        let outcome = kernel(
            a.numbers,
            direction.numbers,
            a.rows(),
            &mut exponential,
            &mut derivative,
            threads(),
        );
        report.note_failures(outcome);
        vec![exponential, derivative]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([a, direction], [by_exponential, by_derivative]) = (kept, cotangents) else {
            unreachable!("two inputs and two results")
        };
        let n = a.rows();
        let whole = in_blocks(*a, *direction, true);
        let by_whole = in_blocks(*by_exponential, *by_derivative, false);
        let mut out = Batch::zeros(a.count(), [2 * n, 2 * n]);
        // What is not finite makes a gradient that is not a number.
        let _ = expm_backward(
            &whole.numbers,
            &by_whole.numbers,
            2 * n,
            &mut out.numbers,
            threads(),
        );
        let mut by_a = Batch::zeros(a.count(), a.size);
        let mut by_direction = Batch::zeros(a.count(), a.size);
        let results = by_a.each_mut().zip(by_direction.each_mut());
        for (whole, (by_a, by_direction)) in out.view().each().zip(results) {
            for i in 0..n {
                let (upper, lower) = (&whole[i * 2 * n..], &whole[(n + i) * 2 * n..]);
                for j in 0..n {
                    by_a[i * n + j] = upper[j] + lower[n + j];
                    by_direction[i * n + j] = upper[n + j];
                }
            }
        }
        vec![by_a.numbers, by_direction.numbers]
    }
}

/// Matrices in the upper blocks, and the first of them in the last block too, if it is to be `doubled`.
fn in_blocks<T: Number>(
    first: Matrices<'_, T>,
    second: Matrices<'_, T>,
    doubled: bool,
) -> Batch<T> {
    let n = first.rows();
    let mut whole = Batch::zeros(first.count(), [2 * n, 2 * n]);
    for (whole, (first, second)) in whole.each_mut().zip(first.each().zip(second.each())) {
        for i in 0..n {
            let row = i * n..(i + 1) * n;
            whole[i * 2 * n..][..n].copy_from_slice(&first[row.clone()]);
            whole[i * 2 * n + n..][..n].copy_from_slice(&second[row.clone()]);
            if doubled {
                whole[(n + i) * 2 * n + n..][..n].copy_from_slice(&first[row]);
            }
        }
    }
    whole
}
