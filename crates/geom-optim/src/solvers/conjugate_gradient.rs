//! Nonlinear conjugate gradient.

use burn::tensor::{Device, Tensor};
use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::descent::{First, Step, steepest_descent, step};
use super::line_search::{LineSearch, PreviousStep, StrongWolfe};
use super::problem::{Iterate, Oracle};
use super::solver::{Outcome, Solver};
use super::state::Memory;
use super::stored;
use crate::step_map::StepMap;

/// $\eta$ in the lower bound of [`ConjugateRule::HagerZhang`], the value of the paper.
const HAGER_ZHANG_ETA: f64 = 0.01;

/// How much of the previous direction is kept.
///
/// With $g$ the gradient, $d$ the direction, $P$ the transport from $x_k$ to $x_{k+1}$ and
/// $y = g_{k+1} - Pg_k$:
///
/// | Rule | $\beta_k$ | Known for |
/// |---|---|---|
/// | `FletcherReeves` | $\lVert g_{k+1}\rVert^2 / \lVert g_k\rVert^2$ | converges, but lingers after a bad step |
/// | `PolakRibierePlus` | $\max(0, \langle g_{k+1}, y\rangle / \lVert g_k\rVert^2)$ | restarts by itself after a bad step |
/// | `HestenesStiefel` | $\langle g_{k+1}, y\rangle / \langle Pd_k, y\rangle$ | conjugacy whatever the line search |
/// | `HagerZhang` | $\max\bigl(\eta_k, \langle y - 2\tfrac{\lVert y\rVert^2}{\langle Pd_k, y\rangle}Pd_k, g_{k+1}\rangle/\langle Pd_k, y\rangle\bigr)$ | descends whatever the line search |
///
/// with $\eta_k = -1/(\lVert d_k\rVert\min(0.01, \lVert g_k\rVert))$.
///
/// # References
/// Hager, Zhang (2006), *A survey of nonlinear conjugate gradient methods*, table 1; Sato
/// (2022), *Riemannian conjugate gradient methods*, for the transported forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConjugateRule {
    /// Fletcher and Reeves (1964).
    FletcherReeves,
    /// Polak and Ribière (1969), not below zero.
    PolakRibierePlus,
    /// Hestenes and Stiefel (1952).
    HestenesStiefel,
    /// Hager and Zhang (2005), with their lower bound.
    #[default]
    HagerZhang,
}

/// Nonlinear conjugate gradient.
///
/// $$
/// \begin{aligned}
/// x_{k+1} &= R_{x_k}(t_k d_k), \quad t_k \text{ from a line search} && (1)\\\\
/// d_{k+1} &= -g_{k+1} + \beta_k\\,P_{x_k\to x_{k+1}} d_k && (2)
/// \end{aligned}
/// $$
///
/// with $g = \operatorname{grad} f$ and $\beta_k$ from a [`ConjugateRule`]. Where $d_{k+1}$ does not
/// descend, or no step along it satisfies the line search, it restarts at $-g_{k+1}$.
///
/// | Setting | Default | Purpose |
/// |---|---|---|
/// | `rule` | Hager–Zhang | $\beta_k$ in (2) |
/// | `line_search` | [`StrongWolfe`] | $t_k$ in (1) |
/// | `step` | exponential map | $R$ in (1) |
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_core::numerics::to_vec_f64;
/// use geom_optim::solvers::{ConjugateGradient, GradientNorm, MaxIterations, Problem, Solver, StoppingRule};
///
/// let options = (&Device::default(), DType::F64);
/// let scales = Tensor::<1>::from_data([1.0, 10.0, 100.0], options);
/// let cost = |x: Tensor<1>| (x.sub_scalar(1.0).square() * scales.clone()).sum();
/// let problem = Problem::new(Euclidean::new(), cost);
/// let rule = GradientNorm(1e-10).or(MaxIterations(30));
/// let solution = ConjugateGradient::new().minimize(&problem, Tensor::zeros([3], options), rule)?;
/// assert!(to_vec_f64(solution.point()).iter().all(|x| (x - 1.0).abs() < 1e-10));
/// # Ok::<(), geom_optim::solvers::SolverError>(())
/// ```
///
/// # References
/// Nocedal, Wright (2006), *Numerical Optimization*, §5.2; Absil, Mahony, Sepulchre (2008),
/// *Optimization Algorithms on Matrix Manifolds*, alg. 13.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConjugateGradient {
    /// How much of the previous direction is kept.
    pub rule: ConjugateRule,
    /// How far each step goes.
    pub line_search: LineSearch,
    /// How a step in the tangent space becomes the next point.
    pub step: StepMap,
}

impl Default for ConjugateGradient {
    fn default() -> Self {
        Self::new()
    }
}

impl ConjugateGradient {
    /// Conjugate gradient with the default settings.
    pub fn new() -> Self {
        Self {
            rule: ConjugateRule::default(),
            line_search: StrongWolfe::default().into(),
            step: StepMap::default(),
        }
    }

    /// With another rule for $\beta$.
    pub fn with_rule(self, rule: ConjugateRule) -> Self {
        Self { rule, ..self }
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

    /// The next direction, equation (2), at the end of `step`.
    fn direction<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        oracle: &Oracle<M, C>,
        at: &Iterate<D>,
        step: &Step<D>,
    ) -> Tensor<D> {
        let end = &step.trial.iterate;
        let g = &end.gradient;
        let carry = |v: &Tensor<D>| oracle.transport(&at.point, &end.point, v);
        let inner = |v: &Tensor<D>, w: &Tensor<D>| oracle.inner(&end.point, v, w);
        let d = carry(&step.direction);
        let y = g.clone() - carry(&at.gradient);
        let before = at.gradient_norm.powi(2);
        let beta = match self.rule {
            ConjugateRule::FletcherReeves => end.gradient_norm.powi(2) / before,
            ConjugateRule::PolakRibierePlus => (inner(g, &y) / before).max(0.0),
            ConjugateRule::HestenesStiefel => inner(g, &y) / inner(&d, &y),
            ConjugateRule::HagerZhang => {
                let along = inner(&d, &y);
                let beta = (inner(&y, g) - 2.0 * inner(&y, &y) / along * inner(&d, g)) / along;
                let length = step.length / step.trial.t;
                beta.max(-1.0 / (length * HAGER_ZHANG_ETA.min(at.gradient_norm)))
            }
        };
        // No curvature was seen along the step: 0/0 or 1/0.
        match beta.is_finite() {
            true => d.mul_scalar(beta) - g.clone(),
            false => g.clone().neg(),
        }
    }
}

/// The memory of [`ConjugateGradient`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ConjugateGradientMemory<const D: usize> {
    /// The next direction, tangent at the current point.
    #[serde(with = "stored::tensor")]
    pub direction: Tensor<D>,
    /// The previous step.
    pub previous: Option<PreviousStep>,
}

impl<const D: usize> Memory for ConjugateGradientMemory<D> {
    fn to_device(self, device: &Device) -> Self {
        Self {
            direction: self.direction.to_device(device),
            ..self
        }
    }
}

impl<const D: usize, M: Manifold, C: Cost<D>> Solver<D, M, C> for ConjugateGradient {
    type Memory = ConjugateGradientMemory<D>;

    fn name(&self) -> &'static str {
        "conjugate gradient"
    }

    fn check(&self) -> Result<(), SettingError> {
        self.line_search.check()
    }

    fn step_map(&self) -> StepMap {
        self.step
    }

    fn remember(&self, _oracle: &Oracle<M, C>, at: &Iterate<D>) -> Self::Memory {
        ConjugateGradientMemory {
            direction: at.gradient.clone().neg(),
            previous: None,
        }
    }

    fn iterate(
        &self,
        oracle: &mut Oracle<M, C>,
        at: &Iterate<D>,
        memory: &mut Self::Memory,
    ) -> Outcome<D> {
        let search = &self.line_search;
        let direction = memory.direction.clone();
        let first = First::After(memory.previous);
        let found = step(search, oracle, at, direction, first)
            .or_else(|_| steepest_descent(search, oracle, at));
        match found {
            Err(failure) => failure.into(),
            Ok(step) => {
                memory.direction = self.direction(oracle, at, &step);
                memory.previous = Some(step.previous);
                Outcome::Moved {
                    iterate: Box::new(step.trial.iterate),
                    step: step.length,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Euclidean, Hyperboloid, PoincareBall};

    use super::*;
    use crate::solvers::curve::Trial;
    use crate::solvers::problem::{Evaluations, Problem};

    const RULES: [ConjugateRule; 4] = [
        ConjugateRule::FletcherReeves,
        ConjugateRule::PolakRibierePlus,
        ConjugateRule::HestenesStiefel,
        ConjugateRule::HagerZhang,
    ];

    /// The share of the slope that an exact line search leaves: as little as rounding lets it.
    const EXACT: f64 = 1e-12;
    /// The rules differ by the slope that is left, over its like after the first step: a hundred times
    /// that at most.
    const SAME: f64 = 100.0 * EXACT;

    /// The second direction by every rule, after a step to a point where the slope is 0.
    fn directions<M: Manifold>(manifold: M, x: Tensor<2>) -> Vec<Vec<f64>> {
        let scales =
            x.zeros_like() + Tensor::from_data([[1.0, 2.0, 4.0]], (&x.device(), x.dtype()));
        let cost = move |x: Tensor<2>| (x.sub_scalar(0.2).square() * scales.clone()).sum();
        let problem = Problem::new(manifold, cost);
        let map = StepMap::ExponentialMap;
        let mut oracle = Oracle::new(&problem, map, Evaluations::default(), 0.0);
        let at = oracle.evaluate(x);
        let exact = StrongWolfe {
            curvature: EXACT,
            decrease: EXACT / 10.0,
        };
        let step = steepest_descent(&exact.into(), &mut oracle, &at).expect("the cost is convex");
        let next = RULES.map(|rule| {
            let solver = ConjugateGradient::new().with_rule(rule);
            to_vec_f64(solver.direction(&oracle, &at, &step))
        });
        next.into()
    }

    #[test]
    fn all_rules_agree_after_an_exact_step_of_steepest_descent() {
        let x = Tensor::from_data([[0.1, 0.5, -0.3]], (&Device::default(), DType::F64));
        let hyperboloid = Hyperboloid::new(1.0);
        let cases = [
            directions(PoincareBall::new(1.0), x.clone()),
            directions(hyperboloid.clone(), hyperboloid.project(x)),
        ];
        // The new gradient is orthogonal to the transported direction, which is the old gradient.
        for all in cases {
            for (rule, direction) in RULES.iter().zip(&all) {
                for (left, right) in direction.iter().zip(&all[0]) {
                    assert!((left - right).abs() < SAME, "{rule:?}: {left} and {right}");
                }
            }
        }
    }

    #[test]
    fn each_rule_has_its_own_share_after_an_inexact_step() {
        // Down (x² + 4y²)/2 from (2, 1) by a tenth of the gradient (2, 4), computed by hand.
        const ROUNDINGS: f64 = 1e-14;
        const SHARES: [f64; 4] = [0.45, 0.0, -4.2 / 6.8, (-4.2 + 5.2 * 13.2 / 6.8) / 6.8];
        let point = |x: [f64; 2]| Tensor::<1>::from_data(x, (&Device::default(), DType::F64));
        let scales = point([0.5, 2.0]);
        let cost = move |x: Tensor<1>| (x.square() * scales.clone()).sum();
        let problem = Problem::new(Euclidean::new(), cost);
        let map = StepMap::ExponentialMap;
        let mut oracle = Oracle::new(&problem, map, Evaluations::default(), 0.0);
        let at = oracle.evaluate(point([2.0, 1.0]));
        let step = Step {
            trial: Trial {
                t: 0.1,
                iterate: oracle.evaluate(point([1.8, 0.6])),
                slope: -13.2,
            },
            direction: point([-2.0, -4.0]),
            length: 0.1 * 20f64.sqrt(),
            previous: PreviousStep {
                t: 0.1,
                at_once: true,
            },
        };
        for (rule, share) in RULES.into_iter().zip(SHARES) {
            let solver = ConjugateGradient::new().with_rule(rule);
            let next = to_vec_f64(solver.direction(&oracle, &at, &step));
            let error =
                (next[0] - (-1.8 - 2.0 * share)).abs() + (next[1] - (-2.4 - 4.0 * share)).abs();
            assert!(error < ROUNDINGS, "{rule:?}: {next:?}");
        }
    }
}
