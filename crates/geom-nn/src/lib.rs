//! Models, losses, sampling and measures on curved spaces, for Burn.
//!
//! | what | where |
//! |---|---|
//! | coordinates at the origin of a curved space | [`spaces`] |
//! | a table of points on a manifold | [`models::Embedding`] |
//! | layers | [`layers`] |
//! | sparse matrices and graphs | [`sparse`] |
//! | from points to links and classes | [`decoders`] |
//! | training objectives | [`losses`] |
//! | negatives: uniform, by degree, mined; neighbours for mini-batches | [`sampling`] |
//! | measures of models and graphs | [`metrics`] |
//! | the neighbours of nodes, as CSR rows | [`Adjacency`] |
//! | exact nearest neighbours on the CPU | [`nearest`] |
//!
//! No optimizer lives here, and no training loop: see `geom-optim` and `geom-train`.

mod adjacency;
pub mod decoders;
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

pub use adjacency::Adjacency;
pub use positives::Positives;
