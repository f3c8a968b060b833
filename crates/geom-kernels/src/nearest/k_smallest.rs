//! The k smallest of many values.

use crate::real::{LANES, Real};
use crate::vectorized;

/// Keeps the `k` smallest of the values offered to it.
#[derive(Clone, Debug)]
pub struct KSmallest<T: Real> {
    k: usize,
    kept: Vec<(T, u32)>,
    threshold: T,
    blocks: Vec<u32>,
}

impl<T: Real> KSmallest<T> {
    /// A collector of the `k` smallest.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            kept: Vec::with_capacity(4 * k),
            threshold: T::infinity(),
            blocks: Vec::new(),
        }
    }

    /// Offers every finite value of `keys`, with its position as index.
    pub fn offer_all(&mut self, keys: &[T]) {
        self.offer(keys, 0);
    }

    /// Offers every finite value of `keys`; the first has index `first`.
    pub fn offer(&mut self, keys: &[T], first: usize) {
        self.blocks.clear();
        blocks_below(keys, self.threshold, &mut self.blocks);
        for index in 0..self.blocks.len() {
            let start = self.blocks[index] as usize * LANES;
            for (lane, &key) in keys[start..].iter().take(LANES).enumerate() {
                if key < self.threshold {
                    self.kept.push((key, (first + start + lane) as u32));
                }
            }
            if self.kept.len() >= 3 * self.k + LANES {
                self.shrink();
            }
        }
    }

    /// Offers every finite value of `keys`, each with the index of its row. Of equal values the least
    /// indices are kept, in whatever order they come.
    pub(crate) fn offer_rows(&mut self, keys: &[T], rows: &[u32]) {
        for (keys, rows) in keys.chunks(LANES).zip(rows.chunks(LANES)) {
            let threshold = self.threshold;
            if !keys
                .iter()
                .fold(false, |any, &key| any | (key <= threshold))
            {
                continue;
            }
            let near = keys.iter().zip(rows).filter(|(key, _)| **key <= threshold);
            let near = near.filter(|(key, _)| key.is_finite());
            self.kept.extend(near.map(|(&key, &row)| (key, row)));
            if self.kept.len() >= 3 * self.k + LANES {
                self.shrink();
            }
        }
    }

    /// No value above this one is among the smallest, as far as is known.
    pub(crate) fn threshold(&mut self) -> T {
        self.shrink();
        self.threshold
    }

    fn shrink(&mut self) {
        if self.k == 0 {
            self.kept.clear();
            return;
        }
        if self.kept.len() > self.k {
            self.kept.select_nth_unstable_by(self.k - 1, order);
            self.kept.truncate(self.k);
            self.threshold = self.kept[self.k - 1].0;
        }
    }

    /// Takes what was kept, smallest first, ties by index, and starts anew.
    pub fn take(&mut self, out: &mut Vec<(T, u32)>) {
        self.shrink();
        self.kept.sort_unstable_by(order);
        out.clear();
        out.append(&mut self.kept);
        self.threshold = T::infinity();
    }
}

/// The blocks of lanes that hold a value below `threshold`: few, so that most values cost one
/// comparison in a vector.
#[inline(always)]
fn blocks_below_body<T: Real>(keys: &[T], threshold: T, blocks: &mut Vec<u32>) {
    let (whole, rest) = keys.as_chunks::<LANES>();
    for (block, chunk) in whole.iter().enumerate() {
        let mut any = false;
        for &key in chunk {
            any |= key < threshold;
        }
        if any {
            blocks.push(block as u32);
        }
    }
    if rest.iter().any(|&key| key < threshold) {
        blocks.push(whole.len() as u32);
    }
}

vectorized! {
    fn blocks_below<T: Real>(keys: &[T], threshold: T, blocks: &mut Vec<u32>) = blocks_below_body;
}

#[inline]
fn order<T: Real>(a: &(T, u32), b: &(T, u32)) -> std::cmp::Ordering {
    a.0.partial_cmp(&b.0)
        .unwrap_or(std::cmp::Ordering::Equal)
        .then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_keeps_the_k_smallest_in_order() {
        let keys: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1009)).collect();
        let mut smallest = KSmallest::new(10);
        smallest.offer_all(&keys);
        let mut found = Vec::new();
        smallest.take(&mut found);
        let mut expected: Vec<(f64, u32)> = keys.iter().copied().zip(0u32..).collect();
        expected.sort_by(order);
        assert_eq!(found, expected[..10]);
    }

    #[test]
    fn rows_in_any_order_give_the_same() {
        let keys: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 101)).collect();
        let mut smallest = KSmallest::new(25);
        let (mut straight, mut found) = (Vec::new(), Vec::new());
        smallest.offer_all(&keys);
        smallest.take(&mut straight);
        let rows: Vec<u32> = (0..1000u32).map(|i| (i * 617) % 1000).collect();
        let moved: Vec<f64> = rows.iter().map(|&row| keys[row as usize]).collect();
        for (keys, rows) in moved.chunks(48).zip(rows.chunks(48)) {
            smallest.offer_rows(keys, rows);
        }
        smallest.take(&mut found);
        assert_eq!(found, straight);
    }

    #[test]
    fn smallest_of_fewer_rows_than_k_returns_them_all() {
        let mut smallest = KSmallest::new(10);
        smallest.offer_all(&[2.0f32, f32::INFINITY, 1.0]);
        let mut found = Vec::new();
        smallest.take(&mut found);
        assert_eq!(found, [(1.0, 2), (2.0, 0)]);
    }
}
