//! ManifoldResidual connections.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{Hyperboloid, Pointed};

use crate::layers::slot::SlotFor;
use crate::layers::weights;

/// The residual connection that translates: $x$ moved as far as $y$ is from the origin,
///
/// $$ r(x, y) = \exp_x(P_{0 \to x}\log_0(y)), $$
///
/// which on gyrovector spaces is the Möbius sum $x \oplus y$, and on vector spaces $x + y$. Not
/// commutative: `x` is the skip connection, `y` what the layers made of it.
///
/// # Shapes
/// - `x`, `y`, and the result: `[..., width(d)]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Gyrovector, PoincareBall};
/// use geom_nn::layers::ManifoldResidual;
///
/// let ball = PoincareBall::new(1.0);
/// let x = Tensor::<2>::from_floats([[0.3, -0.4]], &Device::flex());
/// let y = Tensor::<2>::from_floats([[0.1, 0.2]], &Device::flex());
/// let sum = ManifoldResidual::new(ball.clone()).forward(x.clone(), y.clone());
/// assert!((sum - ball.mobius_add(x, y)).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), §3, for the ball; Chami, Ying, Ré, Leskovec (2019), eq. 7, for
/// translation on the hyperboloid.
#[derive(Module, Debug)]
pub struct ManifoldResidual<S: Pointed> {
    /// The space of the points.
    pub space: S,
}

impl<S: Pointed> ManifoldResidual<S> {
    /// Adds points of this space.
    pub fn new(space: S) -> Self {
        Self { space }
    }

    /// The sum.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let v = self.space.log0(y);
        self.space.translate(x, v)
    }
}

/// Settings of a [`LorentzResidual`].
#[derive(Config, Debug)]
pub struct LorentzResidualConfig {
    /// The weight of `y` against the 1 of `x`, positive; it trains. Default: 1
    #[config(default = 1.0)]
    pub weight: f64,
}

/// The residual connection of ambient coordinates on the hyperboloid,
///
/// $$ r(x, y) = \frac{x + wy}{\sqrt c\\,\bigl\lvert\lVert x + wy\rVert_{\mathbb L}\bigr\rvert}, $$
///
/// with a positive weight $w$ that trains: the weighted centroid of the two points, which lies
/// between them. Without curvature it is their weighted mean, $(x + wy)/(1 + w)$, and not their sum;
/// [`ManifoldResidual`] is the sum.
///
/// # Shapes
/// - `x`, `y`, and the result: `[..., d + 1]`, `x` and `y` alike
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::LorentzResidualConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let layer = LorentzResidualConfig::new().init(space.clone(), &device);
/// let x = space.exp0(Tensor::<2>::from_floats([[0.3, -0.4]], &device));
/// let y = space.exp0(Tensor::<2>::from_floats([[0.1, 0.2]], &device));
/// // With equal weights, the midpoint.
/// let off = space.distance(layer.forward(x.clone(), y.clone()), space.midpoint(x, y));
/// assert!(off.into_scalar::<f32>() < 1e-5);
/// ```
///
/// # References
/// He, Yang, Ying (2025), *Lorentzian ManifoldResidual Neural Networks*, KDD.
#[derive(Module, Debug)]
pub struct LorentzResidual<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// $\log w$, `[1]`.
    pub log_weight: Param<Tensor<1>>,
    /// The space of the points.
    pub space: S,
}

impl LorentzResidualConfig {
    /// The layer in `space`, with $w$ at `weight`.
    ///
    /// # Panics
    /// If the weight is not positive and finite.
    pub fn init<S: SlotFor<Hyperboloid>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> LorentzResidual<S> {
        assert!(
            self.weight > 0.0 && self.weight.is_finite(),
            "the weight of a residual connection is positive and finite, got {}",
            self.weight
        );
        LorentzResidual {
            log_weight: weights::constant([1], self.weight.ln(), options),
            space,
        }
    }
}

impl LorentzResidual {
    /// The point between `x` and `y`.
    ///
    /// # Panics
    /// If their shapes differ.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x, y)
    }
}

impl<S: SlotFor<Hyperboloid>> LorentzResidual<S> {
    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in<const D: usize>(
        &self,
        space: &Hyperboloid,
        x: Tensor<D>,
        y: Tensor<D>,
    ) -> Tensor<D> {
        let shape = x.dims();
        assert!(
            shape == y.dims(),
            "residual connections join points of one shape, got {shape:?} and {:?}",
            y.dims()
        );
        let width = shape[D - 1] as i32;
        let pair = [x, y].map(|x| x.reshape([1, -1, width])).to_vec();
        let weight = self.log_weight.val().exp().reshape([1, 1, 1]);
        let weights = Tensor::cat(vec![weight.ones_like(), weight], 0);
        let between = space.centroid(Tensor::cat(pair, 0), weights, 0);
        between.reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients, normal,
        param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::{Gyrovector, Manifold, PoincareBall};

    fn pair<M: Pointed, const D: usize>(
        manifold: &M,
        shape: [usize; D],
        dtype: DType,
    ) -> [Tensor<D>; 2] {
        [1, 2].map(|seed| manifold.exp0(normal(shape, 0.6, seed, dtype)))
    }

    fn lorentz(space: Hyperboloid, weight: f64, dtype: DType) -> LorentzResidual {
        let config = LorentzResidualConfig::new().with_weight(weight);
        config.init(space, (&Device::flex(), dtype))
    }

    #[test]
    fn on_the_ball_it_is_the_mobius_sum() {
        let ball = PoincareBall::new(0.7);
        let [x, y] = pair(&ball, [2, 5, 3], DType::F64);
        let sum = ManifoldResidual::new(ball.clone()).forward(x.clone(), y.clone());
        assert_equal(sum, ball.mobius_add(x, y));
    }

    #[test]
    fn points_go_to_points() {
        for dtype in DTYPES {
            let ball = PoincareBall::new(0.3);
            let [x, y] = pair(&ball, [6, 3], dtype);
            assert_on(&ball, ManifoldResidual::new(ball.clone()).forward(x, y));
            let hyperboloid = Hyperboloid::new(2.0);
            let [x, y] = pair(&hyperboloid, [6, 3], dtype);
            let residual = ManifoldResidual::new(hyperboloid.clone());
            assert_on(&hyperboloid, residual.forward(x.clone(), y.clone()));
            let between = lorentz(hyperboloid.clone(), 0.5, dtype).forward(x, y);
            assert_on(&hyperboloid, between);
        }
    }

    #[test]
    fn the_lorentzian_one_is_the_normalized_weighted_sum() {
        let space = Hyperboloid::new(0.7);
        let [x, y] = pair(&space, [2, 5, 3], DType::F64);
        let sum = x.clone() + y.clone().mul_scalar(0.3);
        let length = space.minkowski_inner(sum.clone(), sum.clone()).neg().sqrt();
        let expected = sum / length.mul_scalar(0.7f64.sqrt());
        let layer = lorentz(space, 0.3, DType::F64);
        assert_equal(layer.forward(x, y), expected);
    }

    #[test]
    fn without_curvature_they_are_the_sum_and_the_mean() {
        let ball = PoincareBall::new(NEARLY_FLAT);
        let [x, y] = pair(&ball, [6, 3], DType::F64);
        let sum = ManifoldResidual::new(ball).forward(x.clone(), y.clone());
        assert_nearly_flat(sum, x + y);
        let space = Hyperboloid::new(NEARLY_FLAT);
        let [x, y] = pair(&space, [6, 3], DType::F64);
        let layer = lorentz(space, 3.0, DType::F64);
        let mean = layer.forward(x.clone(), y.clone()).narrow(1, 1, 3);
        let expected = (x + y.mul_scalar(3.0)).mul_scalar(0.25).narrow(1, 1, 3);
        assert_nearly_flat(mean, expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::learnable(0.7, (&device, DType::F64));
        let [x, y] = pair(&space.valid(), [4, 3], DType::F64);
        let other = || Tensor::from_inner(y.clone());
        let layer = LorentzResidual {
            log_weight: param(normal([1], 0.5, 3, DType::F64), &device),
            space: space.clone(),
        };
        check_gradients(layer, x.clone(), |layer, x| layer.forward(x, other()));
        check_gradients(ManifoldResidual::new(space), x, |layer, x| {
            layer.forward(x, other())
        });
    }

    #[test]
    #[should_panic(expected = "points of one shape, got [4, 3] and [1, 3]")]
    fn points_of_different_shapes_are_refused() {
        let space = Hyperboloid::new(1.0);
        let x = space.origin([4, 3], &Device::flex());
        let y = space.origin([1, 3], &Device::flex());
        lorentz(space, 1.0, DType::F32).forward::<2>(x, y);
    }
}
