//! Riemannian AdaGrad.

use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{LearningRate, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};
use geom_core::SettingError;

use crate::builder::{optimizer_constructors, with_decay};
use crate::geometry::{Geometry, in_single};
use crate::second_moment::{SecondMoment, square};
use crate::setting::{check_epsilon, check_shared};
use crate::state_tensors;
use crate::step_map::StepMap;

/// Configuration of [`RiemannianAdagrad`]; the settings and their defaults are those of Burn's
/// [`AdaGradConfig`](burn::optim::AdaGradConfig), plus `step` and `second_moment`.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `lr_decay` | 0 | at least 0 | $\tau$ in (4) |
/// | `epsilon` | 1e-5 | positive | keeps the division in (4) finite |
/// | `weight_decay` | none | at least 0 | $\lambda$ in (1) |
/// | `step` | exponential map | | the map in (5) |
/// | `second_moment` | by curvature | | the square in (3) |
/// | `grad_clipping` | none | positive | clips the ambient gradient before (1); applied by [`init`](Self::init) only |
#[derive(Config, Debug)]
pub struct RiemannianAdagradConfig {
    /// Decay of the learning rate with the number of steps, at least 0.
    #[config(default = 0.0)]
    pub lr_decay: f64,
    /// Added to the root of the sum of squares; positive.
    #[config(default = 1e-5)]
    pub epsilon: f32,
    /// Weight decay, added to the ambient gradient as in Burn.
    pub weight_decay: Option<WeightDecayConfig>,
    /// How a step in the tangent space becomes the next point.
    #[config(default = "StepMap::ExponentialMap")]
    pub step: StepMap,
    /// What the sum of squares gathers.
    #[config(default = "SecondMoment::ByCurvature")]
    pub second_moment: SecondMoment,
    /// Clipping of the ambient gradient.
    pub grad_clipping: Option<GradientClippingConfig>,
}

impl RiemannianAdagradConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        SettingError::check(
            self.lr_decay >= 0.0 && self.lr_decay.is_finite(),
            "lr_decay",
            self.lr_decay,
            "at least 0 and finite",
        )?;
        check_epsilon(self.epsilon)?;
        check_shared(self.weight_decay.as_ref(), self.grad_clipping.as_ref())
    }

    /// The optimizer, for settings that [`check`](Self::check) has passed.
    fn build_unchecked(&self) -> RiemannianAdagrad {
        RiemannianAdagrad {
            lr_decay: self.lr_decay,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay.clone(),
            step: self.step,
            second_moment: self.second_moment,
        }
    }
}

optimizer_constructors!(RiemannianAdagradConfig, RiemannianAdagrad);

/// Riemannian AdaGrad.
///
/// For a parameter $x_t$ on a manifold, $g_t$ the gradient that automatic differentiation returns,
/// $\eta$ the learning rate, $\tau$ its decay and $\lambda$ weight decay:
///
/// $$
/// \begin{aligned}
/// g_t &\leftarrow g_t + \lambda x_t && (1)\\\\
/// r_t &= \operatorname{grad} f(x_t) \text{ from } g_t && (2)\\\\
/// s_t &= s_{t-1} + \lVert r_t\rVert_{x_t}^2 && (3)\\\\
/// d_t &= \frac{r_t}{\sqrt{s_t} + \varepsilon}, \qquad \eta_t = \frac{\eta}{1 + (t-1)\tau} && (4)\\\\
/// x_{t+1} &= \pi\bigl(\exp_{x_t}(-\eta_t\\, d_t)\bigr) && (5)
/// \end{aligned}
/// $$
///
/// Every point has its own rate, which falls with the gradients it has seen: rare rows of a table
/// keep taking long steps. $s_t$ is one number per point, on products one per factor; it does not
/// depend on coordinates, needs no transport, and stays meaningful when a learnable curvature moves. There is no momentum, so
/// nothing is carried along. [`SecondMoment`] and [`StepMap`] replace the square in (3) and the map
/// in (5).
///
/// # On flat space
///
/// Without a scope, and on [`Euclidean`](geom_core::Euclidean), the square in (3) is elementwise by
/// default, (2) is the identity and (5) is $x_t - \eta_t d_t$: every bit is that of Burn's
/// [`AdaGrad`](burn::optim::AdaGrad).
///
/// # Examples
///
/// ```
/// use burn::module::Module;
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, ManifoldParam, PoincareBall};
/// use geom_optim::RiemannianAdagradConfig;
///
/// let device = Device::default().autodiff();
/// let start = Tensor::<2>::from_data([[0.5, 0.1], [-0.3, 0.6]], &device);
/// let mut points = ManifoldParam::new(start, PoincareBall::new(1.0));
/// let target = Tensor::<2>::from_data([[0.2, -0.4]], &device);
///
/// let mut optimizer = RiemannianAdagradConfig::new().init();
/// for _ in 0..100 {
///     let distance = points.manifold().distance(points.val(), target.clone());
///     let loss = distance.square().sum();
///     let gradients = GradientsParams::from_grads(loss.backward(), &points);
///     points = optimizer.step(0.5, points, gradients);
/// }
/// let points = points.valid();
/// let distance = points.manifold().distance(points.val(), target.inner());
/// assert!(distance.max().into_scalar::<f32>() < 1e-3);
/// ```
///
/// # References
/// Bécigneul and Ganea (2019), *Riemannian adaptive optimization methods*, §3.2; Duchi, Hazan and
/// Singer (2011), *Adaptive subgradient methods*.
#[derive(Clone, Debug)]
pub struct RiemannianAdagrad {
    lr_decay: f64,
    epsilon: f32,
    weight_decay: Option<WeightDecayConfig>,
    step: StepMap,
    second_moment: SecondMoment,
}

/// State of [`RiemannianAdagrad`] for one parameter.
#[derive(Clone, Debug)]
pub struct RiemannianAdagradState<const D: usize> {
    /// The number of steps taken.
    pub time: usize,
    /// The sum of squares: `[..., 1]` with one number per point, on products `[..., d]` with one number
    /// per factor, else the shape of the parameter.
    pub sum: Tensor<D>,
    /// Whether the sum is one number per point.
    pub per_point: bool,
}

impl Optimizer for RiemannianAdagrad {
    type State<const D: usize> = RiemannianAdagradState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        x: Tensor<D>,
        gradient: Tensor<D>,
        mut state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        if x.dims().contains(&0) {
            return (x, state);
        }
        let geometry = Geometry::current();
        let step = |x, gradient| self.step(lr, x, gradient, state.take());
        if let Some(stepped) = in_single(&geometry, &x, &gradient, step) {
            return stepped;
        }
        let gradient = with_decay(gradient, &x, self.weight_decay.as_ref());
        let gradient = geometry.step_gradient(&x, gradient);

        let per_point = state.as_ref().map_or_else(
            || self.second_moment.is_per_point(&geometry),
            |state| state.per_point,
        );
        let square = square(per_point, &geometry, &x, gradient.clone());
        let (time, sum) = match state {
            Some(state) => (state.time + 1, state.sum.add(square)),
            None => (1, square),
        };

        let lr = lr / (1.0 + (time as f64 - 1.0) * self.lr_decay);
        let mut direction = gradient.div(sum.clone().sqrt().add_scalar(self.epsilon));
        if !per_point {
            // A different factor per coordinate leaves the tangent space of an embedded manifold.
            direction = geometry.project_tangent(&x, direction);
        }
        let next = geometry.advance(self.step, x, direction, -lr);
        (
            next,
            Some(RiemannianAdagradState {
                time,
                sum,
                per_point,
            }),
        )
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        RiemannianAdagradState {
            sum: state.sum.to_device(device),
            ..state
        }
    }
}

impl<const D: usize> RecordState for RiemannianAdagradState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_scalar(prefix, "time", self.time.into());
        out.push_scalar(prefix, "per_point", self.per_point.into());
        state_tensors::push(out, prefix, "sum", &self.sum);
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        Some(Self {
            time: source.take_scalar(prefix, "time")?.try_into().ok()?,
            per_point: source.take_scalar(prefix, "per_point")?.try_into().ok()?,
            sum: state_tensors::take(source, prefix, "sum", device)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named() {
        let config = RiemannianAdagradConfig::new();
        let setting = |config: RiemannianAdagradConfig| config.check().map_err(|e| e.field);
        assert_eq!(setting(config.clone()), Ok(()));
        assert_eq!(setting(config.clone().with_epsilon(0.0)), Err("epsilon"));
        assert_eq!(setting(config.clone().with_lr_decay(-0.1)), Err("lr_decay"));
        assert_eq!(setting(config.with_lr_decay(f64::NAN)), Err("lr_decay"));
    }

    #[test]
    #[should_panic(expected = "lr_decay = -1 is out of range")]
    fn an_optimizer_is_not_built_from_invalid_settings() {
        RiemannianAdagradConfig::new().with_lr_decay(-1.0).build();
    }
}
