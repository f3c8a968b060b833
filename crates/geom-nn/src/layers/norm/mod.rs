//! Normalization of batches and of single points.

mod batch_norm;
mod layer_norm;

pub use batch_norm::{ManifoldBatchNorm, ManifoldBatchNormConfig};
pub use layer_norm::{ManifoldLayerNorm, ManifoldLayerNormConfig};
