//! Growing the embedding from the general nodes to the special ones.

use std::num::NonZeroUsize;
use std::ops::Range;

use geom_kernels::geometry::{hyperboloid, of_length, poincare};
use geom_nn::Positives;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::direct::DirectRelations;
use super::settings::{EmbeddingSettings, Space};

/// Nodes of the first stage. Every later stage has twice as many as the one before.
const FIRST_STAGE: usize = 128;

/// How far from the centroid of its parents a new node starts, in geodesic distance.
const START_DISTANCE: f64 = 0.3;

/// The order in which nodes join the training, and when.
///
/// Nodes are ordered by how many others are related to them, so that in a hierarchy ancestors come
/// before descendants. A stage trains the first $128 \cdot 2^k$ of them alone; then as many again
/// join, each at the centroid of its parents that are placed already.
///
/// Trained all at once from one spot, a node whose small subtree went the wrong way early is stuck:
/// far from the origin it would have to come back through the center, against the repulsion of all
/// it passes. Growing makes such mistakes rare: a leaf starts where its parent is. The stages must
/// be short, because what trains alone for long moves out too far and leaves no room.
#[derive(Clone, Debug)]
pub(crate) struct Growth {
    /// All nodes, the most general first.
    order: Vec<u32>,
    /// Where each node stands in the order.
    place: Vec<u32>,
    /// How many nodes are active in each stage; the last is all of them.
    sizes: Vec<usize>,
    /// 0 with a single stage.
    epochs_per_stage: usize,
}

impl Growth {
    pub(crate) fn new(positives: Positives<'_>, settings: &EmbeddingSettings) -> Self {
        let nodes = positives.nodes();
        let mut related = vec![0u32; nodes];
        for node in 0..nodes as u32 {
            for &other in positives.of(node) {
                related[other as usize] += 1;
            }
        }
        let mut order: Vec<u32> = (0..nodes as u32).collect();
        order.sort_by_key(|&node| (std::cmp::Reverse(related[node as usize]), node));
        let mut place = vec![0; nodes];
        for (index, &node) in order.iter().enumerate() {
            place[node as usize] = index as u32;
        }
        let mut sizes = Vec::new();
        if settings.growth.is_some() {
            let doubling = std::iter::successors(Some(FIRST_STAGE), |&size| size.checked_mul(2));
            sizes.extend(doubling.take_while(|&size| size < nodes));
        }
        sizes.push(nodes);
        Self {
            order,
            place,
            sizes,
            epochs_per_stage: settings.growth.map_or(0, NonZeroUsize::get),
        }
    }

    /// Epochs before all nodes are active.
    pub(crate) fn epochs(&self) -> usize {
        self.epochs_per_stage * (self.sizes.len() - 1)
    }

    /// How many nodes are active in `epoch`.
    pub(crate) fn active(&self, epoch: usize) -> usize {
        let stage = epoch.checked_div(self.epochs_per_stage).unwrap_or(0);
        self.sizes[stage.min(self.sizes.len() - 1)]
    }

    /// Whether `node` is active in `epoch`.
    pub(crate) fn is_active(&self, node: u32, epoch: usize) -> bool {
        (self.place[node as usize] as usize) < self.active(epoch)
    }

    /// The active nodes of `epoch`, the most general first.
    pub(crate) fn active_nodes(&self, epoch: usize) -> &[u32] {
        &self.order[..self.active(epoch)]
    }

    /// Which places of the order join at the beginning of `epoch`.
    fn joining(&self, epoch: usize) -> Range<usize> {
        let before = match epoch {
            0 if self.epochs_per_stage == 0 => self.sizes[0],
            0 => 0,
            _ => self.active(epoch - 1),
        };
        before..self.active(epoch)
    }

    /// Whether nodes join at the beginning of `epoch`.
    pub(crate) fn grows_at(&self, epoch: usize) -> bool {
        !self.joining(epoch).is_empty()
    }

    /// Places the nodes that join at `epoch` in `table`, which holds ambient coordinates.
    ///
    /// A node without a relation that is placed keeps its initial place near the origin.
    pub(crate) fn place_joining(
        &self,
        epoch: usize,
        positives: Positives<'_>,
        settings: &EmbeddingSettings,
        rng: &mut ChaCha8Rng,
        table: &mut [f64],
    ) {
        let width = settings.manifold.width(settings.dim);
        let (mut search, mut direct) = (DirectRelations::new(positives), Vec::new());
        for index in self.joining(epoch) {
            let node = self.order[index];
            let placed = |other: u32| (self.place[other as usize] as usize) < index;
            search.among(node, placed, &mut direct);
            let parents: Vec<&[f64]> = direct
                .iter()
                .map(|&parent| &table[parent as usize * width..(parent as usize + 1) * width])
                .collect();
            if parents.is_empty() {
                continue;
            }
            let center = centroid(settings.manifold, &parents);
            let direction: Vec<f64> = (0..settings.dim)
                .map(|_| rng.random_range(-1.0..1.0))
                .collect();
            let row = &mut table[node as usize * width..(node as usize + 1) * width];
            row.copy_from_slice(&offset_point(settings.manifold, &center, &direction));
        }
    }
}

/// The point between `points`: their mean in flat space, else the Lorentz centroid; none of none.
///
/// A node with parents far apart so starts near what they have in common, from where the training
/// can still bring all of them together.
pub(super) fn centroid(space: Space, points: &[&[f64]]) -> Vec<f64> {
    let [first, rest @ ..] = points else {
        return Vec::new();
    };
    if rest.is_empty() {
        return first.to_vec();
    }
    let center = match space {
        Space::Euclidean => {
            let sum = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>();
            let mean = (0..first.len()).map(|axis| sum(axis) / points.len() as f64);
            Some(mean.collect())
        }
        Space::Hyperboloid => hyperboloid::centroid(points),
        Space::PoincareBall => {
            let lift = |point: &&[f64]| hyperboloid::from_ball(point, poincare::gap(point));
            let lifted: Vec<Vec<f64>> = points.iter().map(lift).collect();
            let rows: Vec<&[f64]> = lifted.iter().map(Vec::as_slice).collect();
            hyperboloid::centroid(&rows).map(|center| hyperboloid::to_ball(&center))
        }
    };
    center.unwrap_or_default()
}

/// The point at [`START_DISTANCE`] from `point` in `direction`.
pub(super) fn offset_point(space: Space, point: &[f64], direction: &[f64]) -> Vec<f64> {
    let step = match space {
        Space::Euclidean => of_length(direction, START_DISTANCE),
        _ => of_length(direction, poincare::norm_at(START_DISTANCE)),
    };
    match space {
        Space::Euclidean => point.iter().zip(step).map(|(x, v)| x + v).collect(),
        Space::PoincareBall => {
            let mut moved = point.to_vec();
            poincare::translate(&mut moved, poincare::gap(point), &step);
            moved
        }
        Space::Hyperboloid => {
            let mut moved = hyperboloid::to_ball(point);
            let gap = poincare::translate(&mut moved, hyperboloid::gap(point[0]), &step);
            hyperboloid::from_ball(&moved, gap)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_node_starts_at_the_stated_distance_in_every_space() {
        let direction = [0.3, -0.8];
        let ball = [0.6, 0.5];
        let beside_ball = offset_point(Space::PoincareBall, &ball, &direction);
        let square: f64 = ball
            .iter()
            .zip(&beside_ball)
            .map(|(x, y)| (x - y) * (x - y))
            .sum();
        let gap = |p: &[f64]| 1.0 - p.iter().map(|x| x * x).sum::<f64>();
        let distance = 2.0 * (square / (gap(&ball) * gap(&beside_ball))).sqrt().asinh();
        assert!((distance - START_DISTANCE).abs() < 1e-12, "{distance}");

        let scale = 2.0 / gap(&ball);
        let lifted = [scale - 1.0, ball[0] * scale, ball[1] * scale];
        let beside_lifted = offset_point(Space::Hyperboloid, &lifted, &direction);
        let scale = 2.0 / gap(&beside_ball);
        for (x, y) in
            beside_lifted
                .iter()
                .zip([scale - 1.0, beside_ball[0] * scale, beside_ball[1] * scale])
        {
            assert!((x - y).abs() < 1e-12, "{x} {y}");
        }

        let flat = offset_point(Space::Euclidean, &[1.0, 2.0], &direction);
        assert!(((flat[0] - 1.0).hypot(flat[1] - 2.0) - START_DISTANCE).abs() < 1e-12);
    }

    #[test]
    fn the_centroid_of_two_points_is_their_midpoint_on_both_models() {
        let gap = |p: &[f64]| 1.0 - p.iter().map(|x| x * x).sum::<f64>();
        let distance = |x: &[f64], y: &[f64]| {
            let square: f64 = x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum();
            2.0 * (square / (gap(x) * gap(y))).sqrt().asinh()
        };
        let (a, b) = ([0.6, 0.5], [-0.7, 0.1]);
        let middle = centroid(Space::PoincareBall, &[&a, &b]);
        let half = distance(&a, &b) / 2.0;
        assert!(
            (distance(&a, &middle) - half).abs() < 1e-12
                && (distance(&b, &middle) - half).abs() < 1e-12
        );

        let lift = |p: &[f64; 2]| [2.0 / gap(p) - 1.0, 2.0 * p[0] / gap(p), 2.0 * p[1] / gap(p)];
        let lifted = centroid(Space::Hyperboloid, &[&lift(&a), &lift(&b)]);
        for axis in 0..2 {
            assert!((lifted[axis + 1] / (1.0 + lifted[0]) - middle[axis]).abs() < 1e-12);
        }
        assert_eq!(
            centroid(Space::Euclidean, &[&a, &b]),
            [(0.6 - 0.7) / 2.0, 0.3]
        );
    }

    #[test]
    fn ancestors_join_before_descendants() {
        // A chain of 300 nodes: node i is related to all nodes below i.
        let offsets: Vec<usize> = (0..=300usize)
            .map(|i| i * i.saturating_sub(1) / 2)
            .collect();
        let targets: Vec<u32> = (0..300u32).flat_map(|i| 0..i).collect();
        let positives = Positives::new(&offsets, &targets);
        let mut settings = super::super::Recipe::Mined.settings(Space::PoincareBall, 2, 300);
        settings.growth = NonZeroUsize::new(3);
        let growth = Growth::new(positives, &settings);
        assert_eq!(growth.sizes, [128, 256, 300]);
        assert_eq!(growth.epochs(), 6);
        assert_eq!(
            (
                growth.active(2),
                growth.active(3),
                growth.active(6),
                growth.active(100)
            ),
            (128, 256, 300, 300)
        );
        assert!(growth.is_active(127, 0) && !growth.is_active(128, 0) && growth.is_active(128, 3));
        let joins: Vec<usize> = (0..10).filter(|&epoch| growth.grows_at(epoch)).collect();
        assert_eq!(joins, [0, 3, 6]);
    }
}
