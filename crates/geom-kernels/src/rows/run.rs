//! Programs on all rows, on as many threads as the rows are worth.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::real::{LANES, Real};

use super::Program;
use super::block::{Sink, Workspace, coordinates, run_block};
use super::buffer::Unwritten;
use super::graph::Kind;
use super::layout::Input;

/// Bytes that one vector of a block may take: the dozens that a formula has fit the second cache.
const VECTOR_BYTES: usize = 1 << 14;
/// Rows of a block at most: beyond, a step costs no less per row.
const MAX_BLOCK: usize = 256;
/// Coordinates that a task takes at least: below, a thread costs more than it saves.
const TASK: usize = 1 << 15;

impl Program {
    /// Computes all results for `rows` rows of `width` coordinates.
    ///
    /// A vector result has `width + extra` numbers for each row, a scalar one number; a uniform one
    /// is a single number.
    ///
    /// # Panics
    /// If an input ends before its last row, or there are more or fewer inputs than the program has.
    pub fn run<T: Real>(&self, width: usize, rows: usize, inputs: &[Input<'_, T>]) -> Vec<Vec<T>> {
        assert_eq!(inputs.len(), self.0.inputs.len(), "inputs of a program");
        assert_eq!(T::DOUBLE, self.0.double, "number format of a program");
        let schedule = &self.0.schedule;
        let kinds: Vec<Kind> = schedule.outputs.iter().map(|output| output.kind).collect();
        let sizes: Vec<usize> = kinds.iter().map(|&kind| numbers_of(kind, width)).collect();
        let mut results: Vec<Unwritten<T>> = (sizes.iter())
            .map(|&size| Unwritten::new(size * rows))
            .collect();
        let mut totals = vec![0.0; kinds.len()];
        if rows > 0 {
            let block = block_rows::<T>(width).min(rows.next_multiple_of(LANES));
            let task = (TASK / width.max(1)).max(1).next_multiple_of(block);
            let places = results.iter_mut().map(Unwritten::places).collect();
            let tasks = split(places, &sizes, rows, task);
            let workspace = || Workspace::new(schedule, width, block, inputs);
            let work = |workspace: &mut Workspace<T>, (first, count, mut places): Task<'_, T>| {
                let mut totals = vec![0.0; kinds.len()];
                let mut done = 0;
                while done < count {
                    let now = block.min(count - done);
                    let mut sinks = Vec::with_capacity(kinds.len());
                    for (((places, size), kind), total) in
                        (places.iter_mut().zip(&sizes)).zip(&kinds).zip(&mut totals)
                    {
                        let (these, rest) = std::mem::take(places).split_at_mut(size * now);
                        *places = rest;
                        sinks.push(match kind {
                            Kind::Uniform => Sink::Total(total),
                            _ => Sink::Rows(these),
                        });
                    }
                    run_block(schedule, workspace, inputs, first + done, now, &mut sinks);
                    done += now;
                }
                totals
            };
            // In the order of the tasks, so that sums do not depend on the number of threads.
            let parts: Vec<Vec<f64>> = if tasks.len() == 1 || rayon::current_num_threads() == 1 {
                let mut workspace = workspace();
                tasks
                    .into_iter()
                    .map(|task| work(&mut workspace, task))
                    .collect()
            } else {
                tasks.into_par_iter().map_init(workspace, work).collect()
            };
            for part in parts {
                for (total, part) in totals.iter_mut().zip(part) {
                    *total += part;
                }
            }
        }
        (results.into_iter().zip(&kinds).zip(totals))
            .map(|((result, kind), total)| match kind {
                Kind::Uniform => vec![T::from_f64(total)],
                // SAFETY: the tasks cover all rows, and a block writes every number of its rows.
                _ => unsafe { result.written() },
            })
            .collect()
    }
}

/// The first row, the number of rows, and the places of their results.
type Task<'a, T> = (usize, usize, Vec<&'a mut [MaybeUninit<T>]>);

/// Splits rows into tasks of `task` rows.
fn split<'a, T>(
    mut places: Vec<&'a mut [MaybeUninit<T>]>,
    sizes: &[usize],
    rows: usize,
    task: usize,
) -> Vec<Task<'a, T>> {
    (0..rows)
        .step_by(task)
        .map(|first| {
            let count = task.min(rows - first);
            let these = places
                .iter_mut()
                .zip(sizes)
                .map(|(places, size)| {
                    let (these, rest) = std::mem::take(places).split_at_mut(size * count);
                    *places = rest;
                    these
                })
                .collect();
            (first, count, these)
        })
        .collect()
}

/// The numbers of a result for one row.
fn numbers_of(kind: Kind, width: usize) -> usize {
    match kind {
        Kind::Uniform => 0,
        Kind::Scalar => 1,
        Kind::Vector { extra } => coordinates(width, extra),
    }
}

fn block_rows<T>(width: usize) -> usize {
    let rows = VECTOR_BYTES / (width.max(1) * size_of::<T>());
    (rows / LANES * LANES).clamp(LANES, MAX_BLOCK)
}
