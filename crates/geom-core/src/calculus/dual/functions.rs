//! Elementwise functions: each is Burn's, or ours where some backends' are inaccurate, with its
//! derivative.

use burn::tensor::activation::{relu, sigmoid, softplus};
use burn::tensor::{Bool, Tensor};

use super::Dual;
use crate::numerics::elementwise::{acos, acosh, asin, asinh, atan, atanh};
use crate::numerics::log1p;

/// $1 - x^2$, where $x$ may be close to 1.
fn one_minus_square<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clone().neg().add_scalar(1.0) * x.add_scalar(1.0)
}

/// Powers, exponentials and logarithms.
impl<const D: usize> Dual<D> {
    /// $x^2$.
    pub fn square(self) -> Self {
        self.chain(|x| x.square(), |x, _| x.mul_scalar(2.0))
    }

    /// $1/x$.
    pub fn recip(self) -> Self {
        self.chain(Tensor::recip, |_, y| y.square().neg())
    }

    /// $\sqrt x$ for $x > 0$; [`sqrt_or_zero`](Self::sqrt_or_zero) is for arguments that reach 0.
    pub fn sqrt(self) -> Self {
        self.chain(Tensor::sqrt, |_, y| y.recip().mul_scalar(0.5))
    }

    /// $\sqrt x$, with value and derivatives 0 where $x \le 0$.
    pub fn sqrt_or_zero(self) -> Self {
        // As in `numerics`: the root of a harmless stand-in, so that no tangent holds 0 · ∞.
        let outside = self.value.clone().lower_equal_elem(0.0);
        self.mask_fill(outside.clone(), 1.0)
            .sqrt()
            .mask_fill(outside, 0.0)
    }

    /// $x^n$ for an integer $n$.
    pub fn powi_scalar(self, n: i32) -> Self {
        match n {
            // The general rule would be 0 · x⁻¹.
            0 => Self::constant(self.value.powi_scalar(0)),
            1 => self,
            _ => self.chain(
                |x| x.powi_scalar(n),
                |x, _| x.powi_scalar(n - 1).mul_scalar(f64::from(n)),
            ),
        }
    }

    /// $x^p$ for a real $p$ and $x > 0$, at $x = 0$ if $p$ is large enough.
    pub fn powf_scalar(self, p: f64) -> Self {
        if p == 0.0 {
            Self::constant(self.value.powf_scalar(p))
        } else if p == 1.0 {
            self
        } else {
            self.chain(
                |x| x.powf_scalar(p),
                |x, _| x.powf_scalar(p - 1.0).mul_scalar(p),
            )
        }
    }

    /// $e^x$.
    pub fn exp(self) -> Self {
        self.chain(Tensor::exp, |_, y| y)
    }

    /// $\ln x$.
    pub fn log(self) -> Self {
        self.chain(Tensor::log, |x, _| x.recip())
    }

    /// $\ln(1 + x)$, exact for small $x$.
    pub fn log1p(self) -> Self {
        self.chain(log1p, |x, _| x.add_scalar(1.0).recip())
    }
}

/// Trigonometric and hyperbolic functions and their inverses.
impl<const D: usize> Dual<D> {
    /// $\sin x$.
    pub fn sin(self) -> Self {
        self.chain(Tensor::sin, |x, _| x.cos())
    }

    /// $\cos x$.
    pub fn cos(self) -> Self {
        self.chain(Tensor::cos, |x, _| x.sin().neg())
    }

    /// $\tan x$.
    pub fn tan(self) -> Self {
        self.chain(Tensor::tan, |_, y| y.square().add_scalar(1.0))
    }

    /// $\arcsin x$ for $|x| < 1$.
    pub fn asin(self) -> Self {
        self.chain(asin, |x, _| one_minus_square(x).sqrt().recip())
    }

    /// $\arccos x$ for $|x| < 1$.
    pub fn acos(self) -> Self {
        self.chain(acos, |x, _| one_minus_square(x).sqrt().recip().neg())
    }

    /// $\arctan x$.
    pub fn atan(self) -> Self {
        self.chain(atan, |x, _| x.square().add_scalar(1.0).recip())
    }

    /// $\sinh x$.
    pub fn sinh(self) -> Self {
        self.chain(Tensor::sinh, |x, _| x.cosh())
    }

    /// $\cosh x$.
    pub fn cosh(self) -> Self {
        self.chain(Tensor::cosh, |x, _| x.sinh())
    }

    /// $\tanh x$.
    pub fn tanh(self) -> Self {
        self.chain(Tensor::tanh, |_, y| one_minus_square(y))
    }

    /// $\operatorname{asinh} x$.
    pub fn asinh(self) -> Self {
        self.chain(asinh, |x, _| x.square().add_scalar(1.0).sqrt().recip())
    }

    /// $\operatorname{acosh} x$ for $x > 1$.
    pub fn acosh(self) -> Self {
        self.chain(acosh, |x, _| {
            let product = x.clone().sub_scalar(1.0) * x.add_scalar(1.0);
            product.sqrt().recip()
        })
    }

    /// $\operatorname{artanh} x$ for $|x| < 1$.
    pub fn atanh(self) -> Self {
        self.chain(atanh, |x, _| one_minus_square(x).recip())
    }
}

/// Activations.
impl<const D: usize> Dual<D> {
    /// The logistic function $1/(1 + e^{-x})$.
    pub fn sigmoid(self) -> Self {
        self.chain(sigmoid, |_, y| y.clone() * y.neg().add_scalar(1.0))
    }

    /// $\ln(1 + e^{\beta x})/\beta$.
    pub fn softplus(self, beta: f64) -> Self {
        self.chain(|x| softplus(x, beta), |x, _| sigmoid(x.mul_scalar(beta)))
    }

    /// $\max(x, 0)$; the derivative at 0 is 0.
    pub fn relu(self) -> Self {
        let outside = self.value.clone().lower_equal_elem(0.0);
        self.piecewise(relu, outside)
    }
}

/// Functions with a kink.
impl<const D: usize> Dual<D> {
    /// $|x|$; the derivative at 0 is 0.
    pub fn abs(self) -> Self {
        self.chain(Tensor::abs, |x, _| x.sign())
    }

    /// $\max(x, a)$; the derivative is 0 below $a$.
    pub fn clamp_min(self, a: f64) -> Self {
        let outside = self.value.clone().lower_elem(a);
        self.piecewise(|x| x.clamp_min(a), outside)
    }

    /// $\min(x, a)$; the derivative is 0 above $a$.
    pub fn clamp_max(self, a: f64) -> Self {
        let outside = self.value.clone().greater_elem(a);
        self.piecewise(|x| x.clamp_max(a), outside)
    }

    /// A function that is the identity, and constant on `outside`.
    fn piecewise(
        self,
        function: impl FnOnce(Tensor<D>) -> Tensor<D>,
        outside: Tensor<D, Bool>,
    ) -> Self {
        Self {
            value: function(self.value),
            tangent: self.tangent.map(|tangent| tangent.mask_fill(outside, 0.0)),
        }
    }

    /// `a` where `mask` is set; there, the derivative is 0.
    pub fn mask_fill(self, mask: Tensor<D, Bool>, a: f64) -> Self {
        Self {
            value: self.value.mask_fill(mask.clone(), a),
            tangent: self.tangent.map(|tangent| tangent.mask_fill(mask, 0.0)),
        }
    }

    /// `other` where `mask` is set, the value itself elsewhere.
    ///
    /// The side that is not taken must be finite all the same, value and tangent, if gradients are
    /// to be taken through it: [`mask_fill`](Self::mask_fill) its argument first.
    pub fn mask_where(self, mask: Tensor<D, Bool>, other: impl Into<Self>) -> Self {
        let other = other.into();
        let tangent = match (self.tangent, other.tangent) {
            (None, None) => None,
            (left, right) => {
                let left = left.unwrap_or_else(|| self.value.zeros_like());
                let right = right.unwrap_or_else(|| other.value.zeros_like());
                Some(left.mask_where(mask.clone(), right))
            }
        };
        Self {
            value: self.value.mask_where(mask, other.value),
            tangent,
        }
    }
}
