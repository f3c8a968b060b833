//! Trigonometry of either sign of curvature.
//!
//! Functions of $q = \kappa\ell^2$, circular for $q > 0$ and hyperbolic for $q < 0$, which are one
//! analytic function each: $\operatorname{tanc}(q)$ is $\tan(\sqrt q)/\sqrt q$ and
//! $\tanh(\sqrt{-q})/\sqrt{-q}$. Value and derivative hold to rounding across $q = 0$, and so do
//! those of every map built from them, in its arguments and in $\kappa$.

use burn::tensor::Tensor;

use crate::numerics::{Limits, angle, asinh_sqrt, log1p, sqrt_or_zero};

const TERMS: usize = 8;

const COSINE: [f64; TERMS] = [
    1.0,
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
];
const SINE: [f64; TERMS] = [
    1.0,
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
];
const TANGENT: [f64; TERMS] = [
    1.0,
    1.0 / 3.0,
    2.0 / 15.0,
    17.0 / 315.0,
    62.0 / 2_835.0,
    1_382.0 / 155_925.0,
    21_844.0 / 6_081_075.0,
    929_569.0 / 638_512_875.0,
];
const ARC_TANGENT: [f64; TERMS] = [
    1.0,
    -1.0 / 3.0,
    1.0 / 5.0,
    -1.0 / 7.0,
    1.0 / 9.0,
    -1.0 / 11.0,
    1.0 / 13.0,
    -1.0 / 15.0,
];
const ARC_SINE: [f64; TERMS] = [
    1.0,
    1.0 / 6.0,
    3.0 / 40.0,
    5.0 / 112.0,
    35.0 / 1_152.0,
    63.0 / 2_816.0,
    231.0 / 13_312.0,
    143.0 / 10_240.0,
];

/// The direction and the length of a step of $\ell = \sqrt{|q|}$, as a cosine and a factor
/// $\operatorname{sinc}$ for the step: together they are finite where the tangent is not.
///
/// For $q > 0$ these are $\cos\ell$ and $\sin(\ell)/\ell$. Both may be divided by one number, and
/// for $q < 0$ that is $\cosh\ell$, which would overflow: they are $1$ and $\tanh(\ell)/\ell$ there.
pub(crate) fn cosine_and_sinc<const D: usize>(q: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
    let cosine = signed(
        q.clone(),
        COSINE,
        |root| root.ones_like(),
        |root| root.cos(),
    );
    let sinc = signed(
        q,
        SINE,
        |root| root.clone().tanh() / root,
        |root| root.clone().sin() / root,
    );
    (cosine, sinc)
}

/// $\tan(\sqrt q)/\sqrt q$.
pub(crate) fn tanc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    signed(
        q,
        TANGENT,
        |root| root.clone().tanh() / root,
        |root| root.clone().tan() / root,
    )
}

/// $\arctan(\sqrt q)/\sqrt q$ for $q > -1$; the hyperbolic root saturates at
/// [`Limits::boundary_gap`] below 1.
pub(crate) fn atanc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    let top = 1.0 - Limits::of(q.dtype()).boundary_gap;
    signed(
        q,
        ARC_TANGENT,
        |root| {
            let root = root.clamp_max(top);
            // artanh r = log1p(2r / (1 - r)) / 2 keeps all digits on both ends.
            let ratio = root.clone().mul_scalar(2.0) / root.clone().neg().add_scalar(1.0);
            log1p(ratio).mul_scalar(0.5) / root
        },
        |root| angle(root.clone(), root.ones_like()) / root,
    )
}

/// $\arcsin(\sqrt q)/\sqrt q$ for $q \le 1$, given $1 - q$, which the caller knows better where $q$
/// is close to 1.
pub(crate) fn asinc<const D: usize>(q: Tensor<D>, complement: Tensor<D>) -> Tensor<D> {
    signed(
        q,
        ARC_SINE,
        |root| asinh_sqrt(root.clone().square()) / root,
        |root| angle(root.clone(), sqrt_or_zero(complement)) / root,
    )
}

/// A power series near 0, and a function of $\sqrt{-q}$ or $\sqrt q$ away from it.
///
/// Eight terms reach up to $|q| = \varepsilon^{1/8}$, where the first left out falls below rounding.
/// So far out, because the derivative of a closed form such as $\tan(\sqrt q)/\sqrt q$ is a
/// difference that loses $\varepsilon/q$.
///
/// Each branch only ever sees arguments it is fit for, so that the unused ones contribute an exact
/// zero to the gradient and not `0 · ∞`.
fn signed<const D: usize>(
    q: Tensor<D>,
    series: [f64; TERMS],
    hyperbolic: impl FnOnce(Tensor<D>) -> Tensor<D>,
    circular: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    // In the domain of every closed form.
    const HARMLESS: f64 = 0.5;
    let reach = Limits::of(q.dtype()).epsilon.powf(1.0 / TERMS as f64);
    let negative = q.clone().lower_elem(-reach);
    let positive = q.clone().greater_elem(reach);
    let away = negative.clone().bool_or(positive.clone());

    let near = q.clone().mask_fill(away, 0.0);
    let [lower @ .., last] = series;
    let start = near.zeros_like().add_scalar(last);
    let near = lower
        .into_iter()
        .rev()
        .fold(start, |sum, term| sum * near.clone() + term);

    let root = |q: Tensor<D>, fit: &Tensor<D, burn::tensor::Bool>| {
        q.mask_fill(fit.clone().bool_not(), HARMLESS).sqrt()
    };
    let below = hyperbolic(root(q.clone().neg(), &negative));
    let above = circular(root(q, &positive));
    near.mask_where(negative, below).mask_where(positive, above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::{DType, Device};

    /// A few roundings: root, function, quotient, or eight terms of a series.
    const ROUNDINGS: f64 = 8.0;
    /// How much of a rounding is left of a derivative at the seam, $\varepsilon^{-1/8}$, by the
    /// small factors in front of it.
    const SEAM: f64 = 64.0;

    type Function = fn(Tensor<1>) -> Tensor<1>;
    type Reference = fn(f64) -> f64;

    /// Function, hyperbolic and circular reference by the root.
    const FUNCTIONS: [(&str, Function, Reference, Reference); 3] = [
        ("tanc", tanc::<1>, |r| r.tanh() / r, |r| r.tan() / r),
        ("atanc", atanc::<1>, |r| r.atanh() / r, |r| r.atan() / r),
        (
            "asinc",
            |q| asinc(q.clone(), q.neg().add_scalar(1.0)),
            |r| r.asinh() / r,
            |r| r.asin() / r,
        ),
    ];

    fn arguments() -> impl Iterator<Item = f64> {
        (-40..0).flat_map(|exponent| [-1.0, 1.0].map(|sign| sign * 1.7 * 2f64.powi(exponent)))
    }

    #[test]
    fn both_signs_agree_with_the_standard_library() {
        for dtype in [DType::F32, DType::F64] {
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            for (name, function, hyperbolic, circular) in FUNCTIONS {
                for q in arguments() {
                    let q = Tensor::from_data([q], (&Device::flex(), dtype));
                    let exact = to_vec_f64(q.clone())[0];
                    let reference = if exact < 0.0 { hyperbolic } else { circular };
                    let error = to_vec_f64(function(q))[0] / reference(exact.abs().sqrt()) - 1.0;
                    assert!(
                        error.abs() <= tolerance,
                        "{name}({exact:e}) {dtype:?}: {error:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_keeps_its_ratio_and_where_it_is_circular_its_length() {
        for q in arguments().chain([-300.0, 4.0, 9.0]) {
            let q = Tensor::<1>::from_data([q], (&Device::flex(), DType::F64));
            let (cosine, sinc) = cosine_and_sinc(q.clone());
            let [q, cosine, sinc] = [q, cosine, sinc].map(|t| to_vec_f64(t)[0]);
            let root = q.abs().sqrt();
            let tangent = if q < 0.0 { root.tanh() } else { root.tan() };
            let tolerance = ROUNDINGS * f64::EPSILON * (1.0 + tangent.abs());
            assert!((sinc * root / cosine - tangent).abs() <= tolerance, "{q}");
            if q > 0.0 {
                let length = cosine * cosine + q * sinc * sinc;
                assert!((length - 1.0).abs() <= tolerance, "{q}: {length}");
            }
        }
    }

    /// Below this $|q|$ two terms of the series give the derivative better than the equation.
    const EQUATION_ABOVE: f64 = 1e-5;

    /// $f'$ from $f$ by the first-order equation that each of the three solves.
    fn derivative(name: &str, q: f64, f: f64) -> f64 {
        match name {
            "tanc" => (1.0 + q * f * f - f) / (2.0 * q),
            "atanc" => (1.0 / (1.0 + q) - f) / (2.0 * q),
            _ => (1.0 / (1.0 - q).sqrt() - f) / (2.0 * q),
        }
    }

    #[test]
    fn derivatives_hold_on_both_sides_of_zero_and_at_it() {
        let device = Device::flex().autodiff();
        // First and twice the second coefficient of the series.
        let slopes = [
            (1.0 / 3.0, 4.0 / 15.0),
            (-1.0 / 3.0, 2.0 / 5.0),
            (1.0 / 6.0, 3.0 / 20.0),
        ];
        for ((name, function, hyperbolic, circular), slopes) in FUNCTIONS.into_iter().zip(slopes) {
            for q in arguments().chain([0.0, -1e-300, 1e-300]) {
                let x = Tensor::<1>::from_data([q], (&device, DType::F64)).require_grad();
                let gradients = function(x.clone()).backward();
                let found = to_vec_f64(x.grad(&gradients).expect("a leaf"))[0];
                let reference = if q < 0.0 { hyperbolic } else { circular };
                let (expected, lost) = match q.abs() > EQUATION_ABOVE {
                    true => {
                        let f = reference(q.abs().sqrt());
                        (derivative(name, q, f), f64::EPSILON / q.abs())
                    }
                    false => (slopes.0 + q * slopes.1, q * q),
                };
                let tolerance = SEAM * f64::EPSILON + ROUNDINGS * lost;
                let error = (found / expected - 1.0).abs();
                assert!(error <= tolerance, "{name}'({q:e}): {found} not {expected}");
            }
        }
    }

    #[test]
    fn not_a_number_is_passed_on() {
        let x = Tensor::<1>::from_floats([f32::NAN], &Device::flex());
        for (_, function, _, _) in FUNCTIONS {
            assert!(to_vec_f64(function(x.clone()))[0].is_nan());
        }
    }
}
