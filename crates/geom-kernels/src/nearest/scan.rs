//! One pass over the columns of a table.

use crate::real::{LANES, Lanes, Real};
use crate::vectorized;

#[inline(always)]
fn scan_columns_body<T: Real>(
    columns: &[T],
    inverse_gap: &[T],
    padded: usize,
    first: usize,
    query: &[T],
    keys: &mut [T],
) {
    for (block, out) in keys.chunks_exact_mut(LANES).enumerate() {
        let start = first + block * LANES;
        let mut sum: Lanes<T> = [T::zero(); LANES];
        for (axis, &coordinate) in query.iter().enumerate() {
            let from = axis * padded + start;
            let column = &columns[from..from + LANES];
            for lane in 0..LANES {
                let difference = coordinate - column[lane];
                sum[lane] += difference * difference;
            }
        }
        let scale = &inverse_gap[start..start + LANES];
        for lane in 0..LANES {
            out[lane] = sum[lane] * scale[lane];
        }
    }
}

vectorized! {
    pub(super) fn scan_columns<T: Real>(
        columns: &[T], inverse_gap: &[T], padded: usize, first: usize, query: &[T], keys: &mut [T],
    ) = scan_columns_body;
}
