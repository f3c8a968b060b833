//! Transposes of small tiles, in the registers of the processor where it has wide ones.

use crate::real::Real;

/// Rows and columns of a tile.
pub const TILE: usize = 8;

/// A square of numbers, row by row.
pub type Tile<T> = [[T; TILE]; TILE];

/// The way this processor transposes a tile, found once.
#[derive(Clone, Copy, Debug)]
pub struct Transpose {
    avx: bool,
}

impl Default for Transpose {
    fn default() -> Self {
        Self::new()
    }
}

impl Transpose {
    /// The best way that this processor has.
    pub fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        let avx = std::arch::is_x86_feature_detected!("avx");
        #[cfg(not(target_arch = "x86_64"))]
        let avx = false;
        Self { avx }
    }

    /// The transpose of a tile.
    #[inline(always)]
    pub fn tile<T: Real>(self, tile: &Tile<T>) -> Tile<T> {
        if self.avx {
            // SAFETY: `new` has found that the processor has AVX, and nothing else sets the field.
            unsafe { T::transpose_avx(tile) }
        } else {
            plain(tile)
        }
    }
}

/// The transpose, number by number.
#[inline(always)]
pub(crate) fn plain<T: Real>(tile: &Tile<T>) -> Tile<T> {
    let mut out = [[T::zero(); TILE]; TILE];
    for k in 0..TILE {
        for l in 0..TILE {
            out[k][l] = tile[l][k];
        }
    }
    out
}

/// In AVX registers: pairs of rows interleaved, then pairs of pairs, then halves exchanged.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[inline]
pub(crate) fn avx_f32(tile: &Tile<f32>) -> Tile<f32> {
    use std::arch::x86_64::*;
    let mut rows = [_mm256_setzero_ps(); TILE];
    for k in 0..TILE {
        // SAFETY: a row of the tile holds the eight numbers that are read.
        rows[k] = unsafe { _mm256_loadu_ps(tile[k].as_ptr()) };
    }
    let [a, b, c, d, e, f, g, h] = rows;
    let pairs = [
        _mm256_unpacklo_ps(a, b),
        _mm256_unpackhi_ps(a, b),
        _mm256_unpacklo_ps(c, d),
        _mm256_unpackhi_ps(c, d),
        _mm256_unpacklo_ps(e, f),
        _mm256_unpackhi_ps(e, f),
        _mm256_unpacklo_ps(g, h),
        _mm256_unpackhi_ps(g, h),
    ];
    let fours = [
        _mm256_shuffle_ps::<0b01_00_01_00>(pairs[0], pairs[2]),
        _mm256_shuffle_ps::<0b11_10_11_10>(pairs[0], pairs[2]),
        _mm256_shuffle_ps::<0b01_00_01_00>(pairs[1], pairs[3]),
        _mm256_shuffle_ps::<0b11_10_11_10>(pairs[1], pairs[3]),
        _mm256_shuffle_ps::<0b01_00_01_00>(pairs[4], pairs[6]),
        _mm256_shuffle_ps::<0b11_10_11_10>(pairs[4], pairs[6]),
        _mm256_shuffle_ps::<0b01_00_01_00>(pairs[5], pairs[7]),
        _mm256_shuffle_ps::<0b11_10_11_10>(pairs[5], pairs[7]),
    ];
    let columns = [
        _mm256_permute2f128_ps::<0x20>(fours[0], fours[4]),
        _mm256_permute2f128_ps::<0x20>(fours[1], fours[5]),
        _mm256_permute2f128_ps::<0x20>(fours[2], fours[6]),
        _mm256_permute2f128_ps::<0x20>(fours[3], fours[7]),
        _mm256_permute2f128_ps::<0x31>(fours[0], fours[4]),
        _mm256_permute2f128_ps::<0x31>(fours[1], fours[5]),
        _mm256_permute2f128_ps::<0x31>(fours[2], fours[6]),
        _mm256_permute2f128_ps::<0x31>(fours[3], fours[7]),
    ];
    let mut out = [[0.0; TILE]; TILE];
    for k in 0..TILE {
        // SAFETY: a row of the tile has room for the eight numbers that are written.
        unsafe { _mm256_storeu_ps(out[k].as_mut_ptr(), columns[k]) };
    }
    out
}

/// As [`avx_f32`], in four quarters of four rows and columns.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[inline]
pub(crate) fn avx_f64(tile: &Tile<f64>) -> Tile<f64> {
    use std::arch::x86_64::*;
    const HALF: usize = TILE / 2;
    let mut out = [[0.0; TILE]; TILE];
    for (top, left) in [(0, 0), (0, HALF), (HALF, 0), (HALF, HALF)] {
        let mut rows = [_mm256_setzero_pd(); HALF];
        for k in 0..HALF {
            // SAFETY: a row of the tile holds four numbers from `left` on, which is 0 or 4.
            rows[k] = unsafe { _mm256_loadu_pd(tile[top + k][left..].as_ptr()) };
        }
        let [a, b, c, d] = rows;
        let pairs = [
            _mm256_unpacklo_pd(a, b),
            _mm256_unpackhi_pd(a, b),
            _mm256_unpacklo_pd(c, d),
            _mm256_unpackhi_pd(c, d),
        ];
        let columns = [
            _mm256_permute2f128_pd::<0x20>(pairs[0], pairs[2]),
            _mm256_permute2f128_pd::<0x20>(pairs[1], pairs[3]),
            _mm256_permute2f128_pd::<0x31>(pairs[0], pairs[2]),
            _mm256_permute2f128_pd::<0x31>(pairs[1], pairs[3]),
        ];
        for k in 0..HALF {
            // SAFETY: a row of the tile has room for four numbers from `top` on, which is 0 or 4.
            unsafe { _mm256_storeu_pd(out[left + k][top..].as_mut_ptr(), columns[k]) };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Real>() {
        let mut tile = [[T::zero(); TILE]; TILE];
        for (k, row) in tile.iter_mut().enumerate() {
            for (l, x) in row.iter_mut().enumerate() {
                *x = T::of((10 * k + l) as f64);
            }
        }
        let out = Transpose::new().tile(&tile);
        assert_eq!(out, plain(&tile));
        assert_eq!(out[3][5], tile[5][3]);
    }

    #[test]
    fn every_way_gives_the_transpose() {
        check::<f32>();
        check::<f64>();
    }
}
