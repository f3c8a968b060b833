//! How far to go along a direction.

mod armijo;
mod wolfe;

use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

pub use armijo::Armijo;
pub use wolfe::StrongWolfe;

use super::cost::Cost;
use super::curve::{Curve, Trial};
use super::stored;

/// The length of the first step of a run, as a tangent vector: one unit, short of the cut locus on
/// every unit sphere. The search shortens or lengthens it from there.
const FIRST_LENGTH: f64 = 1.0;

/// A rule for the length of a step along the curve $\varphi(t) = f(R_x(td))$.
///
/// | Rule | Evaluations a step | Good for |
/// |---|---|---|
/// | [`Armijo`] | one or two | gradient descent |
/// | [`StrongWolfe`] | one to four | conjugate gradient and L-BFGS, which rely on the curvature condition |
///
/// # Examples
/// ```
/// use geom_optim::solvers::{Armijo, GradientDescent, StrongWolfe};
///
/// let eager = GradientDescent::new().with_line_search(Armijo::default());
/// let exact = GradientDescent::new().with_line_search(StrongWolfe {
///     curvature: 0.1,
///     ..StrongWolfe::default()
/// });
/// assert_ne!(eager, exact);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LineSearch {
    /// Enough decrease, by going back.
    Armijo(Armijo),
    /// Enough decrease and a flat enough slope, by bracketing.
    StrongWolfe(StrongWolfe),
}

impl From<Armijo> for LineSearch {
    fn from(rule: Armijo) -> Self {
        Self::Armijo(rule)
    }
}

impl From<StrongWolfe> for LineSearch {
    fn from(rule: StrongWolfe) -> Self {
        Self::StrongWolfe(rule)
    }
}

/// The step of the previous search, which the next one starts from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviousStep {
    /// Its parameter $t$.
    #[serde(with = "stored::float")]
    pub t: f64,
    /// Whether it was the first that the search tried.
    pub at_once: bool,
}

impl LineSearch {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        match self {
            Self::Armijo(rule) => rule.check(),
            Self::StrongWolfe(rule) => rule.check(),
        }
    }

    /// Where the search begins: from the previous step, or with a step of one unit.
    pub(crate) fn first<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &Curve<D, M, C>,
        previous: Option<PreviousStep>,
    ) -> f64 {
        match (self, previous) {
            (_, None) => FIRST_LENGTH / curve.length(),
            (Self::Armijo(rule), Some(step)) => rule.next(step),
            (Self::StrongWolfe(_), Some(step)) => step.t,
        }
    }

    /// A point of the curve that satisfies the rule, and the step to remember. `None` if there is
    /// none to be found: [`Curve::failure`] says why.
    pub(crate) fn search<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &mut Curve<D, M, C>,
        first: f64,
    ) -> Option<(Trial<D>, PreviousStep)> {
        let first = first.min(curve.max_t());
        let trial = match self {
            Self::Armijo(rule) => rule.search(curve, first),
            Self::StrongWolfe(rule) => rule.search(curve, first),
        }?;
        let step = PreviousStep {
            t: trial.t,
            at_once: trial.t == first,
        };
        Some((trial, step))
    }
}

/// Checks that a constant of a line search lies strictly between two bounds.
fn check_between(
    field: &'static str,
    value: f64,
    range: std::ops::Range<f64>,
    rule: &'static str,
) -> Result<(), SettingError> {
    SettingError::check(value > range.start && value < range.end, field, value, rule)
}

#[cfg(test)]
mod tests;
