//! Any model of nodes, chosen at run time.

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{
    AnyManifold, Curvature, Euclidean, Hyperboloid, Manifold, ManifoldKind, Pointed, SpaceConfig,
    SpaceError, SpaceName,
};
use serde::{Deserialize, Serialize};

use super::{
    Gat, GatConfig, Gcn, GcnConfig, Hgcn, HgcnConfig, Hnn, HnnConfig, HyboNet, HyboNetConfig,
    KappaGcn, KappaGcnConfig, ModelError, ModelKind, Sgc, SgcConfig, Shallow,
};
use crate::layers::Activation;
use crate::layers::graph::{NeighborWeightingConfig, TangentSpace};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`NodeEncoder`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeEncoderConfig {
    /// The model.
    pub kind: ModelKind,
    /// Nodes, for the models that have a parameter for each.
    pub nodes: usize,
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The space of the points.
    pub space: SpaceName,
    /// The magnitude $c$ of the curvature $-c$ of every layer.
    pub curvature: f64,
    /// Whether the curvatures train.
    pub learn_curvature: bool,
    /// How [`Hgcn`] and [`KappaGcn`] weigh neighbors.
    pub neighbors: NeighborWeightingConfig,
    /// Where [`Hgcn`] averages them.
    pub tangent_space: TangentSpace,
    /// Heads of [`Gat`].
    pub heads: usize,
    /// The share of features that is dropped in training.
    pub dropout: f64,
    /// The share of weights that is dropped in training, where layers have that.
    pub weight_dropout: f64,
    /// The function between layers.
    pub activation: Activation,
}

impl NodeEncoderConfig {
    /// A model with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`] if the space does not exist with this curvature or dimension, or the model
    /// not in this space.
    pub fn init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<NodeEncoder, ModelError> {
        let options = options.into();
        let layers = self.dims.len().saturating_sub(1);
        let output = self.dims.last().copied().unwrap_or(0);
        let supported = match self.kind {
            ModelKind::Hybonet => self.space == ManifoldKind::Hyperboloid.into(),
            ModelKind::KappaGcn => self.space == ManifoldKind::Stereographic.into(),
            kind if kind.is_flat() => self.space == ManifoldKind::Euclidean.into(),
            _ => true,
        };
        if !supported {
            let (model, space) = (self.kind, self.space.to_string());
            return Err(ModelError::Unsupported { model, space });
        }
        for &dim in self.dims.iter().skip(1) {
            self.space.check_dim(dim)?;
        }
        let space = || {
            SpaceConfig::new(self.space.clone())
                .with_curvature(self.curvature)
                .with_learnable(self.learn_curvature)
                .try_init(options.clone())
        };
        let spaces = || (0..layers).map(|_| space()).collect::<Result<Vec<_>, _>>();
        let dims = self.dims.clone();
        let hnn = || {
            HnnConfig::new(self.dims.clone())
                .with_dropout(self.dropout)
                .with_weight_dropout(self.weight_dropout)
                .with_activation(self.activation)
        };
        Ok(match self.kind {
            ModelKind::Hgcn => {
                let config = HgcnConfig::new(dims)
                    .with_neighbors(self.neighbors)
                    .with_tangent_space(self.tangent_space)
                    .with_dropout(self.dropout)
                    .with_weight_dropout(self.weight_dropout)
                    .with_activation(self.activation);
                NodeEncoder::Hgcn(config.init(spaces()?, options))
            }
            ModelKind::Hnn | ModelKind::Mlp => NodeEncoder::Hnn(hnn().init(spaces()?, options)),
            ModelKind::Gcn => {
                let config = GcnConfig::new(dims).with_dropout(self.dropout);
                NodeEncoder::Gcn(config.with_activation(self.activation).init(options))
            }
            ModelKind::Gat => {
                let config = GatConfig::new(dims).with_heads(self.heads);
                NodeEncoder::Gat(config.with_dropout(self.dropout).init(options))
            }
            ModelKind::Sgc => {
                let input = self.dims.first().copied().unwrap_or(0);
                let config = SgcConfig::new(input, output).with_hops(layers);
                NodeEncoder::Sgc(config.with_dropout(self.dropout).init(options))
            }
            ModelKind::Shallow => {
                NodeEncoder::Shallow(Shallow::new([self.nodes, output], space()?, options))
            }
            ModelKind::Hybonet => {
                if self.learn_curvature {
                    let space = format!("{} of learnable curvature", self.space);
                    let model = self.kind;
                    return Err(ModelError::Unsupported { model, space });
                }
                let space = Hyperboloid::with_curvature(
                    Curvature::try_fixed(self.curvature).map_err(SpaceError::from)?,
                );
                let config = HyboNetConfig::new(dims).with_dropout(self.dropout);
                NodeEncoder::Hybonet(config.init(space, options))
            }
            ModelKind::KappaGcn => {
                // The stereographic model's curvature is signed.
                space()?;
                let config = KappaGcnConfig::new(dims)
                    .with_curvature(-self.curvature)
                    .with_learnable(self.learn_curvature)
                    .with_dropout(self.dropout)
                    .with_neighbors(self.neighbors)
                    .with_activation(self.activation);
                NodeEncoder::KappaGcn(config.init(options))
            }
        })
    }
}

/// A model that gives every node a point, chosen at run time.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::Activation;
/// use geom_nn::models::{ModelKind, NodeEncoderConfig};
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let config = NodeEncoderConfig {
///     kind: ModelKind::Hgcn,
///     nodes: 3,
///     dims: vec![4, 8, 2],
///     space: ModelKind::Hgcn.default_space(),
///     curvature: 1.0,
///     learn_curvature: true,
///     neighbors: Default::default(),
///     tangent_space: Default::default(),
///     heads: 1,
///     dropout: 0.0,
///     weight_dropout: 0.0,
///     activation: Activation::Relu,
/// };
/// let model = config.init(&device).unwrap();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let v = model.forward_tangent(&Features::Dense(Tensor::ones([3, 4], &device)), &graph);
/// assert_eq!(v.dims(), [3, 2]);
/// ```
#[derive(Module, Debug)]
// One encoder per model: its size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum NodeEncoder {
    /// [`Hgcn`].
    Hgcn(Hgcn<AnyManifold>),
    /// [`Hnn`], and in flat space the multilayer perceptron.
    Hnn(Hnn<AnyManifold>),
    /// [`Gcn`].
    Gcn(Gcn),
    /// [`Gat`].
    Gat(Gat),
    /// [`Sgc`].
    Sgc(Sgc),
    /// [`Shallow`].
    Shallow(Shallow),
    /// [`HyboNet`].
    Hybonet(HyboNet),
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
            Self::Hybonet(model) => model.aggregation.space.log0(model.forward(x, graph)),
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
            Self::Hybonet(model) => model.aggregation.space.exp0(v),
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
            Self::Hybonet(model) => model.aggregation.space.distance(x, y),
            Self::KappaGcn(model) => last(&model.layers).space.distance(x, y),
        }
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

    fn config(kind: ModelKind) -> NodeEncoderConfig {
        NodeEncoderConfig {
            kind,
            nodes: 4,
            dims: vec![3, 5, 2],
            space: kind.default_space(),
            curvature: 0.8,
            learn_curvature: kind != ModelKind::Hybonet,
            neighbors: NeighborWeightingConfig::Mean,
            tangent_space: TangentSpace::Origin,
            heads: 2,
            dropout: 0.3,
            weight_dropout: 0.3,
            activation: Activation::Relu,
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
                let model = config(kind).init(options).unwrap();
                let points = model.points(model.forward_tangent(&x, &graph));
                assert_eq!(points.dtype(), dtype, "{kind}");
            }
        }
        let mut learned = config(ModelKind::Hybonet);
        learned.learn_curvature = true;
        assert!(learned.init(&device).is_err());
    }

    #[test]
    fn every_model_rests_where_it_is_frozen() {
        let device = Device::flex();
        let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], &device).unwrap();
        let tracked = graph.clone().autodiff();
        let with_dropout = ModelKind::ALL.into_iter();
        for kind in with_dropout.filter(|&kind| kind != ModelKind::Shallow) {
            let model = config(kind).init(&device).unwrap();
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
            let model = config(kind).init(&device).unwrap();
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
        wrong.space = ManifoldKind::PoincareBall.into();
        let error = wrong.init(&Device::flex()).map(|_| ()).unwrap_err();
        assert!(matches!(error, ModelError::Unsupported { .. }), "{error}");
    }
}
