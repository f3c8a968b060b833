//! Riemannian stochastic gradient descent with momentum.

use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{LearningRate, Optimizer, RecordState, StateSink, StateSource, join_path};
use burn::tensor::{Device, Tensor};
use geom_core::SettingError;
#[cfg(feature = "flex")]
use geom_kernels::rows::Kind;

use crate::builder::{optimizer_constructors, with_decay};
use crate::geometry::{Geometry, in_single};
#[cfg(feature = "flex")]
use crate::one_pass::OnePass;
use crate::setting::{check_momentum, check_shared};
use crate::step_map::StepMap;
use crate::tangent_moment::TangentMoment;

/// Configuration of [`RiemannianSgd`]; the settings and their meaning are those of Burn's
/// [`SgdConfig`](burn::optim::SgdConfig), plus `step`; `grad_clipping` is its `gradient_clipping`, by
/// the name that it has in Burn's other optimizers.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `weight_decay` | none | at least 0 | $\lambda$ in (1) |
/// | `momentum` | none | [0, 1], both | $\mu$, dampening $\tau$ and Nesterov in (3) and (4) |
/// | `step` | exponential map | | the map in (5) |
/// | `grad_clipping` | none | positive | clips the ambient gradient before (1); applied by [`init`](Self::init) only |
#[derive(Config, Debug)]
pub struct RiemannianSgdConfig {
    /// Weight decay, added to the ambient gradient as in Burn.
    pub weight_decay: Option<WeightDecayConfig>,
    /// Momentum, dampening and Nesterov.
    pub momentum: Option<MomentumConfig>,
    /// How a step in the tangent space becomes the next point.
    #[config(default = "StepMap::ExponentialMap")]
    pub step: StepMap,
    /// Clipping of the ambient gradient.
    pub grad_clipping: Option<GradientClippingConfig>,
}

impl RiemannianSgdConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        if let Some(momentum) = &self.momentum {
            check_momentum(momentum)?;
        }
        check_shared(self.weight_decay.as_ref(), self.grad_clipping.as_ref())
    }

    /// The optimizer, for settings that [`check`](Self::check) has passed.
    fn build_unchecked(&self) -> RiemannianSgd {
        RiemannianSgd {
            weight_decay: self.weight_decay.clone(),
            momentum: self.momentum.as_ref().map(Momentum::new),
            step: self.step,
        }
    }
}

optimizer_constructors!(RiemannianSgdConfig, RiemannianSgd);

/// Riemannian stochastic gradient descent.
///
/// For a parameter $x_t$ on a manifold, $g_t$ the gradient that automatic differentiation returns,
/// $\eta$ the learning rate, $\lambda$ weight decay, $\mu$ momentum and $\tau$ dampening:
///
/// $$
/// \begin{aligned}
/// g_t &\leftarrow g_t + \lambda x_t && (1)\\\\
/// r_t &= \operatorname{grad} f(x_t) \text{ from } g_t && (2)\\\\
/// m_t &= \mu\\, m_{t-1} + (1-\tau)\\, r_t, \qquad m_1 = r_1 && (3)\\\\
/// d_t &= m_t, \quad\text{or}\quad r_t + \mu\\, m_t \text{ with Nesterov} && (4)\\\\
/// x_{t+1} &= \pi\bigl(\exp_{x_t}(-\eta\\, d_t)\bigr) && (5)\\\\
/// m_t &\leftarrow P_{x_t\to x_{t+1}}\\, m_t && (6)
/// \end{aligned}
/// $$
///
/// $\pi$ is the manifold's projection, which takes off what rounding adds; with
/// [`StepMap::Retraction`] the map in (5) is the retraction. Without momentum $d_t = r_t$. When a
/// learnable curvature moves between steps the momentum follows: see [`TangentMoment`].
///
/// The manifold is the one whose scope is open ([`geom_core::scope`]), which
/// [`ManifoldParam`](geom_core::ManifoldParam) sees to; a manifold defined elsewhere needs nothing
/// more.
///
/// # On flat space
///
/// Without a scope, and on [`Euclidean`](geom_core::Euclidean), (2) and (6) are the identity and (5)
/// is $x_t - \eta d_t$: every bit is that of Burn's [`Sgd`](burn::optim::Sgd).
///
/// # Examples
///
/// ```
/// use burn::module::Module;
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, ManifoldParam, PoincareBall};
/// use geom_optim::RiemannianSgdConfig;
///
/// let device = Device::default().autodiff();
/// let start = Tensor::<2>::from_data([[0.5, 0.1], [-0.3, 0.6]], &device);
/// let mut points = ManifoldParam::new(start, PoincareBall::new(1.0));
/// let target = Tensor::<2>::from_data([[0.2, -0.4]], &device);
///
/// let mut optimizer = RiemannianSgdConfig::new().init();
/// for _ in 0..50 {
///     let distance = points.manifold().distance(points.val(), target.clone());
///     let loss = distance.square().sum();
///     let gradients = GradientsParams::from_grads(loss.backward(), &points);
///     points = optimizer.step(0.1, points, gradients);
/// }
/// let points = points.valid();
/// let distance = points.manifold().distance(points.val(), target.inner());
/// assert!(distance.max().into_scalar::<f32>() < 1e-3);
/// ```
///
/// # References
/// Bonnabel (2013), *Stochastic gradient descent on Riemannian manifolds*, equation 2; Nickel and
/// Kiela (2017), *Poincaré embeddings for learning hierarchical representations*, equation 4.
#[derive(Clone, Debug)]
pub struct RiemannianSgd {
    weight_decay: Option<WeightDecayConfig>,
    momentum: Option<Momentum>,
    step: StepMap,
}

/// Equations (3) and (4), in the operations and number formats of Burn's
/// [`Momentum`](burn::optim::momentum::Momentum), which keeps its velocity to itself.
#[derive(Clone, Debug)]
struct Momentum {
    momentum: f32,
    dampening: f64,
    nesterov: bool,
}

impl Momentum {
    fn new(config: &MomentumConfig) -> Self {
        Self {
            momentum: config.momentum as f32,
            dampening: config.dampening,
            nesterov: config.nesterov,
        }
    }

    /// The direction of the step and the new velocity.
    fn transform<const D: usize>(
        &self,
        gradient: Tensor<D>,
        velocity: Option<Tensor<D>>,
    ) -> (Tensor<D>, Tensor<D>) {
        let velocity = match velocity {
            Some(velocity) => gradient
                .clone()
                .mul_scalar(1.0 - self.dampening)
                .add(velocity.mul_scalar(self.momentum)),
            None => gradient.clone(),
        };
        let direction = match self.nesterov {
            true => velocity.clone().mul_scalar(self.momentum).add(gradient),
            false => velocity.clone(),
        };
        (direction, velocity)
    }
}

/// State of [`RiemannianSgd`] for one parameter.
#[derive(Clone, Debug)]
pub struct RiemannianSgdState<const D: usize> {
    /// The velocity, tangent at the point where the parameter stands; none without momentum.
    pub momentum: Option<TangentMoment<D>>,
}

#[cfg(feature = "flex")]
impl RiemannianSgd {
    /// The equations of the step as one program.
    fn step_in_one_pass<const D: usize>(
        &self,
        pass: OnePass<D>,
        geometry: &Geometry,
        lr: LearningRate,
        x: Tensor<D>,
        gradient: Tensor<D>,
        velocity: Option<Tensor<D>>,
    ) -> (Tensor<D>, Option<RiemannianSgdState<D>>) {
        let Some(momentum) = &self.momentum else {
            let inputs = ([Kind::VECTOR; 2], [x, gradient]);
            let results = pass.run(
                "sgd",
                (self.step, 0),
                inputs,
                [lr],
                |verbs, [x, gradient], [lr]| {
                    let r = verbs.step_gradient(&x, gradient);
                    vec![verbs.advance(&x, r, &lr)]
                },
            );
            let [next] = results
                .try_into()
                .unwrap_or_else(|_| unreachable!("the program has one result"));
            return (next, Some(RiemannianSgdState { momentum: None }));
        };
        // The first velocity is the gradient, undamped.
        let (kept, share) = match velocity {
            Some(_) => (f64::from(momentum.momentum), 1.0 - momentum.dampening),
            None => (0.0, 1.0),
        };
        let velocity = velocity.unwrap_or_else(|| x.zeros_like());
        let nesterov = momentum.nesterov;
        let numbers = [kept, share, f64::from(momentum.momentum), lr];
        let results = pass.run(
            "sgd with momentum",
            (self.step, u8::from(nesterov)),
            ([Kind::VECTOR; 3], [x, gradient, velocity]),
            numbers,
            |verbs, [x, gradient, velocity], [kept, share, momentum, lr]| {
                let r = verbs.step_gradient(&x, gradient);
                let velocity = velocity * kept + r.clone() * share;
                let direction = match nesterov {
                    true => velocity.clone() * momentum + r,
                    false => velocity.clone(),
                };
                let next = verbs.advance(&x, direction, &lr);
                let velocity = verbs.transport(&x, &next, velocity);
                vec![next, velocity]
            },
        );
        let [next, velocity] = results
            .try_into()
            .unwrap_or_else(|_| unreachable!("the program has two results"));
        let momentum = Some(TangentMoment::at(geometry, velocity));
        (next, Some(RiemannianSgdState { momentum }))
    }
}

impl Optimizer for RiemannianSgd {
    type State<const D: usize> = RiemannianSgdState<D>;

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
        let velocity = state
            .and_then(|state| state.momentum)
            .map(|moment| moment.into_vector(&geometry, &x));
        #[cfg(feature = "flex")]
        {
            let others: Vec<_> = velocity.iter().chain([&gradient]).collect();
            if let Some(pass) = OnePass::new(&geometry, &x, &others) {
                return self.step_in_one_pass(pass, &geometry, lr, x, gradient, velocity);
            }
        }

        let gradient = geometry.step_gradient(&x, gradient);
        let Some(momentum) = &self.momentum else {
            let next = geometry.advance(self.step, x, gradient, -lr);
            return (next, Some(RiemannianSgdState { momentum: None }));
        };
        let (direction, velocity) = momentum.transform(gradient, velocity);
        let next = geometry.advance(self.step, x.clone(), direction, -lr);
        let moment = TangentMoment::carried(&geometry, x, &next, velocity);
        (
            next,
            Some(RiemannianSgdState {
                momentum: Some(moment),
            }),
        )
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        RiemannianSgdState {
            momentum: state.momentum.map(|moment| moment.to_device(device)),
        }
    }
}

impl<const D: usize> RecordState for RiemannianSgdState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        if let Some(momentum) = &self.momentum {
            momentum.state_flatten(&join_path(prefix, "momentum"), out);
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let prefix = join_path(prefix, "momentum");
        let momentum = match source.has_under(&prefix) {
            true => Some(TangentMoment::state_unflatten(&prefix, source, device)?),
            false => None,
        };
        Some(Self { momentum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_momentum(momentum: f64) -> RiemannianSgdConfig {
        RiemannianSgdConfig::new().with_momentum(Some(MomentumConfig {
            momentum,
            dampening: 0.0,
            nesterov: false,
        }))
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        let setting = |config: RiemannianSgdConfig| config.check().map_err(|e| e.field);
        let config = RiemannianSgdConfig::new;
        assert_eq!(setting(config()), Ok(()));
        assert_eq!(setting(with_momentum(0.9)), Ok(()));
        assert_eq!(setting(with_momentum(-0.1)), Err("momentum"));
        let decay = config().with_weight_decay(Some(WeightDecayConfig { penalty: -1.0 }));
        assert_eq!(setting(decay), Err("weight_decay"));
        let clipping = GradientClippingConfig::Norm(0.0);
        let clipping = config().with_grad_clipping(Some(clipping));
        assert_eq!(setting(clipping.clone()), Err("grad_clipping"));
        assert!(clipping.try_init().is_err());
    }

    #[test]
    #[should_panic(expected = "momentum = 2 is out of range")]
    fn an_optimizer_is_not_built_from_invalid_settings() {
        with_momentum(2.0).build();
    }

    #[test]
    fn an_optimizer_shows_its_settings() {
        let text = format!("{:?}", with_momentum(0.5).build());
        assert!(text.contains("momentum: 0.5"), "{text}");
    }
}
