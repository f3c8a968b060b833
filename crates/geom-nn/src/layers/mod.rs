//! Layers between curved spaces.
//!
//! Every layer follows Burn's rite: a `Config` whose `init(space, &device)` makes the layer, and a
//! `forward`. The last argument of `init` may also be `(&device, dtype)`. Weights are Euclidean
//! parameters that any optimizer steps, unless a layer says that they are points.
//!
//! | layer | space | what it does |
//! |---|---|---|
//! | [`TangentLinear`] | any | linear map at the origin, then a translation; [`MobiusLinear`] on the ball |
//! | [`PoincareLinear`] | ball | fully connected by distances to hyperplanes |
//! | [`LorentzLinear`] | hyperboloid | linear map of ambient coordinates |
//! | [`ManifoldBias`] | any | translation |
//! | [`ManifoldActivation`] | any to any | an [`Activation`] at the origin, between curvatures |
//! | [`PoincareGlu`] | ball | one half gates the other |
//! | [`ManifoldDropout`] | any | dropout at the origin; [`Dropout`] is that of vectors |
//! | [`ManifoldBatchNorm`] | any with a [`Centroid`] | mean and spread of batches, with running statistics |
//! | [`ManifoldLayerNorm`] | any | mean and spread of coordinates at the origin |
//! | [`PoincareConcat`], [`PoincareSplit`] | ball | join and split dimensions |
//! | [`ManifoldResidual`] | any | translation by another point |
//! | [`LorentzResidual`] | hyperboloid | weighted centroid with another point |
//! | [`GaneaMlr`] | ball, stereographic | logits from hyperplanes through points |
//! | [`UnidirectionalMlr`] | ball | logits from directions and offsets |
//! | [`LorentzMlr`] | hyperboloid | logits from directions and offsets |
//! | [`PoincareAttention`], [`LorentzAttention`] | ball, hyperboloid | attention with several heads |
//! | [`ManifoldRnn`], [`ManifoldGru`] | any | recurrent networks |
//! | [`PoincareConv2d`], [`LorentzConv2d`] | ball, hyperboloid | convolution of images of points |
//! | [`ManifoldAvgPool2d`], [`ManifoldMaxPool2d`], [`ManifoldGlobalAvgPool`] | any | pooling of images of points |
//! | [`models::Embedding`](crate::models::Embedding) | any manifold | a point for each index |
//!
//! Layers on graphs are in [`graph`].
//!
//! # Curvature
//! A layer owns its `space`, so a learnable curvature trains with it, or it is made with [`Borrowed`] in
//! the place of a space and is given one in `forward_in`. So a table of points, its classifier and the
//! layers between can share one learnable curvature. A clone of it in another layer would be a second
//! value under the same parameter id, which
//! [`check_unique_parameters`](geom_core::check_unique_parameters) finds.
//!
//! As the curvature goes to 0 a layer becomes its Euclidean counterpart, where it has one; on the
//! ball mind the unit of [coordinates](geom_core::Pointed).

mod activation;
mod attention;
mod batch_norm;
mod beta;
mod bias;
mod centroid;
mod dropout;
mod ganea_mlr;
mod gate;
mod glu;
pub mod graph;
mod gru;
mod hyperplanes;
mod layer_norm;
mod lorentz_attention;
mod lorentz_conv2d;
mod lorentz_linear;
mod lorentz_map;
mod lorentz_mlr;
mod poincare_attention;
mod poincare_concat;
mod poincare_conv2d;
mod poincare_linear;
mod pooling;
mod residual;
mod rnn;
mod slot;
mod tangent_linear;
mod tangent_map;
#[cfg(test)]
pub(crate) mod testing;
mod unidirectional_mlr;
pub(crate) mod weights;
mod windows;

pub use activation::{Activation, ManifoldActivation, ManifoldActivationConfig};
pub use attention::{AttentionActivation, AttentionOutput};
pub use batch_norm::{ManifoldBatchNorm, ManifoldBatchNormConfig};
pub use beta::beta;
pub use bias::{ManifoldBias, ManifoldBiasConfig};
pub use centroid::Centroid;
pub use dropout::{Dropout, DropoutConfig, ManifoldDropout, ManifoldDropoutConfig};
pub use ganea_mlr::{GaneaMlr, GaneaMlrConfig};
pub use glu::PoincareGlu;
pub use gru::{ManifoldGru, ManifoldGruConfig};
pub use layer_norm::{ManifoldLayerNorm, ManifoldLayerNormConfig};
pub use lorentz_attention::{LorentzAttention, LorentzAttentionConfig};
pub use lorentz_conv2d::{LorentzConv2d, LorentzConv2dConfig};
pub use lorentz_linear::{LorentzLinear, LorentzLinearConfig};
pub use lorentz_mlr::{LorentzMlr, LorentzMlrConfig};
pub use poincare_attention::{PoincareAttention, PoincareAttentionConfig};
pub use poincare_concat::{PoincareConcat, PoincareSplit};
pub use poincare_conv2d::{PoincareConv2d, PoincareConv2dConfig};
pub use poincare_linear::{PoincareLinear, PoincareLinearConfig};
pub use pooling::{
    ManifoldAvgPool2d, ManifoldAvgPool2dConfig, ManifoldGlobalAvgPool, ManifoldMaxPool2d,
    ManifoldMaxPool2dConfig,
};
pub use residual::{LorentzResidual, LorentzResidualConfig, ManifoldResidual};
pub use rnn::{ManifoldRnn, ManifoldRnnConfig};
pub use slot::{Borrowed, SlotFor, SpaceSlot};
pub use tangent_linear::{MobiusLinear, TangentLinear, TangentLinearConfig};
pub use unidirectional_mlr::{UnidirectionalMlr, UnidirectionalMlrConfig};
