//! Elementary functions without branches, so that loops over them become vector instructions.
//!
//! Each is a reduction of the argument and a polynomial. The number of terms depends on the format:
//! the first term left out is below a quarter of a rounding. Errors are at most two or three units in
//! the last place; the tests hold every function to that, against the standard library.
//!
//! Not a number and infinities are passed on as the standard library does.

use crate::real::Real;

/// $1/n!$ from $n = 1$.
const INVERSE_FACTORIALS: [f64; 18] = [
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
    1.0 / 87_178_291_200.0,
    1.0 / 1_307_674_368_000.0,
    1.0 / 20_922_789_888_000.0,
    1.0 / 355_687_428_096_000.0,
    1.0 / 6_402_373_705_728_000.0,
];

/// $e^x - 1 = 2^n p + (2^n - 1)$ with $x = n\log 2 + r$, and $p = e^r - 1$ by its series.
#[inline(always)]
pub fn exp_m1<T: Real>(x: T) -> T {
    // Beyond, the result has the sign and size of the limit anyway.
    let clamped = clamp(x, -T::MAX_EXPONENT, T::MAX_EXPONENT);
    let n = round(clamped * T::from_f64(std::f64::consts::LOG2_E));
    let r = (clamped - n * T::LN_2_HIGH) - n * T::LN_2_LOW;
    let mut sum = T::zero();
    for &coefficient in INVERSE_FACTORIALS[1..T::EXP_TERMS].iter().rev() {
        sum = sum * r + T::from_f64(coefficient);
    }
    // The first term apart: it is exact.
    let p = r + r * r * sum;
    let scale = T::power_of_two(n);
    let value = scale * p + (scale - T::one());
    select(x > T::MAX_EXPONENT, T::infinity(), value)
}

/// $e^x$.
#[inline(always)]
pub fn exp<T: Real>(x: T) -> T {
    let clamped = clamp(x, -T::MAX_EXPONENT, T::MAX_EXPONENT);
    let n = round(clamped * T::from_f64(std::f64::consts::LOG2_E));
    let r = (clamped - n * T::LN_2_HIGH) - n * T::LN_2_LOW;
    let mut sum = T::zero();
    for &coefficient in INVERSE_FACTORIALS[1..T::EXP_TERMS].iter().rev() {
        sum = sum * r + T::from_f64(coefficient);
    }
    let scale = T::power_of_two(n);
    let value = scale + scale * (r + r * r * sum);
    let value = select(x > T::MAX_EXPONENT, T::infinity(), value);
    select(x < -T::MAX_EXPONENT, T::zero(), value)
}

/// $\log x$, as $e\log 2 + \log m$ with $x = 2^e m$ and $m$ in $[\sqrt{1/2}, \sqrt 2)$.
///
/// # Domain
/// Subnormal numbers count as 0.
#[inline(always)]
pub fn ln<T: Real>(x: T) -> T {
    let (e, m) = x.split_exponent();
    let f = m - T::one();
    let value = ln_near_one(f) + e * T::LN_2_LOW + e * T::LN_2_HIGH;
    let value = select(x < T::infinity(), value, x);
    let value = select(x < T::min_positive_value(), T::neg_infinity(), value);
    select(x < T::zero(), T::nan(), value)
}

/// $\log(1 + f)$ for $1 + f$ in $[\sqrt{1/2}, \sqrt 2]$: $2\operatorname{artanh} s$ with
/// $s = f/(2 + f)$, as $f - s(f - s^2P(s^2))$.
#[inline(always)]
fn ln_near_one<T: Real>(f: T) -> T {
    let s = f / (f + T::from_f64(2.0));
    let z = s * s;
    let mut sum = T::zero();
    for term in (0..T::LN_TERMS).rev() {
        sum = sum * z + T::from_f64(2.0 / (2 * term + 3) as f64);
    }
    f - s * (f - z * sum)
}

/// $\log(1 + x)$ for $x > -1$: the logarithm of the rounded sum, and what the rounding left out.
#[inline(always)]
pub fn ln_1p<T: Real>(x: T) -> T {
    let sum = T::one() + x;
    let lost = (x - (sum - T::one())) / sum;
    let value = ln(sum) + lost;
    select(x < T::infinity(), value, x)
}

/// $\operatorname{asinh}\sqrt q$ for $q \ge 0$.
#[inline(always)]
pub fn asinh_sqrt<T: Real>(q: T) -> T {
    let root = q.sqrt();
    ln_1p(root + q / (T::one() + (T::one() + q).sqrt()))
}

/// $\tanh x$ for $x \ge 0$.
#[inline(always)]
pub fn tanh<T: Real>(x: T) -> T {
    // tanh rounds to 1 from far below the clamp on.
    let doubled = clamp(x + x, T::zero(), T::from_f64(0.5) * T::MAX_EXPONENT);
    let e = exp_m1(doubled);
    e / (e + T::from_f64(2.0))
}

/// $\sinh x$ for $x \ge 0$.
#[inline(always)]
pub fn sinh<T: Real>(x: T) -> T {
    // Halved in the exponent, so that nothing overflows before the result does.
    let e = exp_m1(x);
    let small = T::from_f64(0.5) * (e + e / (e + T::one()));
    let root = exp(T::from_f64(0.5) * x);
    let large = T::from_f64(0.5) * root * root;
    select(x > T::from_f64(0.5) * T::MAX_EXPONENT, large, small)
}

/// $\cosh x$ for $x \ge 0$.
#[inline(always)]
pub fn cosh<T: Real>(x: T) -> T {
    let root = exp(T::from_f64(0.5) * x);
    let half = T::from_f64(0.5) * root;
    half * root + T::from_f64(0.5) / (root * root)
}

/// $\sin x$ and $\cos x$ for $0 \le x \le$ [`Real::MAX_ANGLE`]: $x = n\pi/2 + r$, and the series of
/// both at $r$.
#[inline(always)]
pub fn sin_cos<T: Real>(x: T) -> (T, T) {
    let n = round(x * T::from_f64(std::f64::consts::FRAC_2_PI));
    let [high, middle, low] = T::HALF_PI;
    let r = ((x - n * high) - n * middle) - n * low;
    let square = r * r;
    let (mut sine, mut cosine) = (T::zero(), T::zero());
    for term in (1..T::SIN_TERMS).rev() {
        // (-1)^t / (2t + 1)! and (-1)^(t + 1) / (2t + 2)!, without their first terms.
        let sign = if term % 2 == 0 { 1.0 } else { -1.0 };
        sine = sine * square + T::from_f64(sign * INVERSE_FACTORIALS[2 * term]);
        cosine = cosine * square + T::from_f64(-sign * INVERSE_FACTORIALS[2 * term + 1]);
    }
    let sine = r + r * square * sine;
    let cosine = T::one() - T::from_f64(0.5) * square + square * square * cosine;
    // n modulo 4 by its halves: exact for what MAX_ANGLE allows.
    let half = T::from_f64(0.5) * n;
    let odd = half != round_down(half);
    let quarter = T::from_f64(0.25) * n;
    let remainder = n - T::from_f64(4.0) * round_down(quarter);
    let negative_sine = remainder >= T::from_f64(2.0);
    let negative_cosine = (remainder == T::one()) | (remainder == T::from_f64(2.0));
    let (s, c) = (select(odd, cosine, sine), select(odd, sine, cosine));
    (select(negative_sine, -s, s), select(negative_cosine, -c, c))
}

/// $\arcsin\sqrt q$ for $0 \le q < 1$: the angle halved three times by
/// $\tan\tfrac\theta2 = \tan\theta/(1 + \sqrt{1 + \tan^2\theta})$, and the series of what is left.
#[inline(always)]
pub fn arcsin_sqrt<T: Real>(q: T) -> T {
    let half = |t: T| t / (T::one() + (T::one() + t * t).sqrt());
    let t = half(half(q.sqrt() / (T::one() + (T::one() - q).sqrt())));
    let w = t * t;
    let mut sum = T::zero();
    for term in (1..T::ATAN_TERMS).rev() {
        let sign = if term % 2 == 0 { 1.0 } else { -1.0 };
        sum = (sum + T::from_f64(sign / (2 * term + 1) as f64)) * w;
    }
    T::from_f64(8.0) * (t + t * sum)
}

/// The nearest whole number, for magnitudes that leave the format room to count.
#[inline(always)]
fn round<T: Real>(x: T) -> T {
    (x + T::ROUNDER) - T::ROUNDER
}

/// The largest whole number at or below `x`, within the reach of [`round`].
#[inline(always)]
fn round_down<T: Real>(x: T) -> T {
    let nearest = round(x);
    select(nearest > x, nearest - T::one(), nearest)
}

/// `x` within two bounds; not a number stays.
#[inline(always)]
pub(crate) fn clamp<T: Real>(x: T, low: T, high: T) -> T {
    let x = select(x < low, low, x);
    select(x > high, high, x)
}

/// One of two values that both exist: no branch.
#[inline(always)]
pub(crate) fn select<T: Real>(condition: bool, yes: T, no: T) -> T {
    if condition { yes } else { no }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Function<T> = (&'static str, fn(T) -> T, fn(f64) -> f64, &'static [f64]);

    /// Units in the last place: a reduction, a polynomial, a sum.
    const ROUNDINGS: f64 = 3.0;

    const SMALL: &[f64] = &[
        1e-30, 1e-9, 1e-4, 0.01, 0.1, 0.24, 0.5, 0.7, 1.0, 1.4, 2.2, 3.3, 7.9, 20.0, 60.0,
    ];
    const ANY: &[f64] = &[
        -60.0, -9.1, -2.0, -0.7, -0.3, -0.1, -1e-3, 0.0, 1e-8, 0.02, 0.34, 0.35, 1.0, 5.5, 80.0,
    ];
    const ABOVE_MINUS_ONE: &[f64] = &[
        -0.999, -0.6, -0.29, -0.1, -1e-5, 0.0, 1e-12, 1e-3, 0.2, 0.41, 0.5, 1.0, 17.0, 1e9,
    ];
    const ANGLES: &[f64] = &[
        0.0, 1e-6, 0.3, 0.78, 0.79, 1.57, 2.4, 3.1, 4.0, 5.5, 7.0, 30.1, 99.9, 500.0,
    ];

    const SQUARES: &[f64] = &[1e-20, 1e-6, 0.01, 0.1, 0.3, 0.5, 0.75, 0.99];

    fn functions<T: Real>() -> [Function<T>; 10] {
        [
            ("arcsin_sqrt", arcsin_sqrt, |q| q.sqrt().asin(), SQUARES),
            ("exp", exp, f64::exp, ANY),
            ("exp_m1", exp_m1, f64::exp_m1, ANY),
            ("ln", ln, f64::ln, SMALL),
            ("ln_1p", ln_1p, f64::ln_1p, ABOVE_MINUS_ONE),
            ("asinh_sqrt", asinh_sqrt, |q| q.sqrt().asinh(), SMALL),
            ("tanh", tanh, f64::tanh, SMALL),
            ("sinh", sinh, f64::sinh, SMALL),
            ("cosh", cosh, f64::cosh, SMALL),
            ("sin", |x| sin_cos(x).0, f64::sin, ANGLES),
        ]
    }

    fn check<T: Real>(epsilon: f64) {
        for (name, function, reference, arguments) in functions::<T>() {
            for &argument in arguments {
                let x = T::from_f64(argument);
                let (found, exact) = (function(x).into_f64(), reference(x.into_f64()));
                // Sines of multiples of pi have no leading digits.
                let size = if name == "sin" { 1.0 } else { exact.abs() };
                assert!(
                    (found - exact).abs() <= ROUNDINGS * epsilon * size,
                    "{name}({argument}): {found:e}, not {exact:e}"
                );
            }
        }
        for &angle in ANGLES {
            let x = T::from_f64(angle);
            let (found, exact) = (sin_cos(x).1.into_f64(), x.into_f64().cos());
            assert!((found - exact).abs() <= ROUNDINGS * epsilon, "cos {angle}");
        }
    }

    #[test]
    fn values_agree_with_the_standard_library() {
        check::<f32>(f32::EPSILON.into());
        check::<f64>(f64::EPSILON);
    }

    #[test]
    fn the_limits_are_those_of_the_functions() {
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(-1e9f64), 0.0);
        assert_eq!(exp_m1(1e9f32), f32::INFINITY);
        assert_eq!(exp_m1(-1e3f64), -1.0);
        assert_eq!(ln(0.0f32), f32::NEG_INFINITY);
        assert!(ln(-1.0f64).is_nan());
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert_eq!(ln_1p(f32::INFINITY), f32::INFINITY);
        assert_eq!(tanh(1e30f32), 1.0);
        assert_eq!(sinh(1e30f64), f64::INFINITY);
        assert_eq!(cosh(1e30f32), f32::INFINITY);
        for function in [exp, exp_m1, ln, ln_1p, tanh, sinh, cosh] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
