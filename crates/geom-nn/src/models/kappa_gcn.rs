//! Graph networks of constant curvature of either sign.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, Pointed, SpaceConfig, Stereographic};

use super::error::check_share;
use super::{ModelError, ModelKind};
use crate::layers::Activation;
use crate::layers::graph::{KappaGcnConv, KappaGcnConvConfig, NeighborWeightingConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`KappaGcn`].
#[derive(Config, Debug, PartialEq)]
pub struct KappaGcnConfig {
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The space of every layer, each with a curvature of its own: the stereographic model, whose
    /// curvature is $\kappa = -c$ of either sign.
    pub space: SpaceConfig,
    /// The share of the features of every layer that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// How neighbors are weighted.
    #[config(default = "NeighborWeightingConfig::Symmetric")]
    pub neighbors: NeighborWeightingConfig,
    /// The function between layers.
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

impl KappaGcnConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, or the space is not the stereographic model.
    pub fn try_init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<KappaGcn, ModelError> {
        let options = options.into();
        check_share("dropout", self.dropout)?;
        let spaces = super::spaces(&self.space, &self.dims, &options)?.into_iter();
        let layers = self.dims.windows(2).zip(spaces).map(|(dims, space)| {
            let AnyManifold::Stereographic(space) = space else {
                let (model, space) = (ModelKind::KappaGcn, self.space.name.to_string());
                return Err(ModelError::Unsupported { model, space });
            };
            let config = KappaGcnConvConfig::new(dims[0], dims[1])
                .with_dropout(self.dropout)
                .with_neighbors(self.neighbors);
            Ok(config.init(space, options.clone()))
        });
        Ok(KappaGcn {
            layers: layers.collect::<Result<_, ModelError>>()?,
            activation: self.activation,
        })
    }
}

model_init!(KappaGcnConfig, KappaGcn);

/// Convolutions by gyro-midpoints with an activation $\sigma$ between each two, which goes from one
/// curvature to the next. Curvatures may train across zero.
///
/// $$ X_{l+1} = \hat A \boxtimes \exp_0\bigl(\sigma(\log_0(X_l))\\,W_l\bigr) \oplus \exp_0(b_l) $$
///
/// with $\boxtimes$ of [`KappaGcnConv`], and without $\sigma$ in the first, where $\log_0(X_0)$ are
/// the features.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldKind, SpaceConfig};
/// use geom_nn::models::KappaGcnConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let space = SpaceConfig::new(ManifoldKind::Stereographic.into()).with_learnable(true);
/// let model = KappaGcnConfig::new(vec![4, 8, 2], space).init(&device);
/// assert_eq!(model.forward_tangent(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Bachmann, Bécigneul, Ganea (2020), *Constant Curvature Graph Convolutional Networks*, §3.
#[derive(Module, Debug)]
pub struct KappaGcn {
    /// The convolutions.
    pub layers: Vec<KappaGcnConv<Stereographic>>,
    #[module(skip)]
    activation: Activation,
}

impl KappaGcn {
    /// The result in coordinates at the origin of the last layer's space.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`, coordinates at the origin
    /// - returns: `[nodes, dims.last()]`
    pub fn forward_tangent(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        super::in_layers(&self.layers, x, self.activation, |index, layer, x| {
            layer.space.log0(layer.forward(x, graph.layer(index)))
        })
    }
}
