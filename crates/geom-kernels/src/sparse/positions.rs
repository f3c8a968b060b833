//! Where the nonzeros of a sparse matrix are, without their values.

use std::sync::OnceLock;

/// The positions of the nonzeros of a sparse matrix, compressed by row and by column.
///
/// The entries of row $i$ are numbered `offsets[i]..offsets[i + 1]`, and entry $e$ stands in column
/// `indices[e]`. The same by column is built once, so that products with the transpose are as fast.
#[derive(Debug)]
pub struct Positions {
    by_row: Compressed,
    by_column: Compressed,
    /// The number of each entry of `by_column` among those of `by_row`.
    entry_of: Vec<u32>,
    /// The row of each entry, computed when first needed.
    rows: OnceLock<Vec<u32>>,
}

/// One direction of compression.
#[derive(Debug)]
pub(super) struct Compressed {
    pub(super) offsets: Vec<usize>,
    pub(super) indices: Vec<u32>,
}

impl Positions {
    /// The positions of compressed sparse rows: `offsets` rise from 0 to the number of `indices`, each of
    /// which is less than `columns`; entries and columns are less than $2^{32}$. The caller has checked it.
    ///
    /// # Panics
    /// Maybe, here or in a product, if the arrays are no such rows.
    pub fn new(offsets: Vec<usize>, indices: Vec<u32>, columns: usize) -> Self {
        let by_row = Compressed { offsets, indices };
        let (by_column, entry_of) = by_row.transposed(columns);
        Self {
            by_row,
            by_column,
            entry_of,
            rows: OnceLock::new(),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.by_row.len()
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.by_column.len()
    }

    /// The number of nonzeros.
    pub fn entries(&self) -> usize {
        self.by_row.indices.len()
    }

    /// Where the entries of each row begin, and where the last row's end.
    pub fn offsets(&self) -> &[usize] {
        &self.by_row.offsets
    }

    /// The column of each entry.
    pub fn indices(&self) -> &[u32] {
        &self.by_row.indices
    }

    /// The row of each entry.
    pub fn row_indices(&self) -> &[u32] {
        self.rows.get_or_init(|| {
            let mut rows = Vec::with_capacity(self.entries());
            for (row, bounds) in self.offsets().windows(2).enumerate() {
                rows.resize(bounds[1], row as u32);
            }
            rows
        })
    }

    pub(super) fn by_row(&self) -> &Compressed {
        &self.by_row
    }

    pub(super) fn by_column(&self) -> &Compressed {
        &self.by_column
    }

    /// Which entry each one is that [`by_column`](Self::by_column) lists.
    pub(super) fn entry_of(&self) -> &[u32] {
        &self.entry_of
    }
}

impl Compressed {
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The other direction, and which of our entries each of its entries is.
    fn transposed(&self, columns: usize) -> (Self, Vec<u32>) {
        let mut offsets = vec![0; columns + 1];
        for &column in &self.indices {
            offsets[column as usize + 1] += 1;
        }
        for column in 0..columns {
            offsets[column + 1] += offsets[column];
        }
        let mut next = offsets.clone();
        let mut indices = vec![0; self.indices.len()];
        let mut entry_of = vec![0; self.indices.len()];
        for (row, bounds) in self.offsets.windows(2).enumerate() {
            for entry in bounds[0]..bounds[1] {
                let place = &mut next[self.indices[entry] as usize];
                indices[*place] = row as u32;
                entry_of[*place] = entry as u32;
                *place += 1;
            }
        }
        (Self { offsets, indices }, entry_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_list_their_rows_in_order_with_the_entry_they_are() {
        let positions = Positions::new(vec![0, 2, 2, 5], vec![3, 0, 0, 1, 3], 4);
        let columns = positions.by_column();
        assert_eq!(columns.offsets, [0, 2, 3, 3, 5]);
        assert_eq!(columns.indices, [0, 2, 2, 0, 2]);
        assert_eq!(positions.entry_of(), [1, 2, 3, 0, 4]);
        assert_eq!(positions.row_indices(), [0, 0, 2, 2, 2]);
    }
}
