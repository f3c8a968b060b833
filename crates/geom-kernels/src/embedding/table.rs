//! The embedding table that worker threads share without locks.

use crate::real::{LANES, Lanes, Real};

/// `rows × dim` numbers in atomic cells, row by row.
#[derive(Debug)]
pub struct SharedTable<T: Real> {
    dim: usize,
    cells: Vec<T::Cell>,
}

impl<T: Real> SharedTable<T> {
    /// A table of `values`, `dim` for each row.
    ///
    /// # Panics
    /// If they are no whole number of rows.
    pub fn new(values: &[T], dim: usize) -> Self {
        assert_eq!(values.len() % dim, 0, "a whole number of rows");
        Self {
            dim,
            cells: values.iter().map(|&value| T::cell(value)).collect(),
        }
    }

    /// Numbers of a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// A copy of all values. Meant for moments when no worker is running.
    pub fn values(&self) -> Vec<T> {
        self.cells.iter().map(T::load).collect()
    }

    /// The sum of the squares of every row. Meant for moments when no worker is running.
    pub fn squares(&self) -> impl Iterator<Item = T> {
        self.cells.chunks_exact(self.dim).map(|row| {
            let values = row.iter().map(T::load);
            values.fold(T::zero(), |sum, value| sum + value * value)
        })
    }

    /// Gathers the rows `ids` (at most one per lane) into lanes; unused lanes keep their values.
    #[inline(always)]
    pub(super) fn gather(&self, ids: &[u32], point: &mut [Lanes<T>]) {
        for (lane, &id) in ids.iter().enumerate().take(LANES) {
            let start = id as usize * self.dim;
            let row = &self.cells[start..start + self.dim];
            for (coordinate, cell) in point.iter_mut().zip(row) {
                coordinate[lane] = T::load(cell);
            }
        }
    }

    /// Scatters lanes back to the rows `ids`.
    #[inline(always)]
    pub(super) fn scatter(&self, ids: &[u32], point: &[Lanes<T>]) {
        for (lane, &id) in ids.iter().enumerate().take(LANES) {
            let start = id as usize * self.dim;
            let row = &self.cells[start..start + self.dim];
            for (coordinate, cell) in point.iter().zip(row) {
                T::store(cell, coordinate[lane]);
            }
        }
    }
}
