//! The numbers that a metric depends on: fixed, or trained with a model.

mod bounded;
mod coefficient;
pub mod curvature;
mod learnable;
mod parameter;
mod positive;
pub mod signed_curvature;

pub use coefficient::Coefficient;
pub use curvature::Curvature;
pub use learnable::learnable_parameters;
#[cfg(feature = "testing")]
pub(crate) use parameter::counter;
pub use parameter::{MetricParameter, ParameterMap, follow_change};
pub(crate) use parameter::{known_equal, softplus};
pub(crate) use positive::Positive;
pub use signed_curvature::SignedCurvature;
