//! The acceleration of geodesics, for manifolds that do not know it in closed form.

use burn::tensor::Tensor;

#[cfg(doc)]
use crate::manifold::Manifold;
use crate::numerics::Limits;

/// $h = \bigl(\nabla_u\langle g, \exp_x(u)\rangle\big|\_{u = \tau v}
///        {}- \nabla_u\langle g, \exp_x(u)\rangle\big|\_{u = -\tau v}\bigr)/2\tau$,
/// the default of [`Manifold::acceleration_adjoint`].
///
/// `tensors` are $x$, $v$ and $g$; `norm` and `exp` are those of the manifold, off the tape.
///
/// The step is $\tau\lVert v\rVert_x = \varepsilon^{1/3}$, where truncation ($\tau^2$) and
/// cancellation ($\varepsilon/\tau$) balance.
pub(crate) fn acceleration_adjoint<const D: usize>(
    tensors: [Tensor<D>; 3],
    norm: impl Fn(Tensor<D>, Tensor<D>) -> Tensor<D>,
    exp: impl Fn(Tensor<D>, Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    let [x, v, gradient] = tensors.map(|t| t.without_autodiff());
    let step = Limits::of(x.dtype()).epsilon.cbrt();
    let length = norm(x.clone(), v.clone());
    let still = length.clone().equal_elem(0.0);
    let length = length.mask_fill(still, 1.0);
    let u = (v / length.clone()).mul_scalar(step);

    let pullback = |u: Tensor<D>| {
        let u = u.autodiff().require_grad();
        let end = exp(x.clone().autodiff(), u.clone());
        let gradients = (end * gradient.clone().autodiff()).sum().backward();
        u.grad(&gradients).unwrap_or_else(|| u.inner().zeros_like())
    };
    (pullback(u.clone()) - pullback(u.neg())) * length.div_scalar(2.0 * step)
}
