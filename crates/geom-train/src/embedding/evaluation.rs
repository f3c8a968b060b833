//! How well an embedding reconstructs its relations.

use std::sync::atomic::AtomicBool;

use geom_kernels::real::Real;
use geom_nn::Positives;
use geom_nn::metrics::{FilteredRelations, Reconstruction, filtered_ranks_until};
use geom_nn::nearest::{DistanceIndex, Metric, TileIndex};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::settings::Space;
use super::table::Table;

/// Nodes that show how far apart relations are, before it is decided how many are evaluated.
const PILOT: usize = 256;

/// The least nodes of a sample: fewer say little, and cost nothing.
const LEAST_SAMPLE: usize = 512;

/// Which nodes are evaluated. Candidates are always all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// All that have relations.
    All,
    /// So many of them, drawn at random.
    Sample {
        /// How many; all if there are no more.
        count: usize,
        /// The seed of the draw.
        seed: u64,
    },
    /// All if no more than about so many rows are compared for it, else as many of the nodes as that
    /// allows, drawn at random. Where the points lie decides, and never the clock, so that the same run
    /// has the same scores.
    Within {
        /// Rows to compare.
        rows: u64,
        /// The seed of the draw.
        seed: u64,
    },
}

/// The scores of an embedding, and of how many nodes they are.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The scores.
    pub scores: Reconstruction,
    /// Nodes that could have been evaluated.
    pub population: usize,
}

impl Evaluation {
    /// Whether all nodes were evaluated.
    pub fn is_exact(&self) -> bool {
        self.scores.nodes >= self.population
    }

    /// The standard errors of mean rank and mean average precision; 0 if exact.
    pub fn standard_errors(&self) -> (f64, f64) {
        self.scores.standard_errors(self.population)
    }
}

/// What rows of this space are compared by.
pub(super) fn metric(space: Space) -> Metric {
    match space {
        Space::PoincareBall => Metric::Ball,
        Space::Hyperboloid => Metric::Hyperboloid,
        Space::Euclidean => Metric::Flat,
    }
}

/// Lays out a table of points of `space` for distances from one point to all others.
pub fn distance_table<T: Real>(values: &[T], space: Space, dim: usize) -> DistanceIndex<T> {
    DistanceIndex::new(values, space.width(dim), metric(space))
}

/// Lays out a table of points of `space` for questions about the rows near one.
pub(super) fn tile_table<T: Real>(values: &[T], space: Space, dim: usize) -> TileIndex<T> {
    TileIndex::new(values, space.width(dim), metric(space))
}

/// Ranks relations by distance, with every node as a candidate; see [`Reconstruction`]. None if no node
/// has a relation, or `stop` is raised before the end.
///
/// `progress` is called, from any worker, with the nodes just done and the nodes there will be.
pub fn evaluate(
    points: &Table,
    (space, dim): (Space, usize),
    positives: Positives<'_>,
    extent: Extent,
    threads: usize,
    watch: (&AtomicBool, &(dyn Fn(u64, u64) + Sync)),
) -> Option<Evaluation> {
    let filtered = FilteredRelations::all(positives);
    evaluate_filtered(points, (space, dim), filtered, extent, threads, watch)
}

/// [`evaluate`], of a part of the relations, beside which no known relation is a candidate.
pub fn evaluate_filtered(
    points: &Table,
    (space, dim): (Space, usize),
    filtered: FilteredRelations<'_>,
    extent: Extent,
    threads: usize,
    watch: (&AtomicBool, &(dyn Fn(u64, u64) + Sync)),
) -> Option<Evaluation> {
    match points {
        Table::F32(values) => {
            let table = tile_table(values, space, dim);
            evaluate_table(&table, filtered, extent, threads, watch)
        }
        Table::F64(values) => {
            let table = tile_table(values, space, dim);
            evaluate_table(&table, filtered, extent, threads, watch)
        }
    }
}

fn evaluate_table<T: Real>(
    table: &TileIndex<T>,
    filtered: FilteredRelations<'_>,
    extent: Extent,
    threads: usize,
    (stop, progress): (&AtomicBool, &(dyn Fn(u64, u64) + Sync)),
) -> Option<Evaluation> {
    let mut nodes = filtered.ranked.sources();
    let population = nodes.len();
    let count = match extent {
        Extent::All => population,
        Extent::Sample { count, seed } => {
            nodes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            count.clamp(1, population.max(1))
        }
        Extent::Within { rows, seed } => {
            nodes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            let pilot = &nodes[..PILOT.min(population)];
            let scores = filtered_ranks_until(stop, &|_| {}, table, filtered, pilot, threads)?;
            let each = scores.work.div_ceil(scores.nodes as u64).max(1);
            let affordable = usize::try_from(rows / each).unwrap_or(usize::MAX);
            population.min(affordable.max(LEAST_SAMPLE))
        }
    };
    nodes.truncate(count);
    nodes.sort_unstable();
    let told = |done| progress(done, nodes.len() as u64);
    let scores = filtered_ranks_until(stop, &told, table, filtered, &nodes, threads)?;
    Some(Evaluation { scores, population })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of points, each related to the next two.
    fn line(nodes: usize) -> (Table, Vec<usize>, Vec<u32>) {
        // Uneven, so that ranks differ.
        let uneven = |node: usize| (node * 7_919 % 1_013) as f64 / 200.0;
        let points = (0..nodes).map(|node| 1e-3 * (node as f64 + uneven(node)));
        let mut offsets = vec![0];
        let mut targets = Vec::new();
        for node in 0..nodes as u32 {
            targets.extend((node + 1..node + 3).filter(|&next| next < nodes as u32));
            offsets.push(targets.len());
        }
        (Table::F64(points.collect()), offsets, targets)
    }

    fn scores(extent: Extent, nodes: usize) -> Evaluation {
        let (table, offsets, targets) = line(nodes);
        let positives = Positives::new(&offsets, &targets);
        let never = AtomicBool::new(false);
        let watch: (_, &(dyn Fn(u64, u64) + Sync)) = (&never, &|_, _| {});
        evaluate(&table, (Space::Euclidean, 1), positives, extent, 1, watch).unwrap()
    }

    #[test]
    fn enough_rows_make_it_exact_and_few_make_it_a_sample() {
        let all = scores(Extent::All, 5_000);
        let seed = 7;
        let within = |rows| scores(Extent::Within { rows, seed }, 5_000);
        assert!(all.is_exact() && all.standard_errors() == (0.0, 0.0));
        assert_eq!(within(1_000_000_000), all);
        let sample = within(1);
        assert_eq!(sample.scores.nodes, LEAST_SAMPLE);
        let (of_rank, of_map) = sample.standard_errors();
        let far = |a: f64, b: f64, error: f64| (a - b).abs() / error;
        // Four standard errors: one draw in sixteen thousand.
        assert!(far(sample.scores.mean_rank, all.scores.mean_rank, of_rank) < 4.0);
        assert!(far(sample.scores.map, all.scores.map, of_map) < 4.0);
        // Near points are found without a look at the others.
        assert!(all.scores.work < 5_000 * 5_000 / 4);
    }

    #[test]
    fn a_sample_of_more_nodes_than_there_are_is_all_of_them() {
        let (count, seed) = (1_000_000, 0);
        assert!(scores(Extent::Sample { count, seed }, 100).is_exact());
    }
}
