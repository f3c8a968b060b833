//! Errors about samples.

use thiserror::Error;

use crate::error::NotOnManifold;

/// Why a statistic could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// There are no points.
    #[error("a sample needs at least one point, got shape {shape:?}")]
    Empty {
        /// Shape of the points.
        shape: Vec<usize>,
    },
    /// A weight is negative or not finite, or all of one sample are zero.
    #[error("weights are finite, not negative and not all zero; weight {index} is {value}")]
    InvalidWeight {
        /// Position among the weights, in row-major order; of the first weight of its sample if all
        /// are zero.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// A coordinate is not finite.
    #[error("point {row} has a coordinate that is not finite")]
    NotFinite {
        /// Position among the points, in row-major order.
        row: usize,
    },
    /// A point lies elsewhere: perhaps it belongs to another manifold, or was never projected.
    #[error(transparent)]
    OffManifold(#[from] NotOnManifold),
    /// No point has this label.
    #[error("class {class} of {classes} has no point")]
    EmptyClass {
        /// The label.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The iteration stopped away from the solution.
    #[error(
        "no convergence after {iterations} iterations: the gradient still has length {residual:e}, \
         above {tolerance:e}{}",
        match cut_locus {
            true => "; points spread beyond the convexity radius have no unique mean",
            false => "; allow more iterations, or a larger tolerance",
        }
    )]
    NoConvergence {
        /// Iterations done.
        iterations: usize,
        /// Length of the gradient.
        residual: f64,
        /// The required length.
        tolerance: f64,
        /// Whether geodesics of the manifold stop being shortest: then a sample may have no unique mean.
        cut_locus: bool,
    },
    /// More components or clusters were requested than the sample can have.
    #[error("{asked} {what} requested; the number must be from 1 to {largest}")]
    TooMany {
        /// Components or clusters.
        what: &'static str,
        /// The requested number.
        asked: usize,
        /// How many there can be.
        largest: usize,
    },
}
