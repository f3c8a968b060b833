//! RAMSGrad.

use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use geom_core::SettingError;

use crate::builder::optimizer_constructors;
use crate::riemannian_adam::{RiemannianAdam, RiemannianAdamConfig};
use crate::second_moment::SecondMoment;
use crate::setting::{check_adam, check_shared};
use crate::step_map::StepMap;

/// Configuration of RAMSGrad, the Riemannian AMSGrad as published.
///
/// For a parameter $x_t$ on a manifold, $r_t$ its Riemannian gradient and $\eta$ the learning rate:
///
/// $$
/// \begin{aligned}
/// m_t &= \beta_1 m_{t-1} + (1-\beta_1)\\, r_t && (1)\\\\
/// v_t &= \beta_2 v_{t-1} + (1-\beta_2)\\, \lVert r_t\rVert_{x_t}^2 && (2)\\\\
/// \hat v_t &= \max(\hat v_{t-1}, v_t) && (3)\\\\
/// x_{t+1} &= \pi\Bigl(\exp_{x_t}\Bigl(-\eta\\,\frac{m_t}{\sqrt{\hat v_t} + \varepsilon}\Bigr)\Bigr) && (4)\\\\
/// m_t &\leftarrow P_{x_t\to x_{t+1}}\\, m_t && (5)
/// \end{aligned}
/// $$
///
/// The divisor never falls, so steps do not grow again when gradients fade, and regret is bounded
/// where Adam's need not be. What differs from [`RiemannianAdamConfig`] with `amsgrad` is the bias
/// correction: the paper has none, so the first step is $(1-\beta_1)/\sqrt{1-\beta_2} = 3.2$ times
/// the learning rate long. Both are the optimizer [`RiemannianAdam`], and so are its state and
/// record.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `beta_1` | 0.9 | [0, 1) | decay of the first moment |
/// | `beta_2` | 0.999 | [0, 1) | decay of the second moment |
/// | `epsilon` | 1e-8 | positive | keeps the division in (4) finite at a zero gradient; the paper divides by the root alone |
/// | `weight_decay` | none | at least 0 | added to the ambient gradient as in Burn |
/// | `step` | exponential map | | the map in (4) |
/// | `second_moment` | by curvature | | the square in (2) |
/// | `grad_clipping` | none | positive | clips the ambient gradient; applied by [`init`](Self::init) only |
///
/// # On flat space
///
/// Without a scope, and on [`Euclidean`](geom_core::Euclidean), the square in (2) is elementwise by
/// default and this is AMSGrad: a product of real lines.
///
/// # Examples
///
/// ```
/// use burn::module::Module;
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold, ManifoldParam};
/// use geom_optim::RamsGradConfig;
///
/// let device = Device::default().autodiff();
/// let hyperboloid = Hyperboloid::new(1.0);
/// let start = Tensor::<2>::from_data([[0.0, 0.5, 0.1], [0.0, -0.3, 0.6]], &device);
/// let mut points = ManifoldParam::new(hyperboloid.project(start), hyperboloid.clone());
/// let target = Tensor::<2>::from_data([[0.0, 0.2, -0.4]], &device);
/// let target = hyperboloid.project(target);
///
/// let mut optimizer = RamsGradConfig::new().init();
/// for _ in 0..300 {
///     let distance = points.manifold().distance(points.val(), target.clone());
///     let loss = distance.square().sum();
///     let gradients = GradientsParams::from_grads(loss.backward(), &points);
///     points = optimizer.step(0.02, points, gradients);
/// }
/// let points = points.valid();
/// let distance = points.manifold().distance(points.val(), target.inner());
/// assert!(distance.max().into_scalar::<f32>() < 1e-2);
/// ```
///
/// # References
/// Bécigneul and Ganea (2019), *Riemannian adaptive optimization methods*, algorithm 1a (1b is its
/// flat case, AMSGrad of Reddi, Kale and Kumar, 2018).
#[derive(Config, Debug)]
pub struct RamsGradConfig {
    /// Decay of the first moment, in [0, 1).
    #[config(default = 0.9)]
    pub beta_1: f32,
    /// Decay of the second moment, in [0, 1).
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// Added to the root of the second moment; positive.
    #[config(default = 1e-8)]
    pub epsilon: f32,
    /// Weight decay, added to the ambient gradient as in Burn.
    pub weight_decay: Option<WeightDecayConfig>,
    /// How a step in the tangent space becomes the next point.
    #[config(default = "StepMap::ExponentialMap")]
    pub step: StepMap,
    /// What the second moment averages.
    #[config(default = "SecondMoment::ByCurvature")]
    pub second_moment: SecondMoment,
    /// Clipping of the ambient gradient.
    pub grad_clipping: Option<GradientClippingConfig>,
}

impl RamsGradConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        check_adam(self.beta_1, self.beta_2, self.epsilon)?;
        check_shared(self.weight_decay.as_ref(), self.grad_clipping.as_ref())
    }

    /// The optimizer, for settings that [`check`](Self::check) has passed.
    fn build_unchecked(&self) -> RiemannianAdam {
        RiemannianAdamConfig::new()
            .with_beta_1(self.beta_1)
            .with_beta_2(self.beta_2)
            .with_epsilon(self.epsilon)
            .with_amsgrad(true)
            .with_weight_decay(self.weight_decay.clone())
            .with_step(self.step)
            .with_second_moment(self.second_moment)
            .build_unchecked()
            .without_bias_correction()
    }
}

optimizer_constructors!(RamsGradConfig, RiemannianAdam);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_paper() {
        let config = RamsGradConfig::new();
        assert_eq!((config.beta_1, config.beta_2), (0.9, 0.999));
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        let setting = |config: RamsGradConfig| config.check().map_err(|error| error.field);
        let config = RamsGradConfig::new();
        assert_eq!(setting(config.clone().with_beta_1(1.0)), Err("beta_1"));
        assert_eq!(setting(config.clone().with_beta_2(-0.1)), Err("beta_2"));
        assert_eq!(setting(config.with_epsilon(0.0)), Err("epsilon"));
    }
}
