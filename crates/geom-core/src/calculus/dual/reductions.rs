//! Sums over axes, and functions built from them.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, softmax};

use super::Dual;

/// Sums and means.
impl<const D: usize> Dual<D> {
    /// The sum of all elements.
    pub fn sum(self) -> Dual<1> {
        self.linear(Tensor::sum)
    }

    /// The mean of all elements.
    pub fn mean(self) -> Dual<1> {
        self.linear(Tensor::mean)
    }

    /// The sum over one axis, which is kept at size 1.
    pub fn sum_dim(self, axis: usize) -> Self {
        self.linear(|x| x.sum_dim(axis))
    }

    /// The mean over one axis, which is kept at size 1.
    pub fn mean_dim(self, axis: usize) -> Self {
        self.linear(|x| x.mean_dim(axis))
    }
}

/// Products and norms of the last axis, which is kept at size 1, as in
/// [`numerics`](crate::numerics).
impl<const D: usize> Dual<D> {
    /// $\langle x, y\rangle$.
    pub fn dot(self, other: impl Into<Self>) -> Self {
        (self * other.into()).sum_dim(D - 1)
    }

    /// $\lVert x\rVert^2$.
    pub fn squared_norm(self) -> Self {
        self.square().sum_dim(D - 1)
    }

    /// $\lVert x\rVert$; the derivatives at 0 are 0.
    pub fn norm(self) -> Self {
        self.squared_norm().sqrt_or_zero()
    }
}

/// Normalized exponentials.
impl<const D: usize> Dual<D> {
    /// $p = e^{x}/\sum e^{x}$ over one axis, with $\dot p = p(\dot x - \sum p\dot x)$.
    pub fn softmax(self, axis: usize) -> Self {
        match self.tangent {
            None => Self::constant(softmax(self.value, axis)),
            Some(tangent) => {
                let value = softmax(self.value, axis);
                let mean = (value.clone() * tangent.clone()).sum_dim(axis);
                Self {
                    tangent: Some(value.clone() * (tangent - mean)),
                    value,
                }
            }
        }
    }

    /// $\ln p$ over one axis, with derivative $\dot x - \sum p\dot x$.
    pub fn log_softmax(self, axis: usize) -> Self {
        match self.tangent {
            None => Self::constant(log_softmax(self.value, axis)),
            Some(tangent) => {
                let weights = softmax(self.value.clone(), axis);
                let mean = (weights * tangent.clone()).sum_dim(axis);
                Self {
                    value: log_softmax(self.value, axis),
                    tangent: Some(tangent - mean),
                }
            }
        }
    }
}
