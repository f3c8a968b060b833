//! The laws that every layer is held to.

use burn::module::{Module, ModuleDisplay, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor};
use geom_core::Manifold;
use geom_core::numerics::to_vec_f64;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The curvature magnitude at which a layer should be its Euclidean counterpart.
pub(crate) const NEARLY_FLAT: f64 = 1e-6;
/// How far it may be off there, relative to the largest coordinate: terms of first order in
/// [`NEARLY_FLAT`] times squares of coordinates of order one.
const FLATNESS: f64 = 1e-4;
/// Step of central differences: its square, times a third derivative of order one, is their error.
const STEP: f64 = 1e-5;
/// Difference quotients carry that error, and rounding divided by the step.
const QUOTIENT: f64 = 1e-6;
/// Rounding of a few hundred operations on numbers of order one.
const ROUNDING: f64 = 1e-11;

/// Tensors of both number formats.
pub(crate) const DTYPES: [DType; 2] = [DType::F32, DType::F64];

/// Reproducible normal numbers, on a device without automatic differentiation.
pub(crate) fn normal<const D: usize>(
    shape: [usize; D],
    std: f64,
    seed: u64,
    dtype: DType,
) -> Tensor<D> {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let noise: Vec<f64> = StandardNormal
        .sample_iter(rng)
        .take(shape.iter().product())
        .collect();
    let noise = Tensor::<1>::from_data(noise.as_slice(), (&Device::flex(), dtype));
    noise.mul_scalar(std).reshape(shape)
}

/// A parameter on a device with or without automatic differentiation.
pub(crate) fn param<const D: usize>(value: Tensor<D>, device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(match device.is_autodiff() {
        true => Tensor::from_inner(value),
        false => value,
    })
}

/// The largest absolute value.
pub(crate) fn largest<const D: usize>(x: Tensor<D>) -> f64 {
    to_vec_f64(x.without_autodiff().abs().max())[0]
}

/// Two `f64` results that differ by rounding alone.
pub(crate) fn assert_equal<const D: usize>(actual: Tensor<D>, expected: Tensor<D>) {
    let (actual, expected) = (actual.without_autodiff(), expected.without_autodiff());
    assert_eq!(actual.dims(), expected.dims());
    let scale = largest(expected.clone()).max(1.0);
    let error = largest(actual - expected) / scale;
    assert!(error < ROUNDING, "off by {error:e}");
}

/// A layer at [`NEARLY_FLAT`] against its Euclidean counterpart.
pub(crate) fn assert_nearly_flat<const D: usize>(actual: Tensor<D>, euclidean: Tensor<D>) {
    assert_eq!(actual.dims(), euclidean.dims());
    let scale = largest(euclidean.clone());
    let error = largest(actual - euclidean) / scale;
    assert!(error < FLATNESS, "off by {error:e}");
}

/// Every row is a finite point.
pub(crate) fn assert_on<M: Manifold, const D: usize>(manifold: &M, x: Tensor<D>) {
    if let Err(error) = manifold.check_point(x.without_autodiff()) {
        panic!("{error}");
    }
}

/// A layer with its input as one more parameter.
#[derive(Module, Debug)]
struct Fed<L: Module + ModuleDisplay> {
    layer: L,
    input: Param<Tensor<2>>,
}

/// Holds the gradients of an `f64` layer, with respect to its input and to each of its parameters,
/// learnable curvature included, against central differences. Each parameter must have a gradient
/// that is not zero.
///
/// `layer` and so its output are on a device with automatic differentiation.
pub(crate) fn check_gradients<L: Module + ModuleDisplay, const D: usize>(
    layer: L,
    input: Tensor<2>,
    forward: impl Fn(&L, Tensor<2>) -> Tensor<D>,
) {
    let input = Param::from_tensor(Tensor::from_inner(input));
    let fed = Fed { layer, input };
    let loss = |fed: &Fed<L>| {
        let y = forward(&fed.layer, fed.input.val());
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
    use crate::layers::HyperbolicBias;
    use geom_core::PoincareBall;

    fn layer() -> HyperbolicBias<PoincareBall> {
        let device = Device::flex().autodiff();
        HyperbolicBias {
            bias: param(normal([3], 0.5, 2, DType::F64), &device),
            space: PoincareBall::learnable(0.7, (&device, DType::F64)),
        }
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
    #[should_panic(expected = "off by")]
    fn a_layer_that_is_not_flat_is_noticed() {
        let x = points();
        assert_nearly_flat(x.clone().mul_scalar(1.001), x);
    }
}
