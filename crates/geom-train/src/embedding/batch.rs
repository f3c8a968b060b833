//! What one training step sees: nodes, their relations, and the negatives drawn for them.

use geom_data::Relations;
use geom_kernels::embedding::Group;
use geom_nn::Positives;
use geom_nn::sampling::{HardNegatives, NegativeSampler};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::error::EmbeddingTrainError;
use super::growth::Growth;
use super::settings::EmbeddingSettings;
use super::visits::Visits;

/// The relations to learn, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Graph<'a> {
    /// The names of the nodes, in row order.
    pub(crate) names: &'a [String],
    /// The relations of every node.
    pub(crate) positives: Positives<'a>,
    /// A positive weight for each relation, in the order of the positives' targets.
    pub(crate) weights: Option<&'a [f32]>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(relations: &'a Relations) -> Self {
        let (offsets, targets) = relations.rows();
        Self {
            names: relations.names(),
            positives: Positives::new(offsets, targets),
            weights: relations.all_weights(),
        }
    }
}

/// Draws the negatives of every group, by streams keyed by seed, epoch and worker.
#[derive(Debug)]
pub(crate) struct Sampler<'a> {
    graph: Graph<'a>,
    offsets: Vec<usize>,
    sources: Vec<u32>,
    visits: Visits,
    /// The weights of the relations, of which the mean is 1.
    weights: Option<Vec<f32>>,
    growth: Growth,
    /// Where each node stands among the sources.
    position: Vec<Option<u32>>,
    burn_in: NegativeSampler<'a>,
    uniform: NegativeSampler<'a>,
    settings: EmbeddingSettings,
}

/// Negatives for one group, in a buffer that is reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Negatives {
    ids: Vec<u32>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(
        graph: Graph<'a>,
        settings: &EmbeddingSettings,
    ) -> Result<Self, EmbeddingTrainError> {
        let sources = graph.positives.sources();
        if sources.is_empty() {
            return Err(EmbeddingTrainError::NoRelations);
        }
        let no_negatives =
            |error: geom_nn::sampling::NoNegatives| EmbeddingTrainError::NoNegatives {
                node: graph.names[error.node as usize].clone(),
            };
        let mut offsets = Vec::with_capacity(graph.positives.nodes() + 1);
        offsets.push(0);
        for node in 0..graph.positives.nodes() as u32 {
            offsets.push(offsets[node as usize] + graph.positives.of(node).len());
        }
        let mut position = vec![None; graph.positives.nodes()];
        for (&node, index) in sources.iter().zip(0..) {
            position[node as usize] = Some(index);
        }
        Ok(Self {
            graph,
            offsets,
            position,
            visits: Visits::new(graph.positives, settings.parent_visits),
            weights: graph.weights.map(of_mean_one),
            growth: Growth::new(graph.positives, settings),
            sources,
            burn_in: NegativeSampler::by_degree(graph.positives, settings.dampening)
                .map_err(no_negatives)?,
            uniform: NegativeSampler::uniform(graph.positives).map_err(no_negatives)?,
            settings: settings.clone(),
        })
    }

    /// The nodes that have relations.
    pub(crate) fn sources(&self) -> &[u32] {
        &self.sources
    }

    /// The same for some of the nodes that have relations alone.
    pub(crate) fn restricted(mut self, sources: Vec<u32>) -> Self {
        self.position.fill(None);
        for (&node, index) in sources.iter().zip(0..) {
            self.position[node as usize] = Some(index);
        }
        self.sources = sources;
        self
    }

    /// How many relations a pass over the sources trains, counting each visit, once all nodes are active.
    pub(crate) fn source_relations(&self) -> usize {
        let relations = |&node: &u32| self.graph.positives.of(node).len() * self.visits.of(node);
        self.sources.iter().map(relations).sum()
    }

    /// The relations of every node.
    pub(crate) fn positives(&self) -> Positives<'a> {
        self.graph.positives
    }

    /// How often each node is visited.
    pub(crate) fn visits(&self) -> &Visits {
        &self.visits
    }

    /// Which nodes train when.
    pub(crate) fn growth(&self) -> &Growth {
        &self.growth
    }

    /// How many relations `epoch` trains, counting each visit.
    pub(crate) fn relations(&self, epoch: usize) -> usize {
        let relations = |&node: &u32| self.graph.positives.of(node).len() * self.visits.of(node);
        self.growth.active_nodes(epoch).iter().map(relations).sum()
    }

    /// All visits to active sources in the order of `epoch`.
    pub(crate) fn order(&self, epoch: usize) -> Vec<u32> {
        let active = self
            .sources
            .iter()
            .copied()
            .filter(|&node| self.growth.is_active(node, epoch));
        let mut order: Vec<u32> = active
            .flat_map(|node| std::iter::repeat_n(node, self.visits.of(node)))
            .collect();
        order.shuffle(&mut rng_for(self.settings.seed, epoch, 0));
        order
    }

    /// The random numbers of one worker in one epoch.
    pub(crate) fn worker_stream(&self, epoch: usize, worker: usize) -> ChaCha8Rng {
        rng_for(self.settings.seed, epoch, worker as u64 + 1)
    }

    /// Draws the negatives of `node`.
    pub(crate) fn draw(
        &self,
        node: u32,
        epoch: usize,
        mined: Option<&HardNegatives>,
        rng: &mut ChaCha8Rng,
        out: &mut Negatives,
    ) {
        out.ids.clear();
        let mut wanted = self.settings.negatives;
        if let (Some(mined), Some(position)) = (mined, self.position[node as usize]) {
            mined.draw(
                position as usize,
                node,
                self.settings.hard_negatives,
                rng,
                &mut out.ids,
            );
            wanted -= out.ids.len();
        }
        let law = if epoch < self.settings.burn_in {
            &self.burn_in
        } else {
            &self.uniform
        };
        law.draw(
            node,
            wanted,
            self.growth.active_nodes(epoch),
            rng,
            &mut out.ids,
        );
    }

    /// The group of `node` with `negatives`.
    pub(crate) fn group<'g>(&'g self, node: u32, negatives: &'g Negatives) -> Group<'g> {
        let range = self.offsets[node as usize]..self.offsets[node as usize + 1];
        Group {
            node,
            relations: self.graph.positives.of(node),
            weights: self.weights.as_ref().map(|weights| &weights[range]),
            negatives: &negatives.ids,
            focus: self.settings.focus,
        }
    }
}

/// The weights over their mean, so that only their proportions count, whatever they are measured in.
fn of_mean_one(weights: &[f32]) -> Vec<f32> {
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let scale = weights.len() as f64 / sum;
    // One far below the mean is still one that counts.
    let scaled = |&weight: &f32| ((f64::from(weight) * scale) as f32).max(f32::MIN_POSITIVE);
    weights.iter().map(scaled).collect()
}

/// An independent random stream for each (seed, epoch, purpose).
pub(crate) fn rng_for(seed: u64, epoch: usize, purpose: u64) -> ChaCha8Rng {
    let mut key = [0u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(epoch as u64).to_le_bytes());
    key[16..24].copy_from_slice(&purpose.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Space};

    /// Node 3 has the parents 1 and 2, which are children of 0; node 4 is a child of 0 alone.
    const OFFSETS: [usize; 6] = [0, 0, 1, 2, 5, 6];
    const TARGETS: [u32; 6] = [0, 0, 0, 1, 2, 0];

    fn names() -> Vec<String> {
        (0..5).map(|node| format!("node-{node}")).collect()
    }

    fn graph(names: &[String]) -> Graph<'_> {
        Graph {
            names,
            positives: Positives::new(&OFFSETS, &TARGETS),
            weights: None,
        }
    }

    #[test]
    fn a_node_with_two_parents_is_visited_more_often() {
        let mut settings = Recipe::Uniform.settings(Space::PoincareBall, 2, 5);
        settings.parent_visits = 2;
        let names = names();
        let sampler = Sampler::new(graph(&names), &settings).unwrap();
        let mut order = sampler.order(0);
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3, 3, 3, 4]);
        assert_eq!(sampler.relations(0), 3 + 3 * 3);
    }

    #[test]
    fn only_the_proportions_of_weights_count() {
        let weights = [0.5f32, 1.0, 4.5, 2.0];
        let scaled = of_mean_one(&weights.map(|weight| weight * 1024.0));
        assert_eq!(of_mean_one(&weights), scaled);
        assert_eq!(scaled, [0.25, 0.5, 2.25, 1.0]);
        assert!(
            of_mean_one(&[1e-38, 3e38])
                .iter()
                .all(|weight| *weight > 0.0)
        );
    }

    #[test]
    fn streams_differ_by_seed_epoch_and_purpose() {
        use rand::RngCore;
        let first = |seed, epoch, purpose| rng_for(seed, epoch, purpose).next_u64();
        let base = first(1, 2, 3);
        assert_eq!(base, first(1, 2, 3));
        assert!(![first(0, 2, 3), first(1, 0, 3), first(1, 2, 0)].contains(&base));
    }

    #[test]
    fn mined_negatives_are_part_of_the_negatives() {
        let mut settings = Recipe::Mined.settings(Space::PoincareBall, 2, 5);
        settings.negatives = 2;
        settings.hard_negatives = 1;
        settings.burn_in = 0;
        let names = names();
        let sampler = Sampler::new(graph(&names), &settings).unwrap();
        assert_eq!(sampler.sources(), [1, 2, 3, 4]);
        // Each list names one node.
        let mined = HardNegatives::from_lists(1, vec![4, 4, 4, 3]).unwrap();
        let mut rng = sampler.worker_stream(0, 0);
        let mut negatives = Negatives::default();
        for _ in 0..20 {
            sampler.draw(1, 0, Some(&mined), &mut rng, &mut negatives);
            let group = sampler.group(1, &negatives);
            assert_eq!((group.node, group.relations), (1, &[0][..]));
            assert_eq!(group.negatives[0], 4);
            assert_eq!(group.negatives.len(), 2);
            assert!([2, 3].contains(&group.negatives[1]));
        }
    }

    #[test]
    fn a_graph_without_relations_is_an_error() {
        let names = names();
        let empty = Graph {
            positives: Positives::new(&[0, 0, 0, 0, 0, 0], &[]),
            ..graph(&names)
        };
        let settings = Recipe::Uniform.settings(Space::PoincareBall, 2, 5);
        let error = Sampler::new(empty, &settings).unwrap_err();
        assert!(matches!(error, EmbeddingTrainError::NoRelations));
    }
}
