//! Telling held-out relations from pairs that are none, by a threshold on a score.

use geom_kernels::geometry::{hyperboloid, norm};
use geom_nn::Positives;
use geom_nn::losses::EntailmentCones;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::evaluation::metric;
use super::held_out::{HeldOut, HeldOutPart};
use super::rows::Rows;
use super::settings::{EmbeddingSettings, Space};
use super::table::Table;

/// Pairs that are none for each relation: half with another parent, half with another child.
const OTHERS: usize = 10;

/// How often a node is drawn for each that is wanted, before fewer are taken.
const TRIES: usize = 20;

/// The weights of the levels that are tried in the score of distances: those of the authors' program.
const LEVELS: [f64; 9] = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0];

/// How well a score tells relations from pairs that are none: a pair is taken for a relation if its score
/// is at most a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Classification {
    /// The harmonic mean of precision and recall on the test part.
    pub f1: f64,
    /// The share of relations among the pairs that are taken for some.
    pub precision: f64,
    /// The share of the relations that are taken for some.
    pub recall: f64,
    /// The largest F1 of the validation part, which chose threshold and level.
    pub validation_f1: f64,
    /// What scores are compared with.
    pub threshold: f64,
    /// The weight $\alpha$ of the levels; cones have none.
    pub level: Option<f64>,
    /// The relations of the test part.
    pub relations: usize,
    /// The pairs of the test part that are none.
    pub others: usize,
    /// How many more were to be: ten for each relation. They were not found, because hardly any node is left
    /// that would make one.
    pub missing_others: usize,
}

/// The pairs by which it is seen how well relations are told from pairs that are none.
///
/// For each relation of the validation and of the test part, five pairs with another parent and five with
/// another child are drawn, none of which is a relation, trained or not; fewer where there are hardly any, as
/// for the children of a root above all nodes. The score of a pair of child $u$
/// and parent $v$ is
///
/// $$ \bigl(1 + \alpha(\lVert v\rVert - \lVert u\rVert)\bigr)\\,d(u, v) $$
///
/// with norms in the unit ball, or of flat space; that of cones is the energy $E(v, u)$. The validation part
/// chooses the level $\alpha$ and the threshold.
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Entailment Cones*, section 5, and the authors' program; the
/// score is that of Nickel & Kiela (2017), section 4.
#[derive(Clone, Debug)]
pub struct ClassificationTask {
    validation: Pairs,
    test: Pairs,
}

impl ClassificationTask {
    /// The pairs for what is held out, drawn by the seed of the split; none if either part is empty.
    pub fn of(held_out: &HeldOut) -> Option<Self> {
        let drawer = Drawer::new(held_out.known(), held_out.settings().split_seed);
        Some(Self {
            validation: drawer.pairs(held_out.part(HeldOutPart::Validation), 0)?,
            test: drawer.pairs(held_out.part(HeldOutPart::Test), 1)?,
        })
    }

    /// The pairs for relations that were trained, up to `most` of them drawn by `seed`: both parts are the
    /// same, so that it is seen how well the best threshold reconstructs them. None if there are none.
    pub fn of_trained(relations: Positives<'_>, most: usize, seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pairs = (0..relations.nodes() as u32).flat_map(|child| {
            let parents = relations.of(child).iter();
            parents.map(move |&parent| (child, parent))
        });
        let drawn = Rows::of(relations.nodes(), pairs.choose_multiple(&mut rng, most));
        let pairs = Drawer::new(relations, seed).pairs(drawn.positives(), 0)?;
        Some(Self {
            validation: pairs.clone(),
            test: pairs,
        })
    }

    /// The largest F1 of the validation part, by which epochs of cones are compared.
    pub fn validation_f1(&self, points: &Table, settings: &EmbeddingSettings) -> f64 {
        Scorer::new(points, settings).best(&self.validation).2
    }

    /// How good the threshold of the validation part is on the test part.
    pub fn classify(&self, points: &Table, settings: &EmbeddingSettings) -> Classification {
        let scorer = Scorer::new(points, settings);
        let (level, threshold, validation_f1) = scorer.best(&self.validation);
        let (relations, others) = scorer.scores(&self.test, level);
        let below = |of: &[f64]| of.iter().filter(|&&score| score <= threshold).count();
        let (hits, wrong) = (below(&relations), below(&others));
        let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
        Classification {
            f1: share(2 * hits, hits + wrong + relations.len()),
            precision: share(hits, hits + wrong),
            recall: share(hits, relations.len()),
            validation_f1,
            threshold,
            level: scorer.cones.is_none().then_some(level),
            relations: relations.len(),
            others: others.len(),
            missing_others: OTHERS * relations.len() - others.len(),
        }
    }
}

/// Pairs of child and parent: relations, and others.
#[derive(Clone, Debug)]
struct Pairs {
    relations: Vec<(u32, u32)>,
    others: Vec<(u32, u32)>,
}

/// Draws unrelated pairs.
struct Drawer<'a> {
    known: Positives<'a>,
    /// The children of every node.
    children: Rows,
    seed: u64,
}

impl<'a> Drawer<'a> {
    fn new(known: Positives<'a>, seed: u64) -> Self {
        let nodes = known.nodes();
        let pairs = (0..nodes as u32).flat_map(|child| {
            let parents = known.of(child).iter();
            parents.map(move |&parent| (parent, child))
        });
        Self {
            known,
            children: Rows::of(nodes, pairs.collect()),
            seed,
        }
    }

    /// These relations, with others drawn for each of them; none if there are none.
    fn pairs(&self, relations: Positives<'_>, stream: u64) -> Option<Pairs> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        let (known, children) = (self.known, self.children.positives());
        let mut pairs = Pairs {
            relations: Vec::with_capacity(relations.relations()),
            others: Vec::with_capacity(OTHERS * relations.relations()),
        };
        let mut drawn = Vec::new();
        for child in relations.sources() {
            for &parent in relations.of(child) {
                pairs.relations.push((child, parent));
                draw(known, child, OTHERS / 2, &mut rng, &mut drawn);
                pairs
                    .others
                    .extend(drawn.iter().map(|&other| (child, other)));
                draw(children, parent, OTHERS / 2, &mut rng, &mut drawn);
                pairs
                    .others
                    .extend(drawn.iter().map(|&other| (other, parent)));
            }
        }
        (!pairs.relations.is_empty()).then_some(pairs)
    }
}

/// Draws `count` distinct nodes that `node` is not related to; fewer where there are hardly any.
pub(super) fn draw(
    related: Positives<'_>,
    node: u32,
    count: usize,
    rng: &mut impl Rng,
    out: &mut Vec<u32>,
) {
    out.clear();
    let nodes = related.nodes() as u32;
    for _ in 0..TRIES * count {
        if out.len() == count {
            break;
        }
        let other = rng.random_range(0..nodes);
        if other != node && !related.contains(node, other) && !out.contains(&other) {
            out.push(other);
        }
    }
}

/// The score of pairs: the less, the more likely is a relation.
struct Scorer {
    space: Space,
    width: usize,
    values: Vec<f64>,
    /// In the unit ball, or of flat space.
    norms: Vec<f64>,
    cones: Option<EntailmentCones>,
}

impl Scorer {
    fn new(points: &Table, settings: &EmbeddingSettings) -> Self {
        let space = settings.manifold;
        let width = space.width(settings.dim);
        let values = points.to_f64();
        let norm = |point: &[f64]| match space {
            Space::Hyperboloid => hyperboloid::norm_in_ball(point),
            Space::PoincareBall | Space::Euclidean => norm(point),
        };
        Self {
            norms: values.chunks_exact(width).map(norm).collect(),
            space,
            width,
            values,
            cones: settings.cones(),
        }
    }

    fn levels(&self) -> &'static [f64] {
        match self.cones {
            Some(_) => &LEVELS[..1],
            None => &LEVELS,
        }
    }

    /// Level and threshold with the largest F1, and that; of equals the first.
    fn best(&self, pairs: &Pairs) -> (f64, f64, f64) {
        let mut best = (LEVELS[0], f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &level in self.levels() {
            let (threshold, f1) = best_threshold(&self.scores(pairs, level));
            if f1 > best.2 {
                best = (level, threshold, f1);
            }
        }
        best
    }

    fn point(&self, node: u32) -> &[f64] {
        &self.values[node as usize * self.width..][..self.width]
    }

    fn score(&self, (child, parent): (u32, u32), level: f64) -> f64 {
        if let Some(cones) = &self.cones {
            return cones.energy_of_pair(self.point(parent), self.point(child));
        }
        let deeper = self.norms[parent as usize] - self.norms[child as usize];
        let distance = metric(self.space).distance(self.point(child), self.point(parent));
        (1.0 + level * deeper) * distance
    }

    /// Of relations, and of others.
    fn scores(&self, pairs: &Pairs, level: f64) -> (Vec<f64>, Vec<f64>) {
        let of = |pairs: &[(u32, u32)]| pairs.iter().map(|&pair| self.score(pair, level)).collect();
        (of(&pairs.relations), of(&pairs.others))
    }
}

/// The threshold up to which the F1 of `relations` against `others` is largest, and that F1. Of equals the
/// least.
fn best_threshold((relations, others): &(Vec<f64>, Vec<f64>)) -> (f64, f64) {
    let labeled = relations.iter().map(|&score| (score, true));
    let labeled = labeled.chain(others.iter().map(|&score| (score, false)));
    let mut labeled: Vec<(f64, bool)> = labeled.collect();
    labeled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut hits, mut below) = (0usize, 0usize);
    let mut best = (f64::NEG_INFINITY, 0.0);
    for equal in labeled.chunk_by(|a, b| a.0 == b.0) {
        below += equal.len();
        hits += equal.iter().filter(|(_, is_relation)| *is_relation).count();
        let f1 = (2 * hits) as f64 / (below + relations.len()) as f64;
        if f1 > best.1 {
            best = (equal[0].0, f1);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::holdout::{HoldoutRule, HoldoutSettings};
    use super::*;
    use crate::embedding::Recipe;
    use geom_data::Relations;

    fn split(keep: Option<f64>) -> (Relations, HeldOut) {
        let settings = HoldoutSettings {
            validation: 0.05,
            test: 0.05,
            keep,
            rule: HoldoutRule::Implied,
            split_seed: 1,
        };
        settings.split(&geom_data::mammals()).unwrap()
    }

    #[test]
    fn the_threshold_is_where_f1_is_largest() {
        // Up to 2: two of three, one wrong: 4/6. Up to 3: three of three, two wrong: 6/8.
        let scores = (vec![1.0, 2.0, 3.0], vec![2.0, 3.0, 4.0]);
        assert_eq!(best_threshold(&scores), (3.0, 0.75));
        let tied = (vec![1.0], vec![1.0, 2.0]);
        assert_eq!(best_threshold(&tied), (1.0, 2.0 / 3.0));
        assert_eq!(best_threshold(&(vec![1.0, 1.0], vec![5.0])), (1.0, 1.0));
    }

    #[test]
    fn points_that_follow_the_order_are_told_from_others_and_coincident_ones_are_not() {
        // On a line, a node lies as far from the origin as it has ancestors.
        let mammals = geom_data::mammals();
        let (train, held_out) = split(None);
        let task = ClassificationTask::of(&held_out).unwrap();
        let settings = Recipe::Uniform.settings(Space::Euclidean, 1, train.num_nodes());
        let depth = |node: u32| mammals.targets(node).len() as f64;
        let line = (0..train.num_nodes() as u32).map(depth).collect();
        let ordered = task.classify(&Table::F64(line), &settings);
        let flat = Table::F64(vec![0.5; train.num_nodes()]);
        let guessed = task.classify(&flat, &settings);
        assert!(ordered.f1 > guessed.f1, "{ordered:?} {guessed:?}");
        assert!(ordered.level > Some(0.0));
        assert_eq!(guessed.recall, 1.0);
        // Ten each, but of a relation to the root, above all nodes, or to one above nearly all.
        let others = guessed.others;
        assert_eq!((guessed.relations, others), (327, task.test.others.len()));
        assert!((8 * 327..10 * 327).contains(&others), "{others}");
        // All is taken for relations.
        let taken = 2.0 * 327.0 / (327.0 + 327.0 + others as f64);
        assert!((guessed.f1 - taken).abs() < 1e-12);
        assert_eq!(guessed.level, Some(0.0));
    }

    #[test]
    fn scores_are_alike_in_either_model_of_hyperbolic_space() {
        let (train, held_out) = split(None);
        let task = ClassificationTask::of(&held_out).unwrap();
        let settings = |space| Recipe::Uniform.settings(space, 2, train.num_nodes());
        let turn = |node: usize| (node as f64 * 2.4).sin_cos();
        let radius = |node: usize| 0.9 * (node as f64 * 0.7).sin().abs();
        let ball = (0..train.num_nodes()).flat_map(|node| {
            let (y, x) = turn(node);
            [radius(node) * x, radius(node) * y]
        });
        let ball: Vec<f64> = ball.collect();
        let lifted = ball.chunks(2).flat_map(|point| {
            let gap = 1.0 - point[0] * point[0] - point[1] * point[1];
            [2.0 / gap - 1.0, 2.0 * point[0] / gap, 2.0 * point[1] / gap]
        });
        let lifted = Table::F64(lifted.collect());
        let in_ball = task.classify(&Table::F64(ball), &settings(Space::PoincareBall));
        let on_hyperboloid = task.classify(&lifted, &settings(Space::Hyperboloid));
        assert!((in_ball.f1 - on_hyperboloid.f1).abs() < 1e-3);
        assert_eq!(in_ball.level, on_hyperboloid.level);
    }

    #[test]
    fn others_are_no_relations_whatever_is_trained() {
        let mammals = geom_data::mammals();
        for keep in [None, Some(0.1)] {
            let (_, held_out) = split(keep);
            let task = ClassificationTask::of(&held_out).unwrap();
            for pairs in [&task.validation, &task.test] {
                for &(child, parent) in &pairs.others {
                    assert!(child != parent && !mammals.contains(child, parent));
                }
                assert!(pairs.relations.iter().all(|&(u, v)| mammals.contains(u, v)));
            }
        }
    }
}
