//! When a run ends: rules that combine.

use std::time::Duration;

use super::reason::Reason;
use super::state::Iteration;

/// A rule that ends a run, looking at its record.
///
/// Rules are values, and combine: `a.or(b)` ends when either does, `a.and(b)` when both do at the
/// same iteration.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use geom_optim::solvers::{GradientNorm, MaxIterations, StepSize, StoppingRule, TimeLimit};
///
/// let rule = GradientNorm(1e-8)
///     .or(StepSize(1e-12))
///     .or(MaxIterations(1000).or(TimeLimit(Duration::from_secs(60))));
/// assert!(rule.check(&[]).is_none());
/// ```
pub trait StoppingRule {
    /// Why the run ends now, if it does. `history` holds every iteration so far, the start first.
    fn check(&self, history: &[Iteration]) -> Option<Reason>;

    /// Ends when either rule does.
    fn or<R: StoppingRule>(self, other: R) -> Or<Self, R>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// Ends when both rules do, at the same iteration.
    fn and<R: StoppingRule>(self, other: R) -> And<Self, R>
    where
        Self: Sized,
    {
        And(self, other)
    }
}

/// Ends when $\lVert\operatorname{grad} f(x)\rVert_x$ is at or below the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientNorm(pub f64);

impl StoppingRule for GradientNorm {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        let (value, limit) = (history.last()?.gradient_norm, self.0);
        (value <= limit).then_some(Reason::GradientNorm { value, limit })
    }
}

/// Ends when the last step was at most this long. An iteration that rejects its step, as a trust
/// region may, has no length and does not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSize(pub f64);

impl StoppingRule for StepSize {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        let (value, limit) = (history.last()?.step?, self.0);
        (value <= limit).then_some(Reason::StepSize { value, limit })
    }
}

/// Ends when the cost is at or below the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostBelow(pub f64);

impl StoppingRule for CostBelow {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        let (value, limit) = (history.last()?.cost, self.0);
        (value <= limit).then_some(Reason::CostBelow { value, limit })
    }
}

/// Ends after so many iterations, those before a checkpoint included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxIterations(pub usize);

impl StoppingRule for MaxIterations {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        (history.last()?.number >= self.0).then_some(Reason::MaxIterations(self.0))
    }
}

/// Ends after the iteration in which the time is up, the time before a checkpoint included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit(pub Duration);

impl StoppingRule for TimeLimit {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        let over = history.last()?.seconds >= self.0.as_secs_f64();
        over.then_some(Reason::TimeLimit(self.0))
    }
}

/// Either of two rules; see [`StoppingRule::or`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Or<A, B>(A, B);

impl<A: StoppingRule, B: StoppingRule> StoppingRule for Or<A, B> {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        self.0.check(history).or_else(|| self.1.check(history))
    }
}

/// Both of two rules; see [`StoppingRule::and`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct And<A, B>(A, B);

impl<A: StoppingRule, B: StoppingRule> StoppingRule for And<A, B> {
    fn check(&self, history: &[Iteration]) -> Option<Reason> {
        let (left, right) = (self.0.check(history)?, self.1.check(history)?);
        Some(Reason::Both(Box::new(left), Box::new(right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iteration(number: usize, step: Option<f64>) -> Iteration {
        Iteration {
            number,
            cost: 2.0,
            gradient_norm: 1e-7,
            step,
            evaluations: Default::default(),
            seconds: 3.0,
        }
    }

    #[test]
    fn each_rule_says_why_it_ends_the_run() {
        let history = [iteration(4, Some(1e-3)), iteration(5, Some(1e-9))];
        let minute = Duration::from_secs(60);
        assert_eq!(
            GradientNorm(1e-6).check(&history),
            Some(Reason::GradientNorm {
                value: 1e-7,
                limit: 1e-6
            })
        );
        assert_eq!(GradientNorm(1e-8).check(&history), None);
        assert_eq!(
            StepSize(1e-8).check(&history),
            Some(Reason::StepSize {
                value: 1e-9,
                limit: 1e-8
            })
        );
        assert_eq!(
            CostBelow(2.0).check(&history),
            Some(Reason::CostBelow {
                value: 2.0,
                limit: 2.0
            })
        );
        assert_eq!(CostBelow(1.0).check(&history), None);
        assert_eq!(
            MaxIterations(5).check(&history),
            Some(Reason::MaxIterations(5))
        );
        assert_eq!(MaxIterations(6).check(&history), None);
        assert_eq!(TimeLimit(minute).check(&history), None);
        let second = Duration::from_secs(1);
        assert_eq!(
            TimeLimit(second).check(&history),
            Some(Reason::TimeLimit(second))
        );
    }

    #[test]
    fn a_rejected_step_is_not_a_short_one() {
        assert_eq!(StepSize(1.0).check(&[iteration(5, None)]), None);
    }

    #[test]
    fn rules_combine() {
        let history = [iteration(5, Some(1e-9))];
        let reached = || MaxIterations(5);
        let ahead = || MaxIterations(9);
        assert!(ahead().or(reached()).check(&history).is_some());
        assert!(ahead().or(ahead()).check(&history).is_none());
        assert!(ahead().and(reached()).check(&history).is_none());
        let both = reached().and(StepSize(1.0)).check(&history).unwrap();
        assert_eq!(
            both.to_string(),
            "5 iterations were made and the last step 1.000e-9 is at most 1e0"
        );
        // What is joined first is asked first.
        let first = reached().or(StepSize(1.0)).check(&history);
        assert_eq!(first, Some(Reason::MaxIterations(5)));
    }

    #[test]
    fn a_rule_of_ones_own_combines_with_the_others() {
        struct Plateau;
        impl StoppingRule for Plateau {
            fn check(&self, history: &[Iteration]) -> Option<Reason> {
                let [.., before, last] = history else {
                    return None;
                };
                (before.cost == last.cost).then(|| Reason::Custom("a plateau".into()))
            }
        }
        let rule = MaxIterations(9).or(Plateau);
        let history = [iteration(4, None), iteration(5, None)];
        assert_eq!(rule.check(&history[..1]), None);
        assert_eq!(
            rule.check(&history),
            Some(Reason::Custom("a plateau".into()))
        );
    }
}
