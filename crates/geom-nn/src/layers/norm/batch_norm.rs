//! Batch normalization with running statistics.

use burn::config::Config;
use burn::module::{Flag, Module, Param, RunningState};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::ParallelTransport;

use crate::layers::centroid::Centroid;
use crate::layers::slot::SpaceSlot;
use crate::layers::weights;

/// Settings of a [`ManifoldBatchNorm`].
#[derive(Config, Debug)]
pub struct ManifoldBatchNormConfig {
    /// The dimension of the points.
    pub d_input: usize,
    /// Added to the variance: a batch of one point has none. Default: 1e-5, as Burn's
    #[config(default = 1e-5)]
    pub epsilon: f64,
    /// How far the running statistics move towards those of each batch, in `[0, 1]`. Default: 0.1
    #[config(default = 0.1)]
    pub momentum: f64,
}

/// Batch normalization of points: moved to a mean that trains, at a scale that trains,
///
/// $$ y_i = \exp_b\Bigl(\frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}\\,P_{\mu \to b}\log_\mu(x_i)\Bigr),
///    \qquad b = \exp_0(\beta), \quad \sigma^2 = \frac1n\sum_i d(x_i, \mu)^2, $$
///
/// where $\mu$ is the mean in closed form of [`Centroid`]. In training, $\mu$ and $\sigma^2$ are those
/// of the batch, and the running statistics move towards them: the mean along the geodesic by
/// `momentum`, the variance linearly. Otherwise they are the running ones. Outputs of a batch have the
/// root mean square distance $\gamma$ from $b$, up to $\epsilon$. Without curvature it is the
/// Euclidean layer with one scale for all coordinates; on the ball, where distances count double,
/// $\sigma$ is twice that of the coordinates.
///
/// # Shapes
/// - `x`, and the result: `[..., width(d_input)]`, all leading axes being the batch
///
/// # Numerics
/// The running mean is kept as $\log_0$, so it is a point of the space at every curvature. Training
/// means a device with automatic differentiation and a layer that is not
/// [frozen](Module::freeze), as for Burn's own.
///
/// # Examples
/// ```
/// use burn::module::Module;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::ManifoldBatchNormConfig;
///
/// let device = Device::flex().autodiff();
/// let ball = PoincareBall::new(1.0);
/// let config = ManifoldBatchNormConfig::new(2).with_momentum(1.0);
/// let layer = config.init(ball.clone(), &device);
/// let x = Tensor::<2>::from_floats([[0.5, 0.1], [0.7, 0.2]], &device);
/// let y = layer.forward(x.clone());
/// // Two points come to lie one unit to either side of the origin.
/// let distance = ball.distance(y.clone(), y.zeros_like());
/// assert!((distance - 1.0).abs().max().into_scalar::<f32>() < 1e-4);
/// // With momentum 1, the running statistics are those of the last batch.
/// let off = layer.valid().forward(x.inner()) - y.inner();
/// assert!(off.abs().max().into_scalar::<f32>() < 1e-5);
/// ```
///
/// # References
/// Lou et al. (2020), *Differentiating through the Fréchet Mean*, algorithms 3 and 4, with the
/// Fréchet mean; van Spengler, Berkhout, Mettes (2023), *Poincaré ResNet*, §3.3, with the
/// gyro-midpoint; Bdeir, Schwethelm, Landwehr (2024), *Fully Hyperbolic Convolutional Neural Networks
/// for Computer Vision*, on the hyperboloid.
#[derive(Module, Debug)]
pub struct ManifoldBatchNorm<S: SpaceSlot> {
    /// $\gamma$, `[1]`.
    pub gamma: Param<Tensor<1>>,
    /// $\beta$, `[d_input]`.
    pub beta: Param<Tensor<1>>,
    /// Cleared where the layer is frozen.
    pub training: Param<Flag>,
    /// $\log_0$ of the running mean, `[d_input]`.
    pub running_mean: RunningState<Tensor<1>>,
    /// The running variance, `[1]`.
    pub running_variance: RunningState<Tensor<1>>,
    /// How far the running statistics move.
    pub momentum: f64,
    /// $\epsilon$.
    pub epsilon: f64,
    /// The space of `x` and `y`.
    pub space: S,
}

impl ManifoldBatchNormConfig {
    /// Scale 1 and mean at the origin; running variance 1 and mean at the origin.
    ///
    /// # Panics
    /// If the dimension is 0, `epsilon` not positive and finite, or `momentum` not in `[0, 1]`.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> ManifoldBatchNorm<S> {
        assert!(
            self.d_input > 0,
            "batch norm needs a dimension of at least 1"
        );
        assert!(
            self.epsilon > 0.0 && self.epsilon.is_finite(),
            "epsilon is positive and finite, got {}",
            self.epsilon
        );
        assert!(
            (0.0..=1.0).contains(&self.momentum),
            "momentum is in [0, 1], got {}",
            self.momentum
        );
        let options = options.into();
        let zeros = Tensor::zeros([self.d_input], options.clone());
        ManifoldBatchNorm {
            gamma: weights::constant([1], 1.0, options.clone()),
            beta: weights::constant([self.d_input], 0.0, options.clone()),
            training: Param::from_bool(true),
            running_mean: RunningState::new(zeros),
            running_variance: RunningState::new(Tensor::ones([1], options)),
            momentum: self.momentum,
            epsilon: self.epsilon,
            space,
        }
    }
}

impl<S: Centroid + ParallelTransport> ManifoldBatchNorm<S> {
    /// The normalized points; in training, the running statistics move.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SpaceSlot> ManifoldBatchNorm<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Centroid + ParallelTransport, const D: usize>(
        &self,
        space: &M,
        x: Tensor<D>,
    ) -> Tensor<D> {
        let shape = x.dims();
        let rows = x.reshape([-1, shape[D - 1] as i32]);
        let training = rows.device().is_autodiff() && self.training.is_enabled();
        let (mean, variance) = match training {
            true => self.batch_statistics(space, rows.clone()),
            false => self.running_statistics(space),
        };
        self.normalize(space, rows, mean, variance).reshape(shape)
    }

    /// $\mu$, `[1, d]`, and $\sigma^2$, `[1, 1]`, of a batch.
    fn batch_statistics<M: Centroid + ParallelTransport>(
        &self,
        space: &M,
        rows: Tensor<2>,
    ) -> (Tensor<2>, Tensor<2>) {
        let share = (rows.dims()[0] as f64).recip();
        let weights = rows.clone().narrow(1, 0, 1).ones_like();
        let mean = space.centroid(rows.clone(), weights, 0);
        let distance = space.distance(rows, mean.clone());
        let variance = distance.square().sum_dim(0).mul_scalar(share);
        self.advance(space, mean.clone().detach(), variance.clone().detach());
        (mean, variance)
    }

    fn running_statistics<M: Centroid + ParallelTransport>(
        &self,
        space: &M,
    ) -> (Tensor<2>, Tensor<2>) {
        let mean = self.running_mean.value().unsqueeze();
        let variance = self.running_variance.value().unsqueeze();
        (space.exp0(mean), variance)
    }

    /// Moves the running statistics towards those of a batch.
    fn advance<M: Centroid + ParallelTransport>(
        &self,
        space: &M,
        mean: Tensor<2>,
        variance: Tensor<2>,
    ) {
        let former = self.running_mean.value_sync().unsqueeze::<2>();
        let former = space.exp0(former.to_device(&mean.device())).detach();
        let next = space.geodesic(former, mean, self.momentum);
        let next = space.log0(next).squeeze_dim::<1>(0);
        self.running_mean.update(next.detach());

        let former = self.running_variance.value_sync();
        let former = former.to_device(&variance.device());
        let next = former.mul_scalar(1.0 - self.momentum)
            + variance.reshape([1]).mul_scalar(self.momentum);
        self.running_variance.update(next.detach());
    }

    fn normalize<M: Centroid + ParallelTransport>(
        &self,
        space: &M,
        rows: Tensor<2>,
        mean: Tensor<2>,
        variance: Tensor<2>,
    ) -> Tensor<2> {
        let target = space.exp0(self.beta.val().unsqueeze::<2>());
        let deviation = variance.add_scalar(self.epsilon).sqrt();
        let scale = self.gamma.val().unsqueeze::<2>() / deviation;
        let v = space.log(mean.clone(), rows);
        let v = space.parallel_transport(mean, target.clone(), v);
        space.exp(target, v * scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients,
        check_rests, largest, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall, Pointed};

    /// What epsilon, 1e-5, changes of a variance of order one, with a margin of ten.
    const EPSILON: f64 = 1e-4;

    fn layer<S: Centroid + ParallelTransport>(
        space: S,
        dtype: DType,
        device: &Device,
    ) -> ManifoldBatchNorm<S> {
        let config = ManifoldBatchNormConfig::new(3).with_momentum(1.0);
        let mut layer = config.init(space, (device, dtype));
        layer.beta = param(normal([3], 0.4, 24, dtype), device);
        layer.gamma = param(normal([1], 0.0, 25, dtype).add_scalar(0.8), device);
        layer
    }

    /// A batch away from the origin.
    fn batch<S: Pointed>(space: &S, dtype: DType) -> Tensor<2> {
        space.exp0(normal::<2>([8, 3], 0.6, 1, dtype).add_scalar(0.3))
    }

    fn spread<S: Centroid + ParallelTransport>(space: S) {
        let device = Device::flex().autodiff();
        for dtype in DTYPES {
            let layer = layer(space.clone(), dtype, &device);
            let x = Tensor::from_inner(batch(&space, dtype));
            let y = layer.forward(x);
            assert_on(&space, y.clone());
            let target = space.exp0(layer.beta.val().unsqueeze::<2>());
            let distance = space.distance(y, target);
            let mean_square = to_vec_f64(distance.square().mean())[0];
            assert!((mean_square / 0.64 - 1.0).abs() < EPSILON, "{mean_square}");
        }
    }

    #[test]
    fn outputs_have_the_trained_spread_around_the_trained_mean() {
        spread(Euclidean::new());
        spread(PoincareBall::new(0.7));
        spread(Hyperboloid::new(0.7));
    }

    #[test]
    fn the_midpoint_of_two_points_goes_to_the_trained_mean() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::new(0.7);
        let layer = layer(space.clone(), DType::F64, &device);
        let x = Tensor::from_inner(batch(&space, DType::F64)).narrow(0, 0, 2);
        let y = layer.forward(x);
        let middle = space.midpoint(y.clone().narrow(0, 0, 1), y.narrow(0, 1, 1));
        assert_equal(middle, space.exp0(layer.beta.val().unsqueeze::<2>()));
    }

    #[test]
    fn the_running_statistics_serve_outside_of_training() {
        let device = Device::flex().autodiff();
        let space = PoincareBall::new(0.7);
        let layer = layer(space.clone(), DType::F64, &device);
        let x = batch(&space, DType::F64);
        let trained = layer.forward(Tensor::<2>::from_inner(x.clone()));
        // With momentum 1 they are those of the batch.
        let valid = layer.valid();
        assert_equal(valid.forward(x.clone()), trained.clone().inner());
        // Another batch does not change what a point goes to.
        let one = valid.forward(x.clone().narrow(0, 0, 1));
        assert_equal(one, trained.inner().narrow(0, 0, 1));
    }

    #[test]
    fn the_running_statistics_are_part_of_the_record() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::new(0.7);
        let trained = layer(space.clone(), DType::F64, &device);
        let x = batch(&space, DType::F64);
        trained.forward(Tensor::<2>::from_inner(x.clone()));
        let trained = trained.valid();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layer.bpk");
        geom_core::record::save(&trained, &path).unwrap();
        let config = ManifoldBatchNormConfig::new(3);
        let fresh = config.init(space, (&Device::flex(), DType::F64));
        let loaded = geom_core::record::load(&fresh, &path).unwrap();
        assert_equal(loaded.forward(x.clone()), trained.forward(x));
    }

    #[test]
    fn a_frozen_layer_rests() {
        let space = PoincareBall::new(0.7);
        let layer = layer(space.clone(), DType::F64, &Device::flex());
        check_rests(layer, batch(&space, DType::F64), |layer, x| {
            layer.forward(x)
        });
    }

    #[test]
    fn a_frozen_layer_keeps_its_statistics() {
        let device = Device::flex().autodiff();
        let space = PoincareBall::new(0.7);
        let layer = layer(space.clone(), DType::F64, &device).freeze();
        let x = Tensor::<2>::from_inner(batch(&space, DType::F64));
        layer.forward(x);
        assert_eq!(largest(layer.running_mean.value_sync()), 0.0);
        assert_eq!(largest(layer.running_variance.value_sync()), 1.0);
    }

    #[test]
    fn the_running_mean_moves_along_the_geodesic() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::new(0.7);
        let mut layer = layer(space.clone(), DType::F64, &device);
        layer.momentum = 0.25;
        let x = Tensor::<2>::from_inner(batch(&space, DType::F64));
        layer.forward(x.clone());
        // From the origin, the geodesic is a ray.
        let ones = x.clone().narrow(1, 0, 1).ones_like();
        let mean = space.log0(space.centroid(x.clone(), ones, 0));
        let running = layer.running_mean.value_sync().unsqueeze();
        assert_equal(running, mean.clone().mul_scalar(0.25));
        let variance = space.distance(x.clone(), space.exp0(mean));
        let expected = variance.square().mean().mul_scalar(0.25).add_scalar(0.75);
        assert_equal(layer.running_variance.value_sync(), expected);
    }

    #[test]
    fn without_curvature_it_is_the_euclidean_layer_of_one_scale() {
        let device = Device::flex().autodiff();
        let ball = PoincareBall::new(NEARLY_FLAT);
        let layer = layer(ball.clone(), DType::F64, &device);
        let x = batch(&ball, DType::F64);
        let y = layer.forward(Tensor::<2>::from_inner(x.clone())).inner();
        let centered = x.clone() - x.mean_dim(0);
        // Distances on the ball count double.
        let variance = centered
            .clone()
            .square()
            .sum_dim(1)
            .mean_dim(0)
            .mul_scalar(4.0);
        let scale = variance.add_scalar(1e-5).sqrt().recip().mul_scalar(0.8);
        let beta = layer.beta.val().inner().unsqueeze();
        assert_nearly_flat(y, centered * scale + beta);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let options = (&device, DType::F64);
        let ball = PoincareBall::learnable(0.7, options);
        let x = batch(&ball.valid(), DType::F64);
        let on_ball = layer(ball, DType::F64, &device);
        check_gradients(on_ball, x, |layer, x| layer.forward(x));
        let space = Hyperboloid::learnable(0.7, options);
        let x = batch(&space.valid(), DType::F64);
        let on_hyperboloid = layer(space, DType::F64, &device);
        check_gradients(on_hyperboloid, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn a_batch_of_one_point_and_of_equal_points_has_finite_gradients() {
        let device = Device::flex().autodiff();
        for rows in [1, 3] {
            let layer = layer(PoincareBall::new(1.0), DType::F32, &device);
            let x = Tensor::<2>::full([rows, 3], 0.2, &device).require_grad();
            let gradients = layer.forward(x.clone()).sum().backward();
            let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }

    #[test]
    #[should_panic(expected = "momentum is in [0, 1], got 1.1")]
    fn a_momentum_beyond_one_is_refused() {
        let config = ManifoldBatchNormConfig::new(3).with_momentum(1.1);
        config.init(Euclidean::new(), &Device::flex());
    }
}
