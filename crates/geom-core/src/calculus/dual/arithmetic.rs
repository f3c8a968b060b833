//! Sums, products, quotients and matrix products, with the rules of Leibniz.

use std::ops::{Add, Div, Mul, Neg, Sub};

use burn::tensor::Tensor;

use super::Dual;

/// The tangent of the only moving term of a sum, repeated to the shape that broadcasting gives.
fn expand_tangent<const D: usize>(
    tangent: Option<Tensor<D>>,
    shape: [usize; D],
) -> Option<Tensor<D>> {
    tangent.map(|tangent| match tangent.dims() == shape {
        true => tangent,
        false => tangent.expand(shape),
    })
}

/// $x + y$, broadcast.
impl<const D: usize, R: Into<Dual<D>>> Add<R> for Dual<D> {
    type Output = Self;

    fn add(self, other: R) -> Self {
        let other = other.into();
        let value = self.value + other.value;
        let tangent = match (self.tangent, other.tangent) {
            (Some(left), Some(right)) => Some(left + right),
            (left, right) => expand_tangent(left.or(right), value.dims()),
        };
        Self { value, tangent }
    }
}

/// $x - y$, broadcast.
impl<const D: usize, R: Into<Dual<D>>> Sub<R> for Dual<D> {
    type Output = Self;

    fn sub(self, other: R) -> Self {
        let other = other.into();
        let value = self.value - other.value;
        let tangent = match (self.tangent, other.tangent) {
            (Some(left), Some(right)) => Some(left - right),
            (left, right) => expand_tangent(left.or(right.map(Tensor::neg)), value.dims()),
        };
        Self { value, tangent }
    }
}

/// $xy$ elementwise, broadcast: $\dot x y + x\dot y$.
impl<const D: usize, R: Into<Dual<D>>> Mul<R> for Dual<D> {
    type Output = Self;

    fn mul(self, other: R) -> Self {
        self.product(other.into(), |left, right| left * right)
    }
}

/// $x/y$ elementwise, broadcast: $(\dot x - (x/y)\\,\dot y)/y$.
impl<const D: usize, R: Into<Dual<D>>> Div<R> for Dual<D> {
    type Output = Self;

    fn div(self, other: R) -> Self {
        let other = other.into();
        if self.tangent.is_none() && other.tangent.is_none() {
            return Self::constant(self.value / other.value);
        }
        let value = self.value / other.value.clone();
        let numerator = match (self.tangent, other.tangent) {
            (left, None) => left,
            (None, Some(right)) => Some((value.clone() * right).neg()),
            (Some(left), Some(right)) => Some(left - value.clone() * right),
        };
        Self {
            value,
            tangent: numerator.map(|numerator| numerator / other.value),
        }
    }
}

/// $-x$.
impl<const D: usize> Neg for Dual<D> {
    type Output = Self;

    fn neg(self) -> Self {
        self.linear(Tensor::neg)
    }
}

impl<const D: usize> Dual<D> {
    /// A bilinear map $B$: $B(\dot x, y) + B(x, \dot y)$.
    fn product(self, other: Self, bilinear: impl Fn(Tensor<D>, Tensor<D>) -> Tensor<D>) -> Self {
        let tangent = match (self.tangent, other.tangent) {
            (None, None) => None,
            (Some(left), None) => Some(bilinear(left, other.value.clone())),
            (None, Some(right)) => Some(bilinear(self.value.clone(), right)),
            (Some(left), Some(right)) => {
                Some(bilinear(left, other.value.clone()) + bilinear(self.value.clone(), right))
            }
        };
        Self {
            value: bilinear(self.value, other.value),
            tangent,
        }
    }

    /// The matrix product of the last two axes, the leading ones broadcast.
    ///
    /// # Shapes
    /// - `self`: `[..., n, k]`; `other`: `[..., k, m]`
    /// - returns: `[..., n, m]`
    pub fn matmul(self, other: impl Into<Self>) -> Self {
        self.product(other.into(), Tensor::matmul)
    }

    /// $x + a$.
    pub fn add_scalar(self, a: f64) -> Self {
        Self {
            value: self.value.add_scalar(a),
            tangent: self.tangent,
        }
    }

    /// $x - a$.
    pub fn sub_scalar(self, a: f64) -> Self {
        Self {
            value: self.value.sub_scalar(a),
            tangent: self.tangent,
        }
    }

    /// $ax$.
    pub fn mul_scalar(self, a: f64) -> Self {
        self.linear(|x| x.mul_scalar(a))
    }

    /// $x/a$, as $x\cdot a^{-1}$.
    pub fn div_scalar(self, a: f64) -> Self {
        // The backward pass of Burn's `div_scalar` rounds 1/a to single precision.
        self.mul_scalar(a.recip())
    }
}
