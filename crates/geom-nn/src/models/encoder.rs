//! Any model of nodes, chosen at run time.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, Euclidean, Manifold, Pointed, SpaceConfig};

use super::error::check_dims;
use super::{
    Gat, GatConfig, Gcn, GcnConfig, Hgcn, HgcnConfig, Hnn, HnnConfig, HyboNet, HyboNetConfig,
    KappaGcn, KappaGcnConfig, ModelError, ModelKind, NodeTable, NodeTableConfig, Sgc, SgcConfig,
};
use crate::layers::Activation;
use crate::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`NodeEncoder`].
#[derive(Config, Debug, PartialEq)]
pub struct NodeEncoderConfig {
    /// The model.
    pub kind: ModelKind,
    /// Nodes, for the models that have a parameter for each.
    pub nodes: usize,
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The space of the points, in models of several spaces that of every layer.
    pub space: SpaceConfig,
    /// How [`Hgcn`] and [`KappaGcn`] weight neighbors.
    #[config(default = "NeighborWeightingConfig::Mean")]
    pub neighbors: NeighborWeightingConfig,
    /// Where [`Hgcn`] averages them.
    #[config(default = "AggregationPoint::Origin")]
    pub aggregation_point: AggregationPoint,
    /// Heads of [`Gat`].
    #[config(default = 8)]
    pub heads: usize,
    /// The share of features that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// The share of weights that is dropped in training, where layers have that.
    #[config(default = 0.0)]
    pub weight_dropout: f64,
    /// The function between layers.
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

impl NodeEncoderConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, the space does not exist with this curvature or dimension, or
    /// the model not in this space.
    pub fn try_init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<NodeEncoder, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        if self.kind.is_flat() && !self.space.name.is_euclidean() {
            let (model, space) = (self.kind, self.space.name.to_string());
            return Err(ModelError::Unsupported { model, space });
        }
        let (dims, space) = (self.dims.clone(), self.space.clone());
        let (input, output) = (dims[0], dims[dims.len() - 1]);
        Ok(match self.kind {
            ModelKind::Hgcn => {
                let config = HgcnConfig::new(dims, space)
                    .with_neighbors(self.neighbors)
                    .with_aggregation_point(self.aggregation_point)
                    .with_dropout(self.dropout)
                    .with_weight_dropout(self.weight_dropout)
                    .with_activation(self.activation);
                NodeEncoder::Hgcn(config.try_init(options)?)
            }
            ModelKind::Hnn | ModelKind::Mlp => {
                let config = HnnConfig::new(dims, space)
                    .with_dropout(self.dropout)
                    .with_weight_dropout(self.weight_dropout)
                    .with_activation(self.activation);
                NodeEncoder::Hnn(config.try_init(options)?)
            }
            ModelKind::Gcn => {
                let config = GcnConfig::new(dims)
                    .with_dropout(self.dropout)
                    .with_activation(self.activation);
                NodeEncoder::Gcn(config.try_init(options)?)
            }
            ModelKind::Gat => {
                let config = GatConfig::new(dims)
                    .with_heads(self.heads)
                    .with_dropout(self.dropout);
                NodeEncoder::Gat(config.try_init(options)?)
            }
            ModelKind::Sgc => {
                let config = SgcConfig::new(input, output)
                    .with_hops(self.dims.len() - 1)
                    .with_dropout(self.dropout);
                NodeEncoder::Sgc(config.try_init(options)?)
            }
            ModelKind::Shallow => {
                let config = NodeTableConfig::new(self.nodes, output, space);
                NodeEncoder::Shallow(config.try_init(options)?)
            }
            ModelKind::HyboNet => {
                let config = HyboNetConfig::new(dims, space).with_dropout(self.dropout);
                NodeEncoder::HyboNet(config.try_init(options)?)
            }
            ModelKind::KappaGcn => {
                let config = KappaGcnConfig::new(dims, space)
                    .with_dropout(self.dropout)
                    .with_neighbors(self.neighbors)
                    .with_activation(self.activation);
                NodeEncoder::KappaGcn(config.try_init(options)?)
            }
        })
    }
}

model_init!(NodeEncoderConfig, NodeEncoder);

/// A model that gives every node a point, chosen at run time.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::SpaceConfig;
/// use geom_nn::models::{ModelKind, NodeEncoderConfig};
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let space = SpaceConfig::new(ModelKind::Hgcn.default_space()).with_learnable(true);
/// let config = NodeEncoderConfig::new(ModelKind::Hgcn, 3, vec![4, 8, 2], space);
/// let model = config.init(&device);
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let v = model.forward_tangent(&Features::Dense(Tensor::ones([3, 4], &device)), &graph);
/// assert_eq!(v.dims(), [3, 2]);
/// ```
#[derive(Module, Debug)]
// One encoder per model: its size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum NodeEncoder {
    /// [`Hgcn`].
    Hgcn(Hgcn),
    /// [`Hnn`], and in flat space the multilayer perceptron.
    Hnn(Hnn),
    /// [`Gcn`].
    Gcn(Gcn),
    /// [`Gat`].
    Gat(Gat),
    /// [`Sgc`].
    Sgc(Sgc),
    /// [`NodeTable`].
    Shallow(NodeTable),
    /// [`HyboNet`].
    HyboNet(HyboNet),
    /// [`KappaGcn`].
    KappaGcn(KappaGcn),
}

impl NodeEncoder {
    /// The coordinates at the origin of every node's point.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`
    /// - returns: `[nodes, dims.last()]`; as many rows as the last layer's graph has, if the model sees
    ///   neighbors at all
    pub fn forward_tangent(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        match self {
            Self::Hgcn(model) => model.forward_tangent(x, graph),
            Self::Hnn(model) => model.forward_tangent(x),
            Self::Gcn(model) => model.forward(x, graph),
            Self::Gat(model) => model.forward(x, graph),
            Self::Sgc(model) => model.forward(x, graph),
            Self::Shallow(model) => model.coordinates.val(),
            Self::HyboNet(model) => model.space.log0(model.forward(x, graph)),
            Self::KappaGcn(model) => model.forward_tangent(x, graph),
        }
    }

    /// The points with these coordinates at the origin, in the space of the last layer.
    pub fn points(&self, v: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Hgcn(model) => last(&model.layers).space.exp0(v),
            Self::Hnn(model) => last(&model.layers).space.exp0(v),
            Self::Gcn(_) | Self::Gat(_) | Self::Sgc(_) => v,
            Self::Shallow(model) => model.space.exp0(v),
            Self::HyboNet(model) => model.space.exp0(v),
            Self::KappaGcn(model) => last(&model.layers).space.exp0(v),
        }
    }

    /// The distances of pairs of [`points`](Self::points).
    ///
    /// # Shapes
    /// - `x`, `y`: `[pairs, ambient]`
    /// - returns: `[pairs, 1]`
    pub fn distance(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Hgcn(model) => last(&model.layers).space.distance(x, y),
            Self::Hnn(model) => last(&model.layers).space.distance(x, y),
            Self::Gcn(_) | Self::Gat(_) | Self::Sgc(_) => Euclidean::new().distance(x, y),
            Self::Shallow(model) => model.space.distance(x, y),
            Self::HyboNet(model) => model.space.distance(x, y),
            Self::KappaGcn(model) => last(&model.layers).space.distance(x, y),
        }
    }

    /// The distances of all [`points`](Self::points) of `x` to all of `y`.
    ///
    /// # Shapes
    /// - `x`: `[n, ambient]`, `y`: `[m, ambient]`
    /// - returns: `[n, m]`
    pub fn pairwise_distance(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Hgcn(model) => last(&model.layers).space.pairwise_distance(x, y),
            Self::Hnn(model) => last(&model.layers).space.pairwise_distance(x, y),
            Self::Gcn(_) | Self::Gat(_) | Self::Sgc(_) => Euclidean::new().pairwise_distance(x, y),
            Self::Shallow(model) => model.space.pairwise_distance(x, y),
            Self::HyboNet(model) => model.space.pairwise_distance(x, y),
            Self::KappaGcn(model) => last(&model.layers).space.pairwise_distance(x, y),
        }
    }

    /// The sectional curvatures of the spaces of the layers, from the first layer to the last, as they are
    /// now; a product has one for each factor. Spaces whose curvature is not the same everywhere have none,
    /// and neither have flat networks.
    pub fn curvatures(&self) -> Vec<f64> {
        match self {
            Self::Hgcn(model) => model
                .layers
                .iter()
                .flat_map(|layer| of(&layer.space))
                .collect(),
            Self::Hnn(model) => model
                .layers
                .iter()
                .flat_map(|layer| of(&layer.space))
                .collect(),
            Self::Gcn(_) | Self::Gat(_) | Self::Sgc(_) => Vec::new(),
            Self::Shallow(model) => of(&model.space),
            Self::HyboNet(model) => model.space.sectional_curvature().into_iter().collect(),
            Self::KappaGcn(model) => {
                let layers = model.layers.iter();
                layers
                    .filter_map(|layer| layer.space.sectional_curvature())
                    .collect()
            }
        }
    }
}

/// The curvatures of a space or of its factors.
fn of(space: &AnyManifold) -> Vec<f64> {
    match space {
        AnyManifold::Product(product) => {
            let factors = product.factors().iter();
            factors.flat_map(|factor| of(factor.manifold())).collect()
        }
        space => space.sectional_curvature().into_iter().collect(),
    }
}

/// # Panics
/// If there are no layers, which no configuration makes.
fn last<L>(layers: &[L]) -> &L {
    layers
        .last()
        .unwrap_or_else(|| panic!("a model has at least one layer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{check_rests, normal};
    use crate::sparse::Graph;
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{ManifoldKind, SettingError};

    fn config(kind: ModelKind) -> NodeEncoderConfig {
        let space = SpaceConfig::new(kind.default_space())
            .with_curvature(0.8)
            .with_learnable(true);
        NodeEncoderConfig::new(kind, 4, vec![3, 5, 2], space)
            .with_heads(2)
            .with_dropout(0.3)
            .with_weight_dropout(0.3)
    }

    #[test]
    fn curvatures_are_those_of_the_layers_and_all_pairs_are_pairs() {
        let device = Device::flex();
        let options = (&device, DType::F64);
        let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], options).unwrap();
        let x = Features::Dense(Tensor::ones([4, 3], options));
        for kind in ModelKind::ALL {
            let model = config(kind).init(options);
            let curvatures = model.curvatures();
            let expected = match kind {
                ModelKind::Hgcn | ModelKind::Hnn | ModelKind::KappaGcn => 2,
                ModelKind::Shallow | ModelKind::HyboNet => 1,
                _ => curvatures.len(),
            };
            assert_eq!(curvatures.len(), expected, "{kind}");
            if !kind.is_flat() {
                let close = |c: &f64| (c + 0.8).abs() < 1e-6;
                assert!(curvatures.iter().all(close), "{kind}: {curvatures:?}");
            }
            let points = model.points(model.forward_tangent(&x, &graph));
            let all = to_vec_f64(model.pairwise_distance(points.clone(), points.clone()));
            let pair = |row| points.clone().narrow(0, row, 1);
            let one = to_vec_f64(model.distance(pair(1), pair(3)))[0];
            // Of a few roundings.
            assert!((all[7] - one).abs() < 1e-6, "{kind}: {} {one}", all[7]);
        }
    }

    #[test]
    fn every_model_computes_in_the_number_format_it_is_made_with() {
        let device = Device::flex();
        for dtype in [DType::F32, DType::F64] {
            let options = (&device, dtype);
            let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], options).unwrap();
            let x = Features::Dense(Tensor::ones([4, 3], options));
            for kind in ModelKind::ALL {
                let model = config(kind).init(options);
                let points = model.points(model.forward_tangent(&x, &graph));
                assert_eq!(points.dtype(), dtype, "{kind}");
            }
        }
    }

    #[test]
    fn every_model_rests_where_it_is_frozen() {
        let device = Device::flex();
        let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], &device).unwrap();
        let tracked = graph.clone().autodiff();
        let with_dropout = ModelKind::ALL.into_iter();
        for kind in with_dropout.filter(|&kind| kind != ModelKind::Shallow) {
            let model = config(kind).init(&device);
            check_rests(model, normal([4, 3], 0.5, 6, DType::F32), |model, x| {
                let graph = if x.device().is_autodiff() {
                    &tracked
                } else {
                    &graph
                };
                model.forward_tangent(&Features::Dense(x), graph)
            });
        }
    }

    #[test]
    fn every_model_trains_on_the_gradient_of_its_distances() {
        let device = Device::flex().autodiff();
        let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], &device).unwrap();
        let x = Features::Dense(Tensor::from_inner(normal([4, 3], 0.5, 5, DType::F32)));
        for kind in ModelKind::ALL {
            let model = config(kind).init(&device);
            let points = model.points(model.forward_tangent(&x, &graph));
            let [from, to] = [0, 2].map(|start| points.clone().narrow(0, start, 2));
            let loss = model.distance(from, to).sum();
            let gradients = burn::optim::GradientsParams::from_grads(loss.backward(), &model);
            assert!(!gradients.is_empty(), "{kind}");
        }
    }

    #[test]
    fn a_model_in_a_space_where_it_does_not_exist_is_refused() {
        let mut wrong = config(ModelKind::Gcn);
        wrong.space.name = ManifoldKind::PoincareBall.into();
        let error = wrong.try_init(&Device::flex()).map(|_| ()).unwrap_err();
        assert!(matches!(error, ModelError::Unsupported { .. }), "{error}");
    }

    #[test]
    fn settings_read_back_what_they_write() {
        for kind in ModelKind::ALL {
            let text = config(kind).to_string();
            let read = NodeEncoderConfig::load_binary(text.as_bytes()).unwrap();
            assert_eq!(read, config(kind), "{text}");
            assert!(text.contains(&format!("{:?}", kind.name())), "{text}");
        }
    }

    #[test]
    fn settings_out_of_range_are_errors() {
        let error = |change: fn(&mut NodeEncoderConfig)| {
            let mut config = config(ModelKind::Hgcn);
            change(&mut config);
            config.try_init(&Device::flex()).map(|_| ()).unwrap_err()
        };
        assert!(matches!(
            error(|config| config.dims = vec![3]),
            ModelError::Dims { .. }
        ));
        assert!(matches!(
            error(|config| config.dims = vec![3, 0, 2]),
            ModelError::Dims { .. }
        ));
        assert!(matches!(
            error(|config| config.dropout = 1.0),
            ModelError::Setting(SettingError {
                field: "dropout",
                ..
            })
        ));
        assert!(matches!(
            error(|config| config.space.curvature = -1.0),
            ModelError::Space(_)
        ));
    }
}
