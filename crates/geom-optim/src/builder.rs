//! What the configurations share on the way to an optimizer.
//!
//! Names are Burn's: `build` gives the bare optimizer, `init` that of a whole module. Both panic if a
//! setting is out of range; `try_build` and `try_init`, for settings from outside, return it.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::{WeightDecay, WeightDecayConfig};
use burn::optim::{ModuleOptimizer, Optimizer};
use burn::tensor::Tensor;
use geom_core::SettingError;

/// Gives a configuration with `check`, `build_unchecked` and a field `grad_clipping` the four ways to
/// its optimizer, with their docs.
macro_rules! optimizer_constructors {
    ($Config:ident, $Optimizer:ident) => {
        impl $Config {
            /// The bare optimizer, which
            /// [`ModuleOptimizer::with_group`](burn::optim::ModuleOptimizer::with_group) takes for one
            /// parameter group.
            ///
            /// # Errors
            /// [`SettingError`](crate::SettingError), naming the first setting out of range.
            pub fn try_build(&self) -> Result<$Optimizer, $crate::SettingError> {
                self.check()?;
                Ok(self.build_unchecked())
            }

            /// [`try_build`](Self::try_build) for settings known to be valid.
            ///
            /// # Panics
            /// If a setting is out of range.
            pub fn build(&self) -> $Optimizer {
                $crate::builder::expect_valid(self.try_build())
            }

            /// The optimizer of a whole module, with the configured gradient clipping.
            ///
            /// # Errors
            /// [`SettingError`](crate::SettingError), naming the first setting out of range.
            pub fn try_init(&self) -> Result<burn::optim::ModuleOptimizer, $crate::SettingError> {
                let optimizer = self.try_build()?;
                let clipping = self.grad_clipping.as_ref();
                Ok($crate::builder::module_optimizer(optimizer, clipping))
            }

            /// [`try_init`](Self::try_init) for settings known to be valid.
            ///
            /// # Panics
            /// If a setting is out of range.
            pub fn init(&self) -> burn::optim::ModuleOptimizer {
                $crate::builder::expect_valid(self.try_init())
            }
        }
    };
}
pub(crate) use optimizer_constructors;

/// What was built from valid settings.
///
/// # Panics
/// With the message of the error.
pub(crate) fn expect_valid<T>(built: Result<T, SettingError>) -> T {
    built.unwrap_or_else(|error| panic!("{error}"))
}

/// The optimizer of a whole module, with the configured gradient clipping.
pub(crate) fn module_optimizer(
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
