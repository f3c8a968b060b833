//! Pickles and matrices of SciPy, in which the published graphs come.

use super::{GraphProblem, SparseRows};
use crate::numpy::npz::CsrMatrix;
use crate::pickle::{self, Pickle, PickleProblem};
use crate::{DataError, input};
use std::path::Path;

/// Reads a pickle and takes out of it what `extract` makes of it.
pub(super) fn read_pickle<T>(
    path: &Path,
    extract: impl FnOnce(&Pickle<'_>) -> Result<T, PickleProblem>,
) -> Result<T, DataError> {
    let bytes = input::read(path)?;
    let failed = |byte, problem| DataError::Pickle {
        path: path.to_owned(),
        byte,
        problem,
    };
    let pickle = pickle::parse(&bytes).map_err(|error| failed(error.byte, error.problem))?;
    extract(&pickle).map_err(|problem| failed(bytes.len(), problem))
}

/// A SciPy matrix, checked.
pub(super) fn rows(matrix: CsrMatrix) -> Result<SparseRows, GraphProblem> {
    let wrong = |reason| GraphProblem::SparseRow { row: 0, reason };
    let [num_rows, width] = matrix.shape;
    if matrix.indptr.len().checked_sub(1) != Some(num_rows) {
        return Err(wrong("there are not as many offsets as rows"));
    }
    if width > u32::MAX as usize {
        return Err(wrong("the width is above 32 bits"));
    }
    let offsets: Result<Vec<usize>, _> = matrix.indptr.into_iter().map(usize::try_from).collect();
    let columns: Result<Vec<u32>, _> = matrix.indices.into_iter().map(u32::try_from).collect();
    SparseRows::try_new(
        offsets.map_err(|_| wrong("an offset is negative"))?,
        columns.map_err(|_| wrong("a column is out of range"))?,
        matrix.data.into_iter().map(|value| value as f32).collect(),
        width,
    )
}
