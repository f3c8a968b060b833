//! How many rows are nearer to a row than given others are.

use super::tiles::TileIndex;
use crate::real::{LANES, Real};

/// Comparisons in about the time in which the place of a row among those asked about is found.
pub const COMPARISONS_PER_PLACE: u64 = 8;

/// Counts the rows nearer to one row than each of some others, and those as near; buffers of one worker.
///
/// A distance that is no number counts against: as the farthest for a row asked about, as the nearest for
/// any other.
#[derive(Debug)]
pub struct NearerCounts<'a, T: Real> {
    table: &'a TileIndex<T>,
    query: Vec<T>,
    keys: Vec<T>,
    /// Where the row and those known are, ascending: not counted.
    places: Vec<u32>,
    /// The compared values of the rows asked about, ascending.
    wanted: Vec<T>,
    /// How many others lie beyond the one before and not beyond this one.
    nearer: Vec<usize>,
    /// How many others lie exactly where the first of equal ones does.
    tied: Vec<usize>,
}

/// Rows asked about that are at one distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// How many they are.
    pub rows: usize,
    /// How many others are nearer.
    pub nearer: usize,
    /// How many others are as near.
    pub tied: usize,
}

impl<'a, T: Real> NearerCounts<'a, T> {
    /// Buffers for questions about a table.
    pub fn new(table: &'a TileIndex<T>) -> Self {
        Self {
            table,
            query: Vec::new(),
            keys: Vec::new(),
            places: Vec::new(),
            wanted: Vec::new(),
            nearer: Vec::new(),
            tied: Vec::new(),
        }
    }

    /// Counts, for the distances of the rows `asked` from the row `from`, the rows of the table that are
    /// neither `from` nor `known`; [`levels`](Self::levels) has the result. Returns how many rows were
    /// compared, of which each that was found no farther than one asked about counts for [`COMPARISONS_PER_PLACE`] more.
    ///
    /// # Panics
    /// If a row is not in the table.
    pub fn count(&mut self, from: u32, asked: &[u32], known: &[u32]) -> u64 {
        self.wanted.clear();
        self.nearer.clear();
        self.tied.clear();
        if asked.is_empty() {
            return 0;
        }
        self.table.query(from, &mut self.query);
        self.places.clear();
        self.places
            .extend(known.iter().map(|&other| self.table.place(other)));
        for &other in asked {
            let key = self.table.key(&self.query, self.table.place(other));
            self.wanted
                .push(if key.is_nan() { T::infinity() } else { key });
        }
        self.wanted
            .sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        self.places.push(self.table.place(from));
        self.places.sort_unstable();
        self.nearer.resize(self.wanted.len(), 0);
        self.tied.resize(self.wanted.len(), 0);
        self.compare()
    }

    /// The rows last asked about by their distance, the nearest first.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        let (mut before, mut index) = (0, 0);
        self.wanted.chunk_by(|a, b| a == b).map(move |equal| {
            before += self.nearer[index];
            let tied = self.tied[index];
            index += equal.len();
            Level {
                rows: equal.len(),
                nearer: before,
                tied,
            }
        })
    }

    fn compare(&mut self) -> u64 {
        let Self {
            table,
            query,
            keys,
            places,
            wanted,
            nearer,
            tied,
        } = self;
        let farthest = wanted[wanted.len() - 1];
        let has_place = query.iter().all(|coordinate| coordinate.is_finite());
        let mut work = 0;
        let mut known = places.iter().peekable();
        table.within(query, farthest, keys, |tile, keys| {
            work += keys.len() as u64;
            if !(tile.is_finite && has_place) {
                let counts_against = |key: &mut T| {
                    if key.is_nan() {
                        *key = T::neg_infinity();
                    }
                };
                keys[..tile.end - tile.start]
                    .iter_mut()
                    .for_each(counts_against);
            }
            while let Some(&place) = known.next_if(|&&place| (place as usize) < tile.end) {
                // Those before the tile were passed over with the tiles they are in.
                if let Some(at) = (place as usize).checked_sub(tile.start) {
                    keys[at] = T::nan();
                }
            }
            for chunk in keys.chunks(LANES) {
                if !chunk
                    .iter()
                    .fold(false, |any, &key| any | (key <= farthest))
                {
                    continue;
                }
                for &key in chunk.iter().filter(|&&key| key <= farthest) {
                    work += COMPARISONS_PER_PLACE;
                    let beyond = wanted.partition_point(|&wanted| wanted <= key);
                    if beyond > 0 && wanted[beyond - 1] == key {
                        tied[wanted.partition_point(|&wanted| wanted < key)] += 1;
                    }
                    if let Some(nearer) = nearer.get_mut(beyond) {
                        *nearer += 1;
                    }
                }
            }
        });
        work
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DistanceIndex, Metric};
    use super::*;

    #[test]
    fn the_counts_are_those_of_a_look_at_every_row() {
        // Clusters, with many rows at one place.
        let points: Vec<f64> = (0..2_000)
            .flat_map(|row| {
                let cluster = f64::from(row * 7919 % 17);
                let angle = cluster + 1e-3 * f64::from(row % 29);
                [0.05 * cluster * angle.cos(), 0.05 * cluster * angle.sin()]
            })
            .collect();
        for metric in [Metric::Ball, Metric::Flat] {
            let table = TileIndex::new(&points, 2, metric);
            let whole = DistanceIndex::new(&points, 2, metric);
            let (mut counts, mut keys) = (NearerCounts::new(&table), whole.buffer());
            for from in [0u32, 17, 1_234, 1_999] {
                let known: Vec<u32> = (1..20).map(|i| (from + 97 * i) % 2_000).collect();
                let work = counts.count(from, &known[..7], &known);
                assert!(work > 0);
                whole.scan(from as usize, &mut keys);
                let is_other = |row: &u32| *row != from && !known.contains(row);
                let others: Vec<f64> = (0..2_000)
                    .filter(is_other)
                    .map(|row| keys[row as usize])
                    .collect();
                let mut wanted: Vec<f64> =
                    known[..7].iter().map(|&row| keys[row as usize]).collect();
                wanted.sort_by(f64::total_cmp);
                let expected = wanted.chunk_by(|a, b| a == b).map(|equal| Level {
                    rows: equal.len(),
                    nearer: others.iter().filter(|&&key| key < equal[0]).count(),
                    tied: others.iter().filter(|&&key| key == equal[0]).count(),
                });
                let expected: Vec<Level> = expected.collect();
                assert_eq!(counts.levels().collect::<Vec<_>>(), expected, "{from}");
            }
        }
    }

    #[test]
    fn no_question_has_no_levels() {
        let table = TileIndex::new(&[0.0, 1.0], 1, Metric::Flat);
        let mut counts = NearerCounts::new(&table);
        assert_eq!(counts.count(0, &[1], &[1]), LANES as u64);
        assert_eq!(counts.levels().count(), 1);
        assert_eq!(counts.count(0, &[], &[]), 0);
        assert_eq!(counts.levels().count(), 0);
    }
}
