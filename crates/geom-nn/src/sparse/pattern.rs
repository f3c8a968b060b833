//! Where the nonzeros of a sparse matrix are.

use std::sync::Arc;

use geom_kernels::sparse::Positions;
use thiserror::Error;

use super::index_cache::DeviceIndexCache;

/// The positions of the nonzeros of a sparse matrix, by row and by column.
///
/// Rows are in compressed form (CSR): the entries of row $i$ are numbered
/// `offsets[i]..offsets[i + 1]`, and entry $e$ stands in column `indices[e]`. The same by column is
/// built once, so that products with the transpose are as fast. A clone shares both.
///
/// # Examples
/// ```
/// use geom_nn::sparse::Pattern;
///
/// // Row 0 holds columns 1 and 2, row 1 holds column 0.
/// let pattern = Pattern::new(vec![0, 2, 3], vec![1, 2, 0], 3).unwrap();
/// assert_eq!((pattern.rows(), pattern.columns(), pattern.entries()), (2, 3, 3));
/// assert!(Pattern::new(vec![0, 2, 3], vec![1, 2, 7], 3).is_err());
/// ```
#[derive(Clone)]
pub struct Pattern(Arc<Inner>);

struct Inner {
    positions: Positions,
    index_cache: DeviceIndexCache,
}

/// Invalid arrays of compressed sparse rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PatternError {
    /// The offsets do not run from 0 to the number of entries without falling.
    #[error("row offsets have to rise from 0 to the number of entries, {entries}")]
    Offsets {
        /// The number of entries.
        entries: usize,
    },
    /// A column is out of range.
    #[error("entry {entry} stands in column {column} of a matrix with {columns} columns")]
    Column {
        /// The number of the entry.
        entry: usize,
        /// Its column.
        column: u32,
        /// The number of columns.
        columns: usize,
    },
    /// More entries or columns than 32-bit indices can address.
    #[error("{count} entries or columns exceed 32-bit indices")]
    TooLarge {
        /// How many there are.
        count: usize,
    },
}

impl Pattern {
    /// The pattern of compressed sparse rows.
    ///
    /// # Errors
    /// [`PatternError`] if the arrays are none.
    pub fn new(
        offsets: Vec<usize>,
        indices: Vec<u32>,
        columns: usize,
    ) -> Result<Self, PatternError> {
        let entries = indices.len();
        let rising = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        if !rising || offsets.first() != Some(&0) || offsets.last() != Some(&entries) {
            return Err(PatternError::Offsets { entries });
        }
        let count = entries.max(columns);
        if u32::try_from(count).is_err() {
            return Err(PatternError::TooLarge { count });
        }
        if let Some(entry) = indices.iter().position(|&index| index as usize >= columns) {
            return Err(PatternError::Column {
                entry,
                column: indices[entry],
                columns,
            });
        }
        Ok(Self::from_rows(offsets, indices, columns))
    }

    /// The pattern of arrays that are known to be compressed sparse rows.
    pub(crate) fn from_rows(offsets: Vec<usize>, indices: Vec<u32>, columns: usize) -> Self {
        Self(Arc::new(Inner {
            positions: Positions::new(offsets, indices, columns),
            index_cache: DeviceIndexCache::default(),
        }))
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.0.positions.rows()
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.0.positions.columns()
    }

    /// The number of nonzeros.
    pub fn entries(&self) -> usize {
        self.0.positions.entries()
    }

    /// Where the entries of each row begin, and where the last row's end.
    pub fn offsets(&self) -> &[usize] {
        self.0.positions.offsets()
    }

    /// The column of each entry.
    pub fn indices(&self) -> &[u32] {
        self.0.positions.indices()
    }

    /// The row of each entry.
    pub fn row_indices(&self) -> &[u32] {
        self.0.positions.row_indices()
    }

    pub(super) fn index_cache(&self) -> &DeviceIndexCache {
        &self.0.index_cache
    }

    /// What the loops of the CPU take.
    #[cfg(feature = "flex")]
    pub(super) fn positions(&self) -> &Positions {
        &self.0.positions
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, columns, entries) = (self.rows(), self.columns(), self.entries());
        write!(f, "Pattern({rows} x {columns}, {entries} entries)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_that_are_no_rows_are_refused() {
        let offsets = Err(PatternError::Offsets { entries: 2 });
        let check = |offsets: &[usize]| Pattern::new(offsets.to_vec(), vec![0, 0], 1).map(|_| ());
        assert_eq!(check(&[]), offsets);
        assert_eq!(check(&[0, 1]), offsets);
        assert_eq!(check(&[1, 2]), offsets);
        assert_eq!(check(&[0, 2, 1, 2]), offsets);
        assert_eq!(
            Pattern::new(vec![0, 1], vec![4], 4).map(|_| ()),
            Err(PatternError::Column {
                entry: 0,
                column: 4,
                columns: 4
            })
        );
    }
}
