//! Functions of one number, on lanes.

use crate::real::Real;

use super::function::{self, Function};
use super::graph::Unary;
use super::lanes::map1;

#[inline(always)]
pub(super) fn apply<T: Real>(unary: Unary, out: &mut [T], a: &[T]) {
    match unary {
        Unary::Negate => map1(out, a, |x| -x),
        Unary::Absolute => map1(out, a, |x| x.abs()),
        Unary::Square => map1(out, a, |x| x * x),
        Unary::Root => map1(out, a, |x| x.sqrt()),
        Unary::Reciprocal => map1(out, a, |x| T::one() / x),
        Unary::Exponential => map1(out, a, crate::math::exp),
        Unary::Logarithm => map1(out, a, crate::math::ln),
        Unary::AddConstant(c) => {
            let c = T::from_f64(c.value());
            map1(out, a, |x| x + c);
        }
        Unary::TimesConstant(c) => {
            let c = T::from_f64(c.value());
            map1(out, a, |x| x * c);
        }
        Unary::AtLeast(low) => {
            let low = T::from_f64(low.value());
            map1(out, a, |x| if x < low { low } else { x });
        }
        Unary::AtMost(high) => {
            let high = T::from_f64(high.value());
            map1(out, a, |x| if x > high { high } else { x });
        }
        Unary::Of(function) => value(function, out, a),
        Unary::Slope(function) => slope(function, out, a),
    }
}

#[inline(always)]
fn value<T: Real>(function: Function, out: &mut [T], a: &[T]) {
    match function {
        Function::Tanhc => map1(out, a, function::tanhc),
        Function::Artanhc => map1(out, a, function::artanhc),
        Function::Asinhc => map1(out, a, function::asinhc),
        Function::AsinhSqrt => map1(out, a, function::asinh_sqrt),
        Function::Sinhc => map1(out, a, function::sinhc),
        Function::CoshSqrt => map1(out, a, function::cosh_sqrt),
        Function::Sinc => angles(
            out,
            a,
            function::sinc::<T, false>,
            function::sinc::<T, true>,
        ),
        Function::CosSqrt => angles(
            out,
            a,
            function::cos_sqrt::<T, false>,
            function::cos_sqrt::<T, true>,
        ),
        Function::Arcsinc => map1(out, a, function::arcsinc),
        Function::SqrtOrZero => map1(out, a, function::sqrt_or_zero),
        Function::BoundaryGap => map1(out, a, function::boundary_gap),
        Function::ClipFactor(length) => {
            let length = T::from_f64(length.value());
            map1(out, a, |x| function::clip_factor(x, length));
        }
    }
}

#[inline(always)]
fn slope<T: Real>(function: Function, out: &mut [T], a: &[T]) {
    match function {
        Function::Tanhc => map1(out, a, function::tanhc_slope),
        Function::Artanhc => map1(out, a, function::artanhc_slope),
        Function::Asinhc => map1(out, a, function::asinhc_slope),
        Function::AsinhSqrt => map1(out, a, function::asinh_sqrt_slope),
        Function::Sinhc => map1(out, a, function::sinhc_slope),
        Function::CoshSqrt => map1(out, a, function::cosh_sqrt_slope),
        Function::Sinc => angles(
            out,
            a,
            function::sinc_slope::<T, false>,
            function::sinc_slope::<T, true>,
        ),
        Function::CosSqrt => angles(
            out,
            a,
            function::cos_sqrt_slope::<T, false>,
            function::cos_sqrt_slope::<T, true>,
        ),
        Function::Arcsinc => map1(out, a, function::arcsinc_slope),
        Function::SqrtOrZero => map1(out, a, function::sqrt_or_zero_slope),
        Function::BoundaryGap => map1(out, a, function::boundary_gap_slope),
        Function::ClipFactor(length) => {
            let length = T::from_f64(length.value());
            map1(out, a, |x| function::clip_factor_slope(x, length));
        }
    }
}

/// `near` in vector instructions where all angles are moderate, else `far` one by one.
#[inline(always)]
fn angles<T: Real>(out: &mut [T], a: &[T], near: impl Fn(T) -> T, far: impl Fn(T) -> T) {
    let limit = T::MAX_ANGLE * T::MAX_ANGLE;
    if a.iter().all(|&q| q <= limit) {
        map1(out, a, near);
    } else {
        for (out, &q) in out.iter_mut().zip(a) {
            *out = far(q);
        }
    }
}
