//! The loops over nonzeros on the CPU, one pass over each array.
//!
//! All matrices are dense and row-major; `heads` blocks stand side by side in a row, and each entry
//! has one weight per head. Work above [`PARALLEL`] operations is shared among the threads of rayon,
//! by output rows, so that a result does not depend on their number.

use std::ops::Range;

use num_traits::Float;
use rayon::prelude::*;

use super::pattern::{Compressed, Pattern};

/// Below this many multiplications a thread costs more than it saves.
const PARALLEL: usize = 1 << 18;
/// Rows that one task takes at least, so that short rows do not make tiny tasks.
const ROWS_PER_TASK: usize = 256;

/// What a kernel computes with.
pub(super) trait Number: Float + Default + Send + Sync {}

impl Number for f32 {}
impl Number for f64 {}

/// Fills the rows of `output`, `width` numbers each, by `fill(row, out)`.
fn rows<T: Number>(
    output: &mut [T],
    width: usize,
    work: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    if width == 0 {
        return;
    }
    let blocks = |block: usize, rows: &mut [T]| {
        for (index, row) in rows.chunks_exact_mut(width).enumerate() {
            fill(block * ROWS_PER_TASK + index, row);
        }
    };
    let size = width * ROWS_PER_TASK;
    if work < PARALLEL {
        output
            .chunks_mut(size)
            .enumerate()
            .for_each(|(block, rows)| blocks(block, rows));
    } else {
        output
            .par_chunks_mut(size)
            .enumerate()
            .for_each(|(block, rows)| blocks(block, rows));
    }
}

/// `out += weight * x`, on slices of one length.
#[inline]
fn add_scaled<T: Number>(out: &mut [T], weight: T, x: &[T]) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = *out + weight * x;
    }
}

/// $\langle a, b\rangle$ of slices of one length, in eight partial sums that vectorise.
#[inline]
fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    const LANES: usize = 8;
    let mut sums = [T::zero(); LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = (a_blocks.remainder().iter())
        .zip(b_blocks.remainder())
        .fold(T::zero(), |sum, (&a, &b)| sum + a * b);
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] = sums[lane] + a[lane] * b[lane];
        }
    }
    sums.iter().fold(rest, |sum, &lane| sum + lane)
}

/// The direction of a product: the compressed rows of the result, and the entry behind each place.
struct Direction<'a> {
    compressed: &'a Compressed,
    entry_of: Option<&'a [u32]>,
}

impl<'a> Direction<'a> {
    fn of(pattern: &'a Pattern, transposed: bool) -> Self {
        if transposed {
            Self {
                compressed: pattern.by_column(),
                entry_of: Some(pattern.entry_of()),
            }
        } else {
            Self {
                compressed: pattern.by_row(),
                entry_of: None,
            }
        }
    }

    fn places(&self, row: usize) -> Range<usize> {
        self.compressed.offsets[row]..self.compressed.offsets[row + 1]
    }

    fn entry(&self, place: usize) -> usize {
        self.entry_of.map_or(place, |entry| entry[place] as usize)
    }
}

/// $y_{i} = \sum_e w_e x_{j(e)}$ over the entries of row $i$; of column $i$ if `transposed`.
pub(super) fn matmul<T: Number>(
    pattern: &Pattern,
    transposed: bool,
    values: &[T],
    heads: usize,
    x: &[T],
    width: usize,
) -> Vec<T> {
    let direction = Direction::of(pattern, transposed);
    let head = width / heads;
    let mut y = vec![T::zero(); direction.compressed.len() * width];
    rows(&mut y, width, pattern.entries() * width, |row, out| {
        for place in direction.places(row) {
            let source = direction.compressed.indices[place] as usize * width;
            let source = &x[source..source + width];
            let entry = direction.entry(place) * heads;
            if heads == 1 {
                add_scaled(out, values[entry], source);
                continue;
            }
            let weights = &values[entry..entry + heads];
            let blocks = out.chunks_exact_mut(head).zip(source.chunks_exact(head));
            for (&weight, (out, source)) in weights.iter().zip(blocks) {
                add_scaled(out, weight, source);
            }
        }
    });
    y
}

/// $s_{e} = \langle a_{i(e)}, b_{j(e)}\rangle$ in each head.
pub(super) fn sampled_product<T: Number>(
    pattern: &Pattern,
    a: &[T],
    b: &[T],
    width: usize,
    heads: usize,
) -> Vec<T> {
    let head = width / heads;
    let mut products = vec![T::zero(); pattern.entries() * heads];
    let rows_of = pattern.row_indices();
    let work = pattern.entries() * width;
    rows(&mut products, heads, work, |entry, out| {
        let from = rows_of[entry] as usize * width;
        let to = pattern.indices()[entry] as usize * width;
        let a = a[from..from + width].chunks_exact(head);
        let b = b[to..to + width].chunks_exact(head);
        for (out, (a, b)) in out.iter_mut().zip(a.zip(b)) {
            *out = dot(a, b);
        }
    });
    products
}

/// The softmax over the entries of each row, in each head.
pub(super) fn softmax<T: Number>(pattern: &Pattern, scores: &[T], heads: usize) -> Vec<T> {
    let mut weights = scores.to_vec();
    for bounds in pattern.offsets().windows(2) {
        let row = &mut weights[bounds[0] * heads..bounds[1] * heads];
        for head in 0..heads {
            let each = || (head..row.len()).step_by(heads);
            let top = each().fold(T::neg_infinity(), |top, at| top.max(row[at]));
            let mut sum = T::zero();
            for at in (head..row.len()).step_by(heads) {
                row[at] = (row[at] - top).exp();
                sum = sum + row[at];
            }
            for at in (head..row.len()).step_by(heads) {
                row[at] = row[at] / sum;
            }
        }
    }
    weights
}

/// The gradient of [`softmax`] with respect to the scores,
/// $s_e\bigl(g_e - \sum_{e'} s_{e'}g_{e'}\bigr)$ with the sum over the row.
pub(super) fn softmax_backward<T: Number>(
    pattern: &Pattern,
    weights: &[T],
    gradient: &[T],
    heads: usize,
) -> Vec<T> {
    let mut scores = vec![T::zero(); weights.len()];
    for bounds in pattern.offsets().windows(2) {
        for head in 0..heads {
            let each = || (bounds[0] * heads + head..bounds[1] * heads).step_by(heads);
            let mean = each().fold(T::zero(), |sum, at| sum + weights[at] * gradient[at]);
            for at in each() {
                scores[at] = weights[at] * (gradient[at] - mean);
            }
        }
    }
    scores
}

/// The row of `x` at one end of each entry.
pub(super) fn gather<T: Number>(nodes: &[u32], x: &[T], width: usize) -> Vec<T> {
    let mut gathered = vec![T::zero(); nodes.len() * width];
    rows(&mut gathered, width, nodes.len() * width, |entry, out| {
        let start = nodes[entry] as usize * width;
        out.copy_from_slice(&x[start..start + width]);
    });
    gathered
}

/// The sum of the rows of `x`, one per entry, over the entries of each row; of each column if
/// `transposed`.
pub(super) fn scatter<T: Number>(
    pattern: &Pattern,
    transposed: bool,
    x: &[T],
    width: usize,
) -> Vec<T> {
    let direction = Direction::of(pattern, transposed);
    let mut sums = vec![T::zero(); direction.compressed.len() * width];
    rows(&mut sums, width, pattern.entries() * width, |row, out| {
        for place in direction.places(row) {
            let start = direction.entry(place) * width;
            for (out, &x) in out.iter_mut().zip(&x[start..start + width]) {
                *out = *out + x;
            }
        }
    });
    sums
}
