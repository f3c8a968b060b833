//! Graph convolution at constant curvature of either sign.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Gyrovector;
use geom_core::numerics::{sqrt_or_zero, squared_norm};

use super::neighbor_weighting::{NeighborWeighting, NeighborWeightingConfig};
use crate::layers::dropout::{Dropout, DropoutConfig};
use crate::layers::slot::SpaceSlot;
use crate::layers::weights::{constant, xavier_uniform};
use crate::sparse::{EdgeEnd, Features, Graph, edge_scatter, sparse_matmul};

/// Settings of a [`KappaGcnConv`].
#[derive(Config, Debug)]
pub struct KappaGcnConvConfig {
    /// Features of a node that enter.
    pub d_input: usize,
    /// Features that leave.
    pub d_output: usize,
    /// The share of incoming features that are dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
    /// Whether points are moved by a learned vector.
    #[config(default = true)]
    pub bias: bool,
    /// How neighbors are weighted.
    #[config(default = "NeighborWeightingConfig::Symmetric")]
    pub neighbors: NeighborWeightingConfig,
}

impl KappaGcnConvConfig {
    /// A layer in `space` with weights drawn by the device.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If the share that is dropped is not in `[0, 1)`.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> KappaGcnConv<S> {
        let options = options.into();
        let weight = xavier_uniform([self.d_input, self.d_output], 1.0, options.clone());
        let bias = self
            .bias
            .then(|| constant([self.d_output], 0.0, options.clone()));
        KappaGcnConv {
            weight,
            bias,
            weighting: self.neighbors.init(self.d_output, options),
            space,
            dropout: DropoutConfig::new(self.dropout).init(),
        }
    }
}

/// Graph convolution in gyrovector spaces:
///
/// $$ X' = \bigl(\hat A \boxtimes (X \otimes W)\bigr) \oplus \exp_0(b), \qquad
///    (\hat A \boxtimes X)\_i = \Bigl(\sum_j\hat A_{ij}\Bigr) \otimes m_i $$
///
/// with $m_i$ the gyro-midpoint of the neighbors under the weights $\hat A_{ij}$. Those of the
/// symmetric normalization scale nodes by their degrees, and for $\kappa = 0$ the layer is
/// [`GcnConv`](super::GcnConv); all other weights of a [`NeighborWeighting`] sum to 1, and $\hat A \boxtimes X$ is the
/// midpoint itself, as with the right stochastic matrices of the paper.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Stereographic;
/// use geom_nn::layers::graph::KappaGcnConvConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let layer = KappaGcnConvConfig::new(4, 2).init(Stereographic::new(0.5), &device);
/// assert_eq!(layer.forward(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Bachmann, Bécigneul, Ganea (2020), *Constant Curvature Graph Convolutional Networks*, §3; they
/// have no bias.
#[derive(Module, Debug)]
pub struct KappaGcnConv<S: SpaceSlot> {
    /// `[d_input, d_output]`.
    pub weight: Param<Tensor<2>>,
    /// `[d_output]`, coordinates at the origin.
    pub bias: Option<Param<Tensor<1>>>,
    /// $\hat A$.
    pub weighting: NeighborWeighting,
    /// The space of the result.
    pub space: S,
    /// Of the features that enter.
    pub dropout: Dropout,
}

impl<S: Gyrovector> KappaGcnConv<S> {
    /// One convolution of coordinates at the origin, in a space of any curvature.
    ///
    /// # Shapes
    /// - `v`: `[nodes, d_input]`, coordinates $\log_0$ of the points that enter
    /// - returns: points `[nodes, d_output]` of `space`
    pub fn forward(&self, v: &Features, graph: &Graph) -> Tensor<2> {
        self.forward_in(&self.space, v, graph)
    }
}

impl<S: SpaceSlot> KappaGcnConv<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Gyrovector>(&self, space: &M, v: &Features, graph: &Graph) -> Tensor<2> {
        let weight = self.weight.val();
        let product = self.dropout.forward_features(v, &weight).matmul(weight);
        let x = space.exp0(product.clone());
        let weights = self
            .weighting
            .weights(space, || product, || x.clone(), graph);
        let mut y = midpoints(space, x, weights.clone(), graph);
        if !self.weighting.is_normalized() {
            let sums = edge_scatter(graph.pattern(), weights, EdgeEnd::Target);
            y = space.mobius_scalar_mul(sums, y);
        }
        match &self.bias {
            Some(bias) => space.translate(y, bias.val().unsqueeze()),
            None => y,
        }
    }
}

/// The gyro-midpoints $m_i = A/(B + \sqrt{B^2 + \kappa\lVert A\rVert^2})$ with
/// $A = \sum_j\hat A_{ij}\lambda_jx_j$ and $B = \sum_j\hat A_{ij}(\lambda_j - 1)$.
fn midpoints<M: Gyrovector>(
    space: &M,
    x: Tensor<2>,
    weights: Tensor<2>,
    graph: &Graph,
) -> Tensor<2> {
    let lambda = space.conformal_factor(x.clone());
    let sum = |x| sparse_matmul(graph.pattern(), weights.clone(), x);
    let a = sum(x * lambda.clone());
    let b = sum(lambda.sub_scalar(1.0));
    let bent = space
        .curvature_coefficient(&a)
        .scale(squared_norm(a.clone()));
    let root = sqrt_or_zero(b.clone().square() + bent.clone());
    // B + √G; where B is negative, beyond the equator of a sphere, as κ‖A‖² / (√G − B).
    let behind = b.clone().lower_elem(0.0);
    let difference = (root.clone() - b.clone()).mask_fill(behind.clone().bool_not(), 1.0);
    let ahead = (root + b).mask_fill(behind.clone(), 1.0);
    a / ahead.mask_where(behind, bent / difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::GcnConvConfig;
    use crate::layers::graph::testing::{complete, differentiable, example, permuted, rests};
    use burn::tensor::Device;
    use geom_core::{Manifold, PoincareBall, Pointed, Stereographic};

    const KINDS: [NeighborWeightingConfig; 4] = [
        NeighborWeightingConfig::Mean,
        NeighborWeightingConfig::Symmetric,
        NeighborWeightingConfig::Attention,
        NeighborWeightingConfig::Distance,
    ];

    fn worst(x: Tensor<2>) -> f32 {
        x.abs().max().into_scalar()
    }

    /// A bias that is not 0.
    fn moved() -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::from_floats([0.3, -0.2], &Device::flex()))
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        for neighbors in KINDS {
            for kappa in [-0.7, 0.3] {
                let space = Stereographic::learnable(kappa, &Device::flex());
                let config = KappaGcnConvConfig::new(3, 2).with_neighbors(neighbors);
                let mut layer = config.init(space, &Device::flex());
                layer.bias = Some(moved());
                differentiable(layer, |layer, v, graph| {
                    layer.forward(&Features::Dense(v), graph)
                });
            }
        }
    }

    #[test]
    fn a_frozen_layer_rests() {
        let config = KappaGcnConvConfig::new(3, 2).with_dropout(0.5);
        let layer = config.init(Stereographic::new(-0.7), &Device::flex());
        rests(layer, |layer, v, graph| {
            layer.forward(&Features::Dense(v), graph)
        });
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        for neighbors in KINDS {
            let config = KappaGcnConvConfig::new(3, 2).with_neighbors(neighbors);
            let layer = config.init(Stereographic::new(0.5), &Device::flex());
            permuted(|x, graph| layer.forward(&Features::Dense(x), graph));
        }
    }

    #[test]
    fn nodes_of_a_complete_graph_meet_in_the_midpoint() {
        for kappa in [-1.0, -0.3, 0.7] {
            let (x, graph) = complete();
            let space = Stereographic::new(kappa);
            let mut layer = KappaGcnConvConfig::new(3, 2).init(space.clone(), &Device::flex());
            layer.bias = Some(moved());
            let points = space.exp0(x.clone().matmul(layer.weight.val()));
            let ones = Tensor::ones([4, 1], &Device::flex());
            let midpoint = space.weighted_midpoint(points, ones, 0);
            let expected = space.translate(midpoint, moved().val().unsqueeze());
            assert!(worst(layer.forward(&Features::Dense(x), &graph) - expected) < 1e-5);
        }
    }

    #[test]
    fn it_becomes_the_flat_convolution_as_the_curvature_vanishes() {
        let (x, graph) = example();
        let mut flat = GcnConvConfig::new(3, 2).init(&Device::flex());
        for kappa in [1e-6, 0.0, -1e-6] {
            let mut layer =
                KappaGcnConvConfig::new(3, 2).init(Stereographic::new(kappa), &Device::flex());
            layer.bias = Some(moved());
            flat.weight = layer.weight.clone();
            flat.bias = layer.bias.clone();
            let x = Features::Dense(x.clone());
            let expected = flat.forward(&x, &graph);
            let error = worst(layer.forward(&x, &graph) - expected.clone());
            assert!(error < 1e-4 * worst(expected), "{kappa}: {error:e}");
        }
    }

    #[test]
    fn equal_weights_take_the_mean_as_the_curvature_vanishes() {
        let (x, graph) = example();
        for kappa in [1e-6, 0.0, -1e-6] {
            let config =
                KappaGcnConvConfig::new(3, 2).with_neighbors(NeighborWeightingConfig::Mean);
            let layer = config.init(Stereographic::new(kappa), &Device::flex());
            let expected = graph.mean(x.clone().matmul(layer.weight.val()));
            let error =
                worst(layer.forward(&Features::Dense(x.clone()), &graph) - expected.clone());
            assert!(error < 1e-4 * worst(expected), "{kappa}: {error:e}");
        }
    }

    #[test]
    fn points_stay_on_the_ball_far_out() {
        let (x, graph) = example();
        let ball = PoincareBall::new(1.0);
        let layer = KappaGcnConvConfig::new(3, 2).init(ball.clone(), &Device::flex());
        let y = layer.forward(&Features::Dense(x.mul_scalar(100.0)), &graph);
        assert_eq!(ball.check_point(y), Ok(()));
    }
}
