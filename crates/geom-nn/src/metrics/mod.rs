//! Measures of a trained model, and of the data it learns from.
//!
//! | what | where |
//! |---|---|
//! | links against non-links, by score | [`roc_auc`], [`average_precision`] |
//! | predicted classes against true ones | [`accuracy`], [`f1`] |
//! | relations by distance | [`reconstruction`]: mean rank, mean average precision |

mod accuracy;
mod average_precision;
mod error;
mod f1;
mod ranked;
mod reconstruction;
mod roc_auc;

pub use accuracy::accuracy;
pub use average_precision::average_precision;
pub use error::MetricError;
pub use f1::{F1Average, f1};
pub use reconstruction::{Reconstruction, nearest_others, reconstruction};
pub use roc_auc::roc_auc;
