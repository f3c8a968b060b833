//! [`LinkSplit`]: parts of the links of a graph.

use super::SplitProtocol;
use super::pairs::PairSet;
use super::trace::shuffled_start;
use crate::graph::{GraphData, GraphProblem, GraphTask, NumpyRandom};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

/// How many links are held out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkSplitConfig {
    /// Share of the links by which a model is chosen. Default: 0.05.
    pub val: f64,
    /// Share of the links that the reported figure is about. Default: 0.10.
    pub test: f64,
}

impl Default for LinkSplitConfig {
    fn default() -> Self {
        Self {
            val: 0.05,
            test: 0.10,
        }
    }
}

/// Links to train on, links to predict, and negative pairs to distinguish them from.
///
/// The module's [table](super) lists the guarantees of each [`SplitProtocol`]. Pairs are `[u, v]` with
/// `u <= v`. Negatives to train with are drawn anew as often as wanted.
///
/// # Examples
/// ```
/// use geom_data::graph::{GraphData, LinkSplit, LinkSplitConfig, SplitProtocol};
/// use rand::SeedableRng;
/// let cycle = GraphData::builder("cycle", 60).edges((0..60).map(|u| [u, (u + 1) % 60])).build()?;
/// let split = LinkSplit::new(&cycle, SplitProtocol::Clean, 0, &LinkSplitConfig::default())?;
/// assert_eq!((split.train_pos().len(), split.val_pos().len(), split.test_pos().len()), (51, 3, 6));
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let negatives = split.draw_negatives(51, &mut rng);
/// assert!(negatives.iter().all(|pair| !split.test_pos().contains(pair)));
/// # Ok::<(), geom_data::graph::GraphProblem>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinkSplit {
    protocol: SplitProtocol,
    num_nodes: usize,
    train_pos: Vec<[u32; 2]>,
    val_pos: Vec<[u32; 2]>,
    val_neg: Vec<[u32; 2]>,
    test_pos: Vec<[u32; 2]>,
    test_neg: Vec<[u32; 2]>,
    /// Pairs that are not drawn as negatives.
    excluded: PairSet,
    /// All pairs that are, where they are so few that drawing would mostly fail.
    listed: Option<Vec<[u32; 2]>>,
}

/// The pairs of a [`LinkSplit`], by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkParts {
    /// See [`LinkSplit::train_pos`].
    pub train_pos: Vec<[u32; 2]>,
    /// See [`LinkSplit::val_pos`].
    pub val_pos: Vec<[u32; 2]>,
    /// See [`LinkSplit::val_neg`].
    pub val_neg: Vec<[u32; 2]>,
    /// See [`LinkSplit::test_pos`].
    pub test_pos: Vec<[u32; 2]>,
    /// See [`LinkSplit::test_neg`].
    pub test_neg: Vec<[u32; 2]>,
}

/// Below this share of admissible pairs they are listed: drawing takes fewer than so many tries, and
/// the list has fewer entries than the graph has links.
const LISTED_BELOW: f64 = 1.0 / 64.0;

impl LinkSplit {
    /// Parts the links of `graph`.
    ///
    /// # Errors
    /// [`GraphProblem::Parameter`] for shares that are not above 0 or leave nothing to train on,
    /// [`GraphProblem::EmptySplit`] if the graph has too few links for them,
    /// [`GraphProblem::TaskNotServed`] if it has too few pairs that are no links, or, under
    /// [`SplitProtocol::Hgcn`], more of them than the published code can shuffle.
    pub fn new(
        graph: &GraphData,
        protocol: SplitProtocol,
        seed: u32,
        config: &LinkSplitConfig,
    ) -> Result<Self, GraphProblem> {
        for (name, share) in [("val", config.val), ("test", config.test)] {
            if !(share > 0.0 && share < 1.0 && config.val + config.test < 1.0) {
                return Err(GraphProblem::Parameter {
                    name,
                    value: share.to_string(),
                    expected: "a share above 0, and val and test below 1 together",
                });
            }
        }
        let split = match protocol {
            SplitProtocol::Clean => Self::clean(graph, seed, config)?,
            SplitProtocol::Hgcn => Self::published(graph, seed, config)?,
        };
        for (part, pairs) in [
            ("train", &split.train_pos),
            ("val", &split.val_pos),
            ("test", &split.test_pos),
        ] {
            if pairs.is_empty() {
                return Err(GraphProblem::EmptySplit { part });
            }
        }
        Ok(split)
    }

    /// The split of `graph` that had these parts, as a run keeps them.
    ///
    /// # Errors
    /// [`GraphProblem::OtherSplit`] if the links are not those of the graph, or the other pairs are links.
    pub fn restored(
        graph: &GraphData,
        protocol: SplitProtocol,
        parts: LinkParts,
    ) -> Result<Self, GraphProblem> {
        let LinkParts {
            train_pos,
            val_pos,
            val_neg,
            test_pos,
            test_neg,
        } = parts;
        let num_nodes = graph.num_nodes();
        let mut links: Vec<[u32; 2]> = [&train_pos[..], &val_pos, &test_pos].concat();
        links.sort_unstable();
        let loops = graph.self_loops().iter().map(|&u| [u, u]);
        let loops = loops.filter(|_| protocol == SplitProtocol::Hgcn);
        let mut expected: Vec<[u32; 2]> = graph.edges().iter().copied().chain(loops).collect();
        expected.sort_unstable();
        let is_other = |pair: &[u32; 2]| {
            pair[0] <= pair[1]
                && (pair[1] as usize) < num_nodes
                && links.binary_search(pair).is_err()
        };
        if links != expected || !val_neg.iter().chain(&test_neg).all(is_other) {
            return Err(GraphProblem::OtherSplit);
        }
        let excluded = match protocol {
            SplitProtocol::Clean => {
                let negatives = val_neg.iter().chain(&test_neg).copied();
                PairSet::new(num_nodes, links.into_iter().chain(negatives))
            }
            SplitProtocol::Hgcn => PairSet::new(num_nodes, train_pos.iter().copied()),
        };
        let mut split = Self {
            protocol,
            num_nodes,
            train_pos,
            val_pos,
            val_neg,
            test_pos,
            test_neg,
            excluded,
            listed: None,
        };
        if split.admissible() == 0 {
            return Err(GraphProblem::OtherSplit);
        }
        split.list_if_few();
        Ok(split)
    }

    /// The published steps: positives of the upper triangle with its diagonal, row by row, shuffled;
    /// then the pairs that are none, likewise, with the same stream.
    fn published(
        graph: &GraphData,
        seed: u32,
        config: &LinkSplitConfig,
    ) -> Result<Self, GraphProblem> {
        let num_nodes = graph.num_nodes();
        let loops = graph.self_loops().iter().map(|&u| [u, u]);
        let mut positives: Vec<[u32; 2]> = graph.edges().iter().copied().chain(loops).collect();
        positives.sort_unstable();
        let linked = PairSet::new(num_nodes, positives.iter().copied());
        let unlinked = triangle(num_nodes, true) - positives.len() as u128;
        let unlinked = u32::try_from(unlinked).map_err(|_| GraphProblem::TaskNotServed {
            task: GraphTask::LinkPrediction.words(),
            reason: format!(
                "protocol hgcn shuffles all pairs that are no links, and {num_nodes} nodes have \
                 {unlinked}; protocol clean does not"
            ),
        })?;
        let (val, test) = counts(positives.len(), config);
        require_unlinked(unlinked.into(), val + test)?;
        let mut random = NumpyRandom::new(seed);
        random.shuffle(&mut positives);
        let places = shuffled_start(&mut random, unlinked, val + test);
        let mut negatives = linked.complement_at(&places);
        let train_pos = positives.split_off(val + test);
        // What is not trained on is drawn: all pairs that are no links, those to evaluate included,
        // and the held-out links.
        let excluded = PairSet::new(num_nodes, train_pos.iter().copied());
        let mut split = Self {
            protocol: SplitProtocol::Hgcn,
            num_nodes,
            train_pos,
            test_pos: positives.split_off(val),
            val_pos: positives,
            test_neg: negatives.split_off(val),
            val_neg: negatives,
            excluded,
            listed: None,
        };
        split.list_if_few();
        Ok(split)
    }

    fn clean(graph: &GraphData, seed: u32, config: &LinkSplitConfig) -> Result<Self, GraphProblem> {
        let num_nodes = graph.num_nodes();
        let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
        let mut positives = graph.edges().to_vec();
        let (val, test) = counts(positives.len(), config);
        let unlinked = triangle(num_nodes, false) - positives.len() as u128;
        // One more, so that there is a negative to train with.
        require_unlinked(unlinked, val + test + 1)?;
        let mut split = Self {
            protocol: SplitProtocol::Clean,
            num_nodes,
            train_pos: Vec::new(),
            val_pos: Vec::new(),
            val_neg: Vec::new(),
            test_pos: Vec::new(),
            test_neg: Vec::new(),
            excluded: PairSet::new(num_nodes, positives.iter().copied()),
            listed: None,
        };
        split.list_if_few();
        let mut negatives = split.different_negatives(val + test, &mut rng);
        let taken = positives.iter().chain(&negatives).copied();
        split.excluded = PairSet::new(num_nodes, taken);
        split.listed = None;
        split.list_if_few();
        positives.shuffle(&mut rng);
        split.train_pos = positives.split_off(val + test);
        split.test_pos = positives.split_off(val);
        split.val_pos = positives;
        split.test_neg = negatives.split_off(val);
        split.val_neg = negatives;
        Ok(split)
    }

    /// `count` negatives, all different.
    fn different_negatives(&self, count: usize, rng: &mut impl Rng) -> Vec<[u32; 2]> {
        if let Some(listed) = &self.listed {
            let mut all = listed.clone();
            all.shuffle(rng);
            all.truncate(count);
            return all;
        }
        // Where more than half of all are wanted, drawing would mostly find what it has.
        if 2 * count as u128 > self.admissible() {
            let mut all: Vec<_> = self.excluded.complement(self.with_diagonal()).collect();
            all.shuffle(rng);
            all.truncate(count);
            return all;
        }
        let mut seen = HashSet::with_capacity(count);
        let mut negatives = Vec::with_capacity(count);
        while negatives.len() < count {
            let pair = self.draw(rng);
            if seen.insert(pair) {
                negatives.push(pair);
            }
        }
        negatives
    }

    /// Lists the admissible pairs if drawing them would mostly fail.
    fn list_if_few(&mut self) {
        let all = triangle(self.num_nodes, self.with_diagonal());
        if (self.admissible() as f64) < LISTED_BELOW * all as f64 {
            self.listed = Some(self.excluded.complement(self.with_diagonal()).collect());
        }
    }

    /// Whether self pairs may be negatives.
    fn with_diagonal(&self) -> bool {
        self.protocol == SplitProtocol::Hgcn
    }

    /// Number of pairs that may be drawn.
    fn admissible(&self) -> u128 {
        triangle(self.num_nodes, self.with_diagonal()) - self.excluded.len() as u128
    }

    /// A pair that may be a negative, all equally likely.
    fn draw(&self, rng: &mut impl Rng) -> [u32; 2] {
        if let Some(listed) = &self.listed {
            return listed[rng.random_range(0..listed.len())];
        }
        let nodes = self.num_nodes as u32;
        loop {
            // Of two orders a pair of two nodes is drawn twice as often as a self pair. Where self
            // pairs count, one of the orders is therefore thrown away.
            let (u, v) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
            let pair = match self.protocol {
                SplitProtocol::Hgcn if u > v => continue,
                SplitProtocol::Clean if u == v => continue,
                _ => [u.min(v), u.max(v)],
            };
            if !self.excluded.contains(pair) {
                return pair;
            }
        }
    }

    /// Draws `count` negatives to train with, independently: a pair may come twice.
    ///
    /// Under [`SplitProtocol::Clean`] none is a link of any part, a negative to evaluate, or a self
    /// pair. Under [`SplitProtocol::Hgcn`] all pairs are drawn that are no links *of the training part*.
    pub fn draw_negatives(&self, count: usize, rng: &mut impl Rng) -> Vec<[u32; 2]> {
        (0..count).map(|_| self.draw(rng)).collect()
    }

    /// The protocol.
    pub fn protocol(&self) -> SplitProtocol {
        self.protocol
    }

    /// Links to train on.
    pub fn train_pos(&self) -> &[[u32; 2]] {
        &self.train_pos
    }

    /// Links by which a model is chosen.
    pub fn val_pos(&self) -> &[[u32; 2]] {
        &self.val_pos
    }

    /// Pairs to tell [`val_pos`](Self::val_pos) from, as many.
    pub fn val_neg(&self) -> &[[u32; 2]] {
        &self.val_neg
    }

    /// Links that the reported figure is about.
    pub fn test_pos(&self) -> &[[u32; 2]] {
        &self.test_pos
    }

    /// Pairs to tell [`test_pos`](Self::test_pos) from, as many.
    pub fn test_neg(&self) -> &[[u32; 2]] {
        &self.test_neg
    }
}

/// Number of pairs `u < v`, with the diagonal of pairs `u <= v`.
fn triangle(num_nodes: usize, diagonal: bool) -> u128 {
    let nodes = num_nodes as u128;
    nodes * (nodes - 1) / 2 + if diagonal { nodes } else { 0 }
}

/// Links of val and test, rounded down.
fn counts(links: usize, config: &LinkSplitConfig) -> (usize, usize) {
    let of = |share: f64| (links as f64 * share) as usize;
    (of(config.val), of(config.test))
}

fn require_unlinked(unlinked: u128, wanted: usize) -> Result<(), GraphProblem> {
    if unlinked >= wanted as u128 {
        return Ok(());
    }
    Err(GraphProblem::TaskNotServed {
        task: GraphTask::LinkPrediction.words(),
        reason: format!("{wanted} pairs that are no links are needed, there are {unlinked}"),
    })
}

#[cfg(test)]
mod tests;
