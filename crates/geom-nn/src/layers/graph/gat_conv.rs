//! Graph attention.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};

use super::attention::{EdgeAttention, EdgeAttentionConfig};
use crate::layers::weights::xavier_uniform;
use crate::sparse::{Features, Graph, sparse_matmul};

/// Settings of a [`GatConv`].
#[derive(Config, Debug)]
pub struct GatConvConfig {
    /// Features of a node that enter.
    pub d_input: usize,
    /// Features that leave each head.
    pub d_head: usize,
    /// Heads.
    #[config(default = 8)]
    pub heads: usize,
    /// Whether the heads stand side by side; otherwise their mean is taken.
    #[config(default = true)]
    pub concat: bool,
    /// The slope of the leaky rectifier below zero.
    #[config(default = 0.2)]
    pub negative_slope: f64,
    /// The share of attention weights that are dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl GatConvConfig {
    /// A layer with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    pub fn init(&self, options: impl Into<TensorCreationOptions>) -> GatConv {
        let options = options.into();
        let width = self.heads * self.d_head;
        let attention = EdgeAttentionConfig::new(self.d_head)
            .with_heads(self.heads)
            .with_negative_slope(self.negative_slope)
            .with_dropout(self.dropout);
        let output = if self.concat { width } else { self.d_head };
        GatConv {
            weight: xavier_uniform([self.d_input, width], 1.0, options.clone()),
            attention: attention.init(options.clone()),
            bias: Param::from_tensor(Tensor::zeros([output], options.clone())),
            heads: self.heads,
            concat: self.concat,
        }
    }
}

/// Graph attention, $x_i' = \sum_j\alpha_{ij}Wx_j + b$ in each head, with $\alpha$ of
/// [`EdgeAttention`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::graph::GatConvConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let layer = GatConvConfig::new(4, 2).with_heads(3).init(&device);
/// assert_eq!(layer.forward(&x, &graph).dims(), [3, 6]);
/// ```
///
/// # References
/// Veličković et al. (2018), *Graph Attention Networks*, eq. 4–6.
#[derive(Module, Debug)]
pub struct GatConv {
    /// `[d_input, heads * d_head]`.
    pub weight: Param<Tensor<2>>,
    /// The weights of neighbors.
    pub attention: EdgeAttention,
    /// `[heads * d_head]`, or `[d_head]` for the mean of the heads.
    pub bias: Param<Tensor<1>>,
    heads: usize,
    concat: bool,
}

impl GatConv {
    /// One layer.
    ///
    /// # Shapes
    /// - `x`: `[nodes, d_input]`
    /// - returns: `[nodes, heads * d_head]`, or `[nodes, d_head]` for the mean of the heads
    pub fn forward(&self, x: &Features, graph: &Graph) -> Tensor<2> {
        let h = x.matmul(self.weight.val());
        let weights = self.attention.forward(h.clone(), graph);
        let mut y = sparse_matmul(graph.pattern(), weights, h);
        if !self.concat {
            let [nodes, width] = y.dims();
            let split = y.reshape([nodes, self.heads, width / self.heads]);
            y = split.mean_dim(1).reshape([nodes, width / self.heads]);
        }
        y + self.bias.val().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::testing::{differentiable, example, permuted, rests};
    use burn::tensor::Device;
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn gradients_are_derivatives() {
        let layer = GatConvConfig::new(3, 2).with_heads(2).init(&Device::flex());
        differentiable(layer, |layer, x, graph| {
            layer.forward(&Features::Dense(x), graph)
        });
    }

    #[test]
    fn a_frozen_layer_rests() {
        let config = GatConvConfig::new(3, 2).with_heads(2).with_dropout(0.5);
        rests(config.init(&Device::flex()), |layer, x, graph| {
            layer.forward(&Features::Dense(x), graph)
        });
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        let layer = GatConvConfig::new(3, 2).with_heads(2).init(&Device::flex());
        permuted(|x, graph| layer.forward(&Features::Dense(x), graph));
    }

    #[test]
    fn it_is_the_sum_over_neighbors_of_the_formula() {
        let (x, graph) = example();
        let layer = GatConvConfig::new(3, 2).with_heads(2).init(&Device::flex());
        let result = to_vec_f64(layer.forward(&Features::Dense(x.clone()), &graph));
        let h = to_vec_f64(x.matmul(layer.weight.val()));
        let [own, neighbor] =
            [&layer.attention.own, &layer.attention.neighbor].map(|a| to_vec_f64(a.val()));
        let product = |vector: &[f64], node: usize, head: usize| -> f64 {
            let place = |k: usize| vector[2 * head + k] * h[4 * node + 2 * head + k];
            place(0) + place(1)
        };
        for (i, bounds) in graph.pattern().offsets().windows(2).enumerate() {
            let neighbors = &graph.pattern().indices()[bounds[0]..bounds[1]];
            for head in 0..2 {
                let weights: Vec<f64> = neighbors
                    .iter()
                    .map(|&j| product(&own, i, head) + product(&neighbor, j as usize, head))
                    .map(|score| if score < 0.0 { 0.2 * score } else { score })
                    .map(f64::exp)
                    .collect();
                let sum: f64 = weights.iter().sum();
                for k in 0..2 {
                    let terms = neighbors.iter().zip(&weights);
                    let expected: f64 = terms
                        .map(|(&j, weight)| weight / sum * h[4 * j as usize + 2 * head + k])
                        .sum();
                    assert!((result[4 * i + 2 * head + k] - expected).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn the_mean_of_the_heads_has_the_width_of_one() {
        let (x, graph) = example();
        let layer = GatConvConfig::new(3, 2)
            .with_concat(false)
            .init(&Device::flex());
        assert_eq!(layer.forward(&Features::Dense(x), &graph).dims(), [5, 2]);
    }
}
