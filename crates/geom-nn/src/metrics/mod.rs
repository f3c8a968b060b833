//! Measures of a trained model, and of the data it learns from.
//!
//! | what | where |
//! |---|---|
//! | links against non-links, by score | [`roc_auc`], [`average_precision`] |
//! | predicted classes against true ones | [`accuracy`], [`f1`] |
//! | relations by distance | [`reconstruction`]: mean rank, mean average precision; [`filtered_ranks_until`]: of held-out ones |
//! | distances against those of a graph | [`distortion`] |
//! | how far a graph is from a tree | [`delta_hyperbolicity`], [`sampled_delta_hyperbolicity`] |

mod accuracy;
mod average_precision;
mod delta_hyperbolicity;
mod distortion;
mod error;
mod f1;
mod ranked;
mod reconstruction;
mod roc_auc;

pub use accuracy::accuracy;
pub use average_precision::average_precision;
pub use delta_hyperbolicity::{
    EXACT_LIMIT, Hyperbolicity, SampledHyperbolicity, delta_hyperbolicity,
    sampled_delta_hyperbolicity,
};
pub use distortion::{Distortion, distortion};
pub use error::MetricError;
pub use f1::{F1Average, f1};
pub use geom_kernels::nearest::COMPARISONS_PER_PLACE;
pub use reconstruction::{
    FilteredRelations, HITS, Reconstruction, filtered_ranks_until, reconstruction,
    reconstruction_until,
};
pub use roc_auc::roc_auc;
