//! The steps of a batch, row by row.

use std::collections::HashMap;

use super::group::Group;
use super::kernel::{Scratch, rows_step};
use super::table::SharedTable;
use crate::geometry::Metric;
use crate::real::{LANES, Real};

/// Steps of the rows that a batch touches, summed where groups share a row.
#[derive(Debug)]
pub struct RowSums<T: Real> {
    dim: usize,
    slots: HashMap<u32, usize>,
    ids: Vec<u32>,
    steps: Vec<T>,
}

impl<T: Real> RowSums<T> {
    /// No steps yet, of rows of so many numbers.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            slots: HashMap::new(),
            ids: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Adds the steps that [`group_gradient`](super::group_gradient) has just left in `scratch`, of those rows
    /// that move; of all if `moves` is absent.
    pub fn add(&mut self, group: &Group<'_>, moves: Option<&[bool]>, scratch: &Scratch<T>) {
        self.add_block(&[group.node], 0, moves, scratch);
        for (block, ids) in group.blocks().enumerate() {
            self.add_block(ids, block + 1, moves, scratch);
        }
    }

    fn add_block(
        &mut self,
        ids: &[u32],
        block: usize,
        moves: Option<&[bool]>,
        scratch: &Scratch<T>,
    ) {
        for (lane, &id) in ids.iter().enumerate() {
            if moves.is_some_and(|moves| !moves[id as usize]) {
                continue;
            }
            let slot = *self.slots.entry(id).or_insert_with(|| {
                self.ids.push(id);
                self.steps.extend(std::iter::repeat_n(T::zero(), self.dim));
                self.ids.len() - 1
            });
            let row = &mut self.steps[slot * self.dim..(slot + 1) * self.dim];
            for (sum, value) in row.iter_mut().zip(scratch.step(block, lane)) {
                *sum += value;
            }
        }
    }

    /// Moves the rows by the sums, and begins anew.
    pub fn apply(&mut self, metric: Metric, table: &SharedTable<T>, scratch: &mut Scratch<T>) {
        for (ids, steps) in self
            .ids
            .chunks(LANES)
            .zip(self.steps.chunks(LANES * self.dim))
        {
            rows_step(metric, table, ids, steps, scratch);
        }
        self.slots.clear();
        self.ids.clear();
        self.steps.clear();
    }
}
