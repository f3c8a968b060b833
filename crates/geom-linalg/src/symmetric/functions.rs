//! Functions of symmetric matrices: logarithm, exponential, powers.

use burn::tensor::Tensor;
use geom_kernels::linalg::{
    SpectralFunction, spectral as kernel, spectral_backward as kernel_backward,
};

use super::check_symmetric;
use crate::error::LinalgError;
use crate::seam::{Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads};

/// A function of the eigenvalues, `f(A) = V f(Λ) Vᵀ`.
#[derive(Debug)]
struct Function(SpectralFunction);

impl Operation for Function {
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
        check_symmetric(a, report);
        let zeros = |len| vec![T::from_f64(0.0); len];
        let (mut f, mut vectors) = (zeros(a.numbers.len()), zeros(a.numbers.len()));
        let mut values = zeros(a.count() * a.rows());
        let outcome = kernel(
            self.0,
            a.numbers,
            a.rows(),
            &mut f,
            &mut values,
            &mut vectors,
            threads(),
        );
        report.note_failures(outcome);
        vec![f, values, vectors]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([values, vectors], gradient) = (kept, cotangents[0]) else {
            unreachable!("eigenvalues and eigenvectors")
        };
        let mut out = vec![T::from_f64(0.0); gradient.numbers.len()];
        // Where the gradient is not finite, so is this one.
        let _ = kernel_backward(
            self.0,
            values.numbers,
            vectors.numbers,
            gradient.numbers,
            vectors.rows(),
            &mut out,
            threads(),
        );
        vec![out]
    }
}

fn function<const D: usize>(f: SpectralFunction, a: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&a)?;
    let [result] = evaluate(Function(f), [a])?;
    Ok(result)
}

/// Defines functions of symmetric matrices, whose docs differ in a few lines.
macro_rules! functions {
    ($(
        $(#[doc = $what:literal])+
        domain: $domain:literal,
        difference: $difference:literal,
        example: $example:literal,
        $name:ident($($argument:ident)?) = $function:expr;
    )+) => {$(
        $(#[doc = $what])+
        ///
        /// # Shapes
        /// - `a`, the result: `[..., n, n]`; the result is exactly symmetric
        ///
        /// # Domain
        #[doc = $domain]
        ///
        /// # Gradient
        /// $$ \bar A = V\bigl(F \circ (V^\top \operatorname{sym}(\bar f) V)\bigr)V^\top,\qquad
        ///    F_{ij} = \frac{f(\lambda_i) - f(\lambda_j)}{\lambda_i - \lambda_j},\quad F_{ii} = f'(\lambda_i) $$
        ///
        #[doc = $difference]
        ///
        /// # Errors
        /// [`LinalgError::NotSquare`], [`LinalgError::NotSymmetric`] beyond
        /// [`symmetry_tolerance`](super::symmetry_tolerance), [`LinalgError::Eigenvalue`] outside of the
        /// domain, [`LinalgError::Overflow`], [`LinalgError::NotFinite`], [`LinalgError::NoConvergence`].
        ///
        /// # Examples
        /// ```
        /// use burn::tensor::{Device, Tensor};
        #[doc = concat!("use geom_linalg::", stringify!($name), ";")]
        ///
        /// let a = Tensor::<2>::from_floats([[5.0, 4.0], [4.0, 5.0]], &Device::flex()); // 9 and 1
        #[doc = $example]
        /// # Ok::<(), geom_linalg::LinalgError>(())
        /// ```
        ///
        /// # References
        /// Daleckii, Krein (1965); Higham (2008), section 3.2; Ionescu, Vantzos, Sminchisescu (2015).
        pub fn $name<const D: usize>(
            a: Tensor<D>
            $(, $argument: f64)?
        ) -> Result<Tensor<D>, LinalgError> {
            function($function, a)
        }
    )+};
}

functions! {
    /// The logarithm of positive definite matrices, $\log A = V\operatorname{diag}(\log\lambda_i)V^\top$.
    domain: "$\\lambda_i > 0$.",
    difference: "with $F_{ij} = \\log(1 + x)/(x\\lambda_j)$, $x = (\\lambda_i - \\lambda_j)/\\lambda_j$: right \
        to rounding for equal, nearly equal and distant eigenvalues alike, without a threshold.",
    example: "let log = sym_log(a)?; // ln 9 / 2 in every place\n\
        assert!((log - 9f32.ln() / 2.0).abs().max().into_scalar::<f32>() < 1e-6);",
    sym_log() = SpectralFunction::Log;

    /// The exponential of symmetric matrices, $e^A = V\operatorname{diag}(e^{\lambda_i})V^\top$.
    ///
    /// [`expm`](crate::expm) takes matrices that are not symmetric.
    domain: "All symmetric matrices whose exponential has a finite value in the format.",
    difference: "with $F_{ij} = e^{\\lambda_i}(1 - e^{-x})/x$, $x = \\lambda_i - \\lambda_j \\ge 0$: right to \
        rounding for equal, nearly equal and distant eigenvalues alike, without a threshold.",
    example: "let exp = sym_exp(a / 9.0)?.into_data().to_vec::<f32>().unwrap(); // e and e^(1/9)\n\
        assert!((2.0 * exp[0] - 1f32.exp() - (1f32 / 9.0).exp()).abs() < 1e-5);",
    sym_exp() = SpectralFunction::Exp;

    /// The square root of positive semidefinite matrices: the positive semidefinite $X$ with $X X = A$.
    domain: "$\\lambda_i \\ge 0$. Eigenvalues down to $-n\\varepsilon\\max|\\lambda|$, the rounding of the \
        decomposition, count as 0.",
    difference: "with $F_{ij} = 1/(\\sqrt{\\lambda_i} + \\sqrt{\\lambda_j})$: right to rounding for all \
        eigenvalues, and infinite where one that is 0 occurs.",
    example: "let root = sym_sqrt(a)?;\n\
        let expected = Tensor::<2>::from_floats([[2.0, 1.0], [1.0, 2.0]], &Device::flex());\n\
        assert!((root - expected).abs().max().into_scalar::<f32>() < 1e-6);",
    sym_sqrt() = SpectralFunction::Sqrt;

    /// The inverse square root of positive definite matrices: $X$ with $X A X = 1$.
    domain: "$\\lambda_i > 0$.",
    difference: "with $F_{ij} = -1/(\\sqrt{\\lambda_i\\lambda_j}(\\sqrt{\\lambda_i} + \\sqrt{\\lambda_j}))$: \
        right to rounding for all eigenvalues.",
    example: "let x = sym_inv_sqrt(a.clone())?;\n\
        let one = x.clone().matmul(a).matmul(x) - Tensor::eye(2, &Device::flex());\n\
        assert!(one.abs().max().into_scalar::<f32>() < 1e-5);",
    sym_inv_sqrt() = SpectralFunction::InverseSqrt;

    /// The inverse of symmetric matrices, exactly symmetric.
    ///
    /// [`inverse`](crate::inverse) takes matrices that are not symmetric.
    domain: "$\\lambda_i \\ne 0$.",
    difference: "with $F_{ij} = -1/(\\lambda_i\\lambda_j)$: right to rounding for all eigenvalues.",
    example: "let one = sym_inverse(a.clone())?.matmul(a) - Tensor::eye(2, &Device::flex());\n\
        assert!(one.abs().max().into_scalar::<f32>() < 1e-5);",
    sym_inverse() = SpectralFunction::Inverse;

    /// Powers of positive definite matrices, $A^p = V\operatorname{diag}(\lambda_i^p)V^\top$ with any real
    /// exponent.
    domain: "$\\lambda_i > 0$; if $p > 0$, also $\\lambda_i = 0$, and eigenvalues down to \
        $-n\\varepsilon\\max|\\lambda|$, the rounding of the decomposition, count as 0.",
    difference: "with $F_{ij}$ through $e^{py} - 1$, $y = \\log(\\lambda_i/\\lambda_j)$: right to rounding \
        for equal, nearly equal and distant eigenvalues alike, without a threshold.",
    example: "let cube = sym_pow(a.clone(), 3.0)? - a.clone().matmul(a.clone()).matmul(a);\n\
        assert!(cube.abs().max().into_scalar::<f32>() < 1e-3);",
    sym_pow(p) = SpectralFunction::Power(p);

    /// Eigenvalues raised to at least $c$, the argument `low`: $V\operatorname{diag}(\max(\lambda_i, c))V^\top$,
    /// the nearest symmetric matrix with such eigenvalues, and the rectification of networks on covariance matrices.
    domain: "All symmetric matrices.",
    difference: "with $F_{ij}$ from 0, where both eigenvalues are at most $c$, to 1, where both are above: \
        right to rounding without a threshold.",
    example: "let raised = sym_clamp_min(a, 2.0)?.into_data().to_vec::<f32>().unwrap(); // 9 and 2\n\
        assert!((raised[0] - 5.5).abs() < 1e-5 && (raised[1] - 3.5).abs() < 1e-5);",
    sym_clamp_min(low) = SpectralFunction::AtLeast(low);
}
