//! The equation of Sylvester.

use burn::tensor::Tensor;
use geom_kernels::linalg::sylvester as kernel;

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, shape_of, size, square,
    threads,
};

/// $X$ with $A X + X B = C$, for any square $A$ and $B$ of which no eigenvalue of one is the negative of an
/// eigenvalue of the other.
///
/// # Shapes
/// - `a`: `[..., m, m]`, `b`: `[..., n, n]`; `c`, the result: `[..., m, n]`; leading axes are broadcast
///
/// # Gradient
/// $A^\top\bar C + \bar C B^\top = \bar X$, which is an equation of the same kind, and
/// $\bar A = -\bar C X^\top$, $\bar B = -X^\top\bar C$.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::ShapeMismatch`], [`LinalgError::NoUniqueSolution`] where eigenvalues
/// add up to 0 within the rounding of the Schur forms, [`LinalgError::NotFinite`],
/// [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::sylvester;
///
/// let device = Device::flex();
/// let a = Tensor::<2>::from_floats([[1.0, 2.0], [0.0, 3.0]], &device);
/// let b = Tensor::<2>::from_floats([[4.0]], &device);
/// let c = Tensor::<2>::from_floats([[9.0], [14.0]], &device);
/// let x = sylvester(a, b, c)?.into_data().to_vec::<f32>().unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-5 && (x[1] - 2.0).abs() < 1e-5);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Bartels, Stewart (1972).
pub fn sylvester<const D: usize>(
    a: Tensor<D>,
    b: Tensor<D>,
    c: Tensor<D>,
) -> Result<Tensor<D>, LinalgError> {
    let (m, n) = (square(&a)?, square(&b)?);
    let [rows, columns] = size(&c)?;
    for (own, common, factor) in [(m, rows, &a), (n, columns, &b)] {
        if own != common {
            return Err(LinalgError::ShapeMismatch {
                left: shape_of(factor),
                right: shape_of(&c),
            });
        }
    }
    let [x] = evaluate(Sylvester, [a, b, c])?;
    Ok(x)
}

#[derive(Debug)]
struct Sylvester;

impl Operation for Sylvester {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[2]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0, 1],
            results: &[0],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let [a, b, c] = inputs else {
            unreachable!("three inputs")
        };
        let mut x = vec![T::from_f64(0.0); c.numbers.len()];
        let ([m, n], batch) = (c.size, c.count());
        let outcome = kernel(
            a.numbers,
            b.numbers,
            c.numbers,
            batch,
            m,
            n,
            &mut x,
            threads(),
        );
        report.note_failures(outcome);
        vec![x]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([a, b, x], gradient) = (kept, cotangents[0]) else {
            unreachable!("two matrices and a solution")
        };
        let ([m, n], batch) = (x.size, x.count());
        let (turned_a, turned_b) = (a.transposed(), b.transposed());
        let mut by_c = Batch::zeros(batch, x.size);
        // What is not finite makes a gradient that is not a number.
        let _ = kernel(
            &turned_a.numbers,
            &turned_b.numbers,
            gradient.numbers,
            batch,
            m,
            n,
            &mut by_c.numbers,
            threads(),
        );
        let by_a = by_c.view().times_transposed(*x).map(|x| -x);
        let by_b = x.transposed_times(by_c.view()).map(|x| -x);
        vec![by_a.numbers, by_b.numbers, by_c.numbers]
    }
}
