//! GraphSAGE.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::layers::weights::xavier_uniform;
use crate::sparse::{Features, Graph};

/// Settings of a [`SageConv`].
#[derive(Config, Debug)]
pub struct SageConvConfig {
    /// Features of a node that enter.
    pub d_input: usize,
    /// Features that leave.
    pub d_output: usize,
}

impl SageConvConfig {
    /// A layer with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    pub fn init(&self, options: impl Into<TensorCreationOptions>) -> SageConv {
        let options = options.into();
        let weight = || xavier_uniform([self.d_input, self.d_output], 1.0, options.clone());
        SageConv {
            own: weight(),
            neighbors: weight(),
            bias: Param::from_tensor(Tensor::zeros([self.d_output], options.clone())),
        }
    }
}

/// The node itself and the mean over its neighborhood, each with its weight:
///
/// $$ x_i' = W_1x_i + W_2\\,\frac1{\tilde d_i}\sum_{j\in N(i)\cup\\{i\\}}x_j + b $$
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::graph::SageConvConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let layer = SageConvConfig::new(4, 2).init(&device);
/// assert_eq!(layer.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Hamilton, Ying, Leskovec (2017), *Inductive Representation Learning on Large Graphs*, alg. 1 with
/// mean aggregation.
#[derive(Module, Debug)]
pub struct SageConv {
    /// $W_1$, `[d_input, d_output]`.
    pub own: Param<Tensor<2>>,
    /// $W_2$, `[d_input, d_output]`.
    pub neighbors: Param<Tensor<2>>,
    /// `[d_output]`.
    pub bias: Param<Tensor<1>>,
}

impl SageConv {
    /// One layer.
    ///
    /// # Shapes
    /// - `x`: `[nodes, d_input]`
    /// - returns: `[nodes, d_output]`
    pub fn forward(&self, x: &Features, graph: &Graph) -> Tensor<2> {
        let mean = graph.mean(x.matmul(self.neighbors.val()));
        graph.target_rows(x.matmul(self.own.val())) + mean + self.bias.val().unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::testing::{complete, differentiable, permuted};
    use burn::tensor::Device;

    #[test]
    fn gradients_are_derivatives() {
        let layer = SageConvConfig::new(3, 2).init(&Device::flex());
        differentiable(layer, |layer, x, graph| {
            layer.forward(&Features::Dense(x), graph)
        });
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        let layer = SageConvConfig::new(3, 2).init(&Device::flex());
        permuted(|x, graph| layer.forward(&Features::Dense(x), graph));
    }

    #[test]
    fn nodes_of_a_complete_graph_differ_by_their_own_part() {
        let (x, graph) = complete();
        let layer = SageConvConfig::new(3, 2).init(&Device::flex());
        let rest = layer.forward(&Features::Dense(x.clone()), &graph) - x.matmul(layer.own.val());
        let spread = rest.clone() - rest.mean_dim(0);
        assert!(spread.abs().max().into_scalar::<f32>() < 1e-5);
    }
}
