//! Layers on graphs.
//!
//! Each takes the features of the nodes and a [`Graph`](crate::sparse::Graph) and returns new ones,
//! with memory for edges × heads + nodes × width. [`HgcnConv`] at the nodes or by distances looks at
//! the ends of every edge: edges × width.
//!
//! | layer | rule |
//! |---|---|
//! | [`GcnConv`] | $\tilde D^{-1/2}\tilde A\tilde D^{-1/2}XW + b$ |
//! | [`SageConv`] | $XW_1 + \tilde D^{-1}\tilde AXW_2 + b$ |
//! | [`GatConv`] | attention over neighbors, several heads |
//! | [`HgcnConv`] | hyperbolic graph convolution, in tangent spaces at the origin or at the nodes |
//! | [`KappaGcnConv`] | aggregation by gyro-midpoints, curvature of either sign |
//! | [`LorentzAggregation`] | aggregation by centroids on the hyperboloid |

mod attention;
mod gat_conv;
mod gcn_conv;
mod hgcn_conv;
mod kappa_gcn_conv;
mod lorentz_aggregation;
mod neighbor_weighting;
mod sage_conv;
#[cfg(test)]
mod testing;

pub use attention::{EdgeAttention, EdgeAttentionConfig};
pub use gat_conv::{GatConv, GatConvConfig};
pub use gcn_conv::{GcnConv, GcnConvConfig};
pub use hgcn_conv::{AggregationPoint, HgcnConv, HgcnConvConfig};
pub use kappa_gcn_conv::{KappaGcnConv, KappaGcnConvConfig};
pub use lorentz_aggregation::LorentzAggregation;
pub use neighbor_weighting::{
    DistanceWeights, EqualWeights, NeighborWeighting, NeighborWeightingConfig, SymmetricWeights,
};
pub use sage_conv::{SageConv, SageConvConfig};
