//! The transposes of each number format, number by number and in AVX registers.

/// Rows that are turned into columns together.
pub const ROWS: usize = 8;
/// Coordinates that are turned together.
pub const QUAD: usize = 4;

/// Four coordinates of eight rows.
pub type Rows<'a, T> = [&'a [T; QUAD]; ROWS];
/// The same as columns.
pub type Columns<T> = [[T; ROWS]; QUAD];

/// Rows as columns, number by number.
#[inline(always)]
pub(crate) fn columns<T: Copy>(rows: Rows<'_, T>) -> Columns<T> {
    std::array::from_fn(|k| std::array::from_fn(|l| rows[l][k]))
}

/// Columns as rows, number by number.
#[inline(always)]
pub(crate) fn rows<T: Copy>(columns: [&[T; ROWS]; QUAD]) -> [[T; QUAD]; ROWS] {
    std::array::from_fn(|l| std::array::from_fn(|k| columns[k][l]))
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx {
    use std::arch::x86_64::*;

    use super::{Columns, QUAD, ROWS, Rows};

    /// The four-by-four transposes in both halves of four registers.
    #[target_feature(enable = "avx")]
    #[inline]
    fn quads_f32([a, b, c, d]: [__m256; QUAD]) -> [__m256; QUAD] {
        let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ef, gh) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        [
            _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
            _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
            _mm256_shuffle_ps::<0b01_00_01_00>(ef, gh),
            _mm256_shuffle_ps::<0b11_10_11_10>(ef, gh),
        ]
    }

    #[target_feature(enable = "avx")]
    #[inline]
    pub(crate) fn columns_f32(rows: Rows<'_, f32>) -> Columns<f32> {
        let mut pairs = [_mm256_setzero_ps(); QUAD];
        for (l, pair) in pairs.iter_mut().enumerate() {
            // SAFETY: each row holds the four numbers that are read.
            *pair = unsafe {
                let low = _mm_loadu_ps(rows[l].as_ptr());
                let high = _mm_loadu_ps(rows[l + QUAD].as_ptr());
                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
            };
        }
        let mut out = [[0.0; ROWS]; QUAD];
        for (out, column) in out.iter_mut().zip(quads_f32(pairs)) {
            // SAFETY: a column has room for eight numbers.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr(), column) };
        }
        out
    }

    #[target_feature(enable = "avx")]
    #[inline]
    pub(crate) fn rows_f32(columns: [&[f32; ROWS]; QUAD]) -> [[f32; QUAD]; ROWS] {
        let mut quads = [_mm256_setzero_ps(); QUAD];
        for (quad, column) in quads.iter_mut().zip(columns) {
            // SAFETY: a column holds the eight numbers that are read.
            *quad = unsafe { _mm256_loadu_ps(column.as_ptr()) };
        }
        let mut out = [[0.0; QUAD]; ROWS];
        for (l, pair) in quads_f32(quads).into_iter().enumerate() {
            // SAFETY: each row has room for four numbers.
            unsafe {
                _mm_storeu_ps(out[l].as_mut_ptr(), _mm256_castps256_ps128(pair));
                let high = _mm256_extractf128_ps::<1>(pair);
                _mm_storeu_ps(out[l + QUAD].as_mut_ptr(), high);
            }
        }
        out
    }

    /// Two coordinates of four rows at a time: rows `l` and `l + 2` in the halves of one register.
    #[target_feature(enable = "avx")]
    #[inline]
    pub(crate) fn columns_f64(rows: Rows<'_, f64>) -> Columns<f64> {
        let mut out = [[0.0; ROWS]; QUAD];
        for (first, k) in [(0, 0), (0, 2), (4, 0), (4, 2)] {
            // SAFETY: each row holds the two numbers from `k` on, which is 0 or 2; a column has room
            // for four numbers from `first` on, which is 0 or 4.
            unsafe {
                let pair = |l: usize| {
                    let low = _mm_loadu_pd(rows[first + l].as_ptr().add(k));
                    let high = _mm_loadu_pd(rows[first + l + 2].as_ptr().add(k));
                    _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(low), high)
                };
                let (a, b) = (pair(0), pair(1));
                let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
                _mm256_storeu_pd(out[k].as_mut_ptr().add(first), even);
                _mm256_storeu_pd(out[k + 1].as_mut_ptr().add(first), odd);
            }
        }
        out
    }

    #[target_feature(enable = "avx")]
    #[inline]
    pub(crate) fn rows_f64(columns: [&[f64; ROWS]; QUAD]) -> [[f64; QUAD]; ROWS] {
        let mut out = [[0.0; QUAD]; ROWS];
        for (first, k) in [(0, 0), (0, 2), (4, 0), (4, 2)] {
            // SAFETY: a column holds four numbers from `first` on, which is 0 or 4; each row has
            // room for two numbers from `k` on, which is 0 or 2.
            unsafe {
                let a = _mm256_loadu_pd(columns[k].as_ptr().add(first));
                let b = _mm256_loadu_pd(columns[k + 1].as_ptr().add(first));
                for (l, pair) in [_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)]
                    .into_iter()
                    .enumerate()
                {
                    let low = _mm256_castpd256_pd128(pair);
                    let high = _mm256_extractf128_pd::<1>(pair);
                    _mm_storeu_pd(out[first + l].as_mut_ptr().add(k), low);
                    _mm_storeu_pd(out[first + l + 2].as_mut_ptr().add(k), high);
                }
            }
        }
        out
    }
}
