//! Fully hyperbolic graph networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::numerics::{Limits, clip_factor_of_length, cosh_sqrt, sinhc, sqrt_or_zero};
use geom_core::{AnyManifold, Hyperboloid, SpaceConfig};

use super::error::{check_dims, check_share};
use super::{ModelError, ModelKind};
use crate::layers::graph::LorentzAggregation;
use crate::layers::{Borrowed, Dropout, DropoutConfig, LorentzLinear, LorentzLinearConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`HyboNet`].
#[derive(Config, Debug, PartialEq)]
pub struct HyboNetConfig {
    /// Dimensions, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The one space of all layers: the hyperboloid.
    pub space: SpaceConfig,
    /// The share of the coordinates of every layer that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl HyboNetConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, or the space is not the hyperboloid.
    pub fn try_init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<HyboNet, ModelError> {
        let options = options.into();
        check_dims(&self.dims)?;
        check_share("dropout", self.dropout)?;
        let AnyManifold::Hyperboloid(space) = self.space.try_init(options.clone())? else {
            let (model, space) = (ModelKind::HyboNet, self.space.name.to_string());
            return Err(ModelError::Unsupported { model, space });
        };
        let layer = |dims: &[usize]| {
            LorentzLinearConfig::new(dims[0], dims[1])
                .with_dropout(self.dropout)
                .init(Borrowed, options.clone())
        };
        Ok(HyboNet {
            layers: self.dims.windows(2).map(layer).collect(),
            aggregation: LorentzAggregation::new(Borrowed),
            space,
            dropout: DropoutConfig::new(self.dropout).init(),
        })
    }
}

model_init!(HyboNetConfig, HyboNet);

/// Lorentz linear layers, each followed by the centroid over neighbors, all in one space, whose
/// curvature may train.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldKind, SpaceConfig};
/// use geom_nn::models::HyboNetConfig;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Features::Dense(Tensor::<2>::ones([3, 4], &device));
/// let space = SpaceConfig::new(ManifoldKind::Hyperboloid.into());
/// let model = HyboNetConfig::new(vec![4, 8, 2], space).init(&device);
/// assert_eq!(model.forward(&x, &graph).dims(), [3, 3]);
/// ```
///
/// # References
/// Chen et al. (2022), *Fully Hyperbolic Neural Networks*, §4.
#[derive(Module, Debug)]
pub struct HyboNet {
    /// The linear layers.
    pub layers: Vec<LorentzLinear<Borrowed>>,
    /// The centroid over neighbors.
    pub aggregation: LorentzAggregation<Borrowed>,
    /// The space of all layers.
    pub space: Hyperboloid,
    /// Of the features of every layer.
    pub dropout: Dropout,
}

impl HyboNet {
    /// The point of every node.
    ///
    /// # Shapes
    /// - `x`: `[nodes, dims[0]]`, coordinates at the origin
    /// - returns: points `[nodes, dims.last() + 1]`
    pub fn forward(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        let aggregate = |index: usize, x| {
            let graph = graph.layer(index);
            let weights = graph.mean_weights();
            self.aggregation
                .forward_in(&self.space, x, graph.pattern(), weights)
        };
        let (first, rest) = match self.layers.split_first() {
            Some(layers) => layers,
            None => panic!("a network has at least one layer"),
        };
        let first = aggregate(
            0,
            lift(
                first,
                &self.space,
                &self.dropout.forward_features(x, &first.weight.val()),
            ),
        );
        (1..).zip(rest).fold(first, |x, (index, layer)| {
            aggregate(index, layer.forward_in(&self.space, x))
        })
    }
}

/// The layer at the points $\exp_0(v)$ of features `v`, which may be sparse: $\exp_0$ gives a time
/// component and scales the rest of a row, so the product with the features themselves is enough.
fn lift(layer: &LorentzLinear<Borrowed>, space: &Hyperboloid, v: &Features) -> Tensor<2> {
    let weight = layer.weight.val();
    let [d_ambient, _] = weight.dims();
    let root = space.curvature().coefficient(&weight).sqrt();
    // Clipped as exp0 clips, beyond which the hyperbolic functions overflow.
    let radius = Limits::of(weight.dtype()).max_radius;
    let squared = root.scale(root.scale(v.row_squared_norms()));
    let clip = clip_factor_of_length(sqrt_or_zero(squared.clone()), radius);
    let squared = squared.clamp_max(radius * radius);
    let time = cosh_sqrt(squared.clone()) * weight.clone().narrow(0, 0, 1);
    let rest = v.matmul(weight.narrow(0, 1, d_ambient - 1)) * (sinhc(squared) * clip);
    layer.finish_in(space, time + root.scale(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, normal, param};
    use crate::sparse::Graph;
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Manifold, ManifoldKind, check_unique_parameters};

    fn config() -> SpaceConfig {
        SpaceConfig::new(ManifoldKind::Hyperboloid.into()).with_curvature(0.7)
    }

    #[test]
    fn all_layers_train_the_one_curvature() {
        let device = Device::flex().autodiff();
        let graph = Graph::new(5, &[[0, 1], [1, 2]], &device).unwrap();
        let space = config().with_learnable(true);
        let model = HyboNetConfig::new(vec![3, 4, 2], space).init(&device);
        assert_eq!(check_unique_parameters(&model), Ok(()));
        let v = Tensor::from_inner(normal([5, 3], 1.0, 5, DType::F32));
        let loss = model.forward(&Features::Dense(v), &graph).sum();
        let gradients = burn::optim::GradientsParams::from_grads(loss.backward(), &model);
        // Weight, bias and scale of two layers, and one curvature.
        assert_eq!(gradients.len(), 7);
    }

    #[test]
    fn features_are_lifted_as_points_would_be() {
        let device = Device::flex();
        for c in [0.3, 1.0, 4.0] {
            let space = Hyperboloid::new(c);
            let options = (&device, DType::F64);
            let mut layer = LorentzLinearConfig::new(3, 2).init(Borrowed, options);
            // Time weights that do something.
            layer.weight = param(normal([4, 3], 0.5, 1, DType::F64), &device);
            for length in [1e-3, 0.7, 7.0] {
                let v = normal::<2>([5, 3], length, 2, DType::F64);
                let expected = layer.forward_in(&space, space.exp0(v.clone()));
                assert_equal(lift(&layer, &space, &Features::Dense(v)), expected);
            }
        }
    }

    #[test]
    fn features_of_any_size_give_finite_points_and_gradients() {
        let device = Device::flex().autodiff();
        let graph = Graph::new(5, &[[0, 1], [1, 2]], &device).unwrap();
        let space = Hyperboloid::new(0.7);
        let model = HyboNetConfig::new(vec![3, 4, 2], config()).init(&device);
        for length in [0.0, 1.0, 30.0, 300.0, 1e10, 1e30] {
            let v = normal::<2>([5, 3], 1.0, 3, DType::F32).mul_scalar(length);
            let y = model.forward(&Features::Dense(Tensor::from_inner(v)), &graph);
            assert_eq!(space.check_point(y.clone().inner()), Ok(()), "{length}");
            let gradients = y.sum().backward();
            for layer in &model.layers {
                let gradient = layer.weight.val().grad(&gradients).unwrap();
                let finite = to_vec_f64(gradient).iter().all(|g| g.is_finite());
                assert!(finite, "{length}");
            }
        }
    }

    #[test]
    fn points_stay_on_the_hyperboloid() {
        let device = Device::flex();
        let space = Hyperboloid::new(0.7);
        let graph = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
        let x = normal([3, 4], 3.0, 4, DType::F32);
        let model = HyboNetConfig::new(vec![4, 8, 8, 2], config()).init(&device);
        let y = model.forward(&Features::Dense(x), &graph);
        assert_eq!(space.check_point(y), Ok(()));
    }
}
