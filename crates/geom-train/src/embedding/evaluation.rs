//! How well an embedding reconstructs its relations.

use geom_nn::Positives;
use geom_nn::metrics::{Reconstruction, reconstruction};
use geom_nn::nearest::{DistanceIndex, Metric};
use geom_nn::real::Real;

use super::points::Table;
use super::settings::Space;

/// Lays out a table of points of `space` for distances from one point to all others.
pub fn distance_table<T: Real>(values: &[T], space: Space, dim: usize) -> DistanceIndex<T> {
    let metric = match space {
        Space::Poincare => Metric::Ball,
        Space::Lorentz => Metric::Hyperboloid,
        Space::Euclidean => Metric::Flat,
    };
    DistanceIndex::new(values, space.width(dim), metric)
}

/// Ranks the relations of `nodes` by distance, with every node as a candidate; see
/// [`Reconstruction`]. None if no node of them has a relation.
pub fn evaluate(
    points: &Table,
    (space, dim): (Space, usize),
    positives: Positives<'_>,
    nodes: &[u32],
    threads: usize,
) -> Option<Reconstruction> {
    match points {
        Table::F32(values) => {
            let table = distance_table(values, space, dim);
            reconstruction(&table, positives, nodes, threads)
        }
        Table::F64(values) => {
            let table = distance_table(values, space, dim);
            reconstruction(&table, positives, nodes, threads)
        }
    }
}
