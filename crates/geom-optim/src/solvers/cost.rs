//! The objectives of solvers: costs, and the source of their second derivatives.

use burn::tensor::Tensor;
use geom_core::dual::{self, Dual};
use geom_core::numerics::{Limits, to_vec_f64};

/// A cost: one number for all points at once.
///
/// Any function or closure from a tensor to a tensor of one element is a cost; its gradient is taken
/// by automatic differentiation. A batch of points is one point of the product manifold, so the cost
/// usually sums over rows.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_optim::solvers::Cost;
///
/// let cost = |x: Tensor<1>| x.square().sum();
/// let x = Tensor::<1>::from_floats([1.0, 2.0], &Device::flex());
/// let (value, gradient) = cost.cost_and_gradient(x);
/// assert_eq!(value.into_scalar::<f32>(), 5.0);
/// assert_eq!(gradient.sum().into_scalar::<f32>(), 6.0);
/// ```
pub trait Cost<const D: usize> {
    /// The cost $f(x)$, a tensor of one element.
    fn cost(&self, x: Tensor<D>) -> Tensor<1>;

    /// The cost and its gradient in ambient coordinates, off the tape.
    ///
    /// The default differentiates [`cost`](Self::cost) in reverse mode; an implementation that knows
    /// its gradient in closed form can give it here.
    fn cost_and_gradient(&self, x: Tensor<D>) -> (Tensor<1>, Tensor<D>) {
        dual::value_and_gradient(|x| self.cost(x), x)
    }
}

impl<const D: usize, F: Fn(Tensor<D>) -> Tensor<1>> Cost<D> for F {
    fn cost(&self, x: Tensor<D>) -> Tensor<1> {
        self(x)
    }
}

/// A cost with second derivatives, for [`TrustRegion`](super::TrustRegion).
pub trait SecondOrder<const D: usize>: Cost<D> {
    /// The product $\nabla^2 f(x)\\,v$ of the Hessian in ambient coordinates with a vector, off the
    /// tape.
    ///
    /// # Shapes
    /// - `x`, `v`, and the result: the same shape
    fn hessian_vector(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;
}

/// A cost written over [duals](Dual), whose Hessian-vector products are exact.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::dual::Dual;
/// use geom_core::numerics::to_vec_f64;
/// use geom_optim::solvers::{SecondOrder, Smooth};
///
/// let cost = Smooth(|x: Dual<1>| x.powi_scalar(3).sum());
/// let x = Tensor::<1>::from_floats([1.0, 2.0], &Device::flex());
/// let v = Tensor::<1>::from_floats([1.0, 1.0], &Device::flex());
/// assert_eq!(to_vec_f64(cost.hessian_vector(x, v)), [6.0, 12.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Smooth<F>(pub F);

impl<const D: usize, F: Fn(Dual<D>) -> Dual<1>> Cost<D> for Smooth<F> {
    fn cost(&self, x: Tensor<D>) -> Tensor<1> {
        (self.0)(Dual::constant(x)).value()
    }
}

impl<const D: usize, F: Fn(Dual<D>) -> Dual<1>> SecondOrder<D> for Smooth<F> {
    fn hessian_vector(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        dual::hessian_vector(&self.0, x, v)
    }
}

/// Second derivatives of an opaque cost by central differences of its gradient.
///
/// $$ \nabla^2 f(x)\\,v \approx \frac{\nabla f(x + hv) - \nabla f(x - hv)}{2h}, \qquad
///    h = \varepsilon^{1/3}\\,\frac{\max(1, \lVert x\rVert)}{\lVert v\rVert} $$
///
/// [`Smooth`] is exact and costs the same; this is for costs that cannot be written over duals.
///
/// # Domain
/// The points $x \pm hv$ leave an embedded manifold, so the cost must be defined and smooth in a
/// neighborhood of it: about $10^{-5}$ wide in `f64`, $10^{-2}$ in `f32`.
///
/// # Numerics
/// The relative error is about $\varepsilon^{2/3}$, $10^{-10}$ in `f64` and $10^{-5}$ in `f32`: a trust
/// region still converges, its last steps superlinearly down to that factor.
#[derive(Clone, Copy, Debug)]
pub struct FiniteDifferences<C>(pub C);

impl<const D: usize, C: Cost<D>> Cost<D> for FiniteDifferences<C> {
    fn cost(&self, x: Tensor<D>) -> Tensor<1> {
        self.0.cost(x)
    }

    fn cost_and_gradient(&self, x: Tensor<D>) -> (Tensor<1>, Tensor<D>) {
        self.0.cost_and_gradient(x)
    }
}

impl<const D: usize, C: Cost<D>> SecondOrder<D> for FiniteDifferences<C> {
    fn hessian_vector(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let length = euclidean_norm(v.clone());
        if length == 0.0 {
            return v.zeros_like();
        }
        let epsilon = Limits::of(x.dtype()).epsilon;
        let h = epsilon.cbrt() * euclidean_norm(x.clone()).max(1.0) / length;
        let step = v.mul_scalar(h);
        let (_, ahead) = self.0.cost_and_gradient(x.clone() + step.clone());
        let (_, behind) = self.0.cost_and_gradient(x - step);
        (ahead - behind).div_scalar(2.0 * h)
    }
}

fn euclidean_norm<const D: usize>(x: Tensor<D>) -> f64 {
    to_vec_f64(x).iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;

    fn row(values: [f64; 3]) -> Tensor<2> {
        Tensor::from_data([values], (&Device::flex(), DType::F64))
    }

    /// What a central difference of gradients leaves, $\varepsilon^{2/3}$ = 4e-11, times the third
    /// derivatives of these costs, which are of order ten or a hundred.
    const DIFFERENCE: f64 = 1e-8;

    #[test]
    fn finite_differences_agree_with_duals() {
        let smooth = Smooth(|x: Dual<2>| (x.clone().sin() * x.exp()).sum());
        let opaque = FiniteDifferences(|x: Tensor<2>| (x.clone().sin() * x.exp()).sum());
        let (x, v) = (row([0.3, -0.7, 1.1]), row([20.0, -10.0, 5.0]));
        let exact = to_vec_f64(smooth.hessian_vector(x.clone(), v.clone()));
        let measured = to_vec_f64(opaque.hessian_vector(x.clone(), v));
        for (a, b) in exact.iter().zip(&measured) {
            assert!(
                (a - b).abs() < DIFFERENCE * a.abs().max(1.0),
                "{exact:?}, {measured:?}"
            );
        }
        let still = opaque.hessian_vector(x.clone(), x.zeros_like());
        assert_eq!(to_vec_f64(still), [0.0; 3]);
    }

    #[test]
    fn a_closed_form_gradient_is_used_where_a_cost_has_one() {
        struct Square;
        impl Cost<2> for Square {
            fn cost(&self, x: Tensor<2>) -> Tensor<1> {
                x.square().sum()
            }
            fn cost_and_gradient(&self, x: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
                (self.cost(x.clone()), x.mul_scalar(2.0))
            }
        }
        /// Rounding over the step, and no more: the third derivatives are 0.
        const ROUNDINGS: f64 = 1e-9;
        let (x, v) = (row([1.0, 2.0, 3.0]), row([1.0, 0.0, -1.0]));
        let (_, gradient) = FiniteDifferences(Square).cost_and_gradient(x.clone());
        assert_eq!(to_vec_f64(gradient), [2.0, 4.0, 6.0]);
        let product = to_vec_f64(FiniteDifferences(Square).hessian_vector(x, v));
        for (measured, exact) in product.into_iter().zip([2.0, 0.0, -2.0]) {
            assert!((measured - exact).abs() < ROUNDINGS, "{measured}");
        }
    }
}
