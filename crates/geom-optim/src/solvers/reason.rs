//! Why a run ended.

use std::fmt;
use std::time::Duration;

/// Why a run ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The norm of the gradient is at or below a limit.
    GradientNorm {
        /// The norm.
        value: f64,
        /// The limit.
        limit: f64,
    },
    /// The last step was no longer than a limit.
    StepSize {
        /// The length of the step.
        value: f64,
        /// The limit.
        limit: f64,
    },
    /// The cost is at or below a limit.
    CostBelow {
        /// The cost.
        value: f64,
        /// The limit.
        limit: f64,
    },
    /// So many iterations were made.
    MaxIterations(usize),
    /// So much time has passed.
    TimeLimit(Duration),
    /// Two rules, joined by [`StoppingRule::and`](super::StoppingRule::and), hold together.
    Both(Box<Reason>, Box<Reason>),
    /// Any gain is indistinguishable from rounding.
    Stalled,
    /// The observer stopped the run.
    Observer,
    /// A rule of the user's own, in its own words.
    Custom(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GradientNorm { value, limit } => {
                write!(f, "the gradient norm {value:.3e} is at most {limit:e}")
            }
            Self::StepSize { value, limit } => {
                write!(f, "the last step {value:.3e} is at most {limit:e}")
            }
            Self::CostBelow { value, limit } => {
                write!(f, "the cost {value:e} is at most {limit:e}")
            }
            Self::MaxIterations(limit) => write!(f, "{limit} iterations were made"),
            Self::TimeLimit(limit) => write!(f, "{limit:?} have passed"),
            Self::Both(left, right) => write!(f, "{left} and {right}"),
            Self::Stalled => write!(f, "no step improves the cost beyond rounding"),
            Self::Observer => write!(f, "the observer stopped the run"),
            Self::Custom(words) => f.write_str(words),
        }
    }
}
