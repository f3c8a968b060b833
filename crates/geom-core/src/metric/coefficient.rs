//! A scalar factor of tensors, known now or trained.

use burn::tensor::Tensor;

use crate::rows::Rows;

/// A scalar factor: a number known now, or a `[1, ..., 1]` tensor that carries gradients.
#[derive(Clone, Debug)]
// Lives on the stack of one map; a box would cost an allocation per call.
#[allow(clippy::large_enum_variant)]
pub enum Coefficient<T> {
    /// Known at once; multiplying by 1 is free.
    Number(f64),
    /// Broadcasts against any value of its rank.
    Tensor(T),
}

impl<T: Rows> Coefficient<T> {
    /// $c\\,x$.
    pub fn scale(&self, x: T) -> T {
        match self {
            Self::Number(1.0) => x,
            Self::Number(c) => x.mul_scalar(*c),
            Self::Tensor(c) => x * c.clone(),
        }
    }

    /// $x / c$.
    pub fn divide(&self, x: T) -> T {
        match self {
            Self::Number(1.0) => x,
            // The backward pass of Burn's `div_scalar` rounds 1/c to single precision.
            Self::Number(c) => x.mul_scalar(c.recip()),
            Self::Tensor(c) => x / c.clone(),
        }
    }

    /// $\sqrt c$.
    pub fn sqrt(self) -> Self {
        match self {
            Self::Number(c) => Self::Number(c.sqrt()),
            Self::Tensor(c) => Self::Tensor(c.sqrt()),
        }
    }
}

impl<const D: usize> From<f64> for Coefficient<Tensor<D>> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<const D: usize> From<Tensor<D>> for Coefficient<Tensor<D>> {
    fn from(tensor: Tensor<D>) -> Self {
        Self::Tensor(tensor)
    }
}
