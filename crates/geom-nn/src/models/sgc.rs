//! Simplified graph convolution.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};

use super::ModelError;
use super::error::{check_dims, check_share};
use crate::layers::weights::xavier_uniform;
use crate::layers::{Dropout, DropoutConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of an [`Sgc`].
#[derive(Config, Debug, PartialEq)]
pub struct SgcConfig {
    /// Features of a node.
    pub d_input: usize,
    /// Features of the result.
    pub d_output: usize,
    /// How far neighbors reach.
    #[config(default = 2)]
    pub hops: usize,
    /// The share of features that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl SgcConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range.
    pub fn try_init(&self, options: impl Into<TensorCreationOptions>) -> Result<Sgc, ModelError> {
        let options = options.into();
        check_dims(&[self.d_input, self.d_output])?;
        check_share("dropout", self.dropout)?;
        Ok(Sgc {
            weight: xavier_uniform([self.d_input, self.d_output], 1.0, options.clone()),
            bias: Param::from_tensor(Tensor::zeros([self.d_output], options.clone())),
            hops: self.hops,
            dropout: DropoutConfig::new(self.dropout).init(),
        })
    }
}

model_init!(SgcConfig, Sgc);

/// One linear map of features averaged over $k$ hops, $\hat A^kXW + b$ with the symmetric
/// normalization $\hat A$.
///
/// The product with the narrow $XW$ comes first: the same result, at a fraction of the cost.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::models::SgcConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let model = SgcConfig::new(4, 2).with_hops(3).init(&device);
/// assert_eq!(model.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Wu et al. (2019), *Simplifying Graph Convolutional Networks*, eq. 8.
#[derive(Module, Debug)]
pub struct Sgc {
    /// `[d_input, d_output]`.
    pub weight: Param<Tensor<2>>,
    /// `[d_output]`.
    pub bias: Param<Tensor<1>>,
    hops: usize,
    /// Of the features.
    pub dropout: Dropout,
}

impl Sgc {
    /// The result for every node.
    ///
    /// # Shapes
    /// - `x`: `[nodes, d_input]`
    /// - returns: `[nodes, d_output]`
    pub fn forward(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        let weight = self.weight.val();
        let product = self.dropout.forward_features(x, &weight).matmul(weight);
        let y = (0..self.hops).fold(product, |y, hop| graph.layer(hop).symmetric(y));
        y + self.bias.val().unsqueeze()
    }
}
