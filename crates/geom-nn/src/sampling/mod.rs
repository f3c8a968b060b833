//! Drawing what a step of training looks at: negatives, nodes that a given node is not related to, and
//! neighbors, for graphs that do not fit at once.

mod graphs;
mod hard_negatives;
mod negatives;
mod neighbors;

pub use graphs::{GraphSampler, SampledGraphs, SamplerWorker};
pub use hard_negatives::HardNegatives;
pub use negatives::{NegativeSampler, NoNegatives};
pub use neighbors::{Block, NeighborSample, NeighborSampler};
