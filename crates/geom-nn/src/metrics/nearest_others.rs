//! The nearest rows of a table that a node is not related to.

use std::sync::atomic::{AtomicBool, Ordering};

use super::blocks::{BLOCK, in_blocks};
use crate::nearest::{KSmallest, Tile, TileIndex};
use crate::positives::Positives;
use crate::real::Real;

/// For every node of `nodes` the `k` nearest rows that it is not related to, nearest first, of equals the
/// first row; rows that have fewer are padded with the node itself. Returns `None` when `stop` was raised.
pub fn nearest_others<T: Real>(
    table: &TileIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    k: usize,
    threads: usize,
    stop: &AtomicBool,
) -> Option<Vec<u32>> {
    let blocks: Vec<&[u32]> = nodes.chunks(BLOCK).collect();
    let tiles: Vec<(usize, Tile)> = table.tiles().collect();
    let lists = in_blocks(
        blocks.len(),
        threads,
        stop,
        || Miner::new(table, &tiles, positives, k),
        |miner, block| miner.mine(blocks[block], stop),
    )?;
    Some(lists.concat())
}

struct Miner<'a, T: Real> {
    table: &'a TileIndex<T>,
    tiles: &'a [(usize, Tile)],
    positives: Positives<'a>,
    k: usize,
    keys: Vec<T>,
    queries: Vec<Query<T>>,
    found: Vec<(T, u32)>,
}

/// A node whose nearest others are looked for.
#[derive(Clone)]
struct Query<T: Real> {
    coordinates: Vec<T>,
    /// Where the node and its relations are, ascending.
    known: Vec<u32>,
    /// The number of its own tile.
    own: usize,
    smallest: KSmallest<T>,
}

impl<'a, T: Real> Miner<'a, T> {
    fn new(
        table: &'a TileIndex<T>,
        tiles: &'a [(usize, Tile)],
        positives: Positives<'a>,
        k: usize,
    ) -> Self {
        let query = Query {
            coordinates: Vec::new(),
            known: Vec::new(),
            own: 0,
            smallest: KSmallest::new(k),
        };
        Self {
            table,
            tiles,
            positives,
            k,
            keys: Vec::new(),
            queries: vec![query; BLOCK],
            found: Vec::new(),
        }
    }

    fn mine(&mut self, nodes: &[u32], stop: &AtomicBool) -> Vec<u32> {
        let Self {
            table,
            tiles,
            positives,
            keys,
            queries,
            ..
        } = self;
        // The own tile first: what is near there rules out most others.
        for (&node, query) in nodes.iter().zip(queries.iter_mut()) {
            table.query(node, &mut query.coordinates);
            let place = table.place(node);
            query.known.clear();
            let related = positives.of(node).iter();
            query.known.extend(related.map(|&other| table.place(other)));
            query.known.push(place);
            query.known.sort_unstable();
            query.own = tiles.partition_point(|(_, tile)| tile.end <= place as usize);
            query.look_into(table, tiles[query.own].1, keys);
        }
        // Then tile by tile, so that one stays in the fast caches for all nodes of the block.
        for (at, &(number, tile)) in tiles.iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            for query in queries[..nodes.len()]
                .iter_mut()
                .filter(|query| query.own != at)
            {
                if table.bound(number, &query.coordinates) > query.smallest.threshold() {
                    continue;
                }
                query.look_into(table, tile, keys);
            }
        }
        let mut list = Vec::with_capacity(nodes.len() * self.k);
        for (&node, query) in nodes.iter().zip(&mut self.queries) {
            query.smallest.take(&mut self.found);
            list.extend(self.found.iter().map(|&(_, other)| other));
            list.extend(std::iter::repeat_n(node, self.k - self.found.len()));
        }
        list
    }
}

impl<T: Real> Query<T> {
    fn look_into(&mut self, table: &TileIndex<T>, tile: Tile, keys: &mut Vec<T>) {
        table.scan(tile, &self.coordinates, keys);
        let from = self
            .known
            .partition_point(|&place| (place as usize) < tile.start);
        let known = self.known[from..].iter();
        for &place in known.take_while(|&&place| (place as usize) < tile.end) {
            keys[place as usize - tile.start] = T::nan();
        }
        let rows = table.rows_of(tile);
        self.smallest.offer_rows(&keys[..rows.len()], rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::{DistanceIndex, Metric};

    #[test]
    fn the_node_and_its_relations_are_left_out() {
        let table = TileIndex::new(&[0.0, 1.0, 2.0, 3.0, 10.0], 1, Metric::Flat);
        let positives = Positives::new(&[0, 2, 2, 2, 2, 3], &[1, 3, 3]);
        let stop = AtomicBool::new(false);
        let found = nearest_others(&table, positives, &[0, 4], 3, 1, &stop).unwrap();
        assert_eq!(found, [2, 4, 0, 2, 1, 0]);
    }

    #[test]
    fn the_lists_are_those_of_a_look_at_every_row() {
        // Clusters, with many rows at one place.
        let points: Vec<f64> = (0..3_000)
            .flat_map(|row| {
                let cluster = f64::from(row * 7919 % 17);
                let angle = cluster + 1e-3 * f64::from(row % 29);
                [0.05 * cluster * angle.cos(), 0.05 * cluster * angle.sin()]
            })
            .collect();
        let offsets: Vec<usize> = (0..=3_000usize).map(|i| i.saturating_sub(1)).collect();
        let targets: Vec<u32> = (0..2_999).map(|i| i / 2).collect();
        let positives = Positives::new(&offsets, &targets);
        let stop = AtomicBool::new(false);
        for metric in [Metric::Ball, Metric::Flat] {
            let table = TileIndex::new(&points, 2, metric);
            let nodes = positives.sources();
            let lists = nearest_others(&table, positives, &nodes, 7, 2, &stop).unwrap();
            let whole = DistanceIndex::new(&points, 2, metric);
            let mut keys = whole.buffer();
            for (&node, list) in nodes.iter().zip(lists.chunks(7)).step_by(97) {
                whole.scan(node as usize, &mut keys);
                keys[node as usize] = f64::INFINITY;
                for &other in positives.of(node) {
                    keys[other as usize] = f64::INFINITY;
                }
                let (mut smallest, mut expected) = (KSmallest::new(7), Vec::new());
                smallest.offer_all(&keys);
                smallest.take(&mut expected);
                let expected: Vec<u32> = expected.iter().map(|&(_, row)| row).collect();
                assert_eq!(list, expected, "{metric:?} {node}");
            }
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_lists() {
        let points: Vec<f64> = (0..600)
            .map(|i| f64::from((i * 7919) % 1013) / 2000.0)
            .collect();
        let table = TileIndex::new(&points, 2, Metric::Ball);
        let offsets: Vec<usize> = (0..=300usize).map(|i| i.saturating_sub(1)).collect();
        let targets: Vec<u32> = (0..299).map(|i| i / 2).collect();
        let positives = Positives::new(&offsets, &targets);
        let (nodes, stop) = (positives.sources(), AtomicBool::new(false));
        assert_eq!(
            nearest_others(&table, positives, &nodes, 5, 1, &stop),
            nearest_others(&table, positives, &nodes, 5, 3, &stop)
        );
    }
}
