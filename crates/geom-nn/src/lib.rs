//! Models, losses, sampling and measures on curved spaces, for Burn.
//!
//! | what | where |
//! |---|---|
//! | coordinates at the origin of a curved space | [`spaces`] |
//! | a table of points on a manifold | [`models::Embedding`] |
//! | the softmax ranking loss | [`losses::ranking_loss`] |
//! | negatives: uniform, by degree, mined | [`sampling`] |
//! | mean rank and mean average precision | [`metrics::reconstruction`] |
//! | exact nearest neighbours on the CPU | [`nearest`] |
//!
//! No optimizer lives here, and no training loop: see `geom-optim` and `geom-train`.

pub mod layers;
pub mod losses;
pub mod metrics;
pub mod models;
pub mod nearest;
mod positives;
pub mod real;
pub mod sampling;
pub mod spaces;
pub mod sparse;

pub use positives::Positives;
