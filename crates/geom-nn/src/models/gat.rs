//! Flat graph attention networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};

use super::ModelError;
use super::error::{check_count, check_dims, check_share};
use crate::layers::graph::{GatConv, GatConvConfig};
use crate::layers::{Activation, Dropout, DropoutConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`Gat`].
#[derive(Config, Debug, PartialEq)]
pub struct GatConfig {
    /// Widths, from that of the features to that of the result; those between are per head.
    pub dims: Vec<usize>,
    /// Heads of every layer but the last, which takes the mean of [`output_heads`](Self::output_heads).
    #[config(default = 8)]
    pub heads: usize,
    /// Heads of the last layer.
    #[config(default = 1)]
    pub output_heads: usize,
    /// The share of features and of attention weights that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl GatConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range.
    pub fn try_init(&self, options: impl Into<TensorCreationOptions>) -> Result<Gat, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        check_share("dropout", self.dropout)?;
        check_count("heads", self.heads)?;
        check_count("output_heads", self.output_heads)?;
        let last = self.dims.len().saturating_sub(2);
        let layer = |(index, dims): (usize, &[usize])| {
            let heads_before = if index == 0 { 1 } else { self.heads };
            let heads = if index == last {
                self.output_heads
            } else {
                self.heads
            };
            GatConvConfig::new(dims[0] * heads_before, dims[1])
                .with_heads(heads)
                .with_concat(index != last)
                .with_dropout(self.dropout)
                .init(options.clone())
        };
        Ok(Gat {
            layers: self.dims.windows(2).enumerate().map(layer).collect(),
            dropout: DropoutConfig::new(self.dropout).init(),
        })
    }
}

model_init!(GatConfig, Gat);

/// Graph attention layers with an exponential linear unit between each two:
///
/// $$ x_i' = \big\Vert_k \sum_j \alpha_{ij}^k\\,W^k\operatorname{elu}(x_j) + b $$
///
/// with the heads $k$ side by side, $\alpha$ of
/// [`EdgeAttention`](crate::layers::graph::EdgeAttention), and no unit before the first layer. The
/// last layer takes the mean of its heads.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::models::GatConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let model = GatConfig::new(vec![4, 8, 2]).with_heads(3).init(&device);
/// assert_eq!(model.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Veličković et al. (2018), §3.3.
#[derive(Module, Debug)]
pub struct Gat {
    /// The layers.
    pub layers: Vec<GatConv>,
    /// Of the features of every layer.
    pub dropout: Dropout,
}

impl Gat {
    /// The result for every node.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`
    /// - returns: `[nodes, dims.last()]`
    pub fn forward(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        super::in_layers(&self.layers, x, Activation::Elu, |index, layer, x| {
            let dropped = self.dropout.forward_features(x, &layer.weight.val());
            layer.forward(&dropped, graph.layer(index))
        })
    }
}
