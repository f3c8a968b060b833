//! Inverse functions that are right to rounding on every backend.
//!
//! In `f64` they are the backend's own, since only backends that compute as CPUs do have `f64`. In
//! `f32` they are built from sums, products, quotients and roots, which GPUs have too; the inverse
//! functions of GPUs are approximations that lose some or all digits.

use std::f64::consts::FRAC_PI_2;

use burn::tensor::{DType, Tensor};

use super::functions::sqrt_or_zero;
use super::series::polynomial;

/// $\log(1 + x)$ for $x > -1$.
///
/// # Numerics
/// `wgpu` rounds $1 + x$ first, which loses every digit of a small $x$, and the logarithms of GPUs
/// are least precise next to 1. So in `f32`, where $-\tfrac12 \le x \le 1$,
///
/// $$ \log(1 + x) = 2\operatorname{artanh} s = x - s\\,(x - s^2 P(s^2)), \qquad
///    s = \frac{x}{2 + x}, \quad P(w) = \tfrac23 + \tfrac25 w + \tfrac27 w^2 + \dots $$
pub fn log1p<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() == DType::F64 {
        return x.log1p();
    }
    // Not a number is not near.
    let near = x.clone().greater_equal_elem(-0.5);
    let near = near.bool_and(x.clone().lower_equal_elem(1.0));
    let far = near.clone().bool_not();
    let log_of_sum = x.clone().mask_fill(near, 1.0).add_scalar(1.0).log();
    let x = x.mask_fill(far.clone(), 0.0);
    let s = x.clone() / x.clone().add_scalar(2.0);
    let w = s.clone().square();
    let inner = x.clone() - w.clone() * polynomial(w, LOG_SERIES);
    (x - s * inner).mask_where(far, log_of_sum)
}

/// $P$ of [`log1p`]: the first term left out is below $w^7/15 = 2\cdot10^{-8}$ of the logarithm
/// at the largest $w = 1/9$.
const LOG_SERIES: [f64; 6] = [
    2.0 / 3.0,
    2.0 / 5.0,
    2.0 / 7.0,
    2.0 / 9.0,
    2.0 / 11.0,
    2.0 / 13.0,
];

/// $\operatorname{asinh}(\sqrt q)$, with value and gradient 0 where $q \le 0$.
///
/// # Numerics
/// In `f32` it is [`log1p`] of $r + q/(1 + \sqrt{1 + q})$ with $r = \sqrt q$; the `asinh` of `wgpu`
/// loses every digit of a small argument.
pub(super) fn asinh_sqrt<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    let root = sqrt_or_zero(q);
    if root.dtype() == DType::F64 {
        return root.asinh();
    }
    // Not `q` itself, whose gradient at 0 would not be masked.
    let q = root.clone().square();
    let above_root = q.clone() / q.add_scalar(1.0).sqrt().add_scalar(1.0);
    log1p(root + above_root)
}

/// The angle $\theta \in [0, \pi/2]$ with $\tan\theta = \text{opposite}/\text{adjacent}$, both
/// at least 0: to rounding, also next to either end.
///
/// # Domain
/// The square of the larger one must not underflow or overflow.
///
/// # Numerics
/// In `f32` the smaller of $\theta$ and $\tfrac\pi2 - \theta$ is halved twice by
/// $\tan\tfrac\theta2 = \tan\theta/(1 + \sqrt{1 + \tan^2\theta})$, and the rest is a series. On
/// Mesa's Vulkan drivers `atan2` is off by $3\cdot10^{-6}$, and `asin` and `acos` by
/// $4\cdot10^{-4}$.
pub fn angle<const D: usize>(opposite: Tensor<D>, adjacent: Tensor<D>) -> Tensor<D> {
    if opposite.dtype() == DType::F64 {
        return opposite.atan2(adjacent);
    }
    let steep = opposite.clone().greater(adjacent.clone());
    let long = adjacent.clone().mask_where(steep.clone(), opposite.clone());
    let short = opposite.mask_where(steep.clone(), adjacent);
    let hypotenuse = (long.clone().square() + short.clone().square()).sqrt();
    let half = short / (long + hypotenuse);
    let t = half.clone() / half.square().add_scalar(1.0).sqrt().add_scalar(1.0);
    let w = t.clone().square();
    let flat = (t.clone() + t * w.clone() * polynomial(w, ARCTAN_SERIES)).mul_scalar(4.0);
    let complement = flat.clone().neg().add_scalar(FRAC_PI_2);
    flat.mask_where(steep, complement)
}

/// $(\arctan t - t)/t^3$ in powers of $t^2$ for [`angle`]: the first term left out is below
/// $t^{12}/13 = 3\cdot10^{-10}$ of the angle at the largest $t = \tan(\pi/16)$.
const ARCTAN_SERIES: [f64; 5] = [-1.0 / 3.0, 1.0 / 5.0, -1.0 / 7.0, 1.0 / 9.0, -1.0 / 11.0];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{Limits, to_vec_f64};
    use burn::tensor::Device;

    type Function = fn(Tensor<1>) -> Tensor<1>;
    type Reference = fn(f64) -> f64;

    /// A few roundings: two halvings, a quotient, a root each.
    const ROUNDINGS: f64 = 4.0;

    #[test]
    fn values_agree_with_the_standard_library() {
        type Case = (&'static str, Function, Reference, [f64; 7]);
        let angle_to_one: Function = |x| angle(x.clone(), x.ones_like());
        let angle_from_one: Function = |x| angle(x.ones_like(), x);
        let arguments = [1e-30, 1e-7, 1e-3, 0.3, 1.0, 2.5, 1e8];
        let cases: [Case; 4] = [
            ("log1p", log1p, f64::ln_1p, arguments),
            (
                "log1p",
                log1p,
                f64::ln_1p,
                [-1e-30, -1e-7, -1e-3, -0.3, -0.5, -0.7, -0.99],
            ),
            ("angle(x, 1)", angle_to_one, f64::atan, arguments),
            ("angle(1, x)", angle_from_one, |x| 1f64.atan2(x), arguments),
        ];
        for dtype in [DType::F32, DType::F64] {
            for (name, function, reference, arguments) in &cases {
                let x = Tensor::from_data(*arguments, (&Device::flex(), dtype));
                let exact = to_vec_f64(x.clone());
                for (x, y) in exact.into_iter().zip(to_vec_f64(function(x))) {
                    let error = y / reference(x) - 1.0;
                    let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
                    assert!(
                        error.abs() <= tolerance,
                        "{name} of {x:e} {dtype:?}: {error:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn gradients_are_the_slopes() {
        let device = Device::flex().autodiff();
        let arguments = [0.0, 1e-4, 0.4, 0.9, 1.1, 30.0];
        let angle_to_one: Function = |x| angle(x.clone(), x.ones_like());
        // Function, slope, and the length of the gradient it is a component of.
        let slopes: [(&str, Function, Reference, Reference); 2] = [
            ("log1p", log1p, |x| (1.0 + x).recip(), |x| (1.0 + x).recip()),
            (
                "angle",
                angle_to_one,
                |x| (1.0 + x * x).recip(),
                |x| x.hypot(1.0).recip(),
            ),
        ];
        for dtype in [DType::F32, DType::F64] {
            for (name, function, slope, length) in slopes {
                let x = Tensor::<1>::from_data(arguments, (&device, dtype)).require_grad();
                let gradients = function(x.clone()).sum().backward();
                let gradient = to_vec_f64(x.grad(&gradients).expect("x is a leaf"));
                for (x, found) in arguments.into_iter().zip(gradient) {
                    let error = (found - slope(x)) / length(x);
                    // The backward pass has twice the operations.
                    let tolerance = 2.0 * ROUNDINGS * Limits::of(dtype).epsilon;
                    assert!(
                        error.abs() <= tolerance,
                        "{name} at {x} {dtype:?}: {error:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_inverse_hyperbolic_sine_has_value_and_gradient_zero_at_zero() {
        let device = Device::flex().autodiff();
        for dtype in [DType::F32, DType::F64] {
            let q = Tensor::<1>::from_data([0.0, -1.0], (&device, dtype)).require_grad();
            let value = asinh_sqrt(q.clone());
            let gradients = value.clone().sum().backward();
            assert_eq!(to_vec_f64(value), [0.0, 0.0]);
            let gradient = to_vec_f64(q.grad(&gradients).expect("q is a leaf"));
            assert_eq!(gradient, [0.0, 0.0]);
        }
    }

    #[test]
    fn not_a_number_is_passed_on() {
        let x = Tensor::<1>::from_floats([f32::NAN], &Device::flex());
        let functions: [Function; 3] = [log1p, asinh_sqrt, |x| angle(x.clone(), x.ones_like())];
        assert!(
            functions
                .iter()
                .all(|f| to_vec_f64(f(x.clone()))[0].is_nan())
        );
    }
}
