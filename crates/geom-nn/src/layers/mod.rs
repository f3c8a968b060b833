//! Layers between curved spaces.
//!
//! Every layer follows Burn's rite: a `Config` whose `init(space, &device)` makes the layer, and a
//! `forward`. The second argument of `init` may also be `(&device, dtype)`. Weights are Euclidean
//! parameters that any optimizer steps, unless a layer says that they are points.
//!
//! | layer | space | what it does |
//! |---|---|---|
//! | [`TangentLinear`] | any | linear map at the origin, then a translation; [`MobiusLinear`] on the ball |
//! | [`HyperbolicActivation`] | any to any | an activation at the origin, between curvatures |
//! | [`LorentzLinear`] | hyperboloid | linear map of ambient coordinates |
//!
//!
//! Layers on graphs are in [`graph`].
//!
//! # Curvature
//! A layer owns its space, so a learnable curvature trains with it. A clone of a learnable curvature
//! in another layer would be a second value under the same parameter id; layers without parameters
//! of their own have a function that borrows the spaces of their neighbours, such as
//! [`Activation::between`].

mod activation;
mod dropout;
pub mod graph;
pub(crate) mod init;
mod lorentz_linear;
mod tangent_linear;
#[cfg(test)]
pub(crate) mod testing;

pub use activation::{Activation, HyperbolicActivation, HyperbolicActivationConfig};
pub use dropout::{Dropout, DropoutConfig, HyperbolicDropout, HyperbolicDropoutConfig};
pub use lorentz_linear::{LorentzLinear, LorentzLinearConfig};
pub use tangent_linear::{MobiusLinear, TangentLinear, TangentLinearConfig};
