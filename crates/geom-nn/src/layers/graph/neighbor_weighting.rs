//! Ways to weight the neighbors of a node.

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;
use serde::{Deserialize, Serialize};

use super::attention::{EdgeAttention, EdgeAttentionConfig};
use crate::sparse::{EdgeEnd, Graph, edge_gather, edge_softmax};

/// Settings of a [`NeighborWeighting`]: which one it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeighborWeightingConfig {
    /// All alike, $1/\tilde d_i$.
    #[default]
    Mean,
    /// By $1/\sqrt{\tilde d_i\tilde d_j}$, as in [`GcnConv`](super::GcnConv); they do not sum to 1.
    Symmetric,
    /// By [`EdgeAttention`] on coordinates at the origin.
    Attention,
    /// By the softmax of $-d(x_i, x_j)^2$: those that are close.
    Distance,
}

impl NeighborWeightingConfig {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mean, Self::Symmetric, Self::Attention, Self::Distance];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Symmetric => "symmetric",
            Self::Attention => "attention",
            Self::Distance => "distance",
        }
    }

    /// The weighting for points of dimension `dim`; what it learns is drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    pub fn init(self, dim: usize, options: impl Into<TensorCreationOptions>) -> NeighborWeighting {
        match self {
            Self::Mean => NeighborWeighting::Mean(EqualWeights),
            Self::Symmetric => NeighborWeighting::Symmetric(SymmetricWeights),
            Self::Attention => {
                NeighborWeighting::Attention(EdgeAttentionConfig::new(dim).init(options))
            }
            Self::Distance => NeighborWeighting::Distance(DistanceWeights),
        }
    }
}

/// How the neighbors of a node are weighted, with the parameters learned for it.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_nn::layers::graph::{NeighborWeighting, NeighborWeightingConfig};
///
/// let weighting = NeighborWeightingConfig::Attention.init(4, &Device::flex());
/// let NeighborWeighting::Attention(attention) = weighting else {
///     panic!("attention was asked for");
/// };
/// assert_eq!(attention.neighbor.val().dims(), [1, 4]);
/// ```
#[derive(Module, Debug)]
// One weighting per layer: its size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum NeighborWeighting {
    /// All alike, $1/\tilde d_i$.
    Mean(EqualWeights),
    /// By $1/\sqrt{\tilde d_i\tilde d_j}$, as in [`GcnConv`](super::GcnConv); they do not sum to 1.
    Symmetric(SymmetricWeights),
    /// By [`EdgeAttention`] on coordinates at the origin.
    Attention(EdgeAttention),
    /// By the softmax of $-d(x_i, x_j)^2$: those that are close.
    Distance(DistanceWeights),
}

/// Weights $1/\tilde d_i$, which learn nothing.
#[derive(Module, Debug, Default)]
pub struct EqualWeights;

/// Weights $1/\sqrt{\tilde d_i\tilde d_j}$, which learn nothing.
#[derive(Module, Debug, Default)]
pub struct SymmetricWeights;

/// Weights by the softmax of $-d(x_i, x_j)^2$, which learn nothing.
#[derive(Module, Debug, Default)]
pub struct DistanceWeights;

impl NeighborWeighting {
    /// The weights `[entries, 1]` for points of `space`, given by what finds their coordinates `v`
    /// at the origin and the points `x` themselves, where they are needed.
    pub(super) fn weights<S: Pointed>(
        &self,
        space: &S,
        v: impl FnOnce() -> Tensor<2>,
        x: impl FnOnce() -> Tensor<2>,
        graph: &Graph,
    ) -> Tensor<2> {
        match self {
            Self::Mean(_) => graph.mean_weights(),
            Self::Symmetric(_) => graph.symmetric_weights(),
            Self::Attention(attention) => attention.forward(v(), graph),
            Self::Distance(_) => {
                let (own, other) = ends(x(), graph);
                edge_softmax(graph.pattern(), space.distance(own, other).square().neg())
            }
        }
    }

    /// Whether the weights of a node's neighbors sum to 1.
    pub fn is_normalized(&self) -> bool {
        !matches!(self, Self::Symmetric(_))
    }
}

/// The points at both ends of every edge.
pub(super) fn ends(x: Tensor<2>, graph: &Graph) -> (Tensor<2>, Tensor<2>) {
    let pattern = graph.pattern();
    let own = edge_gather(pattern, graph.target_rows(x.clone()), EdgeEnd::Target);
    (own, edge_gather(pattern, x, EdgeEnd::Source))
}
