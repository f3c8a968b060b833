//! Functions of one eigenvalue, and their divided differences.

use num_traits::Float;

use crate::math;
use crate::real::Real;

/// A function that is applied to the eigenvalues of symmetric matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpectralFunction {
    /// $\log\lambda$, for $\lambda > 0$.
    Log,
    /// $e^\lambda$.
    Exp,
    /// $\sqrt\lambda$, for $\lambda\ge 0$. The gradient is infinite at matrices of which two
    /// eigenvalues, or one twice, are 0.
    Sqrt,
    /// $1/\sqrt\lambda$, for $\lambda > 0$.
    InverseSqrt,
    /// $1/\lambda$, for $\lambda\ne 0$.
    Inverse,
    /// $\lambda^p$, for $\lambda > 0$; if $p > 0$, also for $\lambda = 0$.
    Power(f64),
    /// $\max(\lambda, c)$: eigenvalues rectified, as networks on covariance matrices do.
    AtLeast(f64),
}

/// The eigenvalues that a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    All,
    NotZero,
    /// Eigenvalues that are negative by no more than the rounding of the decomposition count as 0.
    NotNegative,
    Positive,
}

impl SpectralFunction {
    pub(super) fn domain(self) -> Domain {
        match self {
            Self::Log | Self::InverseSqrt => Domain::Positive,
            Self::Power(p) if p > 0.0 => Domain::NotNegative,
            Self::Power(_) => Domain::Positive,
            Self::Sqrt => Domain::NotNegative,
            Self::Inverse => Domain::NotZero,
            Self::Exp | Self::AtLeast(_) => Domain::All,
        }
    }

    /// $f(\lambda)$.
    #[inline(always)]
    pub(super) fn value<T: Real>(self, x: T) -> T {
        match self {
            Self::Log => math::ln(x),
            Self::Exp => math::exp(x),
            Self::Sqrt => Float::sqrt(x),
            Self::InverseSqrt => T::from_f64(1.0) / Float::sqrt(x),
            Self::Inverse => T::from_f64(1.0) / x,
            Self::Power(p) => Float::powf(x, T::from_f64(p)),
            Self::AtLeast(c) => {
                let c = T::from_f64(c);
                if x < c { c } else { x }
            }
        }
    }

    /// $\frac{f(a) - f(b)}{a - b}$, or $f'(a)$ where $a = b$, of two eigenvalues and the values there.
    ///
    /// The quotient itself loses all digits where eigenvalues come close. Each form here keeps them at
    /// every distance, with no threshold: what is singular at $a = b$ is $g(x)/x$ with $g$ correctly
    /// rounded near 0, so that only $x = 0$ itself needs its limit.
    #[inline(always)]
    pub(super) fn difference<T: Real>(self, [a, b, fa, fb]: [T; 4]) -> T {
        let (zero, one) = (T::from_f64(0.0), T::from_f64(1.0));
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let gap = high - low;
        // g(x)/x, and its limit 1 at 0.
        let over = |g: T, x: T| if x == zero { one } else { g / x };
        match self {
            // 2 artanh((a - b)/(a + b)) / (a - b), and 2 artanh(x/(2 + x)) = log(1 + x).
            Self::Log => {
                let x = gap / low;
                let near = over(math::ln_1p(x), x) / low;
                if x < T::infinity() {
                    near
                } else {
                    Float::abs(fa - fb) / gap
                }
            }
            Self::Exp => {
                let high = if fa < fb { fb } else { fa };
                high * over(-math::exp_m1(-gap), gap)
            }
            Self::Sqrt => one / (fa + fb),
            Self::InverseSqrt => -(fa * fb) * (fa * fb) / (fa + fb),
            Self::Inverse => -(fa * fb),
            Self::Power(p) => power(p, [low, high], [fa, fb]),
            Self::AtLeast(c) => {
                let c = T::from_f64(c);
                let above = high - if low < c { c } else { low };
                if high <= c {
                    zero
                } else if gap == zero {
                    one
                } else {
                    above / gap
                }
            }
        }
    }
}

/// The divided difference of $x^p$: with $y = \log(a/b)$ and $a > b$,
/// $a^p\frac{1 - e^{-py}}{a - b}$ for $p > 0$, else $b^p\frac{e^{py} - 1}{a - b}$.
#[inline(always)]
fn power<T: Real>(p: f64, [low, high]: [T; 2], [fa, fb]: [T; 2]) -> T {
    let (zero, one) = (T::from_f64(0.0), T::from_f64(1.0));
    let exponent = T::from_f64(p);
    let gap = high - low;
    let larger = if fa < fb { fb } else { fa };
    let x = gap / low;
    let y = math::ln_1p(x);
    // (1 - e^(-|p| y)) / (|p| x), from 1 at x = 0.
    let size = Float::abs(exponent);
    let rate = -math::exp_m1(-size * y);
    let quotient = larger * rate / gap;
    let sign = if p < 0.0 { -one } else { one };
    let apart = sign
        * if x < T::infinity() {
            quotient
        } else {
            larger / gap
        };
    if gap > zero {
        apart
    } else if p == 1.0 {
        one
    } else if high == zero {
        // The slope at 0.
        if p < 1.0 { T::infinity() } else { zero }
    } else {
        exponent * larger / high
    }
}

/// Calls `$body` with each function as a constant, so that its loop is compiled without the others.
macro_rules! with_constant {
    ($function:expr, $f:ident => $body:expr) => {
        match $function {
            SpectralFunction::Log => {
                let $f = SpectralFunction::Log;
                $body
            }
            SpectralFunction::Exp => {
                let $f = SpectralFunction::Exp;
                $body
            }
            SpectralFunction::Sqrt => {
                let $f = SpectralFunction::Sqrt;
                $body
            }
            SpectralFunction::InverseSqrt => {
                let $f = SpectralFunction::InverseSqrt;
                $body
            }
            SpectralFunction::Inverse => {
                let $f = SpectralFunction::Inverse;
                $body
            }
            SpectralFunction::Power(p) => {
                let $f = SpectralFunction::Power(p);
                $body
            }
            SpectralFunction::AtLeast(c) => {
                let $f = SpectralFunction::AtLeast(c);
                $body
            }
        }
    };
}

#[inline(always)]
fn values_body<T: Real>(function: SpectralFunction, x: &[T], out: &mut [T]) {
    with_constant!(function, f => {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = f.value(x);
        }
    });
}

crate::vectorized! {
    /// $f$ of all numbers.
    pub(super) fn values<T: Real>(function: SpectralFunction, x: &[T], out: &mut [T]) = values_body::<T>;
}

#[inline(always)]
fn differences_body<T: Real>(
    function: SpectralFunction,
    values: &[T],
    results: &[T],
    n: usize,
    work: &mut [T],
) {
    let lanes = values.len() / n.max(1);
    with_constant!(function, f => {
        for i in 0..n {
            let (a, fa) = (&values[i * lanes..][..lanes], &results[i * lanes..][..lanes]);
            for j in 0..=i {
                let (b, fb) = (&values[j * lanes..][..lanes], &results[j * lanes..][..lanes]);
                let out = &mut work[(i * n + j) * lanes..][..lanes];
                for l in 0..lanes {
                    out[l] = f.difference([a[l], b[l], fa[l], fb[l]]);
                }
            }
        }
    });
}

crate::vectorized! {
    /// Divided differences of all pairs of eigenvalues in lanes, in the lower half of `work`.
    pub(super) fn differences<T: Real>(
        function: SpectralFunction,
        values: &[T],
        results: &[T],
        n: usize,
        work: &mut [T],
    ) = differences_body::<T>;
}
