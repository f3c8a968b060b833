//! Ways to weigh the neighbours of a node.

use burn::module::Module;
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

/// The weights of the neighbours of every node.
#[derive(Module, Debug)]
pub struct NeighbourWeights {
    /// The attention, if weights are learned.
    pub attention: Option<EdgeAttention>,
    #[module(skip)]
    kind: Neighbours,
}

impl NeighbourWeights {
    /// Weights of this kind for points of dimension `dim`.
    pub(super) fn new(
        kind: Neighbours,
        dim: usize,
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        let attention = (kind == Neighbours::Attention)
            .then(|| EdgeAttentionConfig::new(dim).init(options.into()));
        Self { attention, kind }
    }

    /// How neighbours are weighed.
    pub fn kind(&self) -> Neighbours {
        self.kind
    }

    /// The weights `[entries, 1]` for points of `space`, given by what finds their coordinates `v`
    /// at the origin and the points `x` themselves, where they are needed.
    pub(super) fn forward<S: OriginChart>(
        &self,
        space: &S,
        v: impl FnOnce() -> Tensor<2>,
        x: impl FnOnce() -> Tensor<2>,
        graph: &Graph,
    ) -> Tensor<2> {
        match (&self.attention, self.kind) {
            (Some(attention), _) => attention.forward(v(), graph),
            (None, Neighbours::Distance) => {
                let (own, other) = ends(x(), graph);
                edge_softmax(graph.pattern(), space.distance(own, other).square().neg())
            }
            (None, Neighbours::Symmetric) => graph.symmetric_weights(),
            (None, Neighbours::Mean | Neighbours::Attention) => graph.mean_weights(),
        }
    }
}

/// The points at both ends of every edge.
pub(super) fn ends(x: Tensor<2>, graph: &Graph) -> (Tensor<2>, Tensor<2>) {
    let pattern = graph.pattern();
    let own = edge_gather(pattern, graph.own(x.clone()), End::Row);
    (own, edge_gather(pattern, x, End::Column))
}
