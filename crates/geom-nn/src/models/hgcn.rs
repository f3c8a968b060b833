//! Hyperbolic graph convolutional networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use crate::layers::Activation;
use crate::layers::graph::{HgcnConv, HgcnConvConfig, NeighborWeightingConfig, TangentSpace};
use crate::sparse::{Features, LayerGraphs};

/// Settings of an [`Hgcn`].
#[derive(Config, Debug)]
pub struct HgcnConfig {
    /// Widths, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// How neighbors are weighed.
    #[config(default = "NeighborWeightingConfig::Mean")]
    pub neighbors: NeighborWeightingConfig,
    /// Where they are averaged.
    #[config(default = "TangentSpace::Origin")]
    pub tangent_space: TangentSpace,
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
    /// A model with weights drawn by the device, its layers in `spaces`, each with its own curvature.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If there is not one space for each layer.
    pub fn init<S: Pointed>(
        &self,
        spaces: Vec<S>,
        options: impl Into<TensorCreationOptions>,
    ) -> Hgcn<S> {
        let options = options.into();
        assert_eq!(
            spaces.len() + 1,
            self.dims.len(),
            "one space for each layer"
        );
        let layers = self.dims.windows(2).zip(spaces).map(|(dims, space)| {
            HgcnConvConfig::new(dims[0], dims[1])
                .with_neighbors(self.neighbors)
                .with_tangent_space(self.tangent_space)
                .with_dropout(self.dropout)
                .with_weight_dropout(self.weight_dropout)
                .init(space, options.clone())
        });
        Hgcn {
            layers: layers.collect(),
            activation: self.activation,
        }
    }
}

/// Hyperbolic graph convolutions with an activation $\sigma$ between each two, which goes from one
/// curvature to the next:
///
/// $$ h_i = \exp_0\bigl(W\,\sigma(\log_0(x_i))\bigr) \oplus \exp_0(b), \qquad
///    x_i' = \exp_0\Bigl(\sum_j w_{ij}\log_0(h_j)\Bigr) $$
///
/// without $\sigma$ in the first, where $\log_0(x_i)$ are the features. Choices of [`HgcnConv`] are
/// other weights $w_{ij}$ than those of the mean, and averages in the tangent space at the node.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::models::HgcnConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let spaces = vec![PoincareBall::new(1.0), PoincareBall::new(0.5)];
/// let model = HgcnConfig::new(vec![4, 8, 2]).init(spaces, &device);
/// assert_eq!(model.forward_tangent(&x, &graph).dims(), [3, 2]);
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), *Hyperbolic Graph Convolutional Neural Networks*, §4.
#[derive(Module, Debug)]
pub struct Hgcn<S: Pointed> {
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
