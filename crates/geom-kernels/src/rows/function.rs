//! Functions of a squared length that are smooth at 0, with their derivatives.
//!
//! With $r = \sqrt q$. Below [`Real::SERIES`] all of those named `…c` are series of four terms, as
//! their composed forms in `geom-core` are; the derivative there is that of the series.

use crate::math::{self, select};
use crate::real::Real;

use super::constant::Constant;

/// A function of one number, whose derivative is known in closed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// $\tanh(r)/r$.
    Tanhc,
    /// $\operatorname{artanh}(r)/r$, where $r$ saturates half a rounding below 1.
    Artanhc,
    /// $\operatorname{asinh}(r)/r$.
    Asinhc,
    /// $\operatorname{asinh} r$, with value and derivative 0 for $q \le 0$.
    AsinhSqrt,
    /// $\sinh(r)/r$.
    Sinhc,
    /// $\cosh r$.
    CoshSqrt,
    /// $\sin(r)/r$.
    Sinc,
    /// $\cos r$.
    CosSqrt,
    /// $\arcsin(r)/r$ for $q < 1$.
    Arcsinc,
    /// $r$, with value and derivative 0 for $q \le 0$.
    SqrtOrZero,
    /// $\max(1 - r, \text{gap})\\,(1 + r)$: what a ball point of squared length $q$ lacks to the
    /// boundary, at least the gap half a rounding wide.
    BoundaryGap,
    /// $\min(1, \ell/r)$ with $\ell$ a positive number: the factor that shortens to length $\ell$.
    ClipFactor(Length),
}

/// The length of [`Function::ClipFactor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Length(Constant);

impl Length {
    /// A positive length.
    pub fn new(value: f64) -> Self {
        Self(Constant::new(value))
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0.value()
    }
}

/// $a_0 + a_1 q + a_2 q^2 + a_3 q^3$ of the functions that have a series.
pub(super) const TANHC: [f64; 4] = [1.0, -1.0 / 3.0, 2.0 / 15.0, -17.0 / 315.0];
pub(super) const ARTANHC: [f64; 4] = [1.0, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0];
pub(super) const ASINHC: [f64; 4] = [1.0, -1.0 / 6.0, 3.0 / 40.0, -5.0 / 112.0];
pub(super) const SINHC: [f64; 4] = [1.0, 1.0 / 6.0, 1.0 / 120.0, 1.0 / 5040.0];
pub(super) const COSH: [f64; 4] = [1.0, 1.0 / 2.0, 1.0 / 24.0, 1.0 / 720.0];
pub(super) const SINC: [f64; 4] = [1.0, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0];
pub(super) const ARCSINC: [f64; 4] = [1.0, 1.0 / 6.0, 3.0 / 40.0, 5.0 / 112.0];
pub(super) const COS: [f64; 4] = [1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0];

/// The series, or `far` at a number in the domain of every closed form.
#[inline(always)]
fn smooth<T: Real>(q: T, [a, b, c, d]: [f64; 4], far: impl Fn(T) -> T) -> T {
    let near = T::from_f64(a) + q * (T::from_f64(b) + q * (T::from_f64(c) + q * T::from_f64(d)));
    let small = q < T::SERIES;
    select(small, near, far(select(small, T::from_f64(0.5), q)))
}

/// The derivative of the series, or `far`.
#[inline(always)]
fn smooth_slope<T: Real>(q: T, [_, b, c, d]: [f64; 4], far: impl Fn(T) -> T) -> T {
    let near = T::from_f64(b) + q * (T::from_f64(2.0 * c) + q * T::from_f64(3.0 * d));
    let small = q < T::SERIES;
    select(small, near, far(select(small, T::from_f64(0.5), q)))
}

#[inline(always)]
pub(super) fn tanhc<T: Real>(q: T) -> T {
    smooth(q, TANHC, |q| {
        let r = q.sqrt();
        math::tanh(r) / r
    })
}

#[inline(always)]
pub(super) fn tanhc_slope<T: Real>(q: T) -> T {
    smooth_slope(q, TANHC, |q| {
        let r = q.sqrt();
        let tanh = math::tanh(r);
        ((T::one() - tanh) * (T::one() + tanh) - tanh / r) / (q + q)
    })
}

/// $\operatorname{artanh} r$ as half of $\log(1 + 2r/(1 - r))$.
#[inline(always)]
fn artanh<T: Real>(r: T) -> T {
    T::from_f64(0.5) * math::ln_1p((r + r) / (T::one() - r))
}

#[inline(always)]
pub(super) fn artanhc<T: Real>(q: T) -> T {
    smooth(q, ARTANHC, |q| {
        let top = T::one() - T::BOUNDARY_GAP;
        let r = q.sqrt();
        let r = select(r > top, top, r);
        artanh(r) / r
    })
}

#[inline(always)]
pub(super) fn artanhc_slope<T: Real>(q: T) -> T {
    smooth_slope(q, ARTANHC, |q| {
        let top = T::one() - T::BOUNDARY_GAP;
        let r = q.sqrt();
        let inside = ((T::one() - r) * (T::one() + r)).recip();
        let slope = (inside - artanh(r) / r) / (q + q);
        select(r > top, T::zero(), slope)
    })
}

#[inline(always)]
pub(super) fn asinhc<T: Real>(q: T) -> T {
    smooth(q, ASINHC, |q| math::asinh_sqrt(q) / q.sqrt())
}

#[inline(always)]
pub(super) fn asinhc_slope<T: Real>(q: T) -> T {
    smooth_slope(q, ASINHC, |q| {
        let value = math::asinh_sqrt(q) / q.sqrt();
        ((T::one() + q).sqrt().recip() - value) / (q + q)
    })
}

#[inline(always)]
pub(super) fn asinh_sqrt<T: Real>(q: T) -> T {
    let outside = q <= T::zero();
    select(
        outside,
        T::zero(),
        math::asinh_sqrt(select(outside, T::one(), q)),
    )
}

#[inline(always)]
pub(super) fn asinh_sqrt_slope<T: Real>(q: T) -> T {
    let outside = q <= T::zero();
    let q = select(outside, T::one(), q);
    let slope = T::from_f64(0.5) / (q.sqrt() * (T::one() + q).sqrt());
    select(outside, T::zero(), slope)
}

#[inline(always)]
pub(super) fn sinhc<T: Real>(q: T) -> T {
    smooth(q, SINHC, |q| {
        let r = q.sqrt();
        math::sinh(r) / r
    })
}

#[inline(always)]
pub(super) fn sinhc_slope<T: Real>(q: T) -> T {
    smooth_slope(q, SINHC, |q| {
        let r = q.sqrt();
        (math::cosh(r) - math::sinh(r) / r) / (q + q)
    })
}

#[inline(always)]
pub(super) fn cosh_sqrt<T: Real>(q: T) -> T {
    smooth(q, COSH, |q| math::cosh(q.sqrt()))
}

#[inline(always)]
pub(super) fn cosh_sqrt_slope<T: Real>(q: T) -> T {
    smooth_slope(q, COSH, |q| {
        let r = q.sqrt();
        T::from_f64(0.5) * math::sinh(r) / r
    })
}

/// Sine and cosine: of any angle if `FAR`, by the standard library, which knows as many digits of
/// $\pi$ as it takes; else up to [`Real::MAX_ANGLE`].
#[inline(always)]
fn sin_cos<T: Real, const FAR: bool>(r: T) -> (T, T) {
    if FAR { r.sin_cos() } else { math::sin_cos(r) }
}

#[inline(always)]
pub(super) fn sinc<T: Real, const FAR: bool>(q: T) -> T {
    smooth(q, SINC, |q| {
        let r = q.sqrt();
        sin_cos::<T, FAR>(r).0 / r
    })
}

#[inline(always)]
pub(super) fn sinc_slope<T: Real, const FAR: bool>(q: T) -> T {
    smooth_slope(q, SINC, |q| {
        let r = q.sqrt();
        let (sine, cosine) = sin_cos::<T, FAR>(r);
        (cosine - sine / r) / (q + q)
    })
}

#[inline(always)]
pub(super) fn cos_sqrt<T: Real, const FAR: bool>(q: T) -> T {
    smooth(q, COS, |q| sin_cos::<T, FAR>(q.sqrt()).1)
}

#[inline(always)]
pub(super) fn cos_sqrt_slope<T: Real, const FAR: bool>(q: T) -> T {
    smooth_slope(q, COS, |q| {
        let r = q.sqrt();
        T::from_f64(-0.5) * sin_cos::<T, FAR>(r).0 / r
    })
}

#[inline(always)]
pub(super) fn arcsinc<T: Real>(q: T) -> T {
    smooth(q, ARCSINC, |q| math::arcsin_sqrt(q) / q.sqrt())
}

#[inline(always)]
pub(super) fn arcsinc_slope<T: Real>(q: T) -> T {
    smooth_slope(q, ARCSINC, |q| {
        let value = math::arcsin_sqrt(q) / q.sqrt();
        ((T::one() - q).sqrt().recip() - value) / (q + q)
    })
}

#[inline(always)]
pub(super) fn sqrt_or_zero<T: Real>(q: T) -> T {
    select(q <= T::zero(), T::zero(), q.sqrt())
}

#[inline(always)]
pub(super) fn sqrt_or_zero_slope<T: Real>(q: T) -> T {
    select(q <= T::zero(), T::zero(), T::from_f64(0.5) / q.sqrt())
}

#[inline(always)]
pub(super) fn boundary_gap<T: Real>(q: T) -> T {
    let r = sqrt_or_zero(q);
    let gap = T::one() - r;
    select(gap < T::BOUNDARY_GAP, T::BOUNDARY_GAP, gap) * (T::one() + r)
}

#[inline(always)]
pub(super) fn boundary_gap_slope<T: Real>(q: T) -> T {
    // Inside the gap, -1 = ((1 - r) - (1 + r)) / 2r; next to the edge the first factor stands still.
    let r = sqrt_or_zero(q);
    let inside = select(q <= T::zero(), T::zero(), -T::one());
    let outside = T::BOUNDARY_GAP * sqrt_or_zero_slope(q);
    select(T::one() - r < T::BOUNDARY_GAP, outside, inside)
}

#[inline(always)]
pub(super) fn clip_factor<T: Real>(q: T, length: T) -> T {
    let r = q.sqrt();
    select(r <= length, T::one(), length / r)
}

#[inline(always)]
pub(super) fn clip_factor_slope<T: Real>(q: T, length: T) -> T {
    let r = q.sqrt();
    // One quotient after the other: the cube of a long r may overflow.
    let slope = length / r * (T::from_f64(-0.5) / r) / r;
    select(r <= length, T::zero(), slope)
}
