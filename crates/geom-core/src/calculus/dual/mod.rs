//! Forward-mode dual tensors: exact directional derivatives, and second derivatives by reverse mode
//! over them.
//!
//! Automatic differentiation in Burn is reverse mode and first order. A [`Dual`] carries a value and
//! its derivative along one direction, both ordinary tensors, so the derivative can itself be
//! differentiated in reverse: *forward over reverse* gives exact Hessian-vector products.
//!
//! | Function | Gives | Cost |
//! |---|---|---|
//! | [`jvp`] | $Df(x)\\,v$ | about two evaluations |
//! | [`gradient`] | $\nabla f(x)$ | one evaluation with its backward pass |
//! | [`hessian_vector`] | $\nabla^2 f(x)\\,v$ | two evaluations with a backward pass |
//!
//! A function is written once, over duals, with the names that Burn's tensors have:
//!
//! ```
//! use burn::tensor::{DType, Device, Tensor};
//! use geom_core::dual::{self, Dual};
//! use geom_core::numerics::to_vec_f64;
//!
//! let f = |x: Dual<1>| (x.clone().sin() * x).sum();
//! let device = Device::flex();
//! let x = Tensor::from_data([0.5, 1.0], (&device, DType::F64));
//! let v = Tensor::from_data([1.0, 0.0], (&device, DType::F64));
//! // f″ = 2 cos x − x sin x in the first coordinate, and the coordinates do not mix.
//! let second = to_vec_f64(dual::hessian_vector(f, x, v));
//! assert!((second[0] - (2.0 * 0.5f64.cos() - 0.5 * 0.5f64.sin())).abs() < 1e-15);
//! assert_eq!(second[1], 0.0);
//! ```
//!
//! What is not here can be added outside: [`Dual::linear`] takes any linear map, and
//! [`Dual::chain`] any elementwise function with its derivative.
//!
//! # References
//! Pearlmutter (1994), *Fast exact multiplication by the Hessian*; Griewank, Walther (2008),
//! *Evaluating Derivatives*, §3.1 and §5.4.

mod arithmetic;
mod derivatives;
mod functions;
mod reductions;
mod shape;
mod squares;
#[cfg(test)]
mod tests;

use burn::tensor::{DType, Device, Tensor};

pub use derivatives::{gradient, hessian_vector, jvp, value_and_gradient};

/// A tensor $x$ together with its derivative $\dot x$ along one direction.
///
/// $$ f(x + \epsilon\dot x) = f(x) + \epsilon\\,Df(x)\\,\dot x, \qquad \epsilon^2 = 0 $$
///
/// A dual without a tangent is a constant: operations between constants are the plain tensor
/// operations and nothing else. The tangent always has the shape of the value.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::dual::Dual;
///
/// let device = Device::flex();
/// let x = Dual::new(
///     Tensor::<1>::from_floats([3.0], &device),
///     Tensor::from_floats([1.0], &device),
/// );
/// let (value, slope) = (x.clone() * x).into_parts();
/// assert_eq!(value.into_scalar::<f32>(), 9.0);
/// assert_eq!(slope.expect("x moves").into_scalar::<f32>(), 6.0);
/// ```
#[derive(Clone, Debug)]
pub struct Dual<const D: usize> {
    value: Tensor<D>,
    tangent: Option<Tensor<D>>,
}

impl<const D: usize> Dual<D> {
    /// The value `value`, moving with velocity `tangent`.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn new(value: Tensor<D>, tangent: Tensor<D>) -> Self {
        assert_eq!(
            value.dims(),
            tangent.dims(),
            "a tangent has the shape of its value: expected {:?}, got {:?}",
            value.dims(),
            tangent.dims(),
        );
        Self {
            value,
            tangent: Some(tangent),
        }
    }

    /// A value that does not move.
    pub fn constant(value: Tensor<D>) -> Self {
        Self {
            value,
            tangent: None,
        }
    }

    /// The value.
    pub fn value(&self) -> Tensor<D> {
        self.value.clone()
    }

    /// The derivative; `None` for a constant.
    pub fn tangent(&self) -> Option<Tensor<D>> {
        self.tangent.clone()
    }

    /// Value and derivative.
    pub fn into_parts(self) -> (Tensor<D>, Option<Tensor<D>>) {
        (self.value, self.tangent)
    }

    /// The shape of the value.
    pub fn dims(&self) -> [usize; D] {
        self.value.dims()
    }

    /// The device of the value.
    pub fn device(&self) -> Device {
        self.value.device()
    }

    /// The float format of the value.
    pub fn dtype(&self) -> DType {
        self.value.dtype()
    }

    /// A linear map of tensors, applied to the value and to the tangent.
    ///
    /// $$ (x, \dot x) \mapsto (Lx, L\dot x) $$
    pub fn linear<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Dual<E> {
        Dual {
            value: map(self.value),
            tangent: self.tangent.map(map),
        }
    }

    /// An elementwise function, by the chain rule.
    ///
    /// $$ (x, \dot x) \mapsto (f(x), f'(x)\\,\dot x) $$
    ///
    /// `derivative` receives $x$ and $f(x)$. It is only called if there is a tangent, and must itself
    /// be differentiable by Burn for second derivatives to be right.
    pub fn chain(
        self,
        function: impl FnOnce(Tensor<D>) -> Tensor<D>,
        derivative: impl FnOnce(Tensor<D>, Tensor<D>) -> Tensor<D>,
    ) -> Self {
        match self.tangent {
            None => Self::constant(function(self.value)),
            Some(tangent) => {
                let value = function(self.value.clone());
                let slope = derivative(self.value, value.clone());
                Self {
                    value,
                    tangent: Some(tangent * slope),
                }
            }
        }
    }
}

/// A tensor is a constant.
impl<const D: usize> From<Tensor<D>> for Dual<D> {
    fn from(value: Tensor<D>) -> Self {
        Self::constant(value)
    }
}
