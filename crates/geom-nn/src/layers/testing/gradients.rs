//! Gradients against difference quotients.

use burn::module::{Module, ModuleDisplay, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use geom_core::numerics::to_vec_f64;

use super::{ROUNDING, normal};

/// Step of central differences: its square, times a third derivative of order one, is their error.
const STEP: f64 = 1e-5;
/// Difference quotients carry that error, and rounding divided by the step.
const QUOTIENT: f64 = 1e-7;

/// A layer with its input as one more parameter.
#[derive(Module, Debug)]
struct Fed<L: Module + ModuleDisplay> {
    layer: L,
    /// In one row.
    input: Param<Tensor<1>>,
}

/// Holds the gradients of an `f64` layer, with respect to its input and to each of its parameters,
/// learnable curvature included, against central differences, element by element. Each parameter
/// must have a gradient that is not zero.
///
/// `layer` and so its output are on a device with automatic differentiation, `input` is not.
pub(crate) fn check_gradients<L: Module + ModuleDisplay, const A: usize, const B: usize>(
    layer: L,
    input: Tensor<A>,
    forward: impl Fn(&L, Tensor<A>) -> Tensor<B>,
) {
    let shape = input.dims();
    let input = Param::from_tensor(Tensor::from_inner(input.flatten(0, A - 1)));
    let fed = Fed { layer, input };
    let loss = |fed: &Fed<L>| {
        let y = forward(&fed.layer, fed.input.val().reshape(shape));
        // Weights without symmetry, so that no gradient cancels.
        let weights = normal(y.dims(), 1.0, 99, y.dtype());
        (y * Tensor::from_inner(weights)).sum()
    };
    let mut found = Collected {
        gradients: loss(&fed).backward(),
        by_parameter: Vec::new(),
    };
    fed.visit(&mut found);
    for (parameter, gradient) in found.by_parameter.iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        assert!(
            gradient.iter().any(|&g| g.abs() > ROUNDING),
            "parameter {parameter} has the gradient 0"
        );
        for (element, &gradient) in gradient.iter().enumerate() {
            let at = |step: f64| {
                let mut nudge = Nudge {
                    parameter,
                    element,
                    step,
                    visited: 0,
                };
                to_vec_f64(loss(&fed.clone().map(&mut nudge)).without_autodiff())[0]
            };
            let quotient = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let error = (gradient - quotient).abs() / quotient.abs().max(1.0);
            assert!(
                error < QUOTIENT,
                "parameter {parameter}, element {element}: gradient {gradient}, quotient {quotient}"
            );
        }
    }
}

/// The gradients of all parameters; `None` for what is not trained, such as running statistics.
struct Collected {
    gradients: Gradients,
    by_parameter: Vec<Option<Vec<f64>>>,
}

impl ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.is_require_grad().then(|| {
            let gradient = param.val().grad(&self.gradients);
            to_vec_f64(gradient.expect("every parameter has a gradient"))
        });
        self.by_parameter.push(gradient);
    }
}

/// Moves one element of one parameter.
struct Nudge {
    parameter: usize,
    element: usize,
    step: f64,
    visited: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // As every optimizer of manifolds does: points follow a curvature that moves.
        let _ = geom_core::scope::current();
        self.visited += 1;
        if self.visited - 1 != self.parameter {
            return param;
        }
        param.map(|value| {
            let mut steps = vec![0.0; value.dims().iter().product()];
            steps[self.element] = self.step;
            let options = (&Device::flex(), value.dtype());
            let steps = Tensor::<1>::from_data(steps.as_slice(), options).reshape(value.dims());
            Tensor::from_inner(value.without_autodiff() + steps).require_grad()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::ManifoldBias;
    use crate::layers::testing::param;
    use burn::tensor::DType;
    use geom_core::PoincareBall;

    fn layer_on(device: &Device) -> ManifoldBias<PoincareBall> {
        ManifoldBias {
            bias: param(normal([3], 0.5, 2, DType::F64), device),
            space: PoincareBall::learnable(0.7, (device, DType::F64)),
        }
    }

    fn layer() -> ManifoldBias<PoincareBall> {
        layer_on(&Device::flex().autodiff())
    }

    fn points() -> Tensor<2> {
        PoincareBall::new(0.7).exp0(normal([2, 3], 0.5, 1, DType::F64))
    }

    #[test]
    #[should_panic(expected = "parameter 2, element 0: gradient")]
    fn a_wrong_gradient_is_noticed() {
        check_gradients(layer(), points(), |layer, x| {
            // The value of x, with twice its gradient.
            let doubled = x.clone().mul_scalar(2.0) - x.detach();
            layer.forward(doubled)
        });
    }

    #[test]
    #[should_panic(expected = "every parameter has a gradient")]
    fn a_parameter_without_gradient_is_noticed() {
        check_gradients(layer(), points(), |_, x| x);
    }

    #[test]
    #[should_panic(expected = "every parameter has a gradient")]
    fn a_parameter_of_a_layer_that_moved_to_automatic_differentiation_is_noticed_too() {
        check_gradients(layer_on(&Device::flex()).train(), points(), |_, x| x);
    }
}
