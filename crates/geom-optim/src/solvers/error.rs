//! Errors of solver runs.

use std::fmt;

use geom_core::{NotOnManifold, SettingError};
use thiserror::Error;

/// A number that a solver needs finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The cost.
    Cost,
    /// The gradient of the cost.
    Gradient,
    /// A product of the Hessian with a vector.
    Hessian,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cost => "cost",
            Self::Gradient => "gradient",
            Self::Hessian => "Hessian",
        })
    }
}

/// Why a run could not go on.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SolverError {
    /// A setting of the solver is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The starting point is not on the manifold.
    #[error("the starting point cannot be used: {0}")]
    Start(#[from] NotOnManifold),
    /// Cost or derivatives are infinite or not a number: at the start (iteration 0), or at every point
    /// that an iteration tried.
    #[error(
        "the {quantity} is not finite in iteration {iteration}; start where the cost is defined, \
         and check that the cost is smooth there"
    )]
    NotFinite {
        /// The iteration, from 1; 0 is the start.
        iteration: usize,
        /// The quantity which was not finite.
        quantity: Quantity,
    },
    /// A saved state belongs to another solver or manifold.
    #[error(
        "the saved state belongs to {saved}, this run is {expected}; resume with the solver and \
         the manifold that saved it"
    )]
    Mismatch {
        /// Solver and manifold of the saved state.
        saved: String,
        /// Solver and manifold of this run.
        expected: String,
    },
}
