//! Between rows in memory and columns in lanes: transposes of small tiles.

use std::mem::MaybeUninit;

use crate::real::Real;
pub(super) use crate::transpose::{TILE, Transpose};

/// Writes eight rows, which begin at `offsets`, as columns: coordinate `k` of all of them to
/// `out[k * stride..]`.
#[inline(always)]
pub(super) fn load<T: Real>(
    data: &[T],
    offsets: &[usize],
    width: usize,
    out: &mut [T],
    stride: usize,
    transpose: Transpose,
) {
    let mut lines = [&data[..0]; TILE];
    for l in 0..TILE {
        lines[l] = &data[offsets[l]..][..width];
    }
    if width < TILE {
        for k in 0..width {
            let out = &mut out[k * stride..][..TILE];
            for l in 0..TILE {
                out[l] = lines[l][k];
            }
        }
        return;
    }
    for start in starts(width) {
        let mut tile = [[T::zero(); TILE]; TILE];
        for l in 0..TILE {
            tile[l].copy_from_slice(&lines[l][start..][..TILE]);
        }
        let tile = transpose.tile(&tile);
        for k in 0..TILE {
            out[(start + k) * stride..][..TILE].copy_from_slice(&tile[k]);
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
    if width < TILE || out.len() < TILE * width {
        for (l, line) in out.chunks_exact_mut(width).enumerate() {
            for (k, place) in line.iter_mut().enumerate() {
                place.write(columns[k * stride + l]);
            }
        }
        return;
    }
    for start in starts(width) {
        let mut tile = [[T::zero(); TILE]; TILE];
        for k in 0..TILE {
            tile[k].copy_from_slice(&columns[(start + k) * stride..][..TILE]);
        }
        let tile = transpose.tile(&tile);
        for l in 0..TILE {
            let places = &mut out[l * width + start..][..TILE];
            for k in 0..TILE {
                places[k].write(tile[l][k]);
            }
        }
    }
}

/// Where tiles begin that cover a width of one tile or more: the last one may overlap the one before.
#[inline(always)]
fn starts(width: usize) -> impl Iterator<Item = usize> {
    (0..width.div_ceil(TILE)).map(move |tile| (tile * TILE).min(width - TILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_columns() {
        let transpose = Transpose::new();
        for width in [1, 2, 7, 8, 9, 16, 21] {
            for rows in [1, 5, TILE] {
                let data: Vec<f64> = (0..rows * width).map(|x| x as f64).collect();
                let mut offsets = [0; TILE];
                for (row, offset) in offsets.iter_mut().enumerate() {
                    *offset = row.min(rows - 1) * width;
                }
                let mut columns = vec![0.0; TILE * width];
                load(&data, &offsets, width, &mut columns, TILE, transpose);
                assert_eq!(columns[(width - 1) * TILE], (width - 1) as f64);
                let mut out = vec![MaybeUninit::new(-1.0); rows * width];
                store(&columns, TILE, width, &mut out, transpose);
                // SAFETY: every number began as -1.
                let out: Vec<f64> = out.iter().map(|x| unsafe { x.assume_init() }).collect();
                assert_eq!(out, data);
            }
        }
    }
}
