//! The smooth functions of a squared argument of [`numerics`](crate::numerics), with derivatives
//! that are smooth at 0 too.
//!
//! Each function is $f(q) = g(\sqrt q)/\sqrt q$, so
//!
//! $$ f'(q) = \frac{g'(\sqrt q) - f(q)}{2q}, $$
//!
//! which cancels near 0. There the differentiated power series takes over, at a larger argument and
//! with more terms than the value needs, because the second derivative loses two powers of $q$
//! where the value loses none.

use burn::tensor::Tensor;

use super::Dual;
use crate::numerics::{self, Limits};

/// Terms of the differentiated series: of the second derivative the first one left out is
/// $\tfrac{15}{2}\\,16^{-14} \approx 10^{-16}$ for the slowest series, whose radius is 1.
const TERMS: usize = 15;
/// Below this argument the series is used. Above it, the closed form loses the factor $1/q^2$ in the
/// second derivative: two digits.
const NEAR: f64 = 1.0 / 16.0;

/// The power series $\sum_n c_n q^n$ of a function, one term longer than its derivative needs.
type Series = [f64; TERMS + 1];

/// $c_n = \tanh^{(2n+1)}(0)/(2n+1)!$, from $\tanh' = 1 - \tanh^2$:
/// $(2n + 1)c_n = -\sum_{i+j=n-1} c_i c_j$.
fn tanhc_series() -> Series {
    let mut c = [1.0; TERMS + 1];
    for n in 1..c.len() {
        let convolution: f64 = (0..n).map(|i| c[i] * c[n - 1 - i]).sum();
        c[n] = -convolution / (2 * n + 1) as f64;
    }
    c
}

/// $c_n = 1/(2n+1)$.
fn artanhc_series() -> Series {
    std::array::from_fn(|n| 1.0 / (2 * n + 1) as f64)
}

/// $c_n = (-1)^n \binom{2n}{n} / (4^n(2n+1))$.
fn asinhc_series() -> Series {
    let mut binomial = 1.0;
    std::array::from_fn(|n| {
        if n > 0 {
            binomial *= -((2 * n - 1) as f64) / (2 * n) as f64;
        }
        binomial / (2 * n + 1) as f64
    })
}

/// $c_n = 1/(2n+1)!$.
fn sinhc_series() -> Series {
    let mut factorial = 1.0;
    std::array::from_fn(|n| {
        if n > 0 {
            factorial *= (2 * n * (2 * n + 1)) as f64;
        }
        1.0 / factorial
    })
}

/// $f'(q)$ by the series near 0 and by `closed_form` elsewhere, each fed arguments it is fit for.
fn derivative<const D: usize>(
    q: Tensor<D>,
    series: Series,
    closed_form: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    let small = q.clone().lower_elem(NEAR);
    let near = q.clone().mask_fill(small.clone().bool_not(), 0.0);
    let mut sum = near.zeros_like();
    for n in (1..series.len()).rev() {
        sum = sum * near.clone() + n as f64 * series[n];
    }
    // One half lies in the domain of every closed form.
    let far = closed_form(q.mask_fill(small.clone(), 0.5));
    far.mask_where(small, sum)
}

/// $(g' - f)/2q$.
fn quotient<const D: usize>(slope: Tensor<D>, function: Tensor<D>, q: Tensor<D>) -> Tensor<D> {
    (slope - function) / q.mul_scalar(2.0)
}

impl<const D: usize> Dual<D> {
    /// $\tanh(\sqrt q)/\sqrt q$ for $q \ge 0$.
    pub fn tanhc(self) -> Self {
        self.chain(numerics::tanhc, |q, _| {
            derivative(q, tanhc_series(), |q| {
                let f = numerics::tanhc(q.clone());
                let slope = (q.clone() * f.clone().square()).neg().add_scalar(1.0);
                quotient(slope, f, q)
            })
        })
    }

    /// $\operatorname{artanh}(\sqrt q)/\sqrt q$ for $0 \le q < 1$; where the root saturates (see
    /// [`numerics::artanhc`]) the derivative is 0.
    pub fn artanhc(self) -> Self {
        let top = 1.0 - Limits::of(self.dtype()).boundary_gap;
        self.chain(numerics::artanhc, |q, _| {
            let saturated = q.clone().sqrt().greater_elem(top);
            let q = q.mask_fill(saturated.clone(), 0.5);
            let slope = derivative(q, artanhc_series(), |q| {
                let f = numerics::artanhc(q.clone());
                quotient(q.clone().neg().add_scalar(1.0).recip(), f, q)
            });
            slope.mask_fill(saturated, 0.0)
        })
    }

    /// $\operatorname{asinh}(\sqrt q)/\sqrt q$ for $q \ge 0$.
    pub fn asinhc(self) -> Self {
        self.chain(numerics::asinhc, |q, _| {
            derivative(q, asinhc_series(), |q| {
                let f = numerics::asinhc(q.clone());
                quotient(q.clone().add_scalar(1.0).sqrt().recip(), f, q)
            })
        })
    }

    /// $\sinh(\sqrt q)/\sqrt q$ for $q \ge 0$.
    pub fn sinhc(self) -> Self {
        self.chain(numerics::sinhc, |q, _| {
            derivative(q, sinhc_series(), |q| {
                quotient(
                    numerics::cosh_sqrt(q.clone()),
                    numerics::sinhc(q.clone()),
                    q,
                )
            })
        })
    }

    /// $\cosh(\sqrt q)$ for $q \ge 0$; its derivative is $\tfrac12\sinh(\sqrt q)/\sqrt q$.
    pub fn cosh_sqrt(self) -> Self {
        self.chain(numerics::cosh_sqrt, |q, _| {
            numerics::sinhc(q).mul_scalar(0.5)
        })
    }
}
