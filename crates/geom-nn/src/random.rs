//! Where random weights and masks come from.
//!
//! By default from the generator of the device, as everything in Burn. That one is shared by all that
//! runs on the device: whoever seeds it changes what others draw. [`Generator::scope`] hands down one
//! of your own instead, so that a model can be drawn and trained twice alike whatever else happens.

use std::cell::RefCell;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{DType, Device, Distribution, Tensor, TensorCreationOptions, TensorData, f16};
use rand_of_burn::SeedableRng;
use rand_of_burn::rngs::StdRng;

thread_local! {
    /// The generators of the open scopes of this thread, the innermost last.
    static GENERATORS: RefCell<Vec<StdRng>> = const { RefCell::new(Vec::new()) };
}

/// A random number generator for weights and masks, on the host.
///
/// It draws the numbers that a CPU device with the same seed would draw, on every device.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::PoincareBall;
/// use geom_nn::layers::PoincareLinearConfig;
/// use geom_nn::random::Generator;
///
/// let device = Device::flex();
/// let drawn = || {
///     let layer = || PoincareLinearConfig::new(3, 2).init(PoincareBall::new(1.0), &device);
///     Generator::seed(7).scope(layer)
/// };
/// let (first, second) = (drawn(), drawn());
/// let difference = first.mlr.weight.val() - second.mlr.weight.val();
/// assert_eq!(difference.abs().max().into_scalar::<f32>(), 0.0);
/// ```
#[derive(Debug)]
pub struct Generator {
    /// There but for the time of a scope.
    state: Option<StdRng>,
}

impl Generator {
    /// The generator that begins with this seed.
    pub fn seed(seed: u64) -> Self {
        Self {
            state: Some(StdRng::seed_from_u64(seed)),
        }
    }

    /// What `draw` returns; what it draws on this thread comes from this generator, which goes on
    /// where the draws end.
    pub fn scope<R>(&mut self, draw: impl FnOnce() -> R) -> R {
        /// Hands the generator back, after a panic too.
        struct Open<'a>(&'a mut Generator);
        impl Drop for Open<'_> {
            fn drop(&mut self) {
                self.0.state = GENERATORS.with_borrow_mut(Vec::pop);
            }
        }
        GENERATORS.with_borrow_mut(|open| open.extend(self.state.take()));
        let _open = Open(self);
        draw()
    }
}

/// Numbers drawn from the generator of the scope, or of the device.
pub(crate) fn tensor<const D: usize>(
    shape: [usize; D],
    distribution: Distribution,
    options: impl Into<TensorCreationOptions>,
) -> Tensor<D> {
    let options = options.into();
    let Some(mut generator) = GENERATORS.with_borrow_mut(Vec::pop) else {
        return Tensor::random(shape, distribution, options);
    };
    let data = match options.dtype {
        Some(DType::F64) => TensorData::random::<f64, _, _>(shape, distribution, &mut generator),
        Some(DType::F16) => TensorData::random::<f16, _, _>(shape, distribution, &mut generator),
        _ => TensorData::random::<f32, _, _>(shape, distribution, &mut generator),
    };
    GENERATORS.with_borrow_mut(|open| open.push(generator));
    Tensor::from_data(data, options)
}

/// Burn's linear layer with weights as it draws them, uniform in $[-1/\sqrt{d_{in}}, 1/\sqrt{d_{in}}]$, but
/// at once, and from the generator of the scope where one is open.
///
/// # Panics
/// If `d_input` is 0.
pub fn linear(d_input: usize, d_output: usize, bias: bool, device: &Device) -> Linear {
    assert!(d_input > 0, "a linear layer needs at least one input");
    let bound = 3f64.sqrt() * (1.0 / 3f64.sqrt()) * (1.0 / d_input as f64).sqrt();
    let uniform = Distribution::Uniform(-bound, bound);
    Linear {
        weight: Param::from_tensor(tensor([d_input, d_output], uniform, device)),
        bias: bias.then(|| Param::from_tensor(tensor([d_output], uniform, device))),
    }
}

/// [`tensor`] of the shape, device and number format of `x`.
pub(crate) fn like<const D: usize>(x: &Tensor<D>, distribution: Distribution) -> Tensor<D> {
    tensor(x.dims(), distribution, (&x.device(), x.dtype()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom_core::numerics::to_vec_f64;

    const UNIFORM: Distribution = Distribution::Uniform(-1.0, 1.0);

    fn draw() -> Vec<f64> {
        to_vec_f64(tensor([2, 3], UNIFORM, &Device::flex()))
    }

    #[test]
    fn draws_in_a_scope_depend_on_its_seed_alone() {
        let first = Generator::seed(3).scope(|| (draw(), draw()));
        draw();
        assert_eq!(first, Generator::seed(3).scope(|| (draw(), draw())));
        assert_ne!(first.0, first.1);
        assert_ne!(first.0, Generator::seed(4).scope(draw));
    }

    #[test]
    fn a_generator_goes_on_where_a_scope_ended() {
        let mut generator = Generator::seed(3);
        let parts = (generator.scope(draw), generator.scope(draw));
        assert_eq!(parts, Generator::seed(3).scope(|| (draw(), draw())));
    }

    #[test]
    fn an_inner_scope_leaves_the_outer_one_alone() {
        let alone = Generator::seed(3).scope(draw);
        let beside = Generator::seed(3).scope(|| {
            Generator::seed(4).scope(draw);
            draw()
        });
        assert_eq!(alone, beside);
    }

    #[test]
    fn a_linear_layer_is_drawn_in_the_scope_within_its_bound() {
        let drawn = || Generator::seed(3).scope(|| linear(4, 3, true, &Device::flex()));
        let (first, second) = (drawn(), drawn());
        let weights = to_vec_f64(first.weight.val());
        assert_eq!(weights, to_vec_f64(second.weight.val()));
        assert!(weights.iter().all(|weight| weight.abs() <= 0.5));
        assert_eq!(first.bias.unwrap().val().dims(), [3]);
    }

    #[test]
    fn a_panic_closes_the_scope() {
        let panicking = || -> () { Generator::seed(3).scope(|| panic!("expected by this test")) };
        assert!(std::panic::catch_unwind(panicking).is_err());
        GENERATORS.with_borrow(|open| assert!(open.is_empty()));
    }

    #[test]
    fn draws_have_the_format_of_what_they_are_like() {
        let x = Tensor::<2>::zeros([2, 3], (&Device::flex(), DType::F64));
        Generator::seed(3).scope(|| assert_eq!(like(&x, UNIFORM).dtype(), DType::F64));
    }
}
