//! The beginning of a long shuffle, without the shuffle's memory.

use crate::graph::NumpyRandom;
use std::collections::HashMap;

/// Steps between two states of the generator that are kept.
const BLOCK: u32 = 1 << 20;

/// The entries `shuffle` would bring to the places `0..wanted` of `0, 1, …, length - 1`.
///
/// The shuffle swaps `i = length - 1, …, 1` with a random place at or before `i`. Followed backwards
/// from `i = 1`, each of the wanted places leads to where its item started. The random numbers come
/// in the other order, so they are drawn once with a state kept every [`BLOCK`] steps, and again
/// block by block from the last. Memory is one block and `wanted` places, whatever the `length`;
/// `random` ends where the shuffle would leave it.
pub(super) fn shuffled_start(random: &mut NumpyRandom, length: u32, wanted: usize) -> Vec<u32> {
    // Steps `i` in the order of the shuffle, cut into blocks.
    let blocks: Vec<(u32, u32)> = (1..length)
        .rev()
        .step_by(BLOCK as usize)
        .map(|first| (first, first.saturating_sub(BLOCK - 1).max(1)))
        .collect();
    let mut states = Vec::with_capacity(blocks.len());
    for &(first, last) in &blocks {
        states.push(random.clone());
        for i in (last..=first).rev() {
            random.interval(i);
        }
    }
    let wanted = wanted.min(length as usize);
    let mut tracked = Tracked::new(wanted);
    let mut partners = Vec::new();
    for (&(first, last), mut state) in blocks.iter().zip(states).rev() {
        partners.clear();
        partners.extend((last..=first).rev().map(|i| state.interval(i)));
        for (i, &partner) in (last..=first).zip(partners.iter().rev()) {
            tracked.swap(i, partner);
        }
    }
    tracked.places
}

/// Places that are followed through swaps.
struct Tracked {
    /// Where each followed item is now.
    places: Vec<u32>,
    /// The item at a place.
    at: HashMap<u32, u32>,
    /// How many followed places fall on each hash; 0 spares the look into the map, as it nearly
    /// always is.
    filter: Vec<u32>,
    shift: u32,
}

impl Tracked {
    fn new(count: usize) -> Self {
        // 16 cells an item: one look in 16 goes on to the map in vain.
        let bits = (16 * count.max(1))
            .next_power_of_two()
            .trailing_zeros()
            .min(30);
        let mut tracked = Self {
            places: (0..count as u32).collect(),
            at: HashMap::with_capacity(count),
            filter: vec![0; 1 << bits],
            shift: 32 - bits,
        };
        for place in 0..count as u32 {
            tracked.enter(place, place);
        }
        tracked
    }

    fn cell(&self, place: u32) -> usize {
        // Fibonacci hashing: the upper bits of the product are spread well.
        (place.wrapping_mul(0x9e37_79b9) >> self.shift) as usize
    }

    fn enter(&mut self, place: u32, item: u32) {
        let cell = self.cell(place);
        self.filter[cell] += 1;
        self.places[item as usize] = place;
        self.at.insert(place, item);
    }

    fn leave(&mut self, place: u32) -> Option<u32> {
        let cell = self.cell(place);
        if self.filter[cell] == 0 {
            return None;
        }
        let item = self.at.remove(&place)?;
        self.filter[cell] -= 1;
        Some(item)
    }

    fn swap(&mut self, a: u32, b: u32) {
        if a == b {
            return;
        }
        let (from_a, from_b) = (self.leave(a), self.leave(b));
        if let Some(item) = from_a {
            self.enter(b, item);
        }
        if let Some(item) = from_b {
            self.enter(a, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_that_of_the_whole_shuffle_and_so_is_the_stream_after() {
        for length in [
            0,
            1,
            2,
            7,
            1_000,
            BLOCK,
            BLOCK + 1,
            BLOCK + 2,
            2 * BLOCK + 5,
        ] {
            let (mut whole, mut traced) = (NumpyRandom::new(9), NumpyRandom::new(9));
            let mut items: Vec<u32> = (0..length).collect();
            whole.shuffle(&mut items);
            let wanted = 300.min(items.len());
            let start = shuffled_start(&mut traced, length, 300);
            assert!(start == items[..wanted], "length {length}");
            assert_eq!(traced.next_u32(), whole.next_u32(), "length {length}");
        }
    }
}
