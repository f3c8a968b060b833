//! Training objectives.
//!
//! | task | loss |
//! |---|---|
//! | links against non-links, by logits | [`link_prediction_loss`] |
//! | links against non-links, by distances | [`margin_ranking_loss`], [`ranking_loss`] |
//! | classes of nodes | [`cross_entropy_loss`], [`margin_classification_loss`] |
//! | a partial order | [`entailment_loss`] of [`EntailmentCones`] |

mod cone_pairs;
mod cross_entropy;
mod entailment_cones;
mod hinge;
mod link_prediction;
mod mean;
mod ranking;
mod softplus;
#[cfg(test)]
mod testing;

pub use cross_entropy::cross_entropy_loss;
pub use entailment_cones::{EntailmentCones, entailment_loss};
pub use hinge::{margin_classification_loss, margin_ranking_loss};
pub use link_prediction::link_prediction_loss;
pub use ranking::ranking_loss;
