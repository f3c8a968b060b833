//! Layers that join points or take them apart.

pub(crate) mod beta;
pub(crate) mod poincare_concat;
mod residual;

pub use beta::beta;
pub use poincare_concat::{PoincareConcat, PoincareSplit};
pub use residual::{LorentzResidual, LorentzResidualConfig, ManifoldResidual};
