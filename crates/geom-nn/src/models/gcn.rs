//! Flat graph convolutional networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};

use super::ModelError;
use super::error::{check_dims, check_share};
use crate::layers::graph::{GcnConv, GcnConvConfig};
use crate::layers::{Activation, Dropout, DropoutConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`Gcn`].
#[derive(Config, Debug, PartialEq)]
pub struct GcnConfig {
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The share of the features of every layer that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// The function between layers.
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

impl GcnConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range.
    pub fn try_init(&self, options: impl Into<TensorCreationOptions>) -> Result<Gcn, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        check_share("dropout", self.dropout)?;
        let layer = |dims: &[usize]| GcnConvConfig::new(dims[0], dims[1]).init(options.clone());
        Ok(Gcn {
            layers: self.dims.windows(2).map(layer).collect(),
            dropout: DropoutConfig::new(self.dropout).init(),
            activation: self.activation,
        })
    }
}

model_init!(GcnConfig, Gcn);

/// Graph convolutions with an activation $\sigma$ between each two:
///
/// $$ X_{l+1} = \hat A\\,\sigma(X_l)\\,W_l + b_l, \qquad
///    \hat A = \tilde D^{-1/2}\tilde A\tilde D^{-1/2} $$
///
/// with the features $X_0$ themselves, without $\sigma$, in the first.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::models::GcnConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let model = GcnConfig::new(vec![4, 8, 2]).init(&device);
/// assert_eq!(model.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Kipf & Welling (2017), eq. 9.
#[derive(Module, Debug)]
pub struct Gcn {
    /// The convolutions.
    pub layers: Vec<GcnConv>,
    /// Of the features of every layer.
    pub dropout: Dropout,
    #[module(skip)]
    activation: Activation,
}

impl Gcn {
    /// The result for every node.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`
    /// - returns: `[nodes, dims.last()]`
    pub fn forward(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        super::in_layers(&self.layers, x, self.activation, |index, layer, x| {
            let dropped = self.dropout.forward_features(x, &layer.weight.val());
            layer.forward(&dropped, graph.layer(index))
        })
    }
}
