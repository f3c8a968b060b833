//! The trust-region method, with exact second derivatives.

use burn::tensor::{Device, Tensor};
use geom_core::{Limits, Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::cost::SecondOrder;
use super::curve::Curve;
use super::error::Quantity;
use super::problem::{Iterate, Oracle};
use super::solver::{Outcome, Solver};
use super::state::Memory;
use super::stored;
use super::truncated_cg::{Truncation, truncated_cg};
use crate::step_map::StepMap;

/// Below this share of the promised decrease the region shrinks.
const POOR: f64 = 0.25;
/// Above this share, a region whose boundary was reached grows.
const GOOD: f64 = 0.75;
/// How much it shrinks and grows.
const SHRINK: f64 = 0.25;
/// See [`SHRINK`].
const GROW: f64 = 2.0;

/// A trust region with truncated conjugate gradient (Steihaug–Toint).
///
/// Around each point the cost is replaced by its model of second order, with
/// $g = \operatorname{grad} f$ and the Riemannian Hessian $H$:
///
/// $$
/// \begin{aligned}
/// \eta_k &\approx \operatorname*{argmin}\_{\lVert\eta\rVert\le\Delta_k}
///   m_k(\eta), \quad m_k(\eta) = \langle g_k, \eta\rangle + \tfrac12\langle\eta, H_k\eta\rangle && (1)\\\\
/// \varrho_k &= \frac{f(R_{x_k}(\eta_k)) - f(x_k)}{m_k(\eta_k)} && (2)\\\\
/// \Delta_{k+1} &= \begin{cases}
///   \Delta_k/4 & \varrho_k < \tfrac14\\\\
///   \min(2\Delta_k, \bar\Delta) & \varrho_k > \tfrac34 \text{ and } \lVert\eta_k\rVert = \Delta_k\\\\
///   \Delta_k & \text{otherwise}\end{cases} && (3)\\\\
/// x_{k+1} &= \begin{cases} R_{x_k}(\eta_k) & \varrho_k > \varrho'\\\\ x_k & \text{otherwise}\end{cases} && (4)
/// \end{aligned}
/// $$
///
/// (1) is solved to a residual of $\lVert g_k\rVert\min(\lVert g_k\rVert^\theta, \kappa)$, so with
/// $\theta = 1$ the method converges quadratically to a minimizer with positive Hessian: the digits
/// double with every iteration. Directions of negative curvature are followed to the boundary, so
/// saddle points do not hold it.
///
/// It needs products with the Hessian: exact ones from [`Smooth`](super::Smooth), or
/// [`FiniteDifferences`](super::FiniteDifferences).
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `initial_radius` | 1 | positive | $\Delta_0$, a length on the manifold |
/// | `max_radius` | $\infty$ | positive | $\bar\Delta$; never more than $\sqrt n$ injectivity radii for $n$ points |
/// | `acceptance` | 0.1 | [0, 1/4) | $\varrho'$ in (4) |
/// | `kappa` | 0.1 | (0, 1) | $\kappa$ |
/// | `theta` | 1 | at least 0 | $\theta$ |
/// | `inner_iterations` | coordinates of the point | at least 1 | products with the Hessian an iteration |
/// | `step` | exponential map | | $R$ |
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_core::dual::Dual;
/// use geom_core::numerics::to_vec_f64;
/// use geom_optim::solvers::{GradientNorm, MaxIterations, Problem, Smooth, Solver, StoppingRule, TrustRegion};
///
/// // Rosenbrock's valley, with its minimum at (1, 1).
/// let cost = Smooth(|x: Dual<1>| {
///     let (a, b) = (x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1));
///     (b - a.clone().square()).square().mul_scalar(100.0) + a.sub_scalar(1.0).square()
/// });
/// let problem = Problem::new(Euclidean::new(), cost);
/// let start = Tensor::from_data([-1.2, 1.0], (&Device::default(), DType::F64));
/// let rule = GradientNorm(1e-12).or(MaxIterations(40));
/// let solution = TrustRegion::new().minimize(&problem, start, rule)?;
/// assert!(to_vec_f64(solution.point()).iter().all(|x| (x - 1.0).abs() < 1e-12));
/// # Ok::<(), geom_optim::solvers::SolverError>(())
/// ```
///
/// # References
/// Absil, Baker, Gallivan (2007), *Trust-region methods on Riemannian manifolds*, alg. 1; Absil,
/// Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*, §7; Boumal (2023), *An
/// Introduction to Optimization on Smooth Manifolds*, §6.4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustRegion {
    /// The first radius $\Delta_0$.
    #[serde(with = "stored::float")]
    pub initial_radius: f64,
    /// The largest radius $\bar\Delta$.
    #[serde(with = "stored::float")]
    pub max_radius: f64,
    /// The least share $\varrho'$ of the promised decrease that a step is accepted for.
    #[serde(with = "stored::float")]
    pub acceptance: f64,
    /// The linear factor $\kappa$ of the inner iteration.
    #[serde(with = "stored::float")]
    pub kappa: f64,
    /// The superlinear exponent $\theta$ of the inner iteration.
    #[serde(with = "stored::float")]
    pub theta: f64,
    /// Inner iterations at most; `None` for the coordinates of the point.
    pub inner_iterations: Option<usize>,
    /// How a step in the tangent space becomes the next point.
    pub step: StepMap,
}

impl Default for TrustRegion {
    fn default() -> Self {
        Self::new()
    }
}

impl TrustRegion {
    /// A trust region with the default settings.
    pub fn new() -> Self {
        Self {
            initial_radius: 1.0,
            max_radius: f64::INFINITY,
            acceptance: 0.1,
            kappa: 0.1,
            theta: 1.0,
            inner_iterations: None,
            step: StepMap::default(),
        }
    }

    /// With another first radius.
    pub fn with_initial_radius(self, initial_radius: f64) -> Self {
        Self {
            initial_radius,
            ..self
        }
    }

    /// With another largest radius.
    pub fn with_max_radius(self, max_radius: f64) -> Self {
        Self { max_radius, ..self }
    }

    /// With another map to the next point.
    pub fn with_step(self, step: StepMap) -> Self {
        Self { step, ..self }
    }

    /// The largest radius on this manifold, for all points together.
    fn largest_radius<const D: usize, M: Manifold, C>(
        &self,
        oracle: &Oracle<M, C>,
        x: &Tensor<D>,
    ) -> f64 {
        let dims = x.dims();
        let points: usize = dims[..D - M::POINT_RANK].iter().product();
        let reach = oracle.injectivity_radius(x) * (points as f64).sqrt();
        self.max_radius.min(reach)
    }

    fn truncation<const D: usize>(&self, x: &Tensor<D>) -> Truncation {
        let coordinates = x.dims().iter().product();
        Truncation {
            kappa: self.kappa,
            theta: self.theta,
            iterations: self.inner_iterations.unwrap_or(coordinates),
        }
    }
}

/// The memory of [`TrustRegion`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustRegionMemory {
    /// The radius $\Delta$.
    #[serde(with = "stored::float")]
    pub radius: f64,
}

impl Memory for TrustRegionMemory {
    fn to_device(self, _device: &Device) -> Self {
        self
    }
}

impl<const D: usize, M: Manifold, C: SecondOrder<D>> Solver<D, M, C> for TrustRegion {
    type Memory = TrustRegionMemory;

    fn name(&self) -> &'static str {
        "trust region"
    }

    fn check(&self) -> Result<(), SettingError> {
        let inner = self.inner_iterations.map_or(1.0, |n| n as f64);
        let finite = self.initial_radius.is_finite();
        let settings = [
            (
                "initial_radius",
                self.initial_radius,
                self.initial_radius > 0.0 && finite,
                "positive and finite",
            ),
            (
                "max_radius",
                self.max_radius,
                self.max_radius > 0.0,
                "positive",
            ),
            (
                "acceptance",
                self.acceptance,
                (0.0..POOR).contains(&self.acceptance),
                "at least 0 and below 1/4",
            ),
            (
                "kappa",
                self.kappa,
                self.kappa > 0.0 && self.kappa < 1.0,
                "above 0 and below 1",
            ),
            ("theta", self.theta, self.theta >= 0.0, "at least 0"),
            ("inner_iterations", inner, inner >= 1.0, "at least 1"),
        ];
        settings
            .into_iter()
            .try_for_each(|(field, value, fits, rule)| {
                SettingError::check(fits, field, value, rule)
            })
    }

    fn step_map(&self) -> StepMap {
        self.step
    }

    fn remember(&self, oracle: &Oracle<M, C>, at: &Iterate<D>) -> Self::Memory {
        TrustRegionMemory {
            radius: self
                .initial_radius
                .min(self.largest_radius(oracle, &at.point)),
        }
    }

    fn iterate(
        &self,
        oracle: &mut Oracle<M, C>,
        at: &Iterate<D>,
        memory: &mut Self::Memory,
    ) -> Outcome<D> {
        let largest = self.largest_radius(oracle, &at.point);
        let truncation = self.truncation(&at.point);
        let Some(step) = truncated_cg(oracle, at, memory.radius, truncation) else {
            return Outcome::NotFinite(Quantity::Hessian);
        };
        if step.change == 0.0 {
            return Outcome::Stalled;
        }
        let mut curve = Curve::new(oracle, at, &step.eta);
        let length = curve.length();
        let trial = curve.at(1.0);
        let share = match &trial {
            Some(trial) => curve.change(trial) / step.change,
            None => f64::NEG_INFINITY,
        };
        let failure = curve.failure();
        if share < POOR {
            memory.radius *= SHRINK;
        } else if share > GOOD && step.on_boundary {
            memory.radius = (GROW * memory.radius).min(largest);
        }
        match trial {
            Some(trial) if share > self.acceptance => Outcome::Moved {
                iterate: Box::new(trial.iterate),
                step: length,
            },
            // No shorter step could be told from none.
            _ if memory.radius < Limits::of(at.point.dtype()).epsilon * self.initial_radius => {
                failure.into()
            }
            _ => Outcome::Rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use burn::tensor::DType;
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Dual, Euclidean};

    use super::*;
    use crate::solvers::{MaxIterations, Problem, Smooth, State};

    /// Every state of a run down Rosenbrock's valley.
    fn states(solver: TrustRegion) -> Vec<State<1, TrustRegionMemory>> {
        let cost = Smooth(|x: Dual<1>| {
            let (a, b) = (x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1));
            (b - a.clone().square()).square().mul_scalar(100.0) + a.sub_scalar(1.0).square()
        });
        let problem = Problem::new(Euclidean::new(), cost);
        let start = Tensor::from_data([-1.2, 1.0], (&Device::default(), DType::F64));
        let state = solver.start(&problem, start).unwrap();
        let mut states = Vec::new();
        solver
            .run(&problem, state, MaxIterations(20), |state| {
                states.push(state.clone());
                ControlFlow::Continue(())
            })
            .unwrap();
        states
    }

    #[test]
    fn a_rejected_step_leaves_the_point_and_quarters_the_radius() {
        let states = states(TrustRegion::new());
        let mut rejected = 0;
        for pair in states.windows(2) {
            let [before, after] = pair else { continue };
            if after.history.last().unwrap().step.is_none() {
                rejected += 1;
                assert_eq!(after.memory.radius, before.memory.radius / 4.0);
                assert_eq!(
                    to_vec_f64(after.iterate.point.clone()),
                    to_vec_f64(before.iterate.point.clone())
                );
            } else {
                assert!(after.iterate.cost < before.iterate.cost);
            }
        }
        assert!(rejected > 0, "the valley rejects some steps");
    }

    #[test]
    fn no_step_is_longer_than_the_radius_and_no_radius_than_the_largest() {
        const LARGEST: f64 = 0.1;
        /// A few dozen roundings in the norm of a step.
        const ROUNDINGS: f64 = 1e-14;
        let states = states(
            TrustRegion::new()
                .with_initial_radius(LARGEST / 10.0)
                .with_max_radius(LARGEST),
        );
        let mut grown = false;
        for pair in states.windows(2) {
            let step = pair[1].history.last().unwrap().step.unwrap_or(0.0);
            assert!(step <= pair[0].memory.radius * (1.0 + ROUNDINGS));
            assert!(pair[1].memory.radius <= LARGEST);
            grown |= pair[1].memory.radius > pair[0].memory.radius;
        }
        assert!(grown, "good steps on the boundary let the radius grow");
    }
}
