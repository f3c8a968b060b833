//! The loops over the nonzeros of a sparse matrix, one pass over each array.
//!
//! [`Positions`] holds where the nonzeros are. All matrices are dense and row-major; `heads` blocks stand
//! side by side in a row, and each entry has one weight per head. Work above $2^{18}$ multiplications is
//! shared among the threads of rayon, by output rows, so that a result does not depend on their number.
//! Nor does it depend on the processor: wider vectors compute the same sums in the same order. Every
//! function panics if an array does not fit the positions.

mod ends;
mod positions;
mod prefetch;
mod products;
mod softmax;

use std::ops::Range;

use rayon::prelude::*;

use crate::real::Real;
use positions::Compressed;
use prefetch::{AHEAD, prefetch};

pub use ends::{gather, scatter};
pub use positions::Positions;
pub use products::{matmul, sampled_product};
pub use softmax::{softmax, softmax_backward};

/// Below this many multiplications a thread costs more than it saves.
const PARALLEL: usize = 1 << 18;
/// Rows that one task takes at least, so that short rows do not make tiny tasks.
const ROWS_PER_TASK: usize = 256;

/// Fills the rows of `output`, `width` numbers each, by `fill(first_row, rows)` for blocks of them.
fn row_blocks<T: Real>(
    output: &mut [T],
    width: usize,
    work: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    if width == 0 {
        return;
    }
    let size = width * ROWS_PER_TASK;
    let fill = |(block, rows): (usize, &mut [T])| fill(block * ROWS_PER_TASK, rows);
    if work < PARALLEL {
        output.chunks_mut(size).enumerate().for_each(fill);
    } else {
        output.par_chunks_mut(size).enumerate().for_each(fill);
    }
}

/// The direction of a product: the compressed rows of the result, and the entry behind each place.
struct Direction<'a> {
    compressed: &'a Compressed,
    entry_of: Option<&'a [u32]>,
}

impl<'a> Direction<'a> {
    fn of(positions: &'a Positions, transposed: bool) -> Self {
        if transposed {
            Self {
                compressed: positions.by_column(),
                entry_of: Some(positions.entry_of()),
            }
        } else {
            Self {
                compressed: positions.by_row(),
                entry_of: None,
            }
        }
    }

    #[inline(always)]
    fn places(&self, row: usize) -> Range<usize> {
        self.compressed.offsets[row]..self.compressed.offsets[row + 1]
    }

    #[inline(always)]
    fn entry(&self, place: usize) -> usize {
        self.entry_of.map_or(place, |entry| entry[place] as usize)
    }

    /// Fetches the row of `x` that a later place takes.
    #[inline(always)]
    fn prefetch_row<T>(&self, place: usize, x: &[T], width: usize) {
        if let Some(&later) = self.compressed.indices.get(place + AHEAD) {
            prefetch(x, later as usize * width, width);
        }
    }

    /// Fetches what a later place takes from `values`, `width` numbers for each entry.
    #[inline(always)]
    fn prefetch_entry<T>(&self, place: usize, values: &[T], width: usize) {
        // In the order of the entries themselves the processor foresees what comes.
        let later = self.entry_of.and_then(|entry| entry.get(place + AHEAD));
        if let Some(&later) = later {
            prefetch(values, later as usize * width, width);
        }
    }
}
