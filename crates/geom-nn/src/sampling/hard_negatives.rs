//! Negatives mined from the table: the nearest unrelated nodes.

use std::sync::atomic::AtomicBool;

use geom_kernels::nearest::{TileIndex, nearest_others};
use geom_kernels::real::Real;
use rand::Rng;

use crate::positives::Positives;

/// For every node with relations, the nearest nodes it is not related to, as of the last mining.
///
/// What ranks wrong is near: once a node's relations are nearer than fifty random nodes, uniform
/// negatives say nothing more, while a mean rank of 5 among 82,115 asks for the relations to be
/// nearer than all but a handful. Mining is repeated every few epochs, and passes over what is too far
/// from a node to be among the nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardNegatives {
    per_node: usize,
    lists: Vec<u32>,
}

impl HardNegatives {
    /// Mines the `per_node` nearest others of each node of `sources`. `None` when `stop` was raised.
    pub fn mine<T: Real>(
        table: &TileIndex<T>,
        positives: Positives<'_>,
        sources: &[u32],
        per_node: usize,
        threads: usize,
        stop: &AtomicBool,
    ) -> Option<Self> {
        let lists = nearest_others(
            table,
            |node| positives.of(node),
            sources,
            per_node,
            threads,
            stop,
        )?;
        Some(Self { per_node, lists })
    }

    /// Lists saved earlier by [`lists`](Self::lists); `None` if they are not a whole number of rows.
    pub fn from_lists(per_node: usize, lists: Vec<u32>) -> Option<Self> {
        (per_node > 0 && lists.len().is_multiple_of(per_node)).then_some(Self { per_node, lists })
    }

    /// All lists, `per_node` numbers for each source, nearest first.
    pub fn lists(&self) -> &[u32] {
        &self.lists
    }

    /// How many nodes each list holds.
    pub fn per_node(&self) -> usize {
        self.per_node
    }

    /// Appends up to `count` distinct nodes of the list of the source at `position`, drawn
    /// uniformly. Lists are padded with the node itself, which is never drawn.
    pub fn draw(
        &self,
        position: usize,
        node: u32,
        count: usize,
        rng: &mut impl Rng,
        out: &mut Vec<u32>,
    ) {
        let list = &self.lists[position * self.per_node..(position + 1) * self.per_node];
        for _ in 0..count {
            let candidate = list[rng.random_range(0..list.len())];
            if candidate != node && !out.contains(&candidate) {
                out.push(candidate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::Metric;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_mined_are_the_nearest_that_are_no_relations() {
        let table = TileIndex::new(&[0.0, 1.0, 2.0, 3.0, 10.0], 1, Metric::Flat);
        let positives = Positives::new(&[0, 1, 1, 1, 1, 2], &[1, 3]);
        let mined =
            HardNegatives::mine(&table, positives, &[0, 4], 2, 1, &AtomicBool::new(false)).unwrap();
        assert_eq!(mined.lists(), [2, 3, 2, 1]);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let mut drawn = Vec::new();
            mined.draw(1, 4, 2, &mut rng, &mut drawn);
            assert!(!drawn.is_empty() && drawn.iter().all(|node| [1, 2].contains(node)));
        }
    }

    #[test]
    fn padding_is_never_drawn() {
        let table = TileIndex::new(&[0.0f32, 1.0, 2.0], 1, Metric::Flat);
        let positives = Positives::new(&[0, 1, 1, 1], &[1]);
        let mined =
            HardNegatives::mine(&table, positives, &[0], 8, 1, &AtomicBool::new(false)).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let mut drawn = Vec::new();
            mined.draw(0, 0, 8, &mut rng, &mut drawn);
            assert!(drawn.iter().all(|&node| node == 2));
        }
    }
}
