//! Parts shared by every solver: starting, iterating, stopping, resuming.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::time::Instant;

use burn::tensor::Tensor;
use geom_core::{Manifold, SettingError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cost::Cost;
use super::curve::Failure;
use super::error::{Quantity, SolverError};
use super::problem::{Evaluations, Iterate, Oracle, Problem};
use super::reason::Reason;
use super::state::{Iteration, Memory, Solution, State};
use super::stopping::StoppingRule;
use crate::step_map::StepMap;

/// The outcome of an iteration.
#[derive(Clone, Debug)]
pub enum Outcome<const D: usize> {
    /// A step was made.
    Moved {
        /// The new point.
        iterate: Box<Iterate<D>>,
        /// The length of the step.
        step: f64,
    },
    /// The step was rejected, and the next iteration will try another.
    Rejected,
    /// Any gain is indistinguishable from rounding.
    Stalled,
    /// Cost or derivatives are not finite anywhere the iteration looked.
    NotFinite(Quantity),
}

impl<const D: usize> From<Failure> for Outcome<D> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Stalled => Self::Stalled,
            Failure::NotFinite(quantity) => Self::NotFinite(quantity),
        }
    }
}

/// A solver: makes a point better, iteration by iteration.
///
/// An implementation says how one iteration goes ([`iterate`](Self::iterate)); everything else is
/// here. [`minimize`](Self::minimize) is the short way; [`start`](Self::start) and [`run`](Self::run)
/// add an observer, checkpoints and resumption.
pub trait Solver<const D: usize, M: Manifold, C: Cost<D>> {
    /// The memory of a solver between iterations.
    type Memory: Memory + Clone + Debug + Serialize + DeserializeOwned;

    /// The name used in checkpoints.
    fn name(&self) -> &'static str;

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    fn check(&self) -> Result<(), SettingError>;

    /// The map from the tangent space to the next point.
    fn step_map(&self) -> StepMap;

    /// The memory before the first iteration.
    fn remember(&self, oracle: &Oracle<M, C>, at: &Iterate<D>) -> Self::Memory;

    /// One iteration from `at`, which is finite and whose gradient is not 0.
    fn iterate(
        &self,
        oracle: &mut Oracle<M, C>,
        at: &Iterate<D>,
        memory: &mut Self::Memory,
    ) -> Outcome<D>;

    /// Minimizes from `start` until `rule` ends the run.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`run`](Self::run).
    fn minimize(
        &self,
        problem: &Problem<M, C>,
        start: Tensor<D>,
        rule: impl StoppingRule,
    ) -> Result<Solution<D, Self::Memory>, SolverError> {
        let state = self.start(problem, start)?;
        self.run(problem, state, rule, |_| ControlFlow::Continue(()))
    }

    /// The state before the first iteration.
    ///
    /// # Panics
    /// If `start` has fewer axes than one point, or the cost is not one number.
    ///
    /// # Errors
    /// - [`SolverError::Setting`] if a setting is out of range
    /// - [`SolverError::Start`] if `start` is not on the manifold
    /// - [`SolverError::NotFinite`] if cost or gradient are not finite there
    fn start(
        &self,
        problem: &Problem<M, C>,
        start: Tensor<D>,
    ) -> Result<State<D, Self::Memory>, SolverError> {
        let axes = M::POINT_RANK;
        assert!(
            D >= axes,
            "a point of {} has {axes} axes, got a tensor of rank {D}",
            problem.manifold().name(),
        );
        self.check()?;
        let clock = Instant::now();
        let start = start.inner();
        problem.manifold().check_point(start.clone())?;
        let mut oracle = Oracle::new(problem, self.step_map(), Evaluations::default(), 0.0);
        let iterate = oracle.evaluate(start);
        if let Some(quantity) = iterate.broken() {
            return Err(SolverError::NotFinite {
                iteration: 0,
                quantity,
            });
        }
        let memory = self.remember(&oracle, &iterate);
        let first = Iteration {
            number: 0,
            cost: iterate.cost,
            gradient_norm: iterate.gradient_norm,
            step: None,
            evaluations: oracle.evaluations(),
            seconds: clock.elapsed().as_secs_f64(),
        };
        Ok(State {
            solver: self.name().into(),
            manifold: describe(problem.manifold()),
            iterate,
            memory,
            history: vec![first],
        })
    }

    /// Continues from a state until `rule` or `observer` ends the run.
    ///
    /// The observer sees the state at the start and after every iteration, the last included. It can
    /// report, save the state, or break: a flag set by a signal handler ends a run that way, with a
    /// state to resume from.
    ///
    /// A rule that is never met makes an endless run; [`MaxIterations`](super::MaxIterations) bounds
    /// any.
    ///
    /// # Errors
    /// - [`SolverError::Setting`] if a setting is out of range
    /// - [`SolverError::Mismatch`] if the state belongs to another solver or manifold
    /// - [`SolverError::NotFinite`] if cost or derivatives were not finite at any point that an
    ///   iteration tried
    fn run(
        &self,
        problem: &Problem<M, C>,
        mut state: State<D, Self::Memory>,
        rule: impl StoppingRule,
        mut observer: impl FnMut(&State<D, Self::Memory>) -> ControlFlow<()>,
    ) -> Result<Solution<D, Self::Memory>, SolverError> {
        self.check()?;
        check_owner(&state, self.name(), &describe(problem.manifold()))?;
        let clock = Instant::now();
        let (before, scale) = (state.seconds(), state.scale());
        let mut oracle = Oracle::new(problem, self.step_map(), state.evaluations(), scale);
        loop {
            let wish = observer(&state);
            let reason = rule.check(&state.history);
            if let Some(reason) = reason.or(wish.is_break().then_some(Reason::Observer)) {
                return Ok(Solution { state, reason });
            }
            // A stationary point: there is no direction to go, for any solver.
            let outcome = match state.iterate.gradient_norm == 0.0 {
                true => Outcome::Stalled,
                false => self.iterate(&mut oracle, &state.iterate, &mut state.memory),
            };
            let number = state.iterations() + 1;
            let step = match outcome {
                Outcome::Moved { iterate, step } => {
                    state.iterate = *iterate;
                    Some(step)
                }
                Outcome::Rejected => None,
                Outcome::Stalled => {
                    let reason = Reason::Stalled;
                    return Ok(Solution { state, reason });
                }
                Outcome::NotFinite(quantity) => {
                    let iteration = number;
                    return Err(SolverError::NotFinite {
                        iteration,
                        quantity,
                    });
                }
            };
            state.history.push(Iteration {
                number,
                cost: state.iterate.cost,
                gradient_norm: state.iterate.gradient_norm,
                step,
                evaluations: oracle.evaluations(),
                seconds: before + clock.elapsed().as_secs_f64(),
            });
        }
    }
}

/// A manifold in words that differ if the metric does.
fn describe<M: Manifold>(manifold: &M) -> String {
    let parameters = manifold.metric_parameters();
    match parameters.is_empty() {
        true => manifold.name().into(),
        false => format!("{} with metric {parameters:?}", manifold.name()),
    }
}

fn check_owner<const D: usize, T>(
    state: &State<D, T>,
    solver: &str,
    manifold: &str,
) -> Result<(), SolverError> {
    if state.solver == solver && state.manifold == manifold {
        return Ok(());
    }
    Err(SolverError::Mismatch {
        saved: format!("{} on {}", state.solver, state.manifold),
        expected: format!("{solver} on {manifold}"),
    })
}
