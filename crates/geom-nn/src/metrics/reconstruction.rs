//! Mean rank and mean average precision of a reconstruction.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::nearest::{DistanceIndex, KSmallest};
use crate::positives::Positives;
use crate::real::Real;

/// Nodes a worker takes at once.
const BLOCK: usize = 64;

/// How well distances reconstruct the relations of a graph.
///
/// For a node $u$ with relations $N(u)$, the rank of $v \in N(u)$ is one more than the number of
/// nodes outside $N(u) \cup \\{u\\}$ that are strictly nearer to $u$ than $v$ is:
///
/// $$ \operatorname{rank}(u, v) = 1 + \lvert\\{ w \notin N(u) \cup \\{u\\} : d(u, w) < d(u, v) \\}\rvert $$
///
/// The mean rank averages over relations. With $N(u)$ ordered by distance, the average precision
/// of $u$ is $\frac{1}{\lvert N(u)\rvert}\sum_{i} i / (i - 1 + \operatorname{rank}(u, v_i))$; the
/// mean average precision averages it over nodes that have relations.
///
/// # References
/// Nickel & Kiela (2017), section 4; Nickel & Kiela (2018), section 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconstruction {
    /// Mean rank over relations; 1 is perfect.
    pub mean_rank: f64,
    /// Mean average precision over nodes; 1 is perfect.
    pub map: f64,
    /// Nodes that were evaluated.
    pub nodes: usize,
    /// Relations that were evaluated.
    pub relations: usize,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    rank: f64,
    precision: f64,
    nodes: usize,
    relations: usize,
}

/// Evaluates `nodes` (those with relations) exactly, with every row of `table` as a candidate; none if
/// no node has a relation.
///
/// The result does not depend on the number of threads: sums are taken block by block in order.
pub fn reconstruction<T: Real>(
    table: &DistanceIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    let never = AtomicBool::new(false);
    reconstruction_until(&never, table, positives, nodes, threads)
}

/// [`reconstruction`], unless `stop` is raised before the end; then none.
pub fn reconstruction_until<T: Real>(
    stop: &AtomicBool,
    table: &DistanceIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    let blocks: Vec<&[u32]> = nodes.chunks(BLOCK).collect();
    let sums = in_blocks(
        blocks.len(),
        threads,
        stop,
        || Evaluator::new(table, positives),
        |evaluator, block| {
            let mut sums = Sums::default();
            for &node in blocks[block] {
                evaluator.add(node, &mut sums);
            }
            sums
        },
    )?;
    let total = sums.iter().fold(Sums::default(), |a, b| Sums {
        rank: a.rank + b.rank,
        precision: a.precision + b.precision,
        nodes: a.nodes + b.nodes,
        relations: a.relations + b.relations,
    });
    (total.relations > 0).then(|| Reconstruction {
        mean_rank: total.rank / total.relations as f64,
        map: total.precision / total.nodes as f64,
        nodes: total.nodes,
        relations: total.relations,
    })
}

struct Evaluator<'a, T: Real> {
    table: &'a DistanceIndex<T>,
    positives: Positives<'a>,
    keys: Vec<T>,
    wanted: Vec<T>,
    nearer: Vec<usize>,
}

impl<'a, T: Real> Evaluator<'a, T> {
    fn new(table: &'a DistanceIndex<T>, positives: Positives<'a>) -> Self {
        Self {
            table,
            positives,
            keys: table.buffer(),
            wanted: Vec::new(),
            nearer: Vec::new(),
        }
    }

    fn add(&mut self, node: u32, sums: &mut Sums) {
        let related = self.positives.of(node);
        if related.is_empty() {
            return;
        }
        self.table.scan(node as usize, &mut self.keys);
        self.wanted.clear();
        for &other in related {
            self.wanted.push(self.keys[other as usize]);
            self.keys[other as usize] = T::infinity();
        }
        self.keys[node as usize] = T::infinity();
        self.wanted
            .sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));

        // nearer[i] counts the others that lie between wanted[i - 1] and wanted[i].
        self.nearer.clear();
        self.nearer.resize(self.wanted.len(), 0);
        let farthest = self.wanted[self.wanted.len() - 1];
        for chunk in self.keys.chunks(crate::real::LANES) {
            if chunk.iter().fold(false, |any, &key| any | (key < farthest)) {
                for &key in chunk.iter().filter(|&&key| key < farthest) {
                    self.nearer[self.wanted.partition_point(|&wanted| wanted <= key)] += 1;
                }
            }
        }
        let mut before = 0;
        let mut precision = 0.0;
        for (index, &count) in self.nearer.iter().enumerate() {
            before += count;
            sums.rank += (before + 1) as f64;
            precision += (index + 1) as f64 / (index + 1 + before) as f64;
        }
        sums.precision += precision / related.len() as f64;
        sums.relations += related.len();
        sums.nodes += 1;
    }
}

/// For every node of `nodes` the `k` nearest rows that it is not related to, nearest first; rows
/// that have fewer are padded with the node itself. Returns `None` when `stop` was raised.
pub fn nearest_others<T: Real>(
    table: &DistanceIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    k: usize,
    threads: usize,
    stop: &AtomicBool,
) -> Option<Vec<u32>> {
    let blocks: Vec<&[u32]> = nodes.chunks(BLOCK).collect();
    let lists = in_blocks(
        blocks.len(),
        threads,
        stop,
        || Miner::new(table, positives, k),
        |miner, block| miner.mine(blocks[block]),
    )?;
    Some(lists.concat())
}

/// Rows scanned at a time: their coordinates stay in the fast caches while all nodes of a block are
/// compared with them.
const TILE: usize = 512;

struct Miner<'a, T: Real> {
    table: &'a DistanceIndex<T>,
    positives: Positives<'a>,
    k: usize,
    keys: Vec<T>,
    queries: Vec<Vec<T>>,
    smallest: Vec<KSmallest<T>>,
    found: Vec<(T, u32)>,
}

impl<'a, T: Real> Miner<'a, T> {
    fn new(table: &'a DistanceIndex<T>, positives: Positives<'a>, k: usize) -> Self {
        let smallest = vec![KSmallest::new(k); BLOCK];
        Self {
            table,
            positives,
            k,
            keys: Vec::new(),
            queries: Vec::new(),
            smallest,
            found: Vec::new(),
        }
    }

    fn mine(&mut self, nodes: &[u32]) -> Vec<u32> {
        self.queries.clear();
        self.queries
            .extend(nodes.iter().map(|&node| self.table.query(node as usize)));
        for start in (0..self.table.padded()).step_by(TILE) {
            let end = (start + TILE).min(self.table.padded());
            self.keys.resize(end - start, T::infinity());
            for ((&node, query), smallest) in
                nodes.iter().zip(&self.queries).zip(&mut self.smallest)
            {
                self.table.scan_tile(query, start, &mut self.keys);
                let related = self.positives.of(node);
                let from = related.partition_point(|&other| (other as usize) < start);
                for &other in related[from..]
                    .iter()
                    .take_while(|&&other| (other as usize) < end)
                {
                    self.keys[other as usize - start] = T::infinity();
                }
                if (start..end).contains(&(node as usize)) {
                    self.keys[node as usize - start] = T::infinity();
                }
                smallest.offer(&self.keys, start);
            }
        }
        let mut list = Vec::with_capacity(nodes.len() * self.k);
        for (&node, smallest) in nodes.iter().zip(&mut self.smallest) {
            smallest.take(&mut self.found);
            list.extend(self.found.iter().map(|&(_, other)| other));
            list.extend(std::iter::repeat_n(node, self.k - self.found.len()));
        }
        list
    }
}

/// Runs `work` on every block with `threads` workers, each with its own state; results in order.
fn in_blocks<S, R: Send>(
    blocks: usize,
    threads: usize,
    stop: &AtomicBool,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut state = state();
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block >= blocks {
                break;
            }
            done.push((block, work(&mut state, block)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for handle in handles {
            match handle.join() {
                Ok(part) => results.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|&(block, _)| block);
    (results.len() == blocks).then(|| results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::Metric;

    /// Five points on a line; 0 is related to 1 and 3, 4 to 3.
    fn line() -> (DistanceIndex<f64>, Vec<usize>, Vec<u32>) {
        let table = DistanceIndex::new(&[0.0, 1.0, 2.0, 3.0, 10.0], 1, Metric::Flat);
        (table, vec![0, 2, 2, 2, 2, 3], vec![1, 3, 3])
    }

    #[test]
    fn ranks_and_precision_are_those_counted_by_hand() {
        let (table, offsets, targets) = line();
        let positives = Positives::new(&offsets, &targets);
        let result = reconstruction(&table, positives, &[0, 1, 2, 3, 4], 1).unwrap();
        // From 0: 1 has rank 1, 3 has rank 2 (only 2 is nearer). From 4: 3 has rank 1.
        assert_eq!(result.mean_rank, (1.0 + 2.0 + 1.0) / 3.0);
        // From 0: (1/1 + 2/3) / 2. From 4: 1.
        assert!((result.map - ((1.0 + 2.0 / 3.0) / 2.0 + 1.0) / 2.0).abs() < 1e-15);
        assert_eq!((result.nodes, result.relations), (2, 3));
    }

    #[test]
    fn ties_do_not_count_against_a_relation() {
        let table = DistanceIndex::new(&[0.0, 1.0, -1.0], 1, Metric::Flat);
        let result = reconstruction(&table, Positives::new(&[0, 1, 1, 1], &[1]), &[0], 1).unwrap();
        assert_eq!(result.mean_rank, 1.0);
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_result() {
        let points: Vec<f64> = (0..600)
            .map(|i| f64::from((i * 7919) % 1013) / 2000.0)
            .collect();
        let table = DistanceIndex::new(&points, 2, Metric::Ball);
        let offsets: Vec<usize> = (0..=300).map(|i| if i == 0 { 0 } else { i - 1 }).collect();
        let targets: Vec<u32> = (0..299).map(|i| i / 2).collect();
        let positives = Positives::new(&offsets, &targets);
        let nodes = positives.sources();
        let stop = AtomicBool::new(false);
        let one = reconstruction(&table, positives, &nodes, 1);
        assert_eq!(one, reconstruction(&table, positives, &nodes, 3));
        assert_eq!(
            nearest_others(&table, positives, &nodes, 5, 1, &stop),
            nearest_others(&table, positives, &nodes, 5, 3, &stop)
        );
    }

    #[test]
    fn nearest_others_skips_the_node_and_its_relations() {
        let (table, offsets, targets) = line();
        let positives = Positives::new(&offsets, &targets);
        let found =
            nearest_others(&table, positives, &[0, 4], 3, 1, &AtomicBool::new(false)).unwrap();
        assert_eq!(found, [2, 4, 0, 2, 1, 0]);
    }

    #[test]
    fn a_raised_stop_flag_ends_the_evaluation() {
        let (table, offsets, targets) = line();
        let positives = Positives::new(&offsets, &targets);
        assert_eq!(
            reconstruction_until(&AtomicBool::new(true), &table, positives, &[0], 1),
            None
        );
    }
}
