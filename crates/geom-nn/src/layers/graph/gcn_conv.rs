//! Graph convolution.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::layers::weights::xavier_uniform;
use crate::sparse::{Features, Graph};

/// Settings of a [`GcnConv`].
#[derive(Config, Debug)]
pub struct GcnConvConfig {
    /// Features of a node that enter.
    pub d_input: usize,
    /// Features that leave.
    pub d_output: usize,
    /// Whether a learned vector is added.
    #[config(default = true)]
    pub bias: bool,
}

impl GcnConvConfig {
    /// A layer with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    pub fn init(&self, options: impl Into<TensorCreationOptions>) -> GcnConv {
        let options = options.into();
        let weight = xavier_uniform([self.d_input, self.d_output], 1.0, options.clone());
        let bias = Tensor::zeros([self.d_output], options.clone());
        GcnConv {
            weight,
            bias: self.bias.then(|| Param::from_tensor(bias)),
        }
    }
}

/// Graph convolution with the symmetric normalization:
///
/// $$ X' = \tilde D^{-1/2}\tilde A\tilde D^{-1/2}\\,XW + b, \qquad \tilde A = A + I $$
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::graph::GcnConvConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let layer = GcnConvConfig::new(4, 2).init(&device);
/// assert_eq!(layer.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Kipf & Welling (2017), *Semi-Supervised Classification with Graph Convolutional Networks*, eq. 2.
#[derive(Module, Debug)]
pub struct GcnConv {
    /// `[d_input, d_output]`.
    pub weight: Param<Tensor<2>>,
    /// `[d_output]`.
    pub bias: Option<Param<Tensor<1>>>,
}

impl GcnConv {
    /// One convolution.
    ///
    /// # Shapes
    /// - `x`: `[nodes, d_input]`
    /// - returns: `[nodes, d_output]`
    pub fn forward(&self, x: &Features, graph: &Graph) -> Tensor<2> {
        let y = graph.symmetric(x.matmul(self.weight.val()));
        match &self.bias {
            Some(bias) => y + bias.val().unsqueeze(),
            None => y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::testing::{complete, differentiable, example, permuted};
    use burn::tensor::Device;

    #[test]
    fn gradients_are_derivatives() {
        let layer = GcnConvConfig::new(3, 2).init(&Device::flex());
        differentiable(layer, |layer, x, graph| {
            layer.forward(&Features::Dense(x), graph)
        });
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        let layer = GcnConvConfig::new(3, 2).init(&Device::flex());
        permuted(|x, graph| layer.forward(&Features::Dense(x), graph));
    }

    #[test]
    fn every_node_of_a_complete_graph_gets_the_mean() {
        let (x, graph) = complete();
        let layer = GcnConvConfig::new(3, 2).init(&Device::flex());
        let mean = x.clone().mean_dim(0).matmul(layer.weight.val());
        let error = layer.forward(&Features::Dense(x), &graph) - mean;
        assert!(error.abs().max().into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn the_bias_is_optional() {
        let (x, graph) = example();
        let layer = GcnConvConfig::new(3, 2)
            .with_bias(false)
            .init(&Device::flex());
        assert!(layer.bias.is_none());
        assert_eq!(layer.forward(&Features::Dense(x), &graph).dims(), [5, 2]);
    }
}
