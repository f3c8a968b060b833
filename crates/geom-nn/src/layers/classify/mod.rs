//! Classes from distances to hyperplanes.

mod ganea_mlr;
pub(crate) mod hyperplanes;
mod lorentz_mlr;
pub(crate) mod unidirectional_mlr;

pub use ganea_mlr::{GaneaMlr, GaneaMlrConfig};
pub use lorentz_mlr::{LorentzMlr, LorentzMlrConfig};
pub use unidirectional_mlr::{UnidirectionalMlr, UnidirectionalMlrConfig};
