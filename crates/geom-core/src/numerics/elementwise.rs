//! Inverse functions of an argument of either sign, right to rounding on every backend.
//!
//! As in [`inverse`](super::inverse): in `f64` they are the backend's own, and in `f32` they are built
//! from what GPUs have too. For dual numbers, which are functions of what they are given; the
//! manifolds use functions of squares.

use std::f64::consts::PI;

use burn::tensor::{DType, Tensor};

use super::{angle, log1p};

/// $\operatorname{asinh} x$, as [`log1p`] of $x + x^2/(1 + \sqrt{1 + x^2})$ for $x \ge 0$.
///
/// # Domain
/// $x^2$ must not overflow.
pub(crate) fn asinh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.asinh();
    }
    odd(x, |x| {
        let square = x.clone().square();
        let root = square.clone().add_scalar(1.0).sqrt();
        log1p(x + square / root.add_scalar(1.0))
    })
}

/// $\operatorname{acosh} x$ for $x \ge 1$, as [`log1p`] of $t + \sqrt{t(t + 2)}$ with $t = x - 1$.
///
/// # Domain
/// $x^2$ must not overflow.
pub(crate) fn acosh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.acosh();
    }
    let t = x.sub_scalar(1.0);
    log1p(t.clone() + (t.clone() * t.add_scalar(2.0)).sqrt())
}

/// $\operatorname{artanh} x$, as half of [`log1p`] of $2x/(1 - x)$ for $x \ge 0$.
pub(crate) fn atanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.atanh();
    }
    odd(x, |x| {
        let ratio = x.clone().mul_scalar(2.0) / x.neg().add_scalar(1.0);
        log1p(ratio).mul_scalar(0.5)
    })
}

/// $\arcsin x$, as the [`angle`] of $x$ and $\sqrt{(1 - x)(1 + x)}$ for $x \ge 0$.
pub(crate) fn asin<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.asin();
    }
    odd(x, |x| angle(x.clone(), cosine(x)))
}

/// $\arccos x$, as the [`angle`] of $\sqrt{(1 - x)(1 + x)}$ and $x$ for $x \ge 0$.
pub(crate) fn acos<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.acos();
    }
    let negative = x.clone().lower_elem(0.0);
    let size = x.clone().mask_where(negative.clone(), x.neg());
    let acute = angle(cosine(size.clone()), size);
    let obtuse = acute.clone().neg().add_scalar(PI);
    acute.mask_where(negative, obtuse)
}

/// $\arctan x$, as the [`angle`] of $x$ and 1 for $x \ge 0$.
///
/// # Domain
/// $x^2$ must not overflow.
pub(crate) fn atan<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.atan();
    }
    odd(x, |x| angle(x.clone(), x.ones_like()))
}

/// $\sqrt{1 - x^2}$, where $x$ may be close to 1.
fn cosine<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    (x.clone().neg().add_scalar(1.0) * x.add_scalar(1.0)).sqrt()
}

/// An odd function from its values at positive arguments. Its derivative at 0 is that of `positive`,
/// which the derivative of a magnitude would lose.
fn odd<const D: usize>(x: Tensor<D>, positive: impl FnOnce(Tensor<D>) -> Tensor<D>) -> Tensor<D> {
    let negative = x.clone().lower_elem(0.0);
    let size = x.clone().mask_where(negative.clone(), x.neg());
    let y = positive(size);
    y.clone().mask_where(negative, y.neg())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{Limits, to_vec_f64};
    use burn::tensor::Device;

    type Case = (
        &'static str,
        fn(Tensor<1>) -> Tensor<1>,
        fn(f64) -> f64,
        &'static [f64],
    );

    /// Function, reference, and where both are defined.
    const CASES: [Case; 6] = [
        (
            "asinh",
            asinh,
            f64::asinh,
            &[-50.0, -0.3, -1e-7, 0.0, 1e-30, 2.0],
        ),
        ("acosh", acosh, f64::acosh, &[1.0, 1.000_001, 1.5, 40.0]),
        ("atanh", atanh, f64::atanh, &[-0.999, -0.4, 0.0, 1e-8, 0.7]),
        ("asin", asin, f64::asin, &[-0.99, -1e-9, 0.0, 0.3, 0.9999]),
        ("acos", acos, f64::acos, &[-0.9999, -0.3, 0.0, 0.3, 0.9999]),
        ("atan", atan, f64::atan, &[-1e9, -1.0, 0.0, 1e-20, 0.5, 3.0]),
    ];
    /// A few roundings: a root, a quotient, a function of the inverse module.
    const ROUNDINGS: f64 = 6.0;

    #[test]
    fn values_agree_with_the_standard_library() {
        for dtype in [DType::F32, DType::F64] {
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            for (name, function, reference, arguments) in CASES {
                let x = Tensor::from_data(arguments, (&Device::flex(), dtype));
                let exact = to_vec_f64(x.clone());
                for (x, y) in exact.into_iter().zip(to_vec_f64(function(x))) {
                    let expected = reference(x);
                    let error = (y - expected).abs();
                    assert!(
                        error <= tolerance * expected.abs(),
                        "{name}({x:e}) {dtype:?}: {y:e} not {expected:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn odd_functions_have_slope_one_at_zero() {
        for (name, function, _, _) in CASES {
            if ["acosh", "acos"].contains(&name) {
                continue;
            }
            for dtype in [DType::F32, DType::F64] {
                let device = Device::flex().autodiff();
                let x = Tensor::<1>::from_data([0.0], (&device, dtype)).require_grad();
                let gradients = function(x.clone()).backward();
                let slope = to_vec_f64(x.grad(&gradients).expect("a leaf"));
                assert_eq!(slope, [1.0], "{name} {dtype:?}");
            }
        }
    }

    #[test]
    fn not_a_number_is_passed_on() {
        let x = Tensor::<1>::from_floats([f32::NAN], &Device::flex());
        for (name, function, _, _) in CASES {
            assert!(to_vec_f64(function(x.clone()))[0].is_nan(), "{name}");
        }
    }
}
