//! Layer normalization in coordinates at the origin.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use crate::layers::slot::SpaceSlot;
use crate::layers::weights;

/// Settings of a [`ManifoldLayerNorm`].
#[derive(Config, Debug)]
pub struct ManifoldLayerNormConfig {
    /// The dimension of the points.
    pub d_model: usize,
    /// Added to the variance of the coordinates: constant points have none. Default: 1e-5, as Burn's
    #[config(default = 1e-5)]
    pub epsilon: f64,
    /// The length of the normalized vectors at the start. Default: 1
    #[config(default = 1.0)]
    pub length: f64,
}

/// Layer normalization of the coordinates at the origin: with $v = \log_0(x)$, and its mean $m$ and
/// variance $s^2$ over the coordinates of a point,
///
/// $$ y = \exp_0\Bigl(\gamma \odot \frac{v - m}{\sqrt{s^2 + \epsilon}} + \beta\Bigr). $$
///
/// Normalized vectors have the length $\sqrt d$, which for $d = 256$ and $c = 1$ is beyond what `f32`
/// can hold as a distance; so $\gamma$ starts at `length`$/\sqrt d$ and not at 1. With $\gamma = 1$
/// and no curvature it is the Euclidean layer.
///
/// # Shapes
/// - `x`, and the result: `[..., width(d_model)]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::ManifoldLayerNormConfig;
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let layer = ManifoldLayerNormConfig::new(2).init(ball.clone(), &device);
/// let x = Tensor::<2>::from_floats([[0.3, -0.4], [0.1, 0.7]], &device);
/// // One unit from the origin in coordinates, wherever the point was.
/// let lengths = ball.log0(layer.forward(x)).square().sum_dim(1).sqrt();
/// assert!((lengths - 1.0).abs().max().into_scalar::<f32>() < 1e-3);
/// ```
///
/// # References
/// Ba, Kiros, Hinton (2016), *Layer Normalization*.
#[derive(Module, Debug)]
pub struct ManifoldLayerNorm<S: SpaceSlot> {
    /// $\gamma$, `[d_model]`.
    pub gamma: Param<Tensor<1>>,
    /// $\beta$, `[d_model]`.
    pub beta: Param<Tensor<1>>,
    /// $\epsilon$.
    pub epsilon: f64,
    /// The space of `x` and `y`.
    pub space: S,
}

impl ManifoldLayerNormConfig {
    /// The layer in `space`, with $\gamma$ at `length`$/\sqrt d$ and $\beta$ at 0.
    ///
    /// # Panics
    /// If the dimension is 0, or `epsilon` not positive and finite.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> ManifoldLayerNorm<S> {
        assert!(
            self.d_model > 0,
            "layer norm needs a dimension of at least 1"
        );
        assert!(
            self.epsilon > 0.0 && self.epsilon.is_finite(),
            "epsilon is positive and finite, got {}",
            self.epsilon
        );
        let options = options.into();
        let gamma = self.length / (self.d_model as f64).sqrt();
        ManifoldLayerNorm {
            gamma: weights::constant([self.d_model], gamma, options.clone()),
            beta: weights::constant([self.d_model], 0.0, options),
            epsilon: self.epsilon,
            space,
        }
    }
}

impl<S: Pointed> ManifoldLayerNorm<S> {
    /// The normalized points.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SpaceSlot> ManifoldLayerNorm<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed, const D: usize>(&self, space: &M, x: Tensor<D>) -> Tensor<D> {
        let v = space.log0(x);
        let share = (v.dims()[D - 1] as f64).recip();
        let mean = v.clone().sum_dim(D - 1).mul_scalar(share);
        let centered = v - mean;
        let variance = centered.clone().square().sum_dim(D - 1).mul_scalar(share);
        let normal = centered / variance.add_scalar(self.epsilon).sqrt();
        let v = normal * self.gamma.val().unsqueeze() + self.beta.val().unsqueeze();
        space.exp0(v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_nearly_flat, assert_on, check_gradients, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Hyperboloid, PoincareBall};

    fn layer<S: Pointed>(space: S, dtype: DType, device: &Device) -> ManifoldLayerNorm<S> {
        let mut layer = ManifoldLayerNormConfig::new(4).init(space, (device, dtype));
        layer.gamma = param(normal([4], 0.5, 21, dtype), device);
        layer.beta = param(normal([4], 0.5, 22, dtype), device);
        layer
    }

    #[test]
    fn points_go_to_points_and_constant_ones_to_the_bias() {
        let hyperboloid = Hyperboloid::new(0.7);
        for dtype in DTYPES {
            let layer = layer(hyperboloid.clone(), dtype, &Device::flex());
            let x = hyperboloid.exp0(normal::<3>([2, 5, 4], 1.0, 1, dtype));
            assert_on(&hyperboloid, layer.forward(x));
            let constant = Tensor::<1>::full([4], 0.25, (&Device::flex(), dtype));
            let y = layer.forward(hyperboloid.exp0(constant));
            let expected = hyperboloid.exp0(layer.beta.val());
            assert_nearly_flat(y, expected);
        }
    }

    #[test]
    fn without_curvature_it_is_the_layer_norm_of_each_row() {
        let layer = layer(PoincareBall::new(NEARLY_FLAT), DType::F64, &Device::flex());
        let x = normal::<2>([6, 4], 1.0, 2, DType::F64);
        let [gamma, beta] = [&layer.gamma, &layer.beta].map(|p| to_vec_f64(p.val()));
        let expected: Vec<f64> = to_vec_f64(x.clone())
            .chunks(4)
            .flat_map(|row| {
                let mean = row.iter().sum::<f64>() / 4.0;
                let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0;
                let scale = (variance + 1e-5).sqrt();
                let normal = row.iter().map(move |v| (v - mean) / scale);
                let affine = normal.zip(gamma.iter().zip(&beta));
                affine.map(|(v, (g, b))| v * g + b).collect::<Vec<_>>()
            })
            .collect();
        let options = (&Device::flex(), DType::F64);
        let expected = Tensor::<1>::from_data(expected.as_slice(), options).reshape([6, 4]);
        assert_nearly_flat(layer.forward(x), expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::learnable(0.7, (&device, DType::F64));
        let x = space.valid().exp0(normal::<2>([3, 4], 1.0, 3, DType::F64));
        let layer = layer(space, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn gradients_are_finite_where_all_coordinates_are_equal() {
        let device = Device::flex().autodiff();
        let layer = ManifoldLayerNormConfig::new(4).init(PoincareBall::new(1.0), &device);
        let x = Tensor::<2>::zeros([2, 4], &device).require_grad();
        let gradients = layer.forward(x.clone()).sum().backward();
        let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
        assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
    }
}
