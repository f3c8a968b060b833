//! What the configurations share on the way to an optimizer.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{ModuleOptimizer, Optimizer};

use crate::error::InvalidSetting;

/// Stops on settings that `check` refuses.
///
/// # Panics
/// With the message of the error.
pub(crate) fn expect_valid(checked: Result<(), InvalidSetting>) {
    if let Err(error) = checked {
        panic!("{error}");
    }
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
