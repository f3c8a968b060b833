//! Fully hyperbolic graph networks.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Hyperboloid;
use geom_core::numerics::{Limits, clip_length, cosh_sqrt, sinhc, sqrt_or_zero};

use crate::layers::graph::LorentzAggregation;
use crate::layers::{Dropout, DropoutConfig, LorentzLinear, LorentzLinearConfig};
use crate::sparse::{Features, LayerGraphs};

/// Settings of a [`HyboNet`].
#[derive(Config, Debug)]
pub struct HyboNetConfig {
    /// Dimensions, from that of the features to that of the result; one layer between each two.
    pub dims: Vec<usize>,
    /// The share of the coordinates of every layer that is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl HyboNetConfig {
    /// A model with weights drawn by the device, all of its layers in `space`.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If the curvature of `space` is learnable: all layers would train copies of it.
    pub fn init(&self, space: Hyperboloid, options: impl Into<TensorCreationOptions>) -> HyboNet {
        assert!(
            !space.curvature().is_learnable(),
            "the layers share one space, whose curvature cannot train"
        );
        let options = options.into();
        let layer = |dims: &[usize]| {
            LorentzLinearConfig::new(dims[0], dims[1])
                .with_dropout(self.dropout)
                .init(space.clone(), options.clone())
        };
        HyboNet {
            layers: self.dims.windows(2).map(layer).collect(),
            aggregation: LorentzAggregation::new(space.clone()),
            dropout: DropoutConfig::new(self.dropout).init(),
        }
    }
}

/// Lorentz linear layers, each followed by the centroid over neighbors.
///
/// # References
/// Chen et al. (2022), *Fully Hyperbolic Neural Networks*, §4.
#[derive(Module, Debug)]
pub struct HyboNet {
    /// The linear layers.
    pub layers: Vec<LorentzLinear>,
    /// The centroid over neighbors.
    pub aggregation: LorentzAggregation,
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
            self.aggregation.forward(x, graph.pattern(), weights)
        };
        let (first, rest) = match self.layers.split_first() {
            Some(layers) => layers,
            None => panic!("a network has at least one layer"),
        };
        let first = aggregate(
            0,
            lift(
                first,
                &self.dropout.forward_features(x, &first.weight.val()),
            ),
        );
        (1..).zip(rest).fold(first, |x, (index, layer)| {
            aggregate(index, layer.forward(x))
        })
    }
}

/// The layer at the points $\exp_0(v)$ of features `v`, which may be sparse: $\exp_0$ gives a time
/// component and scales the rest of a row, so the product with the features themselves is enough.
fn lift(layer: &LorentzLinear, v: &Features) -> Tensor<2> {
    let weight = layer.weight.val();
    let [d_ambient, _] = weight.dims();
    let root = layer.space.curvature().coefficient(&weight).sqrt();
    // Clipped as exp0 clips, beyond which the hyperbolic functions overflow.
    let radius = Limits::of(weight.dtype()).max_radius;
    let squared = root.scale(root.scale(v.row_squared_norms()));
    let clip = clip_length(sqrt_or_zero(squared.clone()), radius);
    let squared = squared.clamp_max(radius * radius);
    let time = cosh_sqrt(squared.clone()) * weight.clone().narrow(0, 0, 1);
    let space = v.matmul(weight.narrow(0, 1, d_ambient - 1)) * (sinhc(squared) * clip);
    layer.finish(time + root.scale(space))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, normal, param};
    use crate::sparse::Graph;
    use burn::tensor::{DType, Device};
    use geom_core::Manifold;
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn features_are_lifted_as_points_would_be() {
        let device = Device::flex();
        for c in [0.3, 1.0, 4.0] {
            let space = Hyperboloid::new(c);
            let options = (&device, DType::F64);
            let mut layer = LorentzLinearConfig::new(3, 2).init(space.clone(), options);
            // Time weights that do something.
            layer.weight = param(normal([4, 3], 0.5, 1, DType::F64), &device);
            for length in [1e-3, 0.7, 7.0] {
                let v = normal::<2>([5, 3], length, 2, DType::F64);
                let expected = layer.forward(space.exp0(v.clone()));
                assert_equal(lift(&layer, &Features::Dense(v)), expected);
            }
        }
    }

    #[test]
    fn features_of_any_size_give_finite_points_and_gradients() {
        let device = Device::flex().autodiff();
        let graph = Graph::new(5, &[[0, 1], [1, 2]], &device).unwrap();
        let space = Hyperboloid::new(0.7);
        let model = HyboNetConfig::new(vec![3, 4, 2]).init(space.clone(), &device);
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
        let model = HyboNetConfig::new(vec![4, 8, 8, 2]).init(space.clone(), &device);
        let y = model.forward(&Features::Dense(x), &graph);
        assert_eq!(space.check_point(y), Ok(()));
    }
}
