//! Between rows in memory and columns in lanes.

use std::mem::MaybeUninit;

use crate::real::Real;
use crate::transpose::{QUAD, ROWS, Transpose};

/// Writes eight rows, which begin at `offsets`, as columns: coordinate `k` of all of them to
/// `out[k * stride..]`, for as many coordinates as begin within `out`.
///
/// # Panics
/// If a row does not end within `data`.
#[inline(always)]
pub(super) fn load<T: Real>(
    data: &[T],
    offsets: &[usize; ROWS],
    out: &mut [T],
    stride: usize,
    transpose: Transpose,
) {
    let width = out.len().div_ceil(stride);
    if width == 0 {
        return;
    }
    let mut last = 0;
    for &offset in offsets {
        last = last.max(offset);
    }
    assert!(
        last + width <= data.len(),
        "an input ends before its last row"
    );
    if width < QUAD {
        for k in 0..width {
            let out = &mut out[k * stride..][..ROWS];
            for l in 0..ROWS {
                out[l] = data[offsets[l] + k];
            }
        }
        return;
    }
    for start in starts(width) {
        // SAFETY: a quad ends with its row at the latest, and no row ends after the data.
        let quad =
            |l: usize| unsafe { &*data.as_ptr().add(offsets[l] + start).cast::<[T; QUAD]>() };
        let mut rows = [quad(0); ROWS];
        for (l, row) in rows.iter_mut().enumerate().skip(1) {
            *row = quad(l);
        }
        let columns = transpose.columns(rows);
        for k in 0..QUAD {
            out[(start + k) * stride..][..ROWS].copy_from_slice(&columns[k]);
        }
    }
}

/// Writes columns as rows of `width` coordinates, as many of eight as `out` has room for.
#[inline(always)]
pub(super) fn store<T: Real>(
    columns: &[T],
    stride: usize,
    width: usize,
    out: &mut [MaybeUninit<T>],
    transpose: Transpose,
) {
    if width < QUAD || out.len() < ROWS * width {
        for (l, line) in out.chunks_exact_mut(width).enumerate() {
            for (k, place) in line.iter_mut().enumerate() {
                place.write(columns[k * stride + l]);
            }
        }
        return;
    }
    for start in starts(width) {
        let column = |k: usize| -> &[T; ROWS] {
            let column = columns[(start + k) * stride..].first_chunk();
            column.expect("a lane row holds whole groups of eight")
        };
        let rows = transpose.rows([column(0), column(1), column(2), column(3)]);
        for (l, row) in rows.iter().enumerate() {
            // SAFETY: there is room for eight rows, as tested above, and a quad ends with its row at
            // the latest.
            unsafe {
                let place = out.as_mut_ptr().add(l * width + start);
                place.cast::<[T; QUAD]>().write_unaligned(*row);
            }
        }
    }
}

/// Where quads begin that cover a width of one quad or more: the last one may overlap the one before.
#[inline(always)]
fn starts(width: usize) -> impl Iterator<Item = usize> {
    (0..width.div_ceil(QUAD)).map(move |quad| (quad * QUAD).min(width - QUAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_columns() {
        let transpose = Transpose::new();
        for width in [1, 2, 3, 4, 7, 8, 9, 16, 21] {
            for rows in [1, 5, ROWS] {
                let data: Vec<f64> = (0..rows * width).map(|x| x as f64).collect();
                let offsets = std::array::from_fn(|row| row.min(rows - 1) * width);
                let mut columns = vec![0.0; ROWS * width];
                load(&data, &offsets, &mut columns, ROWS, transpose);
                assert_eq!(columns[(width - 1) * ROWS], (width - 1) as f64);
                let mut out = vec![MaybeUninit::new(-1.0); rows * width];
                store(&columns, ROWS, width, &mut out, transpose);
                // SAFETY: every number began as -1.
                let out: Vec<f64> = out.iter().map(|x| unsafe { x.assume_init() }).collect();
                assert_eq!(out, data);
            }
        }
    }
}
