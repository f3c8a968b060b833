//! What the configurations share on the way to an optimizer.
//!
//! Every configuration has `try_build` and `try_init` for settings from outside, which return the
//! first setting out of range, and `build` and `init`, which panic with it.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::{WeightDecay, WeightDecayConfig};
use burn::optim::{ModuleOptimizer, Optimizer};
use burn::tensor::Tensor;
use geom_core::SettingError;

/// What was built from valid settings.
///
/// # Panics
/// With the message of the error.
pub(crate) fn expect_valid<T>(built: Result<T, SettingError>) -> T {
    built.unwrap_or_else(|error| panic!("{error}"))
}

/// The optimizer of a whole module, with the configured gradient clipping.
pub(crate) fn whole_module(
    optimizer: impl Optimizer,
    clipping: Option<&GradientClippingConfig>,
) -> ModuleOptimizer {
    let optimizer = ModuleOptimizer::from(optimizer);
    match clipping {
        Some(clipping) => optimizer.with_grad_clipping(clipping.init()),
        None => optimizer,
    }
}

/// The ambient gradient with the configured weight decay, $g + \lambda x$.
pub(crate) fn with_decay<const D: usize>(
    gradient: Tensor<D>,
    x: &Tensor<D>,
    decay: Option<&WeightDecayConfig>,
) -> Tensor<D> {
    match decay {
        Some(decay) => WeightDecay::new(decay).transform(gradient, x.clone()),
        None => gradient,
    }
}
