//! Attention with several heads.

pub(crate) mod head_weights;
mod lorentz_attention;
mod poincare_attention;

pub use head_weights::{AttentionActivation, AttentionOutput};
pub use lorentz_attention::{LorentzAttention, LorentzAttentionConfig};
pub use poincare_attention::{PoincareAttention, PoincareAttentionConfig};
