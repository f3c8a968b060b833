//! What can be wrong with a matrix of a batch.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::{self, Display};

/// Why one matrix has no result.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// An infinite number or not a number among the inputs.
    NotFinite,
    /// A pivot of a Cholesky factorization is not positive.
    NotPositiveDefinite {
        /// Row of the pivot.
        row: usize,
        /// The pivot: what is left of the diagonal when the rows above are taken out.
        pivot: f64,
    },
    /// An eigenvalue outside the domain of a function: not positive, or negative.
    Eigenvalue {
        /// The smallest eigenvalue.
        smallest: f64,
    },
    /// A matrix without an inverse: no pivot is left in a column.
    Singular {
        /// The column.
        column: usize,
    },
    /// Columns that depend on those before them, where a unique factor is asked for.
    RankDeficient {
        /// The first such column.
        column: usize,
    },
    /// $A X + X B = C$ has no unique solution: an eigenvalue of $A$ is the negative of one of $B$.
    NoUniqueSolution {
        /// The smallest $|\alpha_i + \beta_j|$ over eigenvalues of $A$ and $B$.
        separation: f64,
    },
    /// Not a rotation: $\lVert R^\top R - 1\rVert$ is far from 0, or the determinant is negative.
    NotRotation {
        /// The largest entry of $|R^\top R - 1|$.
        defect: f64,
        /// The determinant, or its sign where nothing more is known.
        determinant: f64,
    },
    /// The result is too large for the number format.
    Overflow,
    /// An iteration did not end.
    NoConvergence,
}

impl Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotFinite => write!(out, "it holds a number that is infinite or none"),
            Self::NotPositiveDefinite { row, pivot } => {
                write!(out, "it is not positive definite: pivot {row} is {pivot:e}")
            }
            Self::Eigenvalue { smallest } => {
                write!(out, "its smallest eigenvalue is {smallest:e}")
            }
            Self::Singular { column } => {
                write!(out, "it is singular: column {column} has no pivot")
            }
            Self::RankDeficient { column } => {
                write!(out, "column {column} depends on those before it")
            }
            Self::NoUniqueSolution { separation } => {
                write!(
                    out,
                    "its equation has no unique solution: eigenvalues add up to {separation:e}"
                )
            }
            Self::NotRotation {
                defect,
                determinant,
            } => {
                write!(
                    out,
                    "it is no rotation: its columns are orthonormal up to {defect:e}, its determinant is {determinant:e}"
                )
            }
            Self::Overflow => write!(out, "the result is too large for the number format"),
            Self::NoConvergence => write!(out, "the iteration did not converge"),
        }
    }
}

/// One matrix without a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// Its place in the batch.
    pub index: usize,
    /// What is wrong.
    pub reason: Reason,
}

impl Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "matrix {}: {}", self.index, self.reason)
    }
}

/// The matrices of a batch without a result, in their order; at least one.
///
/// Their outputs are filled with NaN. All other outputs are right: a caller that prefers NaN to an
/// error may drop this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Failures(Vec<Failure>);

impl Failures {
    /// `Ok` if there are none.
    pub(super) fn of(failures: Vec<Failure>) -> Outcome {
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Self(failures))
        }
    }

    /// The failures of two steps, of which the first tells why where both failed.
    pub(super) fn merge(first: Outcome, second: Outcome) -> Outcome {
        let (Err(Self(earlier)), Err(Self(later))) = (&first, &second) else {
            return first.and(second);
        };
        let known: HashSet<usize> = earlier.iter().map(|failure| failure.index).collect();
        let new = later
            .iter()
            .filter(|failure| !known.contains(&failure.index));
        let mut all: Vec<Failure> = earlier.iter().chain(new).copied().collect();
        all.sort_by_key(|failure| failure.index);
        Err(Self(all))
    }

    /// The first.
    pub fn first(&self) -> Failure {
        self.0[0]
    }

    /// All of them.
    pub fn all(&self) -> &[Failure] {
        &self.0
    }
}

impl Display for Failures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.first())?;
        match self.0.len() - 1 {
            0 => Ok(()),
            1 => write!(out, " (and one more)"),
            more => write!(out, " (and {more} more)"),
        }
    }
}

impl Error for Failures {}

/// `Err` if matrices have no result. The outputs of all others are right all the same.
pub type Outcome = Result<(), Failures>;
