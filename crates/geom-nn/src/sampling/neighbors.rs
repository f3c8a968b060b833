//! NeighborWeightingConfig of a batch of nodes, a few for each, layer by layer.

use rand::Rng;
use rand::seq::index;

use crate::adjacency::Adjacency;

/// The place of a node that is not in the sample.
const ABSENT: u32 = u32::MAX;

/// Draws the part of a graph that a mini-batch looks at: from the seed nodes outward, up to a fanout
/// of neighbors of every node, uniformly without replacement.
///
/// A graph network of $L$ layers on the whole graph needs all nodes within $L$ hops, which is soon the
/// whole graph. With fanouts $f_1, \dots, f_L$ a seed needs at most $(1 + f_1) \cdots (1 + f_L)$
/// nodes, itself included. The aggregation over the neighbors $N(u)$ is then estimated from the
/// $k = \min(f, \lvert N(u)\rvert)$ that were drawn, with weights that keep it unbiased:
///
/// $$ \mathbb E\Bigl[\sum_{v \text{ drawn}} \tfrac{\lvert N(u)\rvert}{k}\\,w_{uv}\\,x_v\Bigr]
///    = \sum_{v \in N(u)} w_{uv}\\,x_v $$
///
/// Without given weights $w_{uv} = 1/\lvert N(u)\rvert$, the mean, and each drawn neighbor weighs
/// $1/k$.
///
/// One sampler serves one thread: it keeps a place for each node of the graph, $4n$ bytes. A sample
/// costs what it holds, whatever the size of the graph.
///
/// # Examples
/// ```
/// use geom_nn::{Adjacency, sampling::NeighborSampler};
/// use rand::SeedableRng;
///
/// // A star with its center at 0.
/// let graph = Adjacency::new(&[0, 4, 5, 6, 7, 8], &[1, 2, 3, 4, 0, 0, 0, 0]);
/// let mut sampler = NeighborSampler::new(graph, &[2, 2]);
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
/// let sample = sampler.sample(&[0], &mut rng);
/// assert_eq!(sample.nodes.len(), 3);
/// assert_eq!(sample.blocks[1].weights, [0.5, 0.5]);
/// ```
///
/// # References
/// Hamilton, Ying, Leskovec (2017), §3.1.
#[derive(Clone, Debug)]
pub struct NeighborSampler<'a> {
    graph: Adjacency<'a>,
    weights: Option<&'a [f32]>,
    fanouts: Vec<usize>,
    /// Of each node its place in the sample that is being drawn.
    places: Vec<u32>,
}

/// The part of a graph that a batch looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborSample {
    /// The nodes whose features are needed, each once, in order of discovery: the seeds first, in
    /// their order, then those one hop away, and so on.
    pub nodes: Vec<u32>,
    /// One block for each layer, in the order in which layers are applied: the first one takes rows
    /// for all `nodes`, the last one gives rows for the seeds.
    pub blocks: Vec<Block>,
}

/// The edges of one layer, as compressed sparse rows with places in [`NeighborSample::nodes`].
///
/// Rows go to the first `targets` of its nodes, from the first `sources` of them; so the targets' own
/// input is the first `targets` rows of what comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// How many rows it gives.
    pub targets: usize,
    /// How many rows it takes: the targets of the block before.
    pub sources: usize,
    /// `targets + 1` offsets into the following.
    pub offsets: Vec<usize>,
    /// The places of the neighbors drawn, below `sources`.
    pub indices: Vec<u32>,
    /// The weight of each in its row.
    pub weights: Vec<f32>,
    /// Where each of these edges is among the entries of the graph, for whatever belongs to edges.
    pub entries: Vec<usize>,
}

impl<'a> NeighborSampler<'a> {
    /// A sampler for means over neighbors, with a fanout for each layer, that of the seeds first:
    /// `[15, 10]` draws 15 neighbors of each seed and 10 of each of those.
    ///
    /// # Panics
    /// If there are no fanouts.
    pub fn new(graph: Adjacency<'a>, fanouts: &[usize]) -> Self {
        assert!(!fanouts.is_empty(), "one fanout for each layer");
        Self {
            graph,
            weights: None,
            fanouts: fanouts.to_vec(),
            places: vec![ABSENT; graph.nodes()],
        }
    }

    /// For sums with the weight $w_{uv}$ of each entry of the graph, as a normalized adjacency has
    /// them.
    ///
    /// # Panics
    /// If there is not one weight for each entry.
    pub fn with_weights(mut self, weights: &'a [f32]) -> Self {
        assert_eq!(
            weights.len(),
            self.graph.entries(),
            "one weight for each entry of the graph"
        );
        self.weights = Some(weights);
        self
    }

    /// The layers that a sample is for.
    pub fn layers(&self) -> usize {
        self.fanouts.len()
    }

    /// Draws a sample for the rows of `seeds`.
    ///
    /// # Panics
    /// If a seed is out of range or given twice.
    pub fn sample(&mut self, seeds: &[u32], rng: &mut impl Rng) -> NeighborSample {
        let mut nodes = Vec::with_capacity(seeds.len());
        for &seed in seeds {
            assert!(
                (seed as usize) < self.places.len(),
                "seed {seed} is out of range for {} nodes",
                self.places.len()
            );
            let known = nodes.len();
            let place = self.place_of(seed, &mut nodes);
            assert_eq!(place as usize, known, "seed {seed} is given twice");
        }
        let mut blocks: Vec<Block> = (0..self.layers())
            .map(|layer| self.draw(self.fanouts[layer], &mut nodes, rng))
            .collect();
        blocks.reverse();
        for &node in &nodes {
            self.places[node as usize] = ABSENT;
        }
        NeighborSample { nodes, blocks }
    }

    /// Draws neighbors of all `nodes`, and appends those that are new.
    fn draw(&mut self, fanout: usize, nodes: &mut Vec<u32>, rng: &mut impl Rng) -> Block {
        let targets = nodes.len();
        let mut offsets = Vec::with_capacity(targets + 1);
        offsets.push(0);
        let (mut indices, mut weights, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for target in 0..targets {
            let row = self.graph.row(nodes[target]);
            let degree = row.len();
            let drawn = entries.len();
            if degree <= fanout {
                entries.extend(row);
            } else {
                let picked = index::sample(rng, degree, fanout);
                entries.extend(picked.into_iter().map(|index| row.start + index));
                entries[drawn..].sort_unstable();
            }
            let count = entries.len() - drawn;
            for &entry in &entries[drawn..] {
                indices.push(self.place_of(self.graph.entry(entry), nodes));
                weights.push(match self.weights {
                    Some(weights) => weights[entry] * (degree as f32 / count as f32),
                    None => 1.0 / count as f32,
                });
            }
            offsets.push(entries.len());
        }
        Block {
            targets,
            sources: nodes.len(),
            offsets,
            indices,
            weights,
            entries,
        }
    }

    /// The place of `node`, at the end of `nodes` if it is new.
    fn place_of(&mut self, node: u32, nodes: &mut Vec<u32>) -> u32 {
        let place = &mut self.places[node as usize];
        if *place == ABSENT {
            *place = nodes.len() as u32;
            nodes.push(node);
        }
        *place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjacency::tests::Graph;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    /// What the blocks make of one number for each node.
    fn aggregate(sample: &NeighborSample, features: &[f64]) -> Vec<f64> {
        let rows: Vec<f64> = sample.nodes.iter().map(|&n| features[n as usize]).collect();
        sample.blocks.iter().fold(rows, |rows, block| {
            assert_eq!(rows.len(), block.sources);
            let row = |target: usize| {
                let edges = block.offsets[target]..block.offsets[target + 1];
                edges
                    .map(|edge| f64::from(block.weights[edge]) * rows[block.indices[edge] as usize])
                    .sum()
            };
            (0..block.targets).map(row).collect()
        })
    }

    /// `layers` times the mean over all neighbors, or the weighted sum.
    fn full(graph: &Graph, weights: Option<&[f32]>, features: &[f64], layers: usize) -> Vec<f64> {
        (0..layers).fold(features.to_vec(), |rows, _| {
            let row = |node: u32| {
                let degree = graph.view().neighbors(node).len() as f64;
                graph
                    .view()
                    .row(node)
                    .map(|entry| {
                        let weight = weights.map_or(1.0 / degree, |w| f64::from(w[entry]));
                        weight * rows[graph.indices[entry] as usize]
                    })
                    .sum()
            };
            (0..rows.len() as u32).map(row).collect()
        })
    }

    fn features(nodes: usize) -> Vec<f64> {
        (0..nodes).map(|node| (1.7 * node as f64).sin()).collect()
    }

    #[test]
    fn a_fanout_that_holds_every_neighbor_gives_the_whole_aggregation() {
        let graph = Graph::grid(5, 6);
        let features = features(30);
        let weights: Vec<f32> = (0..graph.indices.len())
            .map(|e| 0.1 * (e % 7) as f32)
            .collect();
        let seeds = [14, 0, 29];
        let close = |rows: Vec<f64>, expected: Vec<f64>| {
            for (row, &seed) in rows.iter().zip(&seeds) {
                assert!((row - expected[seed as usize]).abs() < 1e-6);
            }
        };
        let mut mean = NeighborSampler::new(graph.view(), &[4, 4, 9]);
        let sample = mean.sample(&seeds, &mut rng(0));
        close(
            aggregate(&sample, &features),
            full(&graph, None, &features, 3),
        );
        let mut sum = NeighborSampler::new(graph.view(), &[4, 4]).with_weights(&weights);
        let sample = sum.sample(&seeds, &mut rng(0));
        close(
            aggregate(&sample, &features),
            full(&graph, Some(&weights), &features, 2),
        );
    }

    #[test]
    fn the_expectation_is_the_whole_aggregation() {
        let graph = Graph::complete(12);
        let features = features(12);
        let weights: Vec<f32> = (0..graph.indices.len())
            .map(|e| 0.02 * (e % 9) as f32)
            .collect();
        for weights in [None, Some(weights.as_slice())] {
            let expected = full(&graph, weights, &features, 2)[5];
            let mut sampler = NeighborSampler::new(graph.view(), &[3, 2]);
            if let Some(weights) = weights {
                sampler = sampler.with_weights(weights);
            }
            let mut rng = rng(1);
            let draws = 20_000;
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..draws {
                let value = aggregate(&sampler.sample(&[5], &mut rng), &features)[0];
                sum += value;
                squares += value * value;
            }
            let mean = sum / f64::from(draws);
            let deviation = (squares / f64::from(draws) - mean * mean).sqrt();
            let error = deviation / f64::from(draws).sqrt();
            assert!(deviation > 0.01, "nothing was left to chance");
            assert!(
                (mean - expected).abs() < 4.0 * error,
                "{mean} is not {expected} within {error}"
            );
        }
    }

    #[test]
    fn nodes_are_unique_and_edges_are_those_of_the_graph_without_repeats() {
        let graph = Graph::grid(20, 20);
        let mut sampler = NeighborSampler::new(graph.view(), &[3, 2]);
        let seeds = [3, 210, 211];
        let mut rng = rng(2);
        for _ in 0..50 {
            let sample = sampler.sample(&seeds, &mut rng);
            assert_eq!(sample.nodes[..3], seeds);
            let mut distinct = sample.nodes.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), sample.nodes.len());
            assert!(sample.nodes.len() <= 3 + 3 * 3 + 12 * 2);
            assert_eq!(sample.blocks[0].sources, sample.nodes.len());
            assert_eq!(sample.blocks[0].targets, sample.blocks[1].sources);
            assert_eq!(sample.blocks[1].targets, 3);
            for (block, fanout) in sample.blocks.iter().zip([2, 3]) {
                for target in 0..block.targets {
                    let edges = block.offsets[target]..block.offsets[target + 1];
                    let degree = graph.view().neighbors(sample.nodes[target]).len();
                    assert_eq!(edges.len(), degree.min(fanout));
                    let entries = &block.entries[edges.clone()];
                    assert!(entries.windows(2).all(|pair| pair[0] < pair[1]));
                    for edge in edges {
                        let entry = block.entries[edge];
                        assert!(graph.view().row(sample.nodes[target]).contains(&entry));
                        let place = block.indices[edge] as usize;
                        assert_eq!(sample.nodes[place], graph.indices[entry]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_sample_again_whatever_was_drawn_before() {
        let graph = Graph::complete(30);
        let mut sampler = NeighborSampler::new(graph.view(), &[5, 5]);
        let first = sampler.sample(&[1, 2], &mut rng(3));
        sampler.sample(&[9], &mut rng(4));
        assert_eq!(sampler.sample(&[1, 2], &mut rng(3)), first);
        assert_ne!(sampler.sample(&[1, 2], &mut rng(5)), first);
    }

    #[test]
    fn a_node_without_neighbors_has_an_empty_row() {
        let graph = Graph::new(3, [(0, 1)]);
        let sample = NeighborSampler::new(graph.view(), &[2]).sample(&[2, 0], &mut rng(0));
        assert_eq!(sample.nodes, [2, 0, 1]);
        assert_eq!(sample.blocks[0].offsets, [0, 0, 1]);
    }

    #[test]
    #[should_panic(expected = "seed 1 is given twice")]
    fn a_seed_that_is_given_twice_is_refused() {
        let graph = Graph::cycle(3);
        NeighborSampler::new(graph.view(), &[2]).sample(&[1, 1], &mut rng(0));
    }
}
