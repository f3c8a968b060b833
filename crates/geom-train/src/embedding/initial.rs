//! Where the points start.

use geom_kernels::geometry::{hyperboloid, poincare};
use rand::Rng;

use super::batch::rng_for;
use super::settings::{EmbeddingSettings, Space};

/// What the initial points are drawn for, in the keys of random streams.
const INITIAL_POINTS: u64 = u64::MAX;

/// Points within `init_scale` of the origin, the same for every route and format.
pub(super) fn initial_points(settings: &EmbeddingSettings, nodes: usize) -> Vec<f64> {
    let mut rng = rng_for(settings.seed, 0, INITIAL_POINTS);
    let scale = settings.init_scale / (settings.dim as f64).sqrt();
    let mut values = Vec::with_capacity(nodes * settings.manifold.width(settings.dim));
    for _ in 0..nodes {
        let point: Vec<f64> = (0..settings.dim)
            .map(|_| rng.random_range(-scale..scale))
            .collect();
        // The hyperboloid starts at the same points as the ball, seen through the isometry.
        match settings.manifold {
            Space::PoincareBall | Space::Euclidean => values.extend(point),
            Space::Hyperboloid => {
                values.extend(hyperboloid::from_ball(&point, poincare::gap(&point)));
            }
        }
    }
    values
}
