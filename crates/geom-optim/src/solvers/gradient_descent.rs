//! Gradient descent with a line search.

use burn::tensor::Device;
use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::descent::{First, step};
use super::line_search::{Armijo, LineSearch, PreviousStep};
use super::problem::{Iterate, Oracle};
use super::solver::{Outcome, Solver};
use super::state::Memory;
use crate::step_map::StepMap;

/// Gradient descent.
///
/// $$
/// \begin{aligned}
/// d_k &= -\operatorname{grad} f(x_k) && (1)\\\\
/// x_{k+1} &= R_{x_k}(t_k d_k), \quad t_k \text{ from a line search} && (2)
/// \end{aligned}
/// $$
///
/// Every limit point is stationary. Close to a minimizer it gains a fixed factor an iteration, which
/// the condition number of the Hessian makes as slow as it likes.
///
/// | Setting | Default | Purpose |
/// |---|---|---|
/// | `line_search` | [`Armijo`] | $t_k$ in (2) |
/// | `step` | exponential map | $R$ in (2) |
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_optim::solvers::{GradientDescent, GradientNorm, MaxIterations, Problem, Solver, StoppingRule};
///
/// // The point of the least sum of squared distances to two points: their midpoint.
/// let options = (&Device::default(), DType::F64);
/// let ends = Tensor::<2>::from_data([[0.5, 0.1], [-0.3, 0.4]], options);
/// let ball = PoincareBall::new(1.0);
/// let midpoint = ball.midpoint(ends.clone().narrow(0, 0, 1), ends.clone().narrow(0, 1, 1));
/// let cost = |x: Tensor<2>| ball.distance(x, ends.clone()).square().sum();
///
/// let problem = Problem::new(ball.clone(), cost);
/// let start = Tensor::zeros([1, 2], options);
/// let rule = GradientNorm(1e-9).or(MaxIterations(100));
/// let solution = GradientDescent::new().minimize(&problem, start, rule)?;
/// assert!(ball.distance(solution.point(), midpoint).into_scalar::<f64>() < 1e-9);
/// # Ok::<(), geom_optim::solvers::SolverError>(())
/// ```
///
/// # References
/// Absil, Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*, alg. 1; Boumal
/// (2023), *An Introduction to Optimization on Smooth Manifolds*, §4.3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientDescent {
    /// How far each step goes.
    pub line_search: LineSearch,
    /// How a step in the tangent space becomes the next point.
    pub step: StepMap,
}

impl Default for GradientDescent {
    fn default() -> Self {
        Self::new()
    }
}

impl GradientDescent {
    /// Gradient descent with the default settings.
    pub fn new() -> Self {
        Self {
            line_search: Armijo::default().into(),
            step: StepMap::default(),
        }
    }

    /// With another line search.
    pub fn with_line_search(self, rule: impl Into<LineSearch>) -> Self {
        let line_search = rule.into();
        Self {
            line_search,
            ..self
        }
    }

    /// With another map to the next point.
    pub fn with_step(self, step: StepMap) -> Self {
        Self { step, ..self }
    }
}

/// The memory of [`GradientDescent`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GradientDescentMemory {
    /// The previous step.
    pub previous: Option<PreviousStep>,
}

impl Memory for GradientDescentMemory {
    fn to_device(self, _device: &Device) -> Self {
        self
    }
}

impl<const D: usize, M: Manifold, C: Cost<D>> Solver<D, M, C> for GradientDescent {
    type Memory = GradientDescentMemory;

    fn name(&self) -> &'static str {
        "gradient descent"
    }

    fn check(&self) -> Result<(), SettingError> {
        self.line_search.check()
    }

    fn step_map(&self) -> StepMap {
        self.step
    }

    fn remember(&self, _oracle: &Oracle<M, C>, _at: &Iterate<D>) -> Self::Memory {
        GradientDescentMemory::default()
    }

    fn iterate(
        &self,
        oracle: &mut Oracle<M, C>,
        at: &Iterate<D>,
        memory: &mut Self::Memory,
    ) -> Outcome<D> {
        let direction = at.gradient.clone().neg();
        let first = First::After(memory.previous);
        match step(&self.line_search, oracle, at, direction, first) {
            Err(failure) => failure.into(),
            Ok(step) => {
                memory.previous = Some(step.previous);
                Outcome::Moved {
                    iterate: Box::new(step.trial.iterate),
                    step: step.length,
                }
            }
        }
    }
}
