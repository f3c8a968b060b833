//! Hyperbolic graph convolutional networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, Pointed, SpaceConfig, check_unique_parameters};

use super::ModelError;
use super::error::{check_dims, check_share, check_spaces};
use crate::layers::Activation;
use crate::layers::graph::{AggregationPoint, HgcnConv, HgcnConvConfig, NeighborWeightingConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of an [`Hgcn`].
#[derive(Config, Debug, PartialEq)]
pub struct HgcnConfig {
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The space of every layer, each with a curvature of its own.
    pub space: SpaceConfig,
    /// How neighbors are weighted.
    #[config(default = "NeighborWeightingConfig::Mean")]
    pub neighbors: NeighborWeightingConfig,
    /// Where they are averaged.
    #[config(default = "AggregationPoint::Origin")]
    pub aggregation_point: AggregationPoint,
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

impl HgcnConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, or the space does not exist with this curvature or dimension.
    pub fn try_init(&self, options: impl Into<TensorCreationOptions>) -> Result<Hgcn, ModelError> {
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
    ) -> Result<Hgcn<S>, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        check_share("dropout", self.dropout)?;
        check_share("weight_dropout", self.weight_dropout)?;
        check_spaces(&self.dims, &spaces)?;
        let layers = self.dims.windows(2).zip(spaces).map(|(dims, space)| {
            HgcnConvConfig::new(dims[0], dims[1])
                .with_neighbors(self.neighbors)
                .with_aggregation_point(self.aggregation_point)
                .with_dropout(self.dropout)
                .with_weight_dropout(self.weight_dropout)
                .init(space, options.clone())
        });
        let model = Hgcn {
            layers: layers.collect(),
            activation: self.activation,
        };
        check_unique_parameters(&model)?;
        Ok(model)
    }
}

model_init!(HgcnConfig, Hgcn);

/// Hyperbolic graph convolutions with an activation $\sigma$ between each two, which goes from one
/// curvature to the next:
///
/// $$ h_i = \exp_0\bigl(W\\,\sigma(\log_0(x_i))\bigr) \oplus \exp_0(b), \qquad
///    x_i' = \exp_0\Bigl(\sum_j w_{ij}\log_0(h_j)\Bigr) $$
///
/// without $\sigma$ in the first, where $\log_0(x_i)$ are the features. Choices of [`HgcnConv`] are
/// other weights $w_{ij}$ than those of the mean, and averages in the tangent space at the node.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldKind, SpaceConfig};
/// use geom_nn::models::HgcnConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let space = SpaceConfig::new(ManifoldKind::PoincareBall.into()).with_learnable(true);
/// let model = HgcnConfig::new(vec![4, 8, 2], space).init(&device);
/// assert_eq!(model.forward_tangent(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), *Hyperbolic Graph Convolutional Neural Networks*, §4.
#[derive(Module, Debug)]
pub struct Hgcn<S: Pointed = AnyManifold> {
    /// The convolutions.
    pub layers: Vec<HgcnConv<S>>,
    #[module(skip)]
    activation: Activation,
}

impl<S: Pointed> Hgcn<S> {
    /// The result in coordinates at the origin of the last layer's space.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`, coordinates at the origin
    /// - returns: `[nodes, dims.last()]`
    pub fn forward_tangent(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        super::in_layers(&self.layers, x, self.activation, |index, layer, x| {
            layer.forward_tangent(x, graph.layer(index))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use geom_core::{ManifoldKind, PoincareBall};

    fn config() -> HgcnConfig {
        HgcnConfig::new(vec![3, 4, 2], SpaceConfig::new(ManifoldKind::Sphere.into()))
    }

    #[test]
    fn each_layer_has_a_space_of_its_own() {
        let device = Device::flex();
        let balls = vec![
            PoincareBall::learnable(1.0, &device),
            PoincareBall::learnable(0.5, &device),
        ];
        let model = config().try_init_in(balls.clone(), &device).unwrap();
        // A learnable curvature is off by a few roundings of its raw parameter.
        const ROUNDINGS: f64 = 1e-6;
        let curvature = model.layers[1].space.curvature().value();
        assert!((curvature - 0.5).abs() < ROUNDINGS, "{curvature}");
        let error = config().try_init_in(balls[..1].to_vec(), &device);
        assert!(matches!(
            error,
            Err(ModelError::Spaces {
                layers: 2,
                spaces: 1
            })
        ));
    }

    #[test]
    fn clones_of_one_learnable_curvature_are_named_in_both_layers() {
        let device = Device::flex();
        let ball = PoincareBall::learnable(1.0, &device);
        let error = config().try_init_in(vec![ball.clone(), ball], &device);
        let Err(ModelError::Shared(error)) = error else {
            panic!("two layers have one curvature");
        };
        assert!(error.first.starts_with("layers.0.space."), "{error}");
        assert!(error.second.starts_with("layers.1.space."), "{error}");
    }
}
