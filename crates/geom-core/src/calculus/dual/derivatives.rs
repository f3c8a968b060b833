//! Derivatives of functions written over duals.

use burn::tensor::Tensor;

use super::Dual;

/// The directional derivative, with the value: $(f(x), Df(x)\\,v)$.
///
/// # Shapes
/// - `x`, `v`: the same shape
/// - returns: two tensors of the shape of the result of `f`
///
/// # Panics
/// If the shapes of `x` and `v` differ.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::dual::jvp;
///
/// let x = Tensor::<1>::from_floats([2.0, 3.0], &Device::flex());
/// let v = Tensor::<1>::from_floats([1.0, 0.0], &Device::flex());
/// let (value, slope) = jvp(|x| x.square().sum(), x, v);
/// assert_eq!(value.into_scalar::<f32>(), 13.0);
/// assert_eq!(slope.into_scalar::<f32>(), 4.0);
/// ```
pub fn jvp<const D: usize, const E: usize>(
    f: impl Fn(Dual<D>) -> Dual<E>,
    x: Tensor<D>,
    v: Tensor<D>,
) -> (Tensor<E>, Tensor<E>) {
    let (value, tangent) = f(Dual::new(x, v)).into_parts();
    let tangent = tangent.unwrap_or_else(|| value.zeros_like());
    (value, tangent)
}

/// The gradient $\nabla f(x)$ in ambient coordinates, by reverse mode.
///
/// # Shapes
/// - `x`, and the result: any; `f` returns one number
pub fn gradient<const D: usize>(f: impl Fn(Dual<D>) -> Dual<1>, x: Tensor<D>) -> Tensor<D> {
    value_and_gradient(|x| f(Dual::constant(x)).value(), x).1
}

/// The product of the Hessian with a vector, $\nabla^2 f(x)\\,v$ in ambient coordinates: the gradient
/// in reverse mode of the derivative along $v$ in forward mode.
///
/// $$ \nabla^2 f(x)\\,v = \nabla_x\bigl(Df(x)\\,v\bigr) $$
///
/// Exact to rounding, at the cost of a few evaluations, and the matrix is never formed.
///
/// # Shapes
/// - `x`, `v`, and the result: the same shape; `f` returns one number
///
/// # Panics
/// If the shapes of `x` and `v` differ.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::dual::hessian_vector;
/// use geom_core::numerics::to_vec_f64;
///
/// // f(x) = x₀² x₁
/// let f = |x: geom_core::dual::Dual<1>| x.clone().narrow(0, 0, 1).square() * x.narrow(0, 1, 1);
/// let x = Tensor::<1>::from_floats([2.0, 3.0], &Device::flex());
/// let v = Tensor::<1>::from_floats([1.0, 0.0], &Device::flex());
/// assert_eq!(to_vec_f64(hessian_vector(f, x, v)), [6.0, 4.0]);
/// ```
///
/// # References
/// Pearlmutter (1994), *Fast exact multiplication by the Hessian*.
pub fn hessian_vector<const D: usize>(
    f: impl Fn(Dual<D>) -> Dual<1>,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let along = |x: Tensor<D>| {
        let (value, tangent) = f(Dual::new(x, v.clone().inner())).into_parts();
        tangent.unwrap_or_else(|| value.inner().zeros_like())
    };
    value_and_gradient(along, x).1
}

/// Value and gradient of a function of plain tensors, by reverse mode. Both are off the tape; the
/// gradient of a function that does not depend on `x` is 0.
///
/// # Shapes
/// - `x`, and the gradient: any; `f` returns one number
pub fn value_and_gradient<const D: usize>(
    f: impl FnOnce(Tensor<D>) -> Tensor<1>,
    x: Tensor<D>,
) -> (Tensor<1>, Tensor<D>) {
    let x = x.inner().autodiff().require_grad();
    let value = f(x.clone());
    // Burn refuses to go backward from a value that no leaf leads to.
    let gradient = match value.is_tracked() {
        true => x.grad(&value.backward()),
        false => None,
    };
    let gradient = gradient.unwrap_or_else(|| x.inner().zeros_like());
    (value.inner(), gradient)
}
