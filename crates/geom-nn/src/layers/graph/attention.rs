//! How much each neighbor counts.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::layers::dropout::{Dropout, DropoutConfig};
use crate::layers::weights::xavier_uniform;
use crate::sparse::{EdgeEnd, Graph, edge_gather, edge_softmax};

/// Settings of an [`EdgeAttention`].
#[derive(Config, Debug)]
pub struct EdgeAttentionConfig {
    /// Features of a head.
    pub d_head: usize,
    /// Heads.
    #[config(default = 1)]
    pub heads: usize,
    /// The slope of the leaky rectifier below zero.
    #[config(default = 0.2)]
    pub negative_slope: f64,
    /// The share of weights that are dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl EdgeAttentionConfig {
    /// Attention with vectors drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If the share that is dropped is not in `[0, 1)`.
    pub fn init(&self, options: impl Into<TensorCreationOptions>) -> EdgeAttention {
        let options = options.into();
        let vector = || xavier_uniform([self.heads, self.d_head], 1.0, options.clone());
        EdgeAttention {
            own: vector(),
            neighbor: vector(),
            negative_slope: self.negative_slope,
            dropout: DropoutConfig::new(self.dropout).init(),
        }
    }
}

/// Additive attention over the neighbors of a node, itself included, in each head:
///
/// $$ \alpha_{ij} = \operatorname{softmax}_j\ \sigma\bigl(\langle a, h_i\rangle + \langle b, h_j\rangle\bigr) $$
///
/// with a leaky rectifier $\sigma$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::graph::EdgeAttentionConfig;
/// use geom_nn::sparse::{EdgeEnd, Graph, edge_scatter};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let attention = EdgeAttentionConfig::new(2).with_heads(3).init(&device);
/// let weights = attention.forward(Tensor::<2>::ones([3, 6], &device), &graph);
/// // Two edges in both directions and a loop at each node; those of a node sum to 1 in every head.
/// assert_eq!(weights.dims(), [7, 3]);
/// let sums = edge_scatter(graph.pattern(), weights, EdgeEnd::Target);
/// assert!((sums - 1.0).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Veličković et al. (2018), eq. 3.
#[derive(Module, Debug)]
pub struct EdgeAttention {
    /// $a$, `[heads, d_head]`.
    pub own: Param<Tensor<2>>,
    /// $b$, `[heads, d_head]`.
    pub neighbor: Param<Tensor<2>>,
    /// Of the weights of edges.
    pub dropout: Dropout,
    negative_slope: f64,
}

impl EdgeAttention {
    /// The weight of every edge.
    ///
    /// # Shapes
    /// - `h`: `[nodes, heads * d_head]`
    /// - returns: `[entries, heads]`
    pub fn forward(&self, h: Tensor<2>, graph: &Graph) -> Tensor<2> {
        let [heads, d_head] = self.own.val().dims();
        let [nodes, _] = h.dims();
        let h = h.reshape([nodes, heads, d_head]);
        let score = |vector: &Param<Tensor<2>>| {
            let products = h.clone() * vector.val().unsqueeze();
            products.sum_dim(2).reshape([nodes, heads])
        };
        let pattern = graph.pattern();
        let own = graph.target_rows(score(&self.own));
        let scores = edge_gather(pattern, own, EdgeEnd::Target)
            + edge_gather(pattern, score(&self.neighbor), EdgeEnd::Source);
        let weights = edge_softmax(pattern, leaky_relu(scores, self.negative_slope));
        self.dropout.forward(weights)
    }
}
