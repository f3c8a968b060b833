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
mod centroid;
mod classify;
mod combine;
mod conv;
mod dropout;
mod glu;
pub mod graph;
mod linear;
mod norm;
mod recurrent;
mod slot;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod weights;

pub use activation::{Activation, ManifoldActivation, ManifoldActivationConfig};
pub use attention::{
    AttentionActivation, AttentionOutput, LorentzAttention, LorentzAttentionConfig,
    PoincareAttention, PoincareAttentionConfig,
};
pub use centroid::Centroid;
pub use classify::{
    GaneaMlr, GaneaMlrConfig, LorentzMlr, LorentzMlrConfig, UnidirectionalMlr,
    UnidirectionalMlrConfig,
};
pub use combine::{
    LorentzResidual, LorentzResidualConfig, ManifoldResidual, PoincareConcat, PoincareSplit, beta,
};
pub use conv::{
    LorentzConv2d, LorentzConv2dConfig, ManifoldAvgPool2d, ManifoldAvgPool2dConfig,
    ManifoldGlobalAvgPool, ManifoldMaxPool2d, ManifoldMaxPool2dConfig, PoincareConv2d,
    PoincareConv2dConfig,
};
pub use dropout::{Dropout, DropoutConfig, ManifoldDropout, ManifoldDropoutConfig};
pub use glu::PoincareGlu;
pub use linear::{
    LorentzLinear, LorentzLinearConfig, ManifoldBias, ManifoldBiasConfig, MobiusLinear,
    PoincareLinear, PoincareLinearConfig, TangentLinear, TangentLinearConfig,
};
pub use norm::{
    ManifoldBatchNorm, ManifoldBatchNormConfig, ManifoldLayerNorm, ManifoldLayerNormConfig,
};
pub use recurrent::{ManifoldGru, ManifoldGruConfig, ManifoldRnn, ManifoldRnnConfig};
pub use slot::{Borrowed, SlotFor, SpaceSlot};
