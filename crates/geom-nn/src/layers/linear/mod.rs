//! Linear layers, and the translation that is their bias.

mod bias;
mod lorentz_linear;
pub(crate) mod lorentz_map;
pub(crate) mod poincare_linear;
pub(crate) mod tangent_linear;
pub(crate) mod tangent_map;

pub use bias::{ManifoldBias, ManifoldBiasConfig};
pub use lorentz_linear::{LorentzLinear, LorentzLinearConfig};
pub use poincare_linear::{PoincareLinear, PoincareLinearConfig};
pub use tangent_linear::{MobiusLinear, TangentLinear, TangentLinearConfig};
