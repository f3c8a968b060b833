//! Riemannian Adam.

use burn::config::Config;
use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{LearningRate, Optimizer, RecordState, StateSink, StateSource, join_path};
use burn::tensor::{Device, Tensor};
use geom_core::SettingError;
#[cfg(feature = "flex")]
use geom_kernels::rows::Kind;

use crate::builder::{optimizer_constructors, with_decay};
use crate::geometry::{Geometry, in_single};
#[cfg(feature = "flex")]
use crate::one_pass::OnePass;
use crate::second_moment::{SecondMoment, square};
use crate::setting::{check_adam, check_shared};
use crate::state_tensors;
use crate::step_map::StepMap;
use crate::tangent_moment::TangentMoment;

/// Configuration of [`RiemannianAdam`]; the settings and their defaults are those of Burn's
/// [`AdamConfig`](burn::optim::AdamConfig), plus `step` and `second_moment`.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `beta_1` | 0.9 | [0, 1) | decay of the first moment |
/// | `beta_2` | 0.999 | [0, 1) | decay of the second moment |
/// | `epsilon` | 1e-5 | positive | keeps the division in (5) finite |
/// | `amsgrad` | false | | divides by the largest second moment so far |
/// | `weight_decay` | none | at least 0 | $\lambda$ in (1) |
/// | `step` | exponential map | | the map in (6) |
/// | `second_moment` | by curvature | | the square in (4) |
/// | `grad_clipping` | none | positive | clips the ambient gradient before (1); applied by [`init`](Self::init) only |
#[derive(Config, Debug)]
pub struct RiemannianAdamConfig {
    /// Decay of the first moment, in [0, 1).
    #[config(default = 0.9)]
    pub beta_1: f32,
    /// Decay of the second moment, in [0, 1).
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// Added to the root of the second moment; positive.
    #[config(default = 1e-5)]
    pub epsilon: f32,
    /// Whether to divide by the largest second moment so far.
    #[config(default = false)]
    pub amsgrad: bool,
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

impl RiemannianAdamConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        check_adam(self.beta_1, self.beta_2, self.epsilon)?;
        check_shared(self.weight_decay.as_ref(), self.grad_clipping.as_ref())
    }

    /// The optimizer, for settings that [`check`](Self::check) has passed.
    pub(crate) fn build_unchecked(&self) -> RiemannianAdam {
        RiemannianAdam {
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            amsgrad: self.amsgrad,
            bias_correction: true,
            weight_decay: self.weight_decay.clone(),
            step: self.step,
            second_moment: self.second_moment,
        }
    }
}

optimizer_constructors!(RiemannianAdamConfig, RiemannianAdam);

/// Riemannian Adam.
///
/// For a parameter $x_t$ on a manifold, $g_t$ the gradient that automatic differentiation returns,
/// $\eta$ the learning rate and $\lambda$ weight decay:
///
/// $$
/// \begin{aligned}
/// g_t &\leftarrow g_t + \lambda x_t && (1)\\\\
/// r_t &= \operatorname{grad} f(x_t) \text{ from } g_t && (2)\\\\
/// m_t &= \beta_1 m_{t-1} + (1-\beta_1)\\, r_t && (3)\\\\
/// v_t &= \beta_2 v_{t-1} + (1-\beta_2)\\, \lVert r_t\rVert_{x_t}^2 && (4)\\\\
/// d_t &= \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \varepsilon} && (5)\\\\
/// x_{t+1} &= \pi\bigl(\exp_{x_t}(-\eta\\, d_t)\bigr) && (6)\\\\
/// m_t &\leftarrow P_{x_t\to x_{t+1}}\\, m_t && (7)
/// \end{aligned}
/// $$
///
/// $v_t$ is one number per point, on products one per factor: it does not depend on coordinates,
/// needs no transport, and stays meaningful when a learnable curvature moves, while $m_t$ follows its
/// point (see [`TangentMoment`]). With `amsgrad`, (5) divides by $\max_{s\le t} v_s$.
/// [`SecondMoment`] and [`StepMap`] replace (4) and the map in (6).
///
/// # On flat space
///
/// Without a scope, and on [`Euclidean`](geom_core::Euclidean), the square in (4) is elementwise by
/// default, (2) and (7) are the identity and (6) is $x_t - \eta d_t$: every bit is that of Burn's
/// [`Adam`](burn::optim::Adam).
///
/// # Examples
///
/// ```
/// use burn::module::Module;
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, ManifoldParam, PoincareBall};
/// use geom_optim::RiemannianAdamConfig;
///
/// let device = Device::default().autodiff();
/// let start = Tensor::<2>::from_data([[0.5, 0.1], [-0.3, 0.6]], &device);
/// let mut points = ManifoldParam::new(start, PoincareBall::new(1.0));
/// let target = Tensor::<2>::from_data([[0.2, -0.4]], &device);
///
/// let mut optimizer = RiemannianAdamConfig::new().with_beta_2(0.99).init();
/// for _ in 0..300 {
///     let distance = points.manifold().distance(points.val(), target.clone());
///     let loss = distance.square().sum();
///     let gradients = GradientsParams::from_grads(loss.backward(), &points);
///     points = optimizer.step(0.05, points, gradients);
/// }
/// let points = points.valid();
/// let distance = points.manifold().distance(points.val(), target.inner());
/// assert!(distance.max().into_scalar::<f32>() < 1e-2);
/// ```
///
/// # References
/// Bécigneul and Ganea (2019), *Riemannian adaptive optimization methods*, algorithm 1a; Kingma and
/// Ba (2015), *Adam*; Reddi, Kale and Kumar (2018), *On the convergence of Adam and beyond*.
#[derive(Clone, Debug)]
pub struct RiemannianAdam {
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    amsgrad: bool,
    bias_correction: bool,
    weight_decay: Option<WeightDecayConfig>,
    step: StepMap,
    second_moment: SecondMoment,
}

/// State of [`RiemannianAdam`] for one parameter.
#[derive(Clone, Debug)]
pub struct RiemannianAdamState<const D: usize> {
    /// The number of steps taken.
    pub time: usize,
    /// The first moment, tangent at the point where the parameter stands.
    pub moment_1: TangentMoment<D>,
    /// The second moment: `[..., 1]` with one number per point, on products `[..., d]` with one number
    /// per factor, else the shape of the parameter.
    pub moment_2: Tensor<D>,
    /// The largest second moment so far, with `amsgrad`.
    pub max_moment_2: Option<Tensor<D>>,
    /// Whether the second moment is one number per point.
    pub per_point: bool,
}

impl RiemannianAdam {
    /// Divides $m_t$ by the root of $v_t$ as they are, in place of equation (5): RAMSGrad.
    pub(crate) fn without_bias_correction(self) -> Self {
        Self {
            bias_correction: false,
            ..self
        }
    }

    /// The factor of the first moment in equation (5), in which both bias corrections are gathered, and
    /// what is added to the root of the second.
    fn corrections(&self, time: usize) -> (f32, f32) {
        if !self.bias_correction {
            return (1.0, self.epsilon);
        }
        // Burn's own conversion; after 2^31 steps both corrections are long since 1.
        let time = time as i32;
        let correction_2 = (1.0 - self.beta_2.powi(time)).sqrt();
        let factor = correction_2 / (1.0 - self.beta_1.powi(time));
        (factor, self.epsilon * correction_2)
    }

    /// The direction of equation (5), in the operations of Burn's Adam.
    fn direction<const D: usize>(
        &self,
        time: usize,
        moment_1: Tensor<D>,
        moment_2: Tensor<D>,
    ) -> Tensor<D> {
        let (factor, epsilon) = self.corrections(time);
        let root = moment_2.sqrt().add_scalar(epsilon);
        match self.bias_correction {
            true => moment_1.mul_scalar(factor).div(root),
            false => moment_1.div(root),
        }
    }

    /// Equations (2) to (7) as one program, with one second moment for each point.
    #[cfg(feature = "flex")]
    #[allow(clippy::too_many_arguments, reason = "the parts of a step")]
    fn step_in_one_pass<const D: usize>(
        &self,
        pass: OnePass<D>,
        geometry: &Geometry,
        lr: LearningRate,
        x: Tensor<D>,
        gradient: Tensor<D>,
        time: usize,
        moments: Option<(Tensor<D>, Tensor<D>)>,
    ) -> (Tensor<D>, Option<RiemannianAdamState<D>>) {
        let (moment_1, moment_2) = moments.unwrap_or_else(|| {
            let none = x.zeros_like();
            (none.clone(), none.narrow(D - 1, 0, 1))
        });
        let (factor, epsilon) = self.corrections(time);
        let numbers = [
            f64::from(self.beta_1),
            f64::from(1.0 - self.beta_1),
            f64::from(self.beta_2),
            f64::from(1.0 - self.beta_2),
            f64::from(factor),
            f64::from(epsilon),
            lr,
        ];
        let inputs = (
            [Kind::VECTOR, Kind::VECTOR, Kind::VECTOR, Kind::Scalar],
            [x, gradient, moment_1, moment_2],
        );
        let results = pass.run(
            "adam",
            (self.step, 0),
            inputs,
            numbers,
            |verbs, [x, gradient, m, v], [beta_1, rest_1, beta_2, rest_2, factor, epsilon, lr]| {
                let r = verbs.step_gradient(&x, gradient);
                let square = verbs.squared_norm(&x, r.clone());
                let m = m * beta_1 + r * rest_1;
                let v = v * beta_2 + square * rest_2;
                let direction = m.clone() * (factor / (v.sqrt() + epsilon));
                let next = verbs.advance(&x, direction, &lr);
                let m = verbs.transport(&x, &next, m);
                vec![next, m, v]
            },
        );
        let [next, moment_1, moment_2] = results
            .try_into()
            .unwrap_or_else(|_| unreachable!("the program has three results"));
        let state = RiemannianAdamState {
            time,
            moment_1: TangentMoment::at(geometry, moment_1),
            moment_2,
            max_moment_2: None,
            per_point: true,
        };
        (next, Some(state))
    }
}

impl Optimizer for RiemannianAdam {
    type State<const D: usize> = RiemannianAdamState<D>;

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

        let per_point = state.as_ref().map_or_else(
            || self.second_moment.is_per_point(&geometry),
            |state| state.per_point,
        );
        let (time, moments, largest) = match state {
            Some(state) => {
                let moment_1 = state.moment_1.into_vector(&geometry, &x);
                let moments = Some((moment_1, state.moment_2));
                (state.time + 1, moments, state.max_moment_2)
            }
            None => (1, None, None),
        };
        #[cfg(feature = "flex")]
        if per_point && !self.amsgrad {
            let others = moments.as_ref().map(|(first, second)| [first, second]);
            let others: Vec<_> = others.into_iter().flatten().chain([&gradient]).collect();
            if let Some(pass) = OnePass::new(&geometry, &x, &others) {
                return self.step_in_one_pass(pass, &geometry, lr, x, gradient, time, moments);
            }
        }

        let gradient = geometry.step_gradient(&x, gradient);
        let square = square(per_point, &geometry, &x, gradient.clone());
        let gradient = gradient.mul_scalar(1.0 - self.beta_1);
        let square = square.mul_scalar(1.0 - self.beta_2);
        let (moment_1, moment_2) = match moments {
            Some((moment_1, moment_2)) => (
                moment_1.mul_scalar(self.beta_1).add(gradient),
                moment_2.mul_scalar(self.beta_2).add(square),
            ),
            None => (gradient, square),
        };
        let max_moment_2 = self.amsgrad.then(|| match largest {
            Some(largest) => largest.max_pair(moment_2.clone()),
            None => moment_2.clone(),
        });

        let divisor = max_moment_2.clone().unwrap_or_else(|| moment_2.clone());
        let mut direction = self.direction(time, moment_1.clone(), divisor);
        if !per_point {
            // A different factor per coordinate leaves the tangent space of an embedded manifold.
            direction = geometry.project_tangent(&x, direction);
        }
        let next = geometry.advance(self.step, x.clone(), direction, -lr);
        let moment_1 = TangentMoment::carried(&geometry, x, &next, moment_1);
        (
            next,
            Some(RiemannianAdamState {
                time,
                moment_1,
                moment_2,
                max_moment_2,
                per_point,
            }),
        )
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        RiemannianAdamState {
            moment_1: state.moment_1.to_device(device),
            moment_2: state.moment_2.to_device(device),
            max_moment_2: state.max_moment_2.map(|moment| moment.to_device(device)),
            ..state
        }
    }
}

impl<const D: usize> RecordState for RiemannianAdamState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_scalar(prefix, "time", self.time.into());
        out.push_scalar(prefix, "per_point", self.per_point.into());
        self.moment_1
            .state_flatten(&join_path(prefix, "moment_1"), out);
        state_tensors::push(out, prefix, "moment_2", &self.moment_2);
        if let Some(moment) = &self.max_moment_2 {
            state_tensors::push(out, prefix, "max_moment_2", moment);
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        Some(Self {
            time: source.take_scalar(prefix, "time")?.try_into().ok()?,
            per_point: source.take_scalar(prefix, "per_point")?.try_into().ok()?,
            moment_1: TangentMoment::state_unflatten(
                &join_path(prefix, "moment_1"),
                source,
                device,
            )?,
            moment_2: state_tensors::take(source, prefix, "moment_2", device)?,
            max_moment_2: state_tensors::take(source, prefix, "max_moment_2", device),
        })
    }
}
