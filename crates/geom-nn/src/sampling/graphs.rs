//! Samples of a graph that a model takes as they are.

use burn::tensor::TensorCreationOptions;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::NeighborSampler;
use crate::adjacency::Adjacency;
use crate::sparse::{Graph, GraphError, LayerGraphs, Pattern};

/// Draws parts of a [`Graph`] that a model takes instead of all of it, a few neighbors of each node for
/// every layer.
///
/// Both weights of the graph, that of means and the symmetric one, are those of the whole graph, scaled so
/// that sums over the neighbors drawn are unbiased; see [`NeighborSampler`]. A graph that is made of the
/// edges of a sample would have the degrees of the sample.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::models::GcnConfig;
/// use geom_nn::sampling::GraphSampler;
/// use geom_nn::sparse::{Features, Graph};
///
/// let device = Device::flex();
/// let cycle: Vec<[u32; 2]> = (0..9).map(|u| [u, (u + 1) % 9]).collect();
/// let graph = Graph::new(9, &cycle, &device)?;
/// let features = Features::Dense(Tensor::ones([9, 4], &device));
/// let model = GcnConfig::new(vec![4, 8, 2]).init(&device);
///
/// let sampler = GraphSampler::new(&graph, &[2, 2], &device);
/// let sample = sampler.worker().sample(&[3, 7], 0)?;
/// let logits = model.forward(&features.select(&sample.nodes), &sample);
/// assert_eq!(logits.dims(), [2, 2]);
/// # Ok::<(), geom_nn::sparse::GraphError>(())
/// ```
///
/// # References
/// Hamilton, Ying, Leskovec (2017), §3.1.
#[derive(Clone, Debug)]
pub struct GraphSampler {
    pattern: Pattern,
    /// How many neighbors of a node are drawn for each layer, the last layer first.
    fanouts: Vec<usize>,
    /// The weight of every entry under the symmetric normalization, times the degree of its row.
    symmetric: Vec<f32>,
    options: TensorCreationOptions,
}

/// Draws one part after the other, on one thread: see [`GraphSampler::worker`].
#[derive(Clone, Debug)]
pub struct SamplerWorker<'a> {
    sampler: &'a GraphSampler,
    neighbors: NeighborSampler<'a>,
}

/// The parts of a graph that the layers of a model see, the first layer first.
#[derive(Clone, Debug)]
pub struct SampledGraphs {
    /// The nodes whose features are needed, those asked for first.
    pub nodes: Vec<u32>,
    graphs: Vec<Graph>,
}

impl LayerGraphs for SampledGraphs {
    /// The part for a layer.
    ///
    /// # Panics
    /// If the sample is for fewer layers.
    fn layer(&self, index: usize) -> &Graph {
        &self.graphs[index]
    }
}

impl GraphSampler {
    /// Samples of `graph`, with a fanout for each layer, that of the nodes asked for first. Their weights
    /// are on the device and in the format of `options`, a `&Device` or `(&device, dtype)`.
    ///
    /// # Panics
    /// If there are no fanouts.
    pub fn new(
        graph: &Graph,
        fanouts: &[usize],
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        assert!(!fanouts.is_empty(), "one fanout for each layer");
        let pattern = graph.pattern().clone();
        let degree = |node: usize| (pattern.offsets()[node + 1] - pattern.offsets()[node]) as f32;
        let ends = pattern.row_indices().iter().zip(pattern.indices());
        // d_i / √(d_i d_j)
        let symmetric = ends.map(|(&i, &j)| (degree(i as usize) / degree(j as usize)).sqrt());
        Self {
            symmetric: symmetric.collect(),
            fanouts: fanouts.to_vec(),
            options: options.into(),
            pattern,
        }
    }

    /// What draws samples on one thread. It keeps a place for each node of the graph, so one should
    /// serve many samples.
    pub fn worker(&self) -> SamplerWorker<'_> {
        let graph = Adjacency::new(self.pattern.offsets(), self.pattern.indices());
        SamplerWorker {
            neighbors: NeighborSampler::new(graph, &self.fanouts),
            sampler: self,
        }
    }
}

impl SamplerWorker<'_> {
    /// The parts that the rows of `nodes` need, as `seed` draws them.
    ///
    /// # Errors
    /// [`GraphError`] for more entries than 32-bit indices can address.
    ///
    /// # Panics
    /// If a node is out of range or given twice.
    pub fn sample(&mut self, nodes: &[u32], seed: u64) -> Result<SampledGraphs, GraphError> {
        self.draw(nodes, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// [`sample`](Self::sample), drawn from a generator of the caller's.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    ///
    /// # Panics
    /// As [`sample`](Self::sample).
    pub fn draw(&mut self, nodes: &[u32], rng: &mut impl Rng) -> Result<SampledGraphs, GraphError> {
        let sample = self.neighbors.sample(nodes, rng);
        let mut graphs = Vec::with_capacity(sample.blocks.len());
        for block in sample.blocks {
            let pattern = Pattern::new(block.offsets, block.indices, block.sources)?;
            // A drawn entry weighs 1/k, for all of them together 1.
            let weights = block.weights.iter().zip(&block.entries);
            let symmetric: Vec<f32> = weights
                .map(|(weight, &entry)| weight * self.sampler.symmetric[entry])
                .collect();
            let options = self.sampler.options.clone();
            graphs.push(Graph::part(pattern, &block.weights, &symmetric, options));
        }
        Ok(SampledGraphs {
            nodes: sample.nodes,
            graphs,
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};
    use geom_core::SpaceConfig;
    use geom_core::numerics::to_vec_f64;

    use super::*;
    use crate::layers::graph::NeighborWeightingConfig;
    use crate::models::{KappaGcnConfig, ModelKind};
    use crate::sparse::Features;

    #[test]
    fn a_sample_of_all_neighbors_gives_the_rows_of_the_whole_graph() {
        let device = Device::flex();
        let edges: Vec<[u32; 2]> = (0..12)
            .flat_map(|u| [[u, (u + 1) % 12], [0, u.max(1)]])
            .collect();
        let graph = Graph::new(12, &edges, &device).unwrap();
        let numbers: Vec<f32> = (0..36).map(|i| (i as f32 * 0.7).sin()).collect();
        let x = Tensor::<1>::from_floats(&numbers[..], &device).reshape([12, 3]);
        let features = Features::Dense(x);
        for weighting in [
            NeighborWeightingConfig::Mean,
            NeighborWeightingConfig::Symmetric,
        ] {
            let space = SpaceConfig::new(ModelKind::KappaGcn.default_space());
            let model = KappaGcnConfig::new(vec![3, 4, 2], space).with_neighbors(weighting);
            let model = model.init(&device);
            let whole = to_vec_f64(model.forward_tangent(&features, &graph));
            let sampler = GraphSampler::new(&graph, &[20, 20], &device);
            let sample = sampler.worker().sample(&[5, 0], 1).unwrap();
            let rows = model.forward_tangent(&features.select(&sample.nodes), &sample);
            let rows = to_vec_f64(rows);
            for (row, node) in [(0, 5), (1, 0)] {
                for column in 0..2 {
                    let difference = rows[2 * row + column] - whole[2 * node + column];
                    // Of a few roundings in single precision.
                    assert!(
                        difference.abs() < 1e-5,
                        "{weighting:?} {node}: {difference:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_seed_makes_the_sample() {
        let device = Device::flex();
        let star: Vec<[u32; 2]> = (1..40).map(|u| [0, u]).collect();
        let graph = Graph::new(40, &star, &device).unwrap();
        let sampler = GraphSampler::new(&graph, &[5], &device);
        let mut samples = sampler.worker();
        let mut nodes = |seed| samples.sample(&[0], seed).unwrap().nodes;
        assert_eq!(nodes(3), nodes(3));
        assert_ne!(nodes(3), nodes(4));
    }
}
