//! The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno with limited memory.

use burn::tensor::{Device, Tensor};
use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::descent::{First, Step, steepest_descent, step};
use super::line_search::{LineSearch, StrongWolfe};
use super::problem::{Iterate, Oracle};
use super::solver::{Outcome, Solver};
use super::state::Memory;
use super::stored;
use crate::step_map::StepMap;

/// Curvature along a step, relative to the gradient, below which the step teaches nothing: the
/// $\epsilon$ of Li and Fukushima's cautious update, with their value.
const CAUTION: f64 = 1e-6;
/// The share of the slope that the line search of a quasi-Newton method may leave (Nocedal, Wright,
/// §3.1): its first guess is mostly good, and a more exact search would be wasted.
const LOOSE_CURVATURE: f64 = 0.9;

/// L-BFGS: builds an inverse Hessian from the last steps and the changes of the gradient along them.
///
/// With $g = \operatorname{grad} f$ and $P$ the transport from $x_k$ to $x_{k+1}$:
///
/// $$
/// \begin{aligned}
/// d_k &= -H_k g_k && (1)\\\\
/// x_{k+1} &= R_{x_k}(t_k d_k), \quad t_k \text{ from a line search that tries 1 first} && (2)\\\\
/// s_k &= P(t_k d_k), \quad y_k = g_{k+1} - Pg_k && (3)\\\\
/// H_{k+1} &= V^*H_kV + \rho\\, s_k\langle s_k, \cdot\rangle, \quad
///   V = \mathrm{id} - \rho\\, y_k\langle s_k, \cdot\rangle, \quad \rho = 1/\langle s_k, y_k\rangle && (4)
/// \end{aligned}
/// $$
///
/// $H_k$ is never formed: the two-loop recursion applies it, from the last `memory` pairs
/// $(s, y)$, which are all carried to the current point, and from
/// $H^0_k = \langle s, y\rangle/\lVert y\rVert^2$ of the latest. A pair is kept only if
///
/// $$ \langle s_k, y_k\rangle \ge 10^{-6}\\,\lVert g_k\rVert\\,\lVert s_k\rVert^2 \qquad (5) $$
///
/// (the cautious update), so $H_k$ stays positive on costs that are not convex. Where no step along
/// $d_k$ satisfies the line search, the pairs are dropped and the step is one of steepest descent.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `memory` | 10 | at least 1 | pairs kept for (4) |
/// | `line_search` | [`StrongWolfe`] with `curvature` 0.9 | | $t_k$ in (2) |
/// | `step` | exponential map | | $R$ in (2) |
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Euclidean, Manifold};
/// use geom_core::numerics::to_vec_f64;
/// use geom_optim::solvers::{GradientNorm, LimitedBfgs, MaxIterations, Problem, Solver, StoppingRule};
///
/// // Rosenbrock's valley, with its minimum at (1, 1).
/// let cost = |x: Tensor<1>| {
///     let (a, b) = (x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1));
///     (b - a.clone().square()).square().mul_scalar(100.0) + a.sub_scalar(1.0).square()
/// };
/// let problem = Problem::new(Euclidean::new(), cost);
/// let start = Tensor::from_data([-1.2, 1.0], (&Device::default(), DType::F64));
/// let rule = GradientNorm(1e-9).or(MaxIterations(60));
/// let solution = LimitedBfgs::new().minimize(&problem, start, rule)?;
/// assert!(to_vec_f64(solution.point()).iter().all(|x| (x - 1.0).abs() < 1e-9));
/// # Ok::<(), geom_optim::solvers::SolverError>(())
/// ```
///
/// # References
/// Nocedal, Wright (2006), *Numerical Optimization*, alg. 7.4 and 7.5; Li, Fukushima (2001), *On the
/// global convergence of the BFGS method for nonconvex unconstrained optimization problems*, eq.
/// 2.10; Huang, Absil, Gallivan (2018), *A Riemannian BFGS method without differentiated retraction
/// for nonconvex optimization problems*.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitedBfgs {
    /// Pairs kept.
    pub memory: usize,
    /// How far each step goes.
    pub line_search: LineSearch,
    /// How a step in the tangent space becomes the next point.
    pub step: StepMap,
}

impl Default for LimitedBfgs {
    fn default() -> Self {
        Self::new()
    }
}

impl LimitedBfgs {
    /// L-BFGS with the default settings.
    pub fn new() -> Self {
        let line_search = StrongWolfe {
            curvature: LOOSE_CURVATURE,
            ..StrongWolfe::default()
        };
        Self {
            memory: 10,
            line_search: line_search.into(),
            step: StepMap::default(),
        }
    }

    /// With another number of pairs.
    pub fn with_memory(self, memory: usize) -> Self {
        Self { memory, ..self }
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

    /// The memory after a step: every pair carried to its end, and the pair of the step itself.
    fn learn<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        oracle: &Oracle<M, C>,
        at: &Iterate<D>,
        step: &Step<D>,
        memory: &mut LimitedBfgsMemory<D>,
    ) {
        let end = &step.trial.iterate;
        let carry = |v: &Tensor<D>| oracle.transport(&at.point, &end.point, v);
        for pair in &mut memory.pairs {
            pair.s = carry(&pair.s);
            pair.y = carry(&pair.y);
        }
        let s = carry(&step.direction).mul_scalar(step.trial.t);
        let y = end.gradient.clone() - carry(&at.gradient);
        let curvature = oracle.inner(&end.point, &s, &y);
        let least = CAUTION * at.gradient_norm * oracle.inner(&end.point, &s, &s);
        if curvature > 0.0 && curvature >= least {
            memory.pairs.push(CurvaturePair { s, y });
        }
        let surplus = memory.pairs.len().saturating_sub(self.memory);
        memory.pairs.drain(..surplus);
    }
}

/// A step and the change of the gradient along it, both tangent at the current point.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct CurvaturePair<const D: usize> {
    /// $s$.
    #[serde(with = "stored::tensor")]
    pub s: Tensor<D>,
    /// $y$.
    #[serde(with = "stored::tensor")]
    pub y: Tensor<D>,
}

/// The memory of [`LimitedBfgs`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct LimitedBfgsMemory<const D: usize> {
    /// The pairs, the oldest first.
    pub pairs: Vec<CurvaturePair<D>>,
}

impl<const D: usize> LimitedBfgsMemory<D> {
    /// The two-loop recursion: the inverse Hessian applied to the gradient at `at`.
    fn apply<M: Manifold, C>(&self, oracle: &Oracle<M, C>, at: &Iterate<D>) -> Tensor<D> {
        let inner = |v: &Tensor<D>, w: &Tensor<D>| oracle.inner(&at.point, v, w);
        // Transport that is no isometry may have spoilt a pair.
        let usable = self.pairs.iter().filter_map(|pair| {
            let curvature = inner(&pair.s, &pair.y);
            (curvature > 0.0).then_some((pair, curvature))
        });
        let usable: Vec<_> = usable.collect();
        let mut q = at.gradient.clone();
        let mut shares = Vec::with_capacity(usable.len());
        for (pair, curvature) in usable.iter().rev() {
            let share = inner(&pair.s, &q) / curvature;
            q = q - pair.y.clone().mul_scalar(share);
            shares.push(share);
        }
        if let Some((pair, curvature)) = usable.last() {
            q = q.mul_scalar(curvature / inner(&pair.y, &pair.y));
        }
        for ((pair, curvature), share) in usable.iter().zip(shares.into_iter().rev()) {
            let back = inner(&pair.y, &q) / curvature;
            q = q + pair.s.clone().mul_scalar(share - back);
        }
        q
    }
}

impl<const D: usize> Memory for LimitedBfgsMemory<D> {
    fn to_device(self, device: &Device) -> Self {
        let pairs = self.pairs.into_iter().map(|pair| CurvaturePair {
            s: pair.s.to_device(device),
            y: pair.y.to_device(device),
        });
        Self {
            pairs: pairs.collect(),
        }
    }
}

impl<const D: usize, M: Manifold, C: Cost<D>> Solver<D, M, C> for LimitedBfgs {
    type Memory = LimitedBfgsMemory<D>;

    fn name(&self) -> &'static str {
        "limited-memory BFGS"
    }

    fn check(&self) -> Result<(), SettingError> {
        SettingError::check(self.memory > 0, "memory", self.memory, "at least 1")?;
        self.line_search.check()
    }

    fn step_map(&self) -> StepMap {
        self.step
    }

    fn remember(&self, _oracle: &Oracle<M, C>, _at: &Iterate<D>) -> Self::Memory {
        LimitedBfgsMemory { pairs: Vec::new() }
    }

    fn iterate(
        &self,
        oracle: &mut Oracle<M, C>,
        at: &Iterate<D>,
        memory: &mut Self::Memory,
    ) -> Outcome<D> {
        let search = &self.line_search;
        let found = if memory.pairs.is_empty() {
            steepest_descent(search, oracle, at)
        } else {
            let direction = memory.apply(oracle, at).neg();
            step(search, oracle, at, direction, First::At(1.0)).or_else(|_| {
                memory.pairs.clear();
                steepest_descent(search, oracle, at)
            })
        };
        match found {
            Err(failure) => failure.into(),
            Ok(step) => {
                self.learn(oracle, at, &step, memory);
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
    use geom_core::PoincareBall;
    use geom_core::numerics::to_vec_f64;

    use super::*;
    use crate::solvers::problem::{Evaluations, Problem};

    fn row(values: [f64; 3]) -> Tensor<2> {
        Tensor::from_data([values], (&Device::default(), DType::F64))
    }

    fn cost(x: Tensor<2>) -> Tensor<1> {
        (x.clone().square() + x.sub_scalar(0.3).powi_scalar(4)).sum()
    }

    type Memory = LimitedBfgsMemory<2>;

    /// A few iterations, and the memory after each with the point where it is tangent.
    fn memories(solver: LimitedBfgs, iterations: usize) -> Vec<(Memory, Iterate<2>)> {
        let problem = Problem::new(PoincareBall::new(1.0), cost as fn(Tensor<2>) -> Tensor<1>);
        let mut oracle = Oracle::new(&problem, solver.step, Evaluations::default(), 0.0);
        let mut at = oracle.evaluate(row([0.5, -0.6, 0.2]));
        let mut memory = Memory { pairs: Vec::new() };
        let mut memories = Vec::new();
        for _ in 0..iterations {
            match solver.iterate(&mut oracle, &at, &mut memory) {
                Outcome::Moved { iterate, .. } => at = *iterate,
                other => panic!("{other:?}"),
            }
            memories.push((memory.clone(), at.clone()));
        }
        memories
    }

    /// Two recursions over four pairs, some hundred operations on numbers of order one.
    const ROUNDINGS: f64 = 1e-13;

    #[test]
    fn the_inverse_hessian_maps_the_last_change_of_gradient_to_the_last_step() {
        let problem = Problem::new(PoincareBall::new(1.0), cost as fn(Tensor<2>) -> Tensor<1>);
        let map = StepMap::ExponentialMap;
        let oracle = Oracle::new(&problem, map, Evaluations::default(), 0.0);
        for (memory, mut at) in memories(LimitedBfgs::new(), 4) {
            let pair = memory.pairs.last().expect("every step teaches").clone();
            at.gradient = pair.y;
            let left = to_vec_f64(memory.apply(&oracle, &at));
            for (left, right) in left.into_iter().zip(to_vec_f64(pair.s)) {
                assert!(
                    (left - right).abs() < ROUNDINGS,
                    "{left} instead of {right}"
                );
            }
        }
    }

    #[test]
    fn the_oldest_pairs_are_dropped() {
        let kept: Vec<usize> = memories(LimitedBfgs::new().with_memory(2), 4)
            .iter()
            .map(|(memory, _)| memory.pairs.len())
            .collect();
        assert_eq!(kept, [1, 2, 2, 2]);
    }

    #[test]
    fn a_step_of_negative_curvature_teaches_nothing() {
        // Concave everywhere: no pair may be kept.
        let hill = |x: Tensor<2>| x.clone().square().sum().neg() + x.sum();
        let problem = Problem::new(geom_core::Euclidean::new(), hill);
        let solver = LimitedBfgs::new();
        let mut oracle = Oracle::new(&problem, solver.step, Evaluations::default(), 0.0);
        let at = oracle.evaluate(row([0.1, 0.2, 0.3]));
        let end = oracle.evaluate(at.point.clone() + at.gradient.clone().mul_scalar(-0.1));
        let step = Step {
            trial: crate::solvers::curve::Trial {
                t: 0.1,
                iterate: end,
                slope: -1.0,
            },
            direction: at.gradient.clone().neg(),
            length: 0.1 * at.gradient_norm,
            previous: crate::solvers::line_search::PreviousStep {
                t: 0.1,
                at_once: true,
            },
        };
        let mut memory = Memory { pairs: Vec::new() };
        solver.learn(&oracle, &at, &step, &mut memory);
        assert!(memory.pairs.is_empty());
    }
}
