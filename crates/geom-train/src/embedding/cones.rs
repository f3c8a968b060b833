//! Training entailment cones: points whose cones nest as the relations do.

use std::sync::atomic::Ordering;

use geom_kernels::geometry::{hyperboloid, poincare, squared_norm};
use geom_nn::losses::EntailmentCones;

use super::batch::Negatives;
use super::classification::draw;
use super::cone_negatives::{ConeNegatives, Count, MissingNegatives};
use super::fast::Pass;
use super::rows::Rows;
use super::settings::{EmbeddingSettings, Space};
use super::table::Table;

/// How far the points of a distance run are moved towards the origin before cones are trained on them, as in
/// the paper: coordinates in the ball are multiplied by it.
const SHRINKING: f64 = 0.7;

/// How far outside the least radius points stay, as in the authors' program: at that radius the aperture has
/// an infinite slope.
const APEX_MARGIN: f64 = 1e-5;

/// Nodes handled between two reports of progress.
const REPORT: usize = 256;

/// A table of cones in training.
///
/// For a relation of child $u$ and parent $v$ the loss is
///
/// $$ E(v, u) + \sum_{v'} \max(0, \gamma - E(v', u)) + \sum_{u'} \max(0, \gamma - E(v, u')) $$
///
/// over other parents $v'$ and as many other children $u'$ that are in no such relation of the training, or by
/// [`ConeNegatives::Child`] over other children alone. Each relation makes a step of Riemannian SGD, with the
/// retraction of the fast route. Points stay outside the least radius of cones.
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Entailment Cones for Learning Hierarchical Embeddings*,
/// eqs. 32 and 33, section 5.
#[derive(Debug)]
pub(crate) struct ConeTable {
    dim: usize,
    values: Vec<f64>,
    cones: EntailmentCones,
    margin: f64,
    negatives: usize,
    replaced: ConeNegatives,
    /// What the last pass did not find.
    missing: Option<MissingNegatives>,
    /// The children of every node, known from the first pass on.
    children: Option<Rows>,
}

impl ConeTable {
    /// Takes over points of the unit ball.
    pub(crate) fn new(points: &Table, settings: &EmbeddingSettings) -> Self {
        Self {
            dim: settings.dim,
            values: points.to_f64(),
            cones: EntailmentCones::new(settings.cone_constant),
            margin: settings.cone_margin,
            negatives: settings.negatives,
            replaced: settings.cone_negatives,
            missing: None,
            children: None,
        }
    }

    /// The points.
    pub(crate) fn points(&self) -> Table {
        Table::F64(self.values.clone())
    }

    /// The first row with a number that is not finite.
    pub(crate) fn first_not_finite(&self) -> Option<usize> {
        let mut rows = self.values.chunks_exact(self.dim);
        rows.position(|row| !row.iter().all(|value| value.is_finite()))
    }

    /// The negatives that the last pass did not find.
    pub(crate) fn missing_negatives(&self) -> Option<MissingNegatives> {
        self.missing
    }

    /// One pass over all relations; returns the summed loss.
    pub(crate) fn epoch(&mut self, pass: &Pass<'_>) -> f64 {
        let sampler = pass.sampler;
        let parents = sampler.positives();
        let children = self.children.take().unwrap_or_else(|| {
            let rows = (0..parents.nodes() as u32).flat_map(|child| {
                let row = parents.of(child).iter();
                row.map(move |&parent| (parent, child))
            });
            Rows::of(parents.nodes(), rows.collect())
        });
        let mut rng = sampler.worker_stream(pass.epoch, 0);
        let mut step = Step::new(self.dim);
        let mut count = Count::default();
        let other_parents = self.replaced.other_parents(self.negatives);
        let other_children = self.negatives - other_parents;
        let no_negatives = Negatives::default();
        let (mut drawn, mut loss, mut done) = (Vec::new(), 0.0, 0);
        for (index, node) in sampler.order(pass.epoch).into_iter().enumerate() {
            if pass.stop.load(Ordering::Relaxed) {
                break;
            }
            let group = sampler.group(node, &no_negatives);
            for (position, &parent) in group.relations.iter().enumerate() {
                let mut of_relation = step.pull(self, parent, node);
                draw(parents, node, other_parents, &mut rng, &mut drawn);
                count.add(node, other_parents, drawn.len());
                for &other in &drawn {
                    of_relation += step.push(self, (other, node), End::Parent);
                }
                draw(
                    children.positives(),
                    parent,
                    other_children,
                    &mut rng,
                    &mut drawn,
                );
                count.add(parent, other_children, drawn.len());
                for &other in &drawn {
                    of_relation += step.push(self, (parent, other), End::Child);
                }
                let weight = group.weight(position);
                loss += weight * of_relation;
                step.take(self, weight * pass.rate);
                done += 1;
            }
            if index % REPORT == REPORT - 1 {
                (pass.progress)(std::mem::take(&mut done));
            }
        }
        (pass.progress)(done);
        self.children = Some(children);
        self.missing = Some(count.missing());
        loss
    }

    fn row(&self, node: u32) -> &[f64] {
        &self.values[node as usize * self.dim..][..self.dim]
    }

    fn row_mut(&mut self, node: u32) -> &mut [f64] {
        &mut self.values[node as usize * self.dim..][..self.dim]
    }
}

/// Takes a point outside the least radius, and inside the last sphere of the number format.
fn keep_in_domain(cones: &EntailmentCones, point: &mut [f64]) {
    let square = squared_norm(point);
    let radius = cones.min_radius() + APEX_MARGIN;
    let (least, most) = (radius * radius, poincare::largest_square::<f64>());
    if square == 0.0 {
        // Any direction is as good.
        point[0] = radius;
    } else if square < least || square > most {
        let scale = (square.clamp(least, most) / square).sqrt();
        point.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Which end of a pair is a negative.
#[derive(Clone, Copy)]
enum End {
    Parent,
    Child,
}

/// Gradients of the rows that a relation and its negatives touch: those of its parent and its child first.
struct Step {
    dim: usize,
    nodes: Vec<u32>,
    gradients: Vec<f64>,
    by_x: Vec<f64>,
    by_y: Vec<f64>,
}

const PARENT: usize = 0;
const CHILD: usize = 1;

impl Step {
    fn new(dim: usize) -> Self {
        Self {
            dim,
            nodes: Vec::new(),
            gradients: Vec::new(),
            by_x: vec![0.0; dim],
            by_y: vec![0.0; dim],
        }
    }

    /// Begins with the energy of a relation, and returns it.
    fn pull(&mut self, table: &ConeTable, parent: u32, child: u32) -> f64 {
        self.nodes.clear();
        self.nodes.extend([parent, child]);
        self.gradients.clear();
        self.gradients.resize(2 * self.dim, 0.0);
        let energy = self.energy(table, (parent, child));
        self.add(PARENT, 1.0, End::Parent);
        self.add(CHILD, 1.0, End::Child);
        energy
    }

    /// Adds the loss of a pair that is none, and returns it.
    fn push(&mut self, table: &ConeTable, (parent, child): (u32, u32), negative: End) -> f64 {
        let energy = self.energy(table, (parent, child));
        let loss = table.margin - energy;
        if loss <= 0.0 {
            return 0.0;
        }
        // Inside the cone the energy is 0 and has no gradient.
        if energy > 0.0 {
            let new = self.nodes.len();
            self.gradients.resize((new + 1) * self.dim, 0.0);
            let (of_parent, of_child) = match negative {
                End::Parent => (new, CHILD),
                End::Child => (PARENT, new),
            };
            self.nodes.push(match negative {
                End::Parent => parent,
                End::Child => child,
            });
            self.add(of_parent, -1.0, End::Parent);
            self.add(of_child, -1.0, End::Child);
        }
        loss
    }

    fn energy(&mut self, table: &ConeTable, (parent, child): (u32, u32)) -> f64 {
        let (x, y) = (table.row(parent), table.row(child));
        let (by_x, by_y) = (&mut self.by_x, &mut self.by_y);
        table.cones.energy_and_gradient(x, y, by_x, by_y)
    }

    fn add(&mut self, slot: usize, sign: f64, end: End) {
        let by = match end {
            End::Parent => &self.by_x,
            End::Child => &self.by_y,
        };
        let sums = &mut self.gradients[slot * self.dim..][..self.dim];
        for (sum, value) in sums.iter_mut().zip(by) {
            *sum += sign * value;
        }
    }

    /// Moves the rows.
    fn take(&self, table: &mut ConeTable, rate: f64) {
        let cones = table.cones;
        let gradients = self.gradients.chunks_exact(self.dim);
        for (&node, gradient) in self.nodes.iter().zip(gradients) {
            if gradient.iter().all(|&value| value == 0.0) {
                continue;
            }
            let point = table.row_mut(node);
            let gap = poincare::gap(point);
            // The Riemannian gradient of the ball.
            let scale = -rate * gap * gap / 4.0;
            poincare::retract(point, gap, gradient, scale);
            keep_in_domain(&cones, point);
        }
    }
}

/// The points with which `cones` begin, from those of a distance run: in the unit ball, moved towards the
/// origin, outside the least radius. None if the run is in flat space, or either is something else.
pub fn cone_start(
    points: &Table,
    run: &EmbeddingSettings,
    cones: &EmbeddingSettings,
) -> Option<Table> {
    let dim = cones.dim;
    if run.dim != dim {
        return None;
    }
    let cones = cones.cones()?;
    let values = points.to_f64();
    let mut ball: Vec<f64> = match run.manifold {
        Space::PoincareBall => values,
        Space::Hyperboloid => values
            .chunks_exact(dim + 1)
            .flat_map(hyperboloid::to_ball)
            .collect(),
        Space::Euclidean => return None,
    };
    for point in ball.chunks_exact_mut(dim) {
        point.iter_mut().for_each(|x| *x *= SHRINKING);
        keep_in_domain(&cones, point);
    }
    Some(Table::F64(ball))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{
        ClassificationTask, EmbeddingTrainer, HoldoutRule, HoldoutSettings, Recipe,
    };

    #[test]
    fn cones_start_nearer_to_the_origin_whatever_the_model() {
        let settings = |space| Recipe::Uniform.settings(space, 2, 3);
        let cones = EmbeddingSettings::of_cones(2);
        let start = |table: &[f64], space| {
            cone_start(&Table::F64(table.to_vec()), &settings(space), &cones)
        };
        let in_ball = start(&[0.6, 0.0, 0.0, -0.9, 0.0, 0.0], Space::PoincareBall);
        let radius = EntailmentCones::new(0.1).min_radius() + APEX_MARGIN;
        let expected = [0.42, 0.0, 0.0, -0.63, radius, 0.0];
        let in_ball = in_ball.unwrap().to_f64();
        assert!(
            in_ball
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-15)
        );
        let lifted = [2.125, 1.875, 0.0];
        let on_hyperboloid = start(&lifted, Space::Hyperboloid).unwrap().to_f64();
        assert!((on_hyperboloid[0] - 0.42).abs() < 1e-15);
        assert_eq!(start(&[0.6, 0.0], Space::Euclidean), None);
        let other = EmbeddingSettings::of_cones(3);
        let ball = settings(Space::PoincareBall);
        assert_eq!(cone_start(&Table::F64(vec![0.6, 0.0]), &ball, &other), None);
    }

    #[test]
    fn trained_cones_tell_relations_that_they_have_not_seen_and_stay_in_their_domain() {
        let settings = HoldoutSettings {
            validation: 0.05,
            test: 0.05,
            keep: Some(0.5),
            rule: HoldoutRule::Implied,
            split_seed: 1,
        };
        let (train, held_out) = settings.split(&geom_data::mammals()).unwrap();
        let task = ClassificationTask::of(&held_out).unwrap();
        let mut run = Recipe::Uniform.settings(Space::PoincareBall, 3, train.num_nodes());
        (run.epochs, run.burn_in) = (30, 5);
        let mut distances = EmbeddingTrainer::new(&train, run.clone()).unwrap();
        while !distances.is_finished() {
            distances.epoch().unwrap();
        }
        let mut cones = EmbeddingSettings::of_cones(3);
        (cones.epochs, cones.lr) = (20, 0.01);
        let start = cone_start(&distances.table(), &run, &cones).unwrap();
        let before = task.classify(&start, &cones);
        let mut trainer = EmbeddingTrainer::with_start(&train, cones.clone(), &start).unwrap();
        let mut losses = Vec::new();
        while !trainer.is_finished() {
            losses.push(trainer.epoch().unwrap().loss);
        }
        assert!(losses.last() < losses.first(), "{losses:?}");
        let points = trainer.table();
        let after = task.classify(&points, &cones);
        assert!(
            after.f1 > before.f1 && after.f1 > 0.5,
            "{before:?} {after:?}"
        );
        assert_eq!(after.level, None);
        assert_eq!(task.validation_f1(&points, &cones), after.validation_f1);
        let least = EntailmentCones::new(0.1).min_radius();
        for point in points.to_f64().chunks_exact(3) {
            let square: f64 = point.iter().map(|x| x * x).sum();
            assert!(square.sqrt() > least && square < 1.0);
        }
        // What is put back is the same to the last bit, and so are the next points.
        let mut again = EmbeddingTrainer::with_start(&train, cones, &start).unwrap();
        while !again.is_finished() {
            again.epoch().unwrap();
            again.put_back(&again.table());
        }
        assert_eq!(again.table(), points);
    }

    #[test]
    fn a_step_that_is_too_long_does_not_leave_the_domain() {
        let pairs = [("b", "a"), ("c", "b"), ("c", "a"), ("e", "d")];
        let relations = geom_data::Relations::from_pairs(pairs);
        let mut settings = EmbeddingSettings::of_cones(2);
        (settings.lr, settings.epochs) = (1e6, 50);
        let start = Table::F64(vec![0.4, 0.1, -0.2, 0.3, 0.5, 0.5, 0.0, 0.9, 0.2, -0.6]);
        let mut trainer = EmbeddingTrainer::with_start(&relations, settings, &start).unwrap();
        while !trainer.is_finished() {
            trainer.epoch().unwrap();
        }
        for point in trainer.table().to_f64().chunks_exact(2) {
            let square: f64 = point.iter().map(|x| x * x).sum();
            // To rounding: the last sphere is half of it from the boundary.
            assert!(square <= 1.0 + f64::EPSILON, "{square}");
        }
    }
}
