//! What a layer does in training alone.

use burn::module::Module;
use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;

/// Panics unless `layer` does in training what it does not outside of it, and rests where it is
/// frozen: the frozen layer gives the values of evaluation to the bit, although gradients are tracked.
///
/// `forward` gets its input on a device with automatic differentiation, or without one.
pub(crate) fn check_rests<M: Module, const A: usize, const B: usize>(
    layer: M,
    input: Tensor<A>,
    forward: impl Fn(&M, Tensor<A>) -> Tensor<B>,
) {
    let values = |layer: &M, input| to_vec_f64(forward(layer, input).without_autodiff());
    let tracked = input.clone().autodiff();
    let training = layer.train();
    let trained = values(&training, tracked.clone());
    // From here on, as running statistics may have moved.
    let resting = training.valid();
    let expected = values(&resting, input.clone());
    assert!(
        values(&resting, input) == expected,
        "outside of training two passes differ"
    );
    assert!(trained != expected, "nothing happens in training");
    let frozen = training.freeze();
    for pass in 0..2 {
        assert!(
            values(&frozen, tracked.clone()) == expected,
            "pass {pass} of a frozen layer is one of training"
        );
    }
    assert!(
        values(&frozen.unfreeze(), tracked) != expected,
        "the layer does not train again once it is no longer frozen"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::DropoutConfig;
    use crate::layers::testing::{param, wave};
    use burn::module::Param;
    use burn::tensor::{Device, Distribution};

    /// Sets half of the numbers to zero where `active` says so.
    #[derive(Module, Debug)]
    struct Restless {
        weight: Param<Tensor<1>>,
    }

    impl Restless {
        fn new() -> Self {
            let weight = param(wave([4], 0.2), &Device::flex());
            Self { weight }
        }

        fn forward(&self, x: Tensor<2>, active: bool) -> Tensor<2> {
            let y = x * self.weight.val().unsqueeze();
            match active {
                true => y.clone() * y.random_like(Distribution::Bernoulli(0.5)),
                false => y,
            }
        }
    }

    fn input() -> Tensor<2> {
        wave([20, 4], 0.1)
    }

    #[test]
    #[should_panic(expected = "pass 0 of a frozen layer is one of training")]
    fn a_layer_that_asks_the_device_alone_is_noticed() {
        check_rests(Restless::new(), input(), |layer, x| {
            let active = layer.weight.val().device().is_autodiff();
            layer.forward(x, active)
        });
    }

    #[test]
    #[should_panic(expected = "outside of training two passes differ")]
    fn a_layer_that_never_rests_is_noticed() {
        check_rests(Restless::new(), input(), |layer, x| layer.forward(x, true));
    }

    #[test]
    #[should_panic(expected = "nothing happens in training")]
    fn a_layer_without_training_behavior_is_no_evidence() {
        check_rests(DropoutConfig::new(0.0).init(), input(), |layer, x| {
            layer.forward(x)
        });
    }
}
