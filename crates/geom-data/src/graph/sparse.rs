//! [`SparseRows`]: a matrix by its nonzeros, row by row.

use super::GraphProblem;

/// A matrix in compressed sparse rows: the features of nodes, one row a node.
///
/// Columns ascend within a row, none occurs twice, every value is finite and none is 0. Equal
/// matrices are therefore equal values.
///
/// # Examples
/// ```
/// use geom_data::graph::SparseRows;
/// let rows = SparseRows::from_dense(3, [0.0, 1.0, 3.0, 0.0, 0.0, 0.0])?;
/// assert_eq!((rows.num_rows(), rows.width(), rows.nonzeros()), (2, 3, 2));
/// assert_eq!(rows.row(0), (&[1, 2][..], &[1.0, 3.0][..]));
/// assert_eq!(rows.row_normalized().values(), [0.25, 0.75]);
/// # Ok::<(), geom_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl SparseRows {
    /// Rows `i` with columns `indices[offsets[i]..offsets[i + 1]]` and their `values`.
    ///
    /// Columns may come in any order within a row; zeros are dropped.
    ///
    /// # Errors
    /// [`GraphProblem::SparseRow`] if offsets do not run from 0 to the number of values, a column
    /// is at or above `width` or comes twice; [`GraphProblem::FeatureNotFinite`].
    pub fn try_new(
        offsets: Vec<usize>,
        indices: Vec<u32>,
        values: Vec<f32>,
        width: usize,
    ) -> Result<Self, GraphProblem> {
        let wrong = |row, reason| Err(GraphProblem::SparseRow { row, reason });
        let stored = values.len();
        if indices.len() != stored {
            return wrong(0, "there are not as many columns as values");
        }
        if offsets.first() != Some(&0) || offsets.last() != Some(&stored) {
            return wrong(0, "the offsets do not run from 0 to the number of values");
        }
        if let Some(row) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            return wrong(row, "the offsets descend");
        }
        let mut rows = Self::with_width(width);
        let mut entries: Vec<(u32, f32)> = Vec::new();
        for (row, range) in offsets.windows(2).enumerate() {
            let range = range[0]..range[1];
            entries.clear();
            entries.extend(
                indices[range.clone()]
                    .iter()
                    .copied()
                    .zip(values[range].iter().copied()),
            );
            entries.sort_by_key(|(column, _)| *column);
            if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return wrong(row, "a column comes twice");
            }
            rows.push_row(&entries)?;
        }
        Ok(rows)
    }

    /// Rows of `width` values each, one after the other.
    ///
    /// # Errors
    /// [`GraphProblem::FeatureWidth`] if the last row is not full,
    /// [`GraphProblem::FeatureNotFinite`].
    pub fn from_dense(
        width: usize,
        values: impl IntoIterator<Item = f32>,
    ) -> Result<Self, GraphProblem> {
        let mut rows = Self::with_width(width);
        let mut entries = Vec::new();
        let mut column = 0;
        for value in values {
            if column == width {
                // Reached only with a width of 0: rows without columns hold no value.
                return Err(GraphProblem::FeatureWidth {
                    expected: 0,
                    found: 1,
                });
            }
            entries.push((column as u32, value));
            column += 1;
            if column == width {
                rows.push_row(&entries)?;
                entries.clear();
                column = 0;
            }
        }
        if column > 0 {
            return Err(GraphProblem::FeatureWidth {
                expected: width,
                found: column,
            });
        }
        Ok(rows)
    }

    /// No row yet.
    pub(crate) fn with_width(width: usize) -> Self {
        Self {
            offsets: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
            width,
        }
    }

    /// Adds a row whose columns ascend; zeros are dropped.
    pub(crate) fn push_row(&mut self, entries: &[(u32, f32)]) -> Result<(), GraphProblem> {
        let row = self.num_rows();
        let mut last = None;
        for &(column, value) in entries {
            if column as usize >= self.width {
                let reason = "a column is at or above the width";
                return Err(GraphProblem::SparseRow { row, reason });
            }
            if last.is_some_and(|last| last >= column) {
                let reason = "the columns do not ascend";
                return Err(GraphProblem::SparseRow { row, reason });
            }
            last = Some(column);
            if !value.is_finite() {
                return Err(GraphProblem::FeatureNotFinite {
                    node: row,
                    column,
                    value: value.to_string(),
                });
            }
            if value != 0.0 {
                self.indices.push(column);
                self.values.push(value);
            }
        }
        self.offsets.push(self.values.len());
        Ok(())
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of entries that are not 0.
    pub fn nonzeros(&self) -> usize {
        self.values.len()
    }

    /// Offsets of the rows, [`num_rows`](Self::num_rows)` + 1` of them.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The column of each nonzero.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The value of each nonzero.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Columns and values of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Whether rows can be divided by their sums and still be told apart: no entry is negative, and there is
    /// more than one column. Otherwise $x$ and $-x$ would become one row, or all rows would.
    pub fn have_shares(&self) -> bool {
        self.width > 1 && self.values.iter().all(|&value| value >= 0.0)
    }

    /// The rows, each divided by its sum; rows that sum to 0 stay.
    ///
    /// Sums are taken in double precision, as the usual preparation of citation graphs does.
    pub fn row_normalized(&self) -> Self {
        let mut normalized = self.clone();
        for range in self.offsets.windows(2) {
            let row = &mut normalized.values[range[0]..range[1]];
            let sum: f64 = row.iter().map(|&value| f64::from(value)).sum();
            // A sum so small that its inverse overflows would make the row infinite.
            let scale = 1.0 / sum;
            if sum == 0.0 || !scale.is_finite() {
                continue;
            }
            let scaled: Vec<f32> = row.iter().map(|&v| (f64::from(v) * scale) as f32).collect();
            if scaled.iter().all(|value| value.is_finite()) {
                row.copy_from_slice(&scaled);
            }
        }
        normalized.without_zeros()
    }

    /// The rows of these numbers, in this order.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::with_width(self.width);
        for &row in rows {
            let (columns, values) = self.row(row);
            selected.indices.extend_from_slice(columns);
            selected.values.extend_from_slice(values);
            selected.offsets.push(selected.values.len());
        }
        selected
    }

    /// The first `width` columns.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn first_columns(&self, width: usize) -> Self {
        assert!(
            width <= self.width,
            "{width} columns asked for, there are {}",
            self.width
        );
        let mut first = Self::with_width(width);
        for row in 0..self.num_rows() {
            let (columns, values) = self.row(row);
            let kept = columns.partition_point(|&column| (column as usize) < width);
            first.indices.extend_from_slice(&columns[..kept]);
            first.values.extend_from_slice(&values[..kept]);
            first.offsets.push(first.values.len());
        }
        first
    }

    /// All numbers, zeros too, row by row.
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.num_rows() * self.width];
        for row in 0..self.num_rows() {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                dense[row * self.width + column as usize] = value;
            }
        }
        dense
    }

    /// These columns, and those of `right` after them.
    ///
    /// # Panics
    /// If the two have not as many rows.
    pub fn concat_columns(&self, right: &Self) -> Self {
        assert_eq!(self.num_rows(), right.num_rows(), "rows of the two sides");
        let mut both = Self::with_width(self.width + right.width);
        for row in 0..self.num_rows() {
            for (side, shift) in [(self, 0), (right, self.width as u32)] {
                let (columns, values) = side.row(row);
                both.indices
                    .extend(columns.iter().map(|column| column + shift));
                both.values.extend_from_slice(values);
            }
            both.offsets.push(both.values.len());
        }
        both
    }

    /// Drops what was rounded to 0.
    fn without_zeros(self) -> Self {
        if self.values.iter().all(|value| *value != 0.0) {
            return self;
        }
        let mut rows = Self::with_width(self.width);
        for row in 0..self.num_rows() {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values).filter(|(_, v)| **v != 0.0) {
                rows.indices.push(column);
                rows.values.push(value);
            }
            rows.offsets.push(rows.values.len());
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_zeros_are_dropped() {
        let rows =
            SparseRows::try_new(vec![0, 3, 3], vec![4, 1, 2], vec![4.0, 1.0, 0.0], 5).unwrap();
        assert_eq!(rows.row(0), (&[1, 4][..], &[1.0, 4.0][..]));
        assert_eq!(rows.row(1), (&[][..], &[][..]));
    }

    #[test]
    fn rows_that_are_not_well_formed_are_refused() {
        let refused = |offsets: &[usize], indices: &[u32], values: &[f32]| {
            SparseRows::try_new(offsets.into(), indices.into(), values.into(), 2).unwrap_err()
        };
        let sparse = |problem| matches!(problem, GraphProblem::SparseRow { .. });
        assert!(sparse(refused(&[], &[], &[])));
        assert!(sparse(refused(&[0, 2], &[0], &[1.0])));
        assert!(sparse(refused(&[0, 1, 0, 1], &[0], &[1.0])));
        assert!(sparse(refused(&[0, 2], &[0, 0], &[1.0, 1.0])));
        assert!(sparse(refused(&[0, 1], &[2], &[1.0])));
        let nan = refused(&[0, 0, 1], &[1], &[f32::NAN]);
        assert!(
            nan.to_string().contains("feature 1 of node 1 is NaN"),
            "{nan}"
        );
        assert!(matches!(
            SparseRows::from_dense(2, [1.0; 3]),
            Err(GraphProblem::FeatureWidth {
                expected: 2,
                found: 1
            })
        ));
        assert!(SparseRows::from_dense(0, [1.0]).is_err());
    }

    #[test]
    fn rows_that_sum_to_nothing_stay_as_they_are() {
        let rows = SparseRows::from_dense(2, [1.0, -1.0, 1e-45, 0.0]).unwrap();
        let normalized = rows.row_normalized();
        assert_eq!(normalized.row(0).1, [1.0, -1.0]);
        assert_eq!(normalized.row(1).1, [1.0]);
    }

    #[test]
    fn what_division_by_sums_would_make_alike_has_no_shares() {
        let rows =
            |width, values: &[f32]| SparseRows::from_dense(width, values.iter().copied()).unwrap();
        assert!(rows(2, &[1.0, 2.0, 0.0, 3.0]).have_shares());
        assert!(!rows(2, &[1.0, 2.0, -1.0, -2.0]).have_shares());
        assert!(!rows(1, &[1.0, 2.0]).have_shares());
    }

    #[test]
    fn columns_are_cut_off_and_put_beside_others() {
        let rows = SparseRows::from_dense(3, [1.0, 0.0, 2.0, 0.0, 3.0, 0.0]).unwrap();
        let cut = rows.first_columns(2);
        assert_eq!(cut.values(), [1.0, 3.0]);
        let right = SparseRows::from_dense(1, [7.0, 8.0]).unwrap();
        let expected = SparseRows::from_dense(3, [1.0, 0.0, 7.0, 0.0, 3.0, 8.0]).unwrap();
        assert_eq!(cut.concat_columns(&right), expected);
    }
}
