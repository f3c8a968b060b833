//! Steps on samples of a graph, for graphs that do not fit into one.

use burn::tensor::{DType, Device};
use geom_nn::Adjacency;
use geom_nn::sampling::NeighborSampler;
use geom_nn::sparse::{Features, Graph, GraphError, Pattern};
use rand::Rng;

use super::data::Inputs;

/// How a graph is sampled, whatever the epoch.
pub(super) struct Batches {
    /// Nodes or links of one step.
    size: usize,
    /// How many neighbors of a node are drawn for each layer, the last layer first.
    fan_outs: Vec<usize>,
    /// The weight of every entry under the symmetric normalization, times the degree of its row.
    symmetric: Vec<f32>,
    dtype: DType,
    device: Device,
}

/// Draws what a step sees: for some nodes their neighbors, and those of their neighbors.
pub(super) struct BatchSampler<'a> {
    batches: &'a Batches,
    inputs: &'a Inputs,
    sampler: NeighborSampler<'a>,
}

/// What a step sees.
pub(super) struct Sampled {
    /// Of all nodes that are needed, those asked for first.
    pub(super) features: Features,
    /// A part of the graph for every layer.
    pub(super) graphs: Vec<Graph>,
}

impl Batches {
    /// Of the graph of `inputs`, on `device`: batches of `size` nodes or links, with so many neighbors
    /// in each layer, the last layer first.
    pub(super) fn new(
        inputs: &Inputs,
        (size, fan_outs): (usize, &[usize]),
        dtype: DType,
        device: Device,
    ) -> Self {
        let pattern = inputs.graph.pattern();
        let degree = |node: usize| (pattern.offsets()[node + 1] - pattern.offsets()[node]) as f32;
        let rows = pattern.row_indices();
        let ends = rows.iter().zip(pattern.indices());
        // d_i / √(d_i d_j)
        let symmetric = ends.map(|(&i, &j)| (degree(i as usize) / degree(j as usize)).sqrt());
        Self {
            symmetric: symmetric.collect(),
            size,
            fan_outs: fan_outs.to_vec(),
            dtype,
            device,
        }
    }

    /// Nodes or links of one step.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Samples of `inputs`, which are those that this was made from.
    pub(super) fn sampler<'a>(&'a self, inputs: &'a Inputs) -> BatchSampler<'a> {
        let pattern = inputs.graph.pattern();
        let adjacency = Adjacency::new(pattern.offsets(), pattern.indices());
        BatchSampler {
            sampler: NeighborSampler::new(adjacency, &self.fan_outs),
            batches: self,
            inputs,
        }
    }
}

impl BatchSampler<'_> {
    /// What the rows of `nodes`, each given once, need.
    ///
    /// # Errors
    /// Those of [`Pattern::new`].
    pub(super) fn sample(
        &mut self,
        nodes: &[u32],
        rng: &mut impl Rng,
    ) -> Result<Sampled, GraphError> {
        let sample = self.sampler.sample(nodes, rng);
        let mut graphs = Vec::with_capacity(sample.blocks.len());
        for block in sample.blocks {
            let pattern = Pattern::new(block.indptr, block.indices, block.sources)?;
            // A drawn entry weighs 1/k, for all of them together 1.
            let weights = block.weights.iter().zip(&block.entries);
            let symmetric: Vec<f32> = weights
                .map(|(weight, &entry)| weight * self.batches.symmetric[entry])
                .collect();
            let options = (&self.batches.device, self.batches.dtype);
            graphs.push(Graph::part(pattern, &block.weights, &symmetric, options));
        }
        Ok(Sampled {
            features: self.inputs.features.select(&sample.nodes),
            graphs,
        })
    }
}

/// The distinct nodes of some pairs, and the places of each pair's ends among them.
pub(super) fn distinct(pairs: &[[u32; 2]]) -> (Vec<u32>, Vec<[u32; 2]>) {
    let mut nodes: Vec<u32> = pairs.iter().flatten().copied().collect();
    nodes.sort_unstable();
    nodes.dedup();
    let place = |node: u32| nodes.partition_point(|&other| other < node) as u32;
    let places = pairs.iter().map(|&[u, v]| [place(u), place(v)]).collect();
    (nodes, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_among_their_distinct_nodes() {
        let (nodes, places) = distinct(&[[7, 3], [3, 9], [7, 7]]);
        assert_eq!(nodes, [3, 7, 9]);
        assert_eq!(places, [[1, 0], [0, 2], [1, 1]]);
    }
}
