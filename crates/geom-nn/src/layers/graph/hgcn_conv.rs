//! Hyperbolic graph convolution.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;
use serde::{Deserialize, Serialize};

use super::neighbor_weighting::{NeighborWeighting, NeighborWeightingConfig, ends};
use crate::layers::dropout::{Dropout, DropoutConfig};
use crate::layers::linear::tangent_linear::{TangentLinear, TangentLinearConfig};
use crate::layers::slot::{Borrowed, SpaceSlot};
use crate::sparse::{EdgeEnd, Features, Graph, edge_scatter, sparse_matmul};

/// The point in whose tangent space a node's neighbors are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AggregationPoint {
    /// That at the origin: one product with a sparse matrix.
    #[default]
    Origin,
    /// That at the node, $\exp_{x_i}\bigl(\sum_jw_{ij}\log_{x_i}(x_j)\bigr)$: a logarithm per edge.
    Node,
}

impl AggregationPoint {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Origin, Self::Node];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Node => "node",
        }
    }
}

/// Settings of an [`HgcnConv`].
#[derive(Config, Debug)]
pub struct HgcnConvConfig {
    /// Features of a node that enter.
    pub d_input: usize,
    /// Features that leave.
    pub d_output: usize,
    /// Whether points are moved by a learned translation.
    #[config(default = true)]
    pub bias: bool,
    /// How neighbors are weighted.
    #[config(default = "NeighborWeightingConfig::Mean")]
    pub neighbors: NeighborWeightingConfig,
    /// Where they are averaged.
    #[config(default = "AggregationPoint::Origin")]
    pub aggregation_point: AggregationPoint,
    /// The share of incoming features that are dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// The share of weights that are dropped in training (DropConnect), as in the reference code.
    #[config(default = 0.0)]
    pub weight_dropout: f64,
}

impl HgcnConvConfig {
    /// A layer in `space` with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If a dimension is 0, or a share that is dropped not in `[0, 1)`.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> HgcnConv<S> {
        let options = options.into();
        let linear = TangentLinearConfig::new(self.d_input, self.d_output)
            .with_bias(self.bias)
            .with_dropout(self.weight_dropout);
        HgcnConv {
            linear: linear.init(Borrowed, options.clone()),
            weighting: self.neighbors.init(self.d_output, options),
            dropout: DropoutConfig::new(self.dropout).init(),
            space,
            at_node: self.aggregation_point == AggregationPoint::Node,
        }
    }
}

/// Hyperbolic graph convolution: a linear map and a translation, then an average over neighbors in
/// a tangent space.
///
/// $$ h_i = (W \otimes x_i) \oplus b, \qquad
///    x_i' = \exp_0\Bigl(\sum_j w_{ij}\log_0(h_j)\Bigr)\quad\text{or}\quad
///    \exp_{h_i}\Bigl(\sum_jw_{ij}\log_{h_i}(h_j)\Bigr) $$
///
/// An activation between curvatures, $\exp_0^{c'}(\sigma(\log_0^c(x)))$, acts on coordinates at the
/// origin, and so does the linear map of the next layer. So a stack of layers passes coordinates
/// along, [`forward_tangent`](Self::forward_tangent), without the maps that undo each other.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::graph::HgcnConvConfig;
/// use geom_nn::sparse::Graph;
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let ball = PoincareBall::new(1.0);
/// let x = ball.exp0(Tensor::<2>::ones([3, 4], &device));
/// let layer = HgcnConvConfig::new(4, 2).init(ball.clone(), &device);
/// assert_eq!(ball.check_point(layer.forward(x, &graph)), Ok(()));
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), *Hyperbolic Graph Convolutional Neural Networks*, eq. 6–10;
/// weights by distance as in Zhang et al. (2021), *Hyperbolic Graph Attention Network*.
#[derive(Module, Debug)]
pub struct HgcnConv<S: SpaceSlot> {
    /// $W$ and $\log_0(b)$.
    pub linear: TangentLinear<Borrowed>,
    /// The weights of neighbors.
    pub weighting: NeighborWeighting,
    /// Of the features that enter.
    pub dropout: Dropout,
    /// The space of the points.
    pub space: S,
    at_node: bool,
}

impl<S: Pointed> HgcnConv<S> {
    /// One convolution of points.
    ///
    /// # Shapes
    /// - `x`: points `[nodes, width(d_input)]`
    /// - returns: points `[nodes, width(d_output)]`
    pub fn forward(&self, x: Tensor<2>, graph: &Graph) -> Tensor<2> {
        self.forward_in(&self.space, x, graph)
    }

    /// One convolution in coordinates at the origin: $\log_0 \circ$ [`forward`](Self::forward)
    /// $\circ \exp_0$. Features that are no points yet enter as coordinates.
    ///
    /// # Shapes
    /// - `v`: `[nodes, d_input]`
    /// - returns: `[nodes, d_output]`
    pub fn forward_tangent(&self, v: &Features, graph: &Graph) -> Tensor<2> {
        self.forward_tangent_in(&self.space, v, graph)
    }
}

impl<S: SpaceSlot> HgcnConv<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed>(&self, space: &M, x: Tensor<2>, graph: &Graph) -> Tensor<2> {
        let v = Features::Dense(space.log0(x));
        space.exp0(self.forward_tangent_in(space, &v, graph))
    }

    /// [`forward_tangent`](Self::forward_tangent) in a space that another module owns.
    pub fn forward_tangent_in<M: Pointed>(
        &self,
        space: &M,
        v: &Features,
        graph: &Graph,
    ) -> Tensor<2> {
        let weight = self.linear.sampled_weight();
        let product = self.dropout.forward_features(v, &weight).matmul(weight);
        if self.linear.bias.is_none() {
            return self.aggregate(space, product, None, graph);
        }
        let x = self.linear.finish_in(space, product);
        self.aggregate(space, space.log0(x.clone()), Some(x), graph)
    }

    /// The average over neighbors of points with coordinates `v`; the points, `x`, are only found
    /// if they are needed.
    fn aggregate<M: Pointed>(
        &self,
        space: &M,
        v: Tensor<2>,
        x: Option<Tensor<2>>,
        graph: &Graph,
    ) -> Tensor<2> {
        let pattern = graph.pattern();
        let points = || x.clone().unwrap_or_else(|| space.exp0(v.clone()));
        let weights = self.weighting.weights(space, || v.clone(), points, graph);
        if !self.at_node {
            return sparse_matmul(pattern, weights, v);
        }
        let x = points();
        let (from, to) = ends(x.clone(), graph);
        let steps = space.log(from, to) * weights;
        let step = edge_scatter(pattern, steps, EdgeEnd::Target);
        space.log0(space.exp(graph.target_rows(x), step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::testing::{complete, differentiable, example, permuted, rests};
    use burn::module::Param;
    use burn::tensor::Device;
    use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall, SpaceConfig, SpaceName};

    const KINDS: [NeighborWeightingConfig; 4] = [
        NeighborWeightingConfig::Mean,
        NeighborWeightingConfig::Symmetric,
        NeighborWeightingConfig::Attention,
        NeighborWeightingConfig::Distance,
    ];
    const PLACES: [AggregationPoint; 2] = [AggregationPoint::Origin, AggregationPoint::Node];

    fn every_kind(check: impl Fn(HgcnConvConfig)) {
        for neighbors in KINDS {
            for place in PLACES {
                let config = HgcnConvConfig::new(3, 2)
                    .with_neighbors(neighbors)
                    .with_aggregation_point(place);
                check(config);
            }
        }
    }

    fn worst(x: Tensor<2>) -> f32 {
        x.abs().max().into_scalar()
    }

    /// A bias, which starts at zero, that is not.
    fn biased<S: Pointed>(mut layer: HgcnConv<S>) -> HgcnConv<S> {
        let bias = Tensor::from_floats([0.3, -0.2], &Device::flex());
        layer.linear.bias = Some(Param::from_tensor(bias));
        layer
    }

    #[test]
    fn a_frozen_layer_rests() {
        let plain = HgcnConvConfig::new(3, 2);
        let of_features = plain.clone().with_dropout(0.5);
        let of_weights = plain.with_weight_dropout(0.5);
        for config in [of_features, of_weights] {
            let layer = config.init(PoincareBall::new(0.7), &Device::flex());
            rests(layer, |layer, v, graph| {
                layer.forward_tangent(&Features::Dense(v), graph)
            });
        }
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        every_kind(|config| {
            let layer = biased(config.init(PoincareBall::new(0.7), &Device::flex()));
            permuted(|x, graph| layer.forward_tangent(&Features::Dense(x), graph));
        });
    }

    #[test]
    fn points_stay_on_the_manifold() {
        every_kind(|config| {
            let (v, graph) = example();
            let ball = PoincareBall::new(0.7);
            let layer = biased(config.clone().init(ball.clone(), &Device::flex()));
            let y = layer.forward(ball.exp0(v.clone()), &graph);
            assert_eq!(ball.check_point(y), Ok(()));
            let hyperboloid = Hyperboloid::new(0.7);
            let layer = biased(config.init(hyperboloid.clone(), &Device::flex()));
            let y = layer.forward(hyperboloid.exp0(v), &graph);
            assert_eq!(hyperboloid.check_point(y), Ok(()));
        });
    }

    #[test]
    fn it_becomes_the_flat_convolution_as_the_curvature_vanishes() {
        every_kind(|config| {
            // The metric of the ball at the origin is four times the flat one, which weights by
            // distance feel.
            let by_distance = config.neighbors == NeighborWeightingConfig::Distance;
            let (v, graph) = example();
            let v = Features::Dense(v);
            let curved = biased(config.init(Hyperboloid::new(1e-6), &Device::flex()));
            let mut flat = biased(config.init(Euclidean::new(), &Device::flex()));
            flat.linear.weight = curved.linear.weight.clone();
            flat.weighting = curved.weighting.clone();
            let expected = flat.forward_tangent(&v, &graph);
            let scale = worst(expected.clone());
            let error = worst(curved.forward_tangent(&v, &graph) - expected.clone());
            assert!(error < 1e-4 * scale, "{config}: {error:e}");
            if !by_distance {
                let mut ball = biased(config.init(PoincareBall::new(1e-6), &Device::flex()));
                ball.linear.weight = curved.linear.weight.clone();
                ball.weighting = curved.weighting.clone();
                let error = worst(ball.forward_tangent(&v, &graph) - expected);
                assert!(error < 1e-4 * scale, "{config}: {error:e}");
            }
        });
    }

    #[test]
    fn without_a_bias_the_mean_at_the_origin_knows_no_curvature() {
        let (v, graph) = example();
        let config = HgcnConvConfig::new(3, 2).with_bias(false);
        let layer = config.init(PoincareBall::new(2.0), &Device::flex());
        let v = Features::Dense(v);
        let expected = graph.mean(v.matmul(layer.linear.weight.val()));
        assert_eq!(worst(layer.forward_tangent(&v, &graph) - expected), 0.0);
    }

    #[test]
    fn equal_weights_at_the_node_move_it_towards_its_neighbors() {
        let (v, graph) = complete();
        let ball = PoincareBall::new(1.0);
        let config = HgcnConvConfig::new(3, 2).with_aggregation_point(AggregationPoint::Node);
        let layer = config.init(ball.clone(), &Device::flex());
        let before = ball.exp0(v.clone().matmul(layer.linear.weight.val()));
        let after = layer.forward(ball.exp0(v), &graph);
        let spread = |x: Tensor<2>| {
            ball.pairwise_distance(x.clone(), x)
                .max()
                .into_scalar::<f32>()
        };
        assert!(spread(after) < 0.5 * spread(before));
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        fn check<S: Pointed>(config: &HgcnConvConfig, space: S) {
            let layer = config.init(space, &Device::flex());
            differentiable(layer, |layer, v, graph| {
                layer.forward(layer.space.exp0(v), graph)
            });
        }
        every_kind(|config| {
            check(&config, PoincareBall::learnable(0.7, &Device::flex()));
            check(&config, Hyperboloid::learnable(0.7, &Device::flex()));
        });
    }

    #[test]
    fn it_runs_in_a_space_that_is_chosen_at_run_time() {
        let (v, graph) = example();
        let name: SpaceName = "product:hyperboloid=1,stereographic=1".parse().unwrap();
        let config = SpaceConfig::new(name)
            .with_curvature(1.0)
            .with_learnable(true);
        let space = config.init(&Device::flex());
        let layer = HgcnConvConfig::new(3, 2).init(space, &Device::flex());
        assert_eq!(
            layer.forward_tangent(&Features::Dense(v), &graph).dims(),
            [5, 2]
        );
    }
}
