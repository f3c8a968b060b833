//! Ways to weigh the neighbours of a node.

use burn::tensor::{Tensor, TensorCreationOptions};
use serde::{Deserialize, Serialize};

use super::attention::{EdgeAttention, EdgeAttentionConfig};
use crate::spaces::OriginChart;
use crate::sparse::{End, Graph, edge_gather, edge_softmax};

/// How the neighbours of a node are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neighbours {
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

impl Neighbours {
    /// What is learned, for points of dimension `dim`.
    pub(super) fn attention(
        self,
        dim: usize,
        options: impl Into<TensorCreationOptions>,
    ) -> Option<EdgeAttention> {
        let learned = self == Self::Attention;
        learned.then(|| EdgeAttentionConfig::new(dim).init(options.into()))
    }

    /// The weights `[entries, 1]` for points of `space`, given by what finds their coordinates `v`
    /// at the origin and the points `x` themselves, where they are needed.
    pub(super) fn weights<S: OriginChart>(
        self,
        attention: Option<&EdgeAttention>,
        space: &S,
        v: impl FnOnce() -> Tensor<2>,
        x: impl FnOnce() -> Tensor<2>,
        graph: &Graph,
    ) -> Tensor<2> {
        match (attention, self) {
            (Some(attention), _) => attention.forward(v(), graph),
            (None, Self::Distance) => {
                let (own, other) = ends(x(), graph);
                edge_softmax(graph.pattern(), space.distance(own, other).square().neg())
            }
            (None, Self::Symmetric) => graph.symmetric_weights(),
            (None, Self::Mean | Self::Attention) => graph.mean_weights(),
        }
    }
}

/// The points at both ends of every edge.
pub(super) fn ends(x: Tensor<2>, graph: &Graph) -> (Tensor<2>, Tensor<2>) {
    let pattern = graph.pattern();
    let own = edge_gather(pattern, graph.own(x.clone()), End::Row);
    (own, edge_gather(pattern, x, End::Column))
}
