//! One step along a direction, shared by the solvers with a line search.

use burn::tensor::Tensor;
use geom_core::Manifold;

use super::cost::Cost;
use super::curve::{Curve, Failure, Trial};
use super::line_search::{LineSearch, PreviousStep};
use super::problem::{Iterate, Oracle};

/// A step that a line search has found.
#[derive(Clone, Debug)]
pub(crate) struct Step<const D: usize> {
    /// The end of the step.
    pub(crate) trial: Trial<D>,
    /// Its direction $d$, tangent at the start.
    pub(crate) direction: Tensor<D>,
    /// Its length $t\lVert d\rVert$.
    pub(crate) length: f64,
    /// What the next search needs to know of it.
    pub(crate) previous: PreviousStep,
}

/// Where a line search begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum First {
    /// At this parameter.
    At(f64),
    /// Where the rule takes it from the previous step, if there is one.
    After(Option<PreviousStep>),
}

/// A step from `at` along `direction`.
///
/// # Errors
/// [`Failure`], if the direction does not descend or no step satisfies the rule.
pub(crate) fn step<const D: usize, M: Manifold, C: Cost<D>>(
    search: &LineSearch,
    oracle: &mut Oracle<M, C>,
    at: &Iterate<D>,
    direction: Tensor<D>,
    first: First,
) -> Result<Step<D>, Failure> {
    let mut curve = Curve::new(oracle, at, &direction);
    // Written so that a slope that is not a number does not pass.
    let descends = curve.slope() < 0.0;
    if !descends {
        return Err(Failure::Stalled);
    }
    let first = match first {
        First::At(t) => t,
        First::After(previous) => search.first(&curve, previous),
    };
    let Some((trial, previous)) = search.search(&mut curve, first) else {
        return Err(curve.failure());
    };
    let length = trial.t * curve.length();
    Ok(Step {
        trial,
        direction,
        length,
        previous,
    })
}

/// A step of steepest descent, which begins like the first of a run.
pub(crate) fn steepest_descent<const D: usize, M: Manifold, C: Cost<D>>(
    search: &LineSearch,
    oracle: &mut Oracle<M, C>,
    at: &Iterate<D>,
) -> Result<Step<D>, Failure> {
    let direction = at.gradient.clone().neg();
    step(search, oracle, at, direction, First::After(None))
}
