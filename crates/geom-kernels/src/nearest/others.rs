//! The nearest rows of a table that a row is not related to.

use std::sync::atomic::{AtomicBool, Ordering};

use super::k_smallest::KSmallest;
use super::tiles::{Tile, TileIndex};
use crate::blocks::{BLOCK, in_blocks};
use crate::real::Real;

/// For every node of `nodes`, a row of the table, the `k` nearest rows that are not `related` to it, nearest
/// first, of equals the first row; lists that have fewer are padded with the node itself. Returns `None`
/// when `stop` was raised.
///
/// # Panics
/// If a row is not in the table.
pub fn nearest_others<'r, T: Real>(
    table: &TileIndex<T>,
    related: impl Fn(u32) -> &'r [u32] + Sync,
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
        || Miner::new(table, &tiles, k),
        |miner, block| miner.mine(blocks[block], &related, stop),
    )?;
    Some(lists.concat())
}

struct Miner<'a, T: Real> {
    table: &'a TileIndex<T>,
    tiles: &'a [(usize, Tile)],
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
    fn new(table: &'a TileIndex<T>, tiles: &'a [(usize, Tile)], k: usize) -> Self {
        let query = Query {
            coordinates: Vec::new(),
            known: Vec::new(),
            own: 0,
            smallest: KSmallest::new(k),
        };
        Self {
            table,
            tiles,
            k,
            keys: Vec::new(),
            queries: vec![query; BLOCK],
            found: Vec::new(),
        }
    }

    fn mine<'r>(
        &mut self,
        nodes: &[u32],
        related: &impl Fn(u32) -> &'r [u32],
        stop: &AtomicBool,
    ) -> Vec<u32> {
        let Self {
            table,
            tiles,
            keys,
            queries,
            ..
        } = self;
        // The own tile first: what is near there rules out most others.
        for (&node, query) in nodes.iter().zip(queries.iter_mut()) {
            table.query(node, &mut query.coordinates);
            let place = table.place(node);
            query.known.clear();
            let related = related(node).iter();
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

    /// Every node from the second on is related to the one with half its number.
    fn halves() -> impl Fn(u32) -> &'static [u32] + Sync {
        static TARGETS: [u32; 1_500] = {
            let mut targets = [0; 1_500];
            let mut index = 0;
            while index < 1_500 {
                targets[index] = index as u32;
                index += 1;
            }
            targets
        };
        |node: u32| match node.checked_sub(1) {
            Some(before) => std::slice::from_ref(&TARGETS[before as usize / 2]),
            None => &[],
        }
    }

    #[test]
    fn the_node_and_its_relations_are_left_out() {
        let table = TileIndex::new(&[0.0, 1.0, 2.0, 3.0, 10.0], 1, Metric::Flat);
        let related = |node: u32| -> &'static [u32] {
            match node {
                0 => &[1, 3],
                4 => &[3],
                _ => &[],
            }
        };
        let stop = AtomicBool::new(false);
        let found = nearest_others(&table, related, &[0, 4], 3, 1, &stop).unwrap();
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
        let nodes: Vec<u32> = (1..3_000).collect();
        let stop = AtomicBool::new(false);
        for metric in [Metric::Ball, Metric::Flat] {
            let table = TileIndex::new(&points, 2, metric);
            let lists = nearest_others(&table, halves(), &nodes, 7, 2, &stop).unwrap();
            let whole = DistanceIndex::new(&points, 2, metric);
            let mut keys = whole.buffer();
            for (&node, list) in nodes.iter().zip(lists.chunks(7)).step_by(97) {
                whole.scan(node as usize, &mut keys);
                keys[node as usize] = f64::INFINITY;
                for &other in halves()(node) {
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
        let (nodes, stop): (Vec<u32>, _) = ((1..300).collect(), AtomicBool::new(false));
        assert_eq!(
            nearest_others(&table, halves(), &nodes, 5, 1, &stop),
            nearest_others(&table, halves(), &nodes, 5, 3, &stop)
        );
    }
}
