//! Mean rank and mean average precision of a reconstruction.

use std::sync::atomic::{AtomicBool, Ordering};

use geom_kernels::blocks::{BLOCK, in_blocks};
use geom_kernels::nearest::{Level, NearerCounts, TileIndex};
use geom_kernels::real::Real;

use crate::positives::Positives;

/// How well distances reconstruct the relations of a graph.
///
/// For a node $u$ with relations $N(u)$, the rank of $v \in N(u)$ is one more than the number of
/// nodes outside $N(u) \cup \\{u\\}$ that are nearer to $u$ than $v$ is, and half the number of
/// those at the same distance:
///
/// $$ \operatorname{rank}(u, v) = 1 + \lvert\\{ w : d(u, w) < d(u, v) \\}\rvert
///    + \tfrac12 \lvert\\{ w : d(u, w) = d(u, v) \\}\rvert, \qquad w \notin N(u) \cup \\{u\\} $$
///
/// The mean rank averages over relations. The average precision of $u$ is the mean over
/// $v \in N(u)$ of the share of relations among all nodes no farther from $u$ than $v$; the mean
/// average precision averages it over nodes that have relations. Points that all coincide thus have
/// the scores of guessing. A distance that is no number counts against: as the farthest for a
/// relation, as the nearest for any other node.
///
/// # References
/// Nickel & Kiela (2017), section 4; Nickel & Kiela (2018), section 5.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reconstruction {
    /// Mean rank over relations; 1 is perfect.
    pub mean_rank: f64,
    /// Mean average precision over nodes; 1 is perfect.
    pub map: f64,
    /// Nodes that were evaluated.
    pub nodes: usize,
    /// Relations that were evaluated.
    pub relations: usize,
    /// Relations at exactly the distance of a node that is none, which counts half.
    pub tied_relations: usize,
    /// The rows that were compared, fewer than nodes × rows where tiles were passed over; each that was found
    /// no farther than a relation counts for [`COMPARISONS_PER_PLACE`](super::COMPARISONS_PER_PLACE) more, since its place among them is looked for.
    pub work: u64,
    sums: Sums,
}

/// The ranks up to which relations are counted as hits.
pub const HITS: [usize; 3] = [1, 3, 10];

impl Reconstruction {
    /// The shares of relations whose rank is at most each of [`HITS`].
    pub fn hits(&self) -> [f64; 3] {
        self.sums
            .hits
            .map(|hits| hits as f64 / self.relations as f64)
    }

    /// The standard errors of mean rank and mean average precision, if the nodes evaluated were drawn
    /// at random from `population` of them; 0 if they are all of them, NaN if it was one alone.
    pub fn standard_errors(&self, population: usize) -> (f64, f64) {
        let n = self.nodes as f64;
        let unseen = (1.0 - n / population.max(self.nodes) as f64).max(0.0);
        if unseen == 0.0 {
            return (0.0, 0.0);
        }
        let Sums {
            rank_squares,
            rank_counts,
            count_squares,
            precision_squares,
            ..
        } = self.sums;
        // The mean rank is a quotient of sums over nodes; its error is that of the residuals.
        let residuals = rank_squares - 2.0 * self.mean_rank * rank_counts
            + self.mean_rank.powi(2) * count_squares;
        let mean_count = self.relations as f64 / n;
        let of_mean = |squares: f64| (squares.max(0.0) / (n - 1.0) / n * unseen).sqrt();
        (
            of_mean(residuals) / mean_count,
            of_mean(precision_squares - n * self.map.powi(2)),
        )
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    rank: f64,
    precision: f64,
    nodes: usize,
    relations: usize,
    tied: usize,
    hits: [usize; 3],
    work: u64,
    rank_squares: f64,
    rank_counts: f64,
    count_squares: f64,
    precision_squares: f64,
}

impl Sums {
    fn add(self, other: Self) -> Self {
        Self {
            rank: self.rank + other.rank,
            precision: self.precision + other.precision,
            nodes: self.nodes + other.nodes,
            relations: self.relations + other.relations,
            tied: self.tied + other.tied,
            hits: std::array::from_fn(|at| self.hits[at] + other.hits[at]),
            work: self.work + other.work,
            rank_squares: self.rank_squares + other.rank_squares,
            rank_counts: self.rank_counts + other.rank_counts,
            count_squares: self.count_squares + other.count_squares,
            precision_squares: self.precision_squares + other.precision_squares,
        }
    }
}

/// Evaluates `nodes` (those with relations) exactly, with every row of `table` as a candidate; none if
/// no node has a relation.
///
/// The result does not depend on the number of threads: sums are taken block by block in order.
pub fn reconstruction<T: Real>(
    table: &TileIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    let never = AtomicBool::new(false);
    reconstruction_until(&never, &|_| {}, table, positives, nodes, threads)
}

/// [`reconstruction`], unless `stop` is raised before the end; then none. Calls `progress`, from any
/// worker, with numbers of nodes just done.
pub fn reconstruction_until<T: Real>(
    stop: &AtomicBool,
    progress: &(dyn Fn(u64) + Sync),
    table: &TileIndex<T>,
    positives: Positives<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    let filtered = FilteredRelations::all(positives);
    filtered_ranks_until(stop, progress, table, filtered, nodes, threads)
}

/// Relations to rank, and those that are no candidates beside them.
#[derive(Clone, Copy, Debug)]
pub struct FilteredRelations<'a> {
    /// The relations that are ranked.
    pub ranked: Positives<'a>,
    /// All that are known to be true, the ranked ones among them: none of these counts against another.
    pub known: Positives<'a>,
}

impl<'a> FilteredRelations<'a> {
    /// All relations, each among the nodes that are none.
    pub fn all(positives: Positives<'a>) -> Self {
        Self {
            ranked: positives,
            known: positives,
        }
    }
}

/// [`reconstruction_until`] of a part of the relations: ranks and precision are those of the `ranked`
/// among the nodes that are no `known` relation. So held-out relations are ranked, which a training
/// neither saw nor counted as wrong.
///
/// # Panics
/// If both are not of as many nodes.
pub fn filtered_ranks_until<T: Real>(
    stop: &AtomicBool,
    progress: &(dyn Fn(u64) + Sync),
    table: &TileIndex<T>,
    filtered: FilteredRelations<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    assert_eq!(
        filtered.ranked.nodes(),
        filtered.known.nodes(),
        "ranked and known relations are of the same nodes"
    );
    let blocks: Vec<&[u32]> = nodes.chunks(BLOCK).collect();
    let sums = in_blocks(
        blocks.len(),
        threads,
        stop,
        || NearerCounts::new(table),
        |counts, block| {
            let mut sums = Sums::default();
            for &node in blocks[block] {
                // A node may look at millions of rows, so not only between blocks.
                if !stop.load(Ordering::Relaxed) {
                    add(filtered, node, counts, &mut sums);
                    progress(1);
                }
            }
            sums
        },
    )?;
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    let total = sums.into_iter().fold(Sums::default(), Sums::add);
    (total.relations > 0).then(|| Reconstruction {
        mean_rank: total.rank / total.relations as f64,
        map: total.precision / total.nodes as f64,
        nodes: total.nodes,
        relations: total.relations,
        tied_relations: total.tied,
        work: total.work,
        sums: total,
    })
}

/// Ranks and precision of the relations of a node, those at one distance together.
fn add<T: Real>(
    filtered: FilteredRelations<'_>,
    node: u32,
    counts: &mut NearerCounts<'_, T>,
    sums: &mut Sums,
) {
    let related = filtered.ranked.of(node);
    if related.is_empty() {
        return;
    }
    sums.work += counts.count(node, related, filtered.known.of(node));
    let mut index = 0;
    let (mut ranks, mut precision) = (0.0, 0.0);
    for level in counts.levels() {
        let Level { rows, nearer, tied } = level;
        index += rows;
        let rank = 1.0 + nearer as f64 + tied as f64 / 2.0;
        ranks += rows as f64 * rank;
        for (hits, most) in sums.hits.iter_mut().zip(HITS) {
            *hits += if rank <= most as f64 { rows } else { 0 };
        }
        precision += (rows * index) as f64 / (index + nearer + tied) as f64;
        sums.tied += if tied > 0 { rows } else { 0 };
    }
    precision /= related.len() as f64;
    sums.rank += ranks;
    sums.precision += precision;
    sums.relations += related.len();
    sums.nodes += 1;
    sums.rank_squares += ranks * ranks;
    sums.rank_counts += ranks * related.len() as f64;
    sums.count_squares += (related.len() as f64).powi(2);
    sums.precision_squares += precision * precision;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::Metric;

    /// Five points on a line; 0 is related to 1 and 3, 4 to 3.
    fn line() -> (TileIndex<f64>, Vec<usize>, Vec<u32>) {
        let table = TileIndex::new(&[0.0, 1.0, 2.0, 3.0, 10.0], 1, Metric::Flat);
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
        assert_eq!(
            (result.nodes, result.relations, result.tied_relations),
            (2, 3, 0)
        );
    }

    #[test]
    fn known_relations_are_no_candidates_beside_the_ranked_ones() {
        let (table, offsets, targets) = line();
        let known = Positives::new(&offsets, &targets);
        let ranked = Positives::new(&[0, 1, 1, 1, 1, 1], &[3]);
        let filtered = FilteredRelations { ranked, known };
        let never = AtomicBool::new(false);
        let ranks =
            |filtered| filtered_ranks_until(&never, &|_| {}, &table, filtered, &[0, 4], 1).unwrap();
        // From 0: only 2 is nearer than 3, since 1 is a relation too.
        let result = ranks(filtered);
        assert_eq!((result.mean_rank, result.map), (2.0, 0.5));
        assert_eq!((result.nodes, result.relations), (1, 1));
        assert_eq!(result.hits(), [0.0, 1.0, 1.0]);
        let unfiltered = ranks(FilteredRelations::all(ranked));
        assert_eq!((unfiltered.mean_rank, unfiltered.map), (3.0, 1.0 / 3.0));
    }

    #[test]
    fn ties_count_half_in_the_rank_and_against_in_the_precision() {
        let table = TileIndex::new(&[0.0, 1.0, -1.0], 1, Metric::Flat);
        let result = reconstruction(&table, Positives::new(&[0, 1, 1, 1], &[1]), &[0], 1).unwrap();
        assert_eq!((result.mean_rank, result.map), (1.5, 0.5));
        assert_eq!(result.tied_relations, 1);
    }

    #[test]
    fn points_that_all_coincide_have_the_scores_of_guessing() {
        let table = TileIndex::new(&[0.25f32; 2 * 101], 2, Metric::Ball);
        let mut offsets = vec![4; 102];
        offsets[0] = 0;
        let targets = [10, 20, 30, 40];
        let positives = Positives::new(&offsets, &targets);
        let result = reconstruction(&table, positives, &[0], 1).unwrap();
        // 96 others tie with each of the four relations.
        assert_eq!((result.mean_rank, result.map), (49.0, 4.0 / 100.0));
        assert_eq!(result.tied_relations, 4);
    }

    #[test]
    fn the_scores_are_those_of_scikit_learn() {
        // Nodes 1 to 6 from 0, of which 1, 2 and 5 are related. By scikit-learn 1.5,
        // average_precision_score([1, 1, 0, 0, 1, 0], [-1, -2, -2, -2, -3, -1]) = 0.4666666666666667.
        let table = TileIndex::new(&[0.0, 1.0, 2.0, -2.0, 2.0, 3.0, -1.0], 1, Metric::Flat);
        let positives = Positives::new(&[0, 3, 3, 3, 3, 3, 3, 3], &[1, 2, 5]);
        let result = reconstruction(&table, positives, &[0], 1).unwrap();
        assert!((result.map - (1.0 / 2.0 + 2.0 / 5.0 + 3.0 / 6.0) / 3.0).abs() < 1e-15);
        assert_eq!(result.mean_rank, (1.5 + 3.0 + 4.0) / 3.0);
    }

    #[test]
    fn distances_that_are_no_numbers_count_against() {
        let positives = Positives::new(&[0, 1, 1, 1, 1], &[1]);
        let ranks = |points: &[f64]| {
            let table = TileIndex::new(points, 1, Metric::Flat);
            reconstruction(&table, positives, &[0], 1)
                .unwrap()
                .mean_rank
        };
        assert_eq!(ranks(&[0.0, 1.0, 2.0, 3.0]), 1.0);
        assert_eq!(ranks(&[0.0, 1.0, f64::NAN, 3.0]), 2.0, "of another node");
        assert_eq!(ranks(&[0.0, f64::NAN, 2.0, 3.0]), 3.0, "of the relation");
        assert_eq!(ranks(&[f64::NAN, 1.0, 2.0, 3.0]), 3.0, "of the node itself");
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_result() {
        let points: Vec<f64> = (0..600)
            .map(|i| f64::from((i * 7919) % 1013) / 2000.0)
            .collect();
        let table = TileIndex::new(&points, 2, Metric::Ball);
        let offsets: Vec<usize> = (0..=300usize).map(|i| i.saturating_sub(1)).collect();
        let targets: Vec<u32> = (0..299).map(|i| i / 2).collect();
        let positives = Positives::new(&offsets, &targets);
        let nodes = positives.sources();
        let one = reconstruction(&table, positives, &nodes, 1);
        assert_eq!(one, reconstruction(&table, positives, &nodes, 3));
    }

    #[test]
    fn the_standard_errors_are_those_of_the_spread_between_nodes() {
        let (table, offsets, targets) = line();
        let positives = Positives::new(&offsets, &targets);
        let result = reconstruction(&table, positives, &[0, 4], 1).unwrap();
        assert_eq!(result.standard_errors(2), (0.0, 0.0));
        let (of_rank, of_map) = result.standard_errors(usize::MAX);
        // Precisions 5/6 and 1: their deviation over the root of 2.
        assert!((of_map - 1.0 / 12.0).abs() < 1e-12, "{of_map}");
        // Sums of ranks 3 and 1 of 2 and 1 relations about 4/3: residuals 1/3 and -1/3 over 3/2.
        assert!(
            (of_rank - (2.0 / 9.0f64 / 2.0).sqrt() / 1.5).abs() < 1e-12,
            "{of_rank}"
        );
    }

    #[test]
    fn a_raised_stop_flag_ends_the_evaluation() {
        let (table, offsets, targets) = line();
        let positives = Positives::new(&offsets, &targets);
        let stop = AtomicBool::new(true);
        assert_eq!(
            reconstruction_until(&stop, &|_| {}, &table, positives, &[0], 1),
            None
        );
    }
}
