//! Fetching rows before they are needed.
//!
//! Which row comes next is in an array of indices, which no processor foresees. On a graph whose
//! matrix does not fit the cache, waiting for rows is most of the time of a product.

/// How many entries ahead a row is fetched: a row of 64 bytes takes about as long to come from memory
/// as this many are worked on.
pub(super) const AHEAD: usize = 16;

/// Asks for `x[start..start + width]` to be brought into the cache; beyond the end, for nothing.
#[inline(always)]
pub(super) fn prefetch<T>(x: &[T], start: usize, width: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        /// Bytes that come at a time.
        const LINE: usize = 64;
        let Some(row) = x.get(start..start + width) else {
            return;
        };
        let lines = size_of_val(row).div_ceil(LINE);
        for line in 0..lines {
            // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().cast::<i8>().wrapping_add(LINE * line))
            };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (x, start, width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_place_may_be_asked_for() {
        let x = [1.0f32; 100];
        for (start, width) in [(0, 100), (90, 10), (90, 11), (200, 1), (0, 0), (100, 0)] {
            prefetch(&x, start, width);
        }
        prefetch::<f64>(&[], 0, 5);
        assert_eq!(x, [1.0; 100]);
    }
}
