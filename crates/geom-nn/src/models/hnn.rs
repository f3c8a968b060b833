//! Networks that see nodes one by one, flat or hyperbolic.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, Pointed, SpaceConfig, check_unique_parameters};

use super::ModelError;
use super::error::{check_dims, check_share, check_spaces};
use crate::layers::{Activation, Dropout, DropoutConfig, TangentLinear, TangentLinearConfig};
use crate::sparse::Features;

/// Settings of an [`Hnn`].
#[derive(Config, Debug, PartialEq)]
pub struct HnnConfig {
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The space of every layer, each with a curvature of its own.
    pub space: SpaceConfig,
    /// The share of the features of every layer that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// The share of weights that is dropped in training.
    #[config(default = 0.0)]
    pub weight_dropout: f64,
    /// The function between layers.
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

impl HnnConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, or the space does not exist with this curvature or dimension.
    pub fn try_init(&self, options: impl Into<TensorCreationOptions>) -> Result<Hnn, ModelError> {
        let options = options.into();
        let spaces = super::spaces(&self.space, &self.dims, &options)?;
        self.try_init_in(spaces, options)
    }

    /// A model in manifolds of any type, one for each layer; [`space`](Self::space) is not looked at.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, there is not one space for each layer, or two of them
    /// are clones with one learnable curvature.
    pub fn try_init_in<S: Pointed>(
        &self,
        spaces: Vec<S>,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Hnn<S>, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        check_share("dropout", self.dropout)?;
        check_share("weight_dropout", self.weight_dropout)?;
        check_spaces(&self.dims, &spaces)?;
        let layers = self.dims.windows(2).zip(spaces).map(|(dims, space)| {
            TangentLinearConfig::new(dims[0], dims[1])
                .with_dropout(self.weight_dropout)
                .init(space, options.clone())
        });
        let model = Hnn {
            layers: layers.collect(),
            dropout: DropoutConfig::new(self.dropout).init(),
            activation: self.activation,
        };
        check_unique_parameters(&model)?;
        Ok(model)
    }
}

model_init!(HnnConfig, Hnn);

/// Linear layers in curved spaces with an activation $\sigma$ between each two; in flat space, a
/// multilayer perceptron. It does not look at the graph.
///
/// $$ x_{l+1} = \exp_0\bigl(W_l\\,\sigma(\log_0(x_l))\bigr) \oplus \exp_0(b_l) $$
///
/// without $\sigma$ in the first, where $\log_0(x_0)$ are the features.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldKind, SpaceConfig};
/// use geom_nn::models::HnnConfig;
/// use geom_nn::sparse::Features;
///
/// let device = Device::flex();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let space = SpaceConfig::new(ManifoldKind::PoincareBall.into()).with_learnable(true);
/// let model = HnnConfig::new(vec![4, 8, 2], space).init(&device);
/// assert_eq!(model.forward_tangent(&x).dims(), [3, 2]);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §3.2.
#[derive(Module, Debug)]
pub struct Hnn<S: Pointed = AnyManifold> {
    /// The layers.
    pub layers: Vec<TangentLinear<S>>,
    /// Of the features of every layer.
    pub dropout: Dropout,
    #[module(skip)]
    activation: Activation,
}

impl<S: Pointed> Hnn<S> {
    /// The result in coordinates at the origin of the last layer's space.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`, coordinates at the origin
    /// - returns: `[nodes, dims.last()]`
    pub fn forward_tangent(&self, x: &Features) -> Tensor<2> {
        super::in_layers(&self.layers, x, self.activation, |_, layer, x| {
            let weight = layer.sampled_weight();
            let product = self.dropout.forward_features(x, &weight).matmul(weight);
            match layer.bias {
                Some(_) => layer.space.log0(layer.finish(product)),
                None => product,
            }
        })
    }
}
