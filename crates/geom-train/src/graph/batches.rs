//! Steps on samples of a graph, for graphs that do not fit into one.

use burn::tensor::{DType, Device};
use geom_nn::Adjacency;
use geom_nn::sampling::NeighborSampler;
use geom_nn::sparse::{Features, Graph, GraphError, Pattern};
use rand::Rng;

use super::data::Inputs;

/// Draws what a step sees: for some nodes their neighbours, and those of their neighbours.
pub(super) struct Batches<'a> {
    inputs: &'a Inputs,
    sampler: NeighborSampler<'a>,
    /// The weight of every entry under the symmetric normalisation, times the degree of its row.
    symmetric: Vec<f32>,
    dtype: DType,
    device: Device,
}

/// What a step sees.
pub(super) struct Sampled {
    /// Of all nodes that are needed, those asked for first.
    pub(super) features: Features,
    /// A part of the graph for every layer.
    pub(super) graphs: Vec<Graph>,
}

impl<'a> Batches<'a> {
    /// From a graph on a device, with so many neighbours for each layer, the last layer first.
    pub(super) fn new(
        inputs: &'a Inputs,
        fan_outs: &[usize],
        dtype: DType,
        device: Device,
    ) -> Self {
        let pattern = inputs.graph.pattern();
        let adjacency = Adjacency::new(pattern.offsets(), pattern.indices());
        let degree = |node: usize| (pattern.offsets()[node + 1] - pattern.offsets()[node]) as f32;
        let rows = pattern.row_indices();
        let ends = rows.iter().zip(pattern.indices());
        // d_i / √(d_i d_j)
        let symmetric = ends.map(|(&i, &j)| (degree(i as usize) / degree(j as usize)).sqrt());
        Self {
            symmetric: symmetric.collect(),
            sampler: NeighborSampler::new(adjacency, fan_outs),
            inputs,
            dtype,
            device,
        }
    }

    /// What the rows of `nodes`, each given once, need.
    ///
    /// # Errors
    /// None that a sample of a graph can have.
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
                .map(|(weight, &entry)| weight * self.symmetric[entry])
                .collect();
            let options = (&self.device, self.dtype);
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
