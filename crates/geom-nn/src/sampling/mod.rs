//! Drawing negatives: nodes that a given node is not related to.

mod hard_negatives;
mod negatives;

pub use hard_negatives::HardNegatives;
pub use negatives::{NegativeSampler, NoNegatives};
