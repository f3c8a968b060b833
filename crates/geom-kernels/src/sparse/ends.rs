//! Rows of the nodes at the ends of entries.

use super::{AHEAD, Direction, Positions, prefetch, row_blocks};
use crate::real::Real;

/// The row of `x` at one end of each entry.
pub fn gather<T: Real>(nodes: &[u32], x: &[T], width: usize) -> Vec<T> {
    let mut gathered = vec![T::zero(); nodes.len() * width];
    let work = gathered.len();
    row_blocks(&mut gathered, width, work, |first, rows| {
        if width == 1 {
            for (index, out) in rows.iter_mut().enumerate() {
                *out = x[nodes[first + index] as usize];
            }
            return;
        }
        for (index, out) in rows.chunks_exact_mut(width).enumerate() {
            let entry = first + index;
            if let Some(&later) = nodes.get(entry + AHEAD) {
                prefetch(x, later as usize * width, width);
            }
            let start = nodes[entry] as usize * width;
            out.copy_from_slice(&x[start..start + width]);
        }
    });
    gathered
}

/// The sum of the rows of `x`, one per entry, over the entries of each row; of each column if
/// `transposed`.
pub fn scatter<T: Real>(positions: &Positions, transposed: bool, x: &[T], width: usize) -> Vec<T> {
    let direction = Direction::of(positions, transposed);
    let mut sums = vec![T::zero(); direction.compressed.len() * width];
    let work = positions.entries() * width;
    row_blocks(&mut sums, width, work, |first, rows| {
        if width == 1 {
            for (index, out) in rows.iter_mut().enumerate() {
                for place in direction.places(first + index) {
                    direction.prefetch_entry(place, x, 1);
                    *out = *out + x[direction.entry(place)];
                }
            }
            return;
        }
        for (index, out) in rows.chunks_exact_mut(width).enumerate() {
            for place in direction.places(first + index) {
                direction.prefetch_entry(place, x, width);
                let start = direction.entry(place) * width;
                for (out, &x) in out.iter_mut().zip(&x[start..start + width]) {
                    *out = *out + x;
                }
            }
        }
    });
    sums
}
