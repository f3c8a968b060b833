//! What can be wrong with matrices, by type.

use burn::tensor::DType;
use geom_kernels::linalg::{Failure, Reason};
use thiserror::Error;

/// Matrices without a result.
///
/// `index` is the place of the first such matrix in the batch, with the leading axes flattened.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LinalgError {
    /// A tensor with fewer than two axes.
    #[error("a matrix takes two axes, and the shape is {shape:?}")]
    NotMatrices {
        /// Its shape.
        shape: Vec<usize>,
    },
    /// As many rows as columns are needed.
    #[error("the matrices are not square: the shape is {shape:?}")]
    NotSquare {
        /// The shape.
        shape: Vec<usize>,
    },
    /// At least as many rows as columns are needed.
    #[error("the matrices have more columns than rows: the shape is {shape:?}; transpose them")]
    TooWide {
        /// The shape.
        shape: Vec<usize>,
    },
    /// Two tensors whose shapes do not fit, or whose leading axes do not broadcast.
    #[error("the shapes {left:?} and {right:?} do not fit")]
    ShapeMismatch {
        /// The shape of the first.
        left: Vec<usize>,
        /// The shape of the other.
        right: Vec<usize>,
    },
    /// A number format that is not supported.
    #[error("{dtype:?} is no format to compute in: take f32 or f64, f16 or bf16")]
    Format {
        /// The format.
        dtype: DType,
    },
    /// Two tensors in two formats.
    #[error("tensors in {left:?} and in {right:?} cannot be combined: cast one of them")]
    FormatMismatch {
        /// The format of the first.
        left: DType,
        /// The format of the other.
        right: DType,
    },
    /// An infinite number or not a number.
    #[error("matrix {index} holds a number that is infinite or none")]
    NotFinite {
        /// Its place in the batch.
        index: usize,
    },
    /// A matrix that is further from its transpose than rounding explains.
    #[error(
        "matrix {index} is not symmetric: entries differ from their mirror images by {asymmetry:e} of \
         the largest one, the tolerance is {tolerance:e}; `sym` gives the symmetric part"
    )]
    NotSymmetric {
        /// Its place in the batch.
        index: usize,
        /// $\max_{ij}|a_{ij} - a_{ji}| / \max_{ij}|a_{ij}|$.
        asymmetry: f64,
        /// The largest asymmetry that passes.
        tolerance: f64,
    },
    /// A matrix without a Cholesky factor.
    #[error(
        "matrix {index} is not positive definite: its smallest eigenvalue is {smallest:e}, pivot {row} of \
         the factorization is {pivot:e}"
    )]
    NotPositiveDefinite {
        /// Its place in the batch.
        index: usize,
        /// Row of the first pivot that is not positive.
        row: usize,
        /// That pivot.
        pivot: f64,
        /// The smallest eigenvalue.
        smallest: f64,
    },
    /// An eigenvalue outside the domain of a function of symmetric matrices.
    #[error("matrix {index} is outside the domain: its smallest eigenvalue is {smallest:e}")]
    Eigenvalue {
        /// Its place in the batch.
        index: usize,
        /// The smallest eigenvalue; of an inverse, the smallest magnitude of one.
        smallest: f64,
    },
    /// A function that has no finite value at an eigenvalue.
    #[error("the function is {value} at the eigenvalue {eigenvalue:e} of matrix {index}")]
    FunctionNotFinite {
        /// Place of the matrix in the batch.
        index: usize,
        /// The eigenvalue.
        eigenvalue: f64,
        /// What the function returned.
        value: f64,
    },
    /// A matrix without an inverse.
    #[error("matrix {index} is singular: column {column} has no pivot")]
    Singular {
        /// Its place in the batch.
        index: usize,
        /// The column.
        column: usize,
    },
    /// A determinant without a logarithm.
    #[error("the determinant of matrix {index} is not positive: its sign is {sign}")]
    Determinant {
        /// Place of the matrix in the batch.
        index: usize,
        /// −1 or 0.
        sign: f64,
    },
    /// Columns that depend on those before them, where a unique factor is asked for.
    #[error("matrix {index} does not have full rank: column {column} depends on those before it")]
    RankDeficient {
        /// Its place in the batch.
        index: usize,
        /// The first such column.
        column: usize,
    },
    /// $A X + X B = C$ has no unique solution.
    #[error(
        "equation {index} has no unique solution: an eigenvalue of A and one of B add up to {separation:e}"
    )]
    NoUniqueSolution {
        /// Its place in the batch.
        index: usize,
        /// The smallest $|\alpha_i + \beta_j|$.
        separation: f64,
    },
    /// Not a rotation.
    #[error(
        "matrix {index} is no rotation: its columns are orthonormal up to {defect:e}, its determinant is \
         {determinant:e}"
    )]
    NotRotation {
        /// Its place in the batch.
        index: usize,
        /// The largest entry of $|R^\top R - 1|$.
        defect: f64,
        /// The determinant.
        determinant: f64,
    },
    /// A result that is too large for the number format.
    #[error("the result of matrix {index} is too large for the number format")]
    Overflow {
        /// Its place in the batch.
        index: usize,
    },
    /// An iteration that did not end.
    #[error("the iteration of matrix {index} did not converge")]
    NoConvergence {
        /// Its place in the batch.
        index: usize,
    },
    /// Another reason.
    #[error("matrix {index}: {reason}")]
    Other {
        /// Its place in the batch.
        index: usize,
        /// The reason.
        reason: Reason,
    },
}

impl LinalgError {
    /// The place of the matrix in the batch, if it is about one matrix.
    pub fn index(&self) -> Option<usize> {
        match *self {
            Self::NotMatrices { .. }
            | Self::NotSquare { .. }
            | Self::TooWide { .. }
            | Self::ShapeMismatch { .. }
            | Self::Format { .. }
            | Self::FormatMismatch { .. } => None,
            Self::NotFinite { index }
            | Self::NotSymmetric { index, .. }
            | Self::NotPositiveDefinite { index, .. }
            | Self::Eigenvalue { index, .. }
            | Self::FunctionNotFinite { index, .. }
            | Self::Singular { index, .. }
            | Self::Determinant { index, .. }
            | Self::RankDeficient { index, .. }
            | Self::NoUniqueSolution { index, .. }
            | Self::NotRotation { index, .. }
            | Self::Overflow { index }
            | Self::NoConvergence { index }
            | Self::Other { index, .. } => Some(index),
        }
    }
}

impl From<Failure> for LinalgError {
    fn from(Failure { index, reason }: Failure) -> Self {
        match reason {
            Reason::NotFinite => Self::NotFinite { index },
            Reason::Eigenvalue { smallest } => Self::Eigenvalue { index, smallest },
            Reason::Singular { column } => Self::Singular { index, column },
            Reason::RankDeficient { column } => Self::RankDeficient { index, column },
            Reason::NoUniqueSolution { separation } => Self::NoUniqueSolution { index, separation },
            Reason::NotRotation {
                defect,
                determinant,
            } => Self::NotRotation {
                index,
                defect,
                determinant,
            },
            Reason::Overflow => Self::Overflow { index },
            Reason::NoConvergence => Self::NoConvergence { index },
            reason => Self::Other { index, reason },
        }
    }
}
