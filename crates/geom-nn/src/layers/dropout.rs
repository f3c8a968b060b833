//! Dropout, of coordinates of vectors and of points.

use burn::config::Config;
use burn::module::{Flag, Module, Param};
use burn::tensor::{Distribution, Tensor};
use geom_core::Pointed;

use crate::random;
use crate::sparse::Features;

/// Settings of [`Dropout`].
#[derive(Config, Debug)]
pub struct DropoutConfig {
    /// The probability of setting a number to zero, in `[0, 1)`.
    pub prob: f64,
}

/// Dropout of the coordinates of vectors: in training each is set to zero with probability $p$, and
/// the others are multiplied by $1/(1 - p)$.
///
/// Training means a device with automatic differentiation and a layer that is not
/// [frozen](Module::freeze), as for Burn's own.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::layers::DropoutConfig;
///
/// let dropout = DropoutConfig::new(0.5).init();
/// let v = Tensor::<2>::ones([2, 3], &Device::flex());
/// // No training, no dropout.
/// assert_eq!(dropout.forward(v.clone()).sum().into_scalar::<f32>(), 6.0);
/// ```
#[derive(Module, Debug)]
pub struct Dropout {
    /// The probability of setting a number to zero.
    pub prob: f64,
    /// Cleared where the layer is frozen.
    pub training: Param<Flag>,
}

impl DropoutConfig {
    /// The layer, which drops in training until it is frozen.
    ///
    /// # Panics
    /// If the probability is not in `[0, 1)`.
    pub fn init(&self) -> Dropout {
        assert!(
            (0.0..1.0).contains(&self.prob),
            "the probability of dropout is in [0, 1), got {}",
            self.prob
        );
        Dropout {
            prob: self.prob,
            training: Param::from_bool(true),
        }
    }
}

impl Dropout {
    /// The vectors with some coordinates set to zero; `v` itself when not training.
    ///
    /// # Shapes
    /// - `v`, and the result: any
    pub fn forward<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        if !self.is_active(&v) {
            return v;
        }
        let kept = 1.0 - self.prob;
        let mask = random::like(&v, Distribution::Bernoulli(kept));
        v * mask.mul_scalar(kept.recip())
    }

    /// The features of nodes with some numbers set to zero; the features themselves when not training.
    ///
    /// Whether this is training `weight` tells, which the features are multiplied by: they are constants
    /// and may be kept where no gradients are tracked.
    pub fn forward_features(&self, x: &Features, weight: &Tensor<2>) -> Features {
        match self.is_active(weight) {
            true => x.dropout(self.prob),
            false => x.clone(),
        }
    }

    /// Whether [`forward`](Self::forward) would change `v`.
    pub fn is_active<const D: usize>(&self, v: &Tensor<D>) -> bool {
        self.prob > 0.0 && self.training.is_enabled() && v.device().is_autodiff()
    }
}

/// Settings of [`ManifoldDropout`].
#[derive(Config, Debug)]
pub struct ManifoldDropoutConfig {
    /// The probability of setting a coordinate to zero, in `[0, 1)`.
    pub prob: f64,
}

/// [`Dropout`] of coordinates at the origin,
///
/// $$ y = \exp_0\Bigl(\frac{m \odot \log_0(x)}{1 - p}\Bigr), \qquad m_i \sim \text{Bernoulli}(1 - p). $$
///
/// On the ball, dropping coordinates of the point itself would be the same but for the length, which
/// $1/(1 - p)$ could bring out of the ball.
///
/// # Shapes
/// - `x`, and the result: `[..., width(d)]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::ManifoldDropoutConfig;
///
/// let space = Hyperboloid::new(1.0);
/// let dropout = ManifoldDropoutConfig::new(0.5).init(space.clone());
/// let v = Tensor::<2>::ones([20, 4], &Device::flex().autodiff());
/// let y = dropout.forward(space.exp0(v));
/// assert!(space.check_point(y).is_ok());
/// ```
///
/// # References
/// Srivastava et al. (2014), *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*.
#[derive(Module, Debug)]
pub struct ManifoldDropout<S: Pointed> {
    /// Of vectors at the origin.
    pub dropout: Dropout,
    /// The space of the points.
    pub space: S,
}

impl ManifoldDropoutConfig {
    /// The layer in `space`.
    ///
    /// # Panics
    /// If the probability is not in `[0, 1)`.
    pub fn init<S: Pointed>(&self, space: S) -> ManifoldDropout<S> {
        let dropout = DropoutConfig::new(self.prob).init();
        ManifoldDropout { dropout, space }
    }
}

impl<S: Pointed> ManifoldDropout<S> {
    /// The points with some coordinates at the origin set to zero; `x` itself when not training.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if !self.dropout.is_active(&x) {
            return x;
        }
        let v = self.dropout.forward(self.space.log0(x));
        self.space.exp0(v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{DTYPES, assert_on, check_rests, normal};
    use burn::tensor::DType;
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Hyperboloid, PoincareBall};

    #[test]
    fn outside_of_training_points_pass_unchanged() {
        let ball = PoincareBall::new(1.0);
        let x = ball.exp0(normal::<2>([5, 4], 0.5, 1, DType::F32));
        let before = to_vec_f64(x.clone());
        let dropout = ManifoldDropoutConfig::new(0.5).init(ball);
        assert_eq!(to_vec_f64(dropout.forward(x)), before);
    }

    #[test]
    fn a_frozen_layer_rests() {
        let v = normal::<2>([5, 4], 0.5, 1, DType::F32);
        check_rests(DropoutConfig::new(0.5).init(), v.clone(), |layer, v| {
            layer.forward(v)
        });
        let ball = PoincareBall::new(1.0);
        let x = ball.exp0(v);
        check_rests(ManifoldDropoutConfig::new(0.5).init(ball), x, |layer, x| {
            layer.forward(x)
        });
    }

    #[test]
    fn in_training_coordinates_vanish_and_the_rest_grow() {
        let hyperboloid = Hyperboloid::new(0.7);
        for dtype in DTYPES {
            let v = normal::<2>([400, 3], 0.3, 2, dtype);
            let dropout = ManifoldDropoutConfig::new(0.25).init(hyperboloid.clone());
            let y = dropout.forward(hyperboloid.exp0(v.clone().autodiff()));
            assert_on(&hyperboloid, y.clone());
            let ratios = to_vec_f64(hyperboloid.log0(y) / v.autodiff());
            let dropped = ratios.iter().filter(|&&r| r == 0.0).count();
            // 300 of 1,200 are expected, with a standard deviation of 15.
            assert!((200..400).contains(&dropped), "{dropped} of 1200");
            let kept = ratios.iter().filter(|&&r| r != 0.0);
            assert!(kept.into_iter().all(|r| (r * 0.75 - 1.0).abs() < 1e-4));
        }
    }

    #[test]
    #[should_panic(expected = "in [0, 1), got 1")]
    fn dropping_everything_is_refused() {
        DropoutConfig::new(1.0).init();
    }
}
