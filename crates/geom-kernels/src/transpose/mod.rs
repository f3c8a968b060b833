//! Between rows in memory and columns in lanes: four coordinates of eight rows at a time, in the
//! registers of the processor where it has wide ones.

pub(crate) mod registers;

use crate::real::Real;
pub use registers::{Columns, QUAD, ROWS, Rows};
use registers::{columns, rows};

/// The way this processor transposes, found once.
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

    /// Rows as columns.
    #[inline(always)]
    pub fn columns<T: Real>(self, rows: Rows<'_, T>) -> Columns<T> {
        if self.avx {
            // SAFETY: `new` has found that the processor has AVX, and nothing else sets the field.
            unsafe { T::columns_avx(rows) }
        } else {
            columns(rows)
        }
    }

    /// Columns as rows.
    #[inline(always)]
    pub fn rows<T: Real>(self, columns: [&[T; ROWS]; QUAD]) -> [[T; QUAD]; ROWS] {
        if self.avx {
            // SAFETY: as above.
            unsafe { T::rows_avx(columns) }
        } else {
            rows(columns)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Real>() {
        let numbers: [[T; QUAD]; ROWS] =
            std::array::from_fn(|l| std::array::from_fn(|k| T::from_f64((10 * l + k) as f64)));
        let lines: Rows<'_, T> = std::array::from_fn(|l| &numbers[l]);
        let turned = Transpose::new().columns(lines);
        assert_eq!(turned, columns(lines));
        assert_eq!(turned[3][5], numbers[5][3]);
        let back: [&[T; ROWS]; QUAD] = std::array::from_fn(|k| &turned[k]);
        assert_eq!(Transpose::new().rows(back), numbers);
        assert_eq!(rows(back), numbers);
    }

    #[test]
    fn every_way_gives_the_transpose() {
        check::<f32>();
        check::<f64>();
    }
}
