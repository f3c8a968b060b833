//! Steps on samples of a graph, for graphs that do not fit into one.

use burn::tensor::{DType, Device};
use geom_nn::sampling::{GraphSampler, SampledGraphs, SamplerWorker};
use geom_nn::sparse::{Features, GraphError};
use rand::Rng;

use super::data::Inputs;

/// How a graph is sampled, whatever the epoch.
pub(super) struct Batches {
    /// Nodes or links of one step.
    size: usize,
    sampler: GraphSampler,
}

/// Draws what a step sees: for some nodes their neighbors, and those of their neighbors.
pub(super) struct BatchSampler<'a> {
    inputs: &'a Inputs,
    samples: SamplerWorker<'a>,
}

/// What a step sees.
pub(super) struct Sampled {
    /// Of all nodes that are needed, those asked for first.
    pub(super) features: Features,
    /// A part of the graph for every layer.
    pub(super) graphs: SampledGraphs,
}

impl Batches {
    /// Of the graph of `inputs`, on `device`: batches of `size` nodes or links, with so many neighbors
    /// in each layer, the last layer first.
    pub(super) fn new(
        inputs: &Inputs,
        (size, fanouts): (usize, &[usize]),
        dtype: DType,
        device: Device,
    ) -> Self {
        Self {
            sampler: GraphSampler::new(&inputs.graph, fanouts, (&device, dtype)),
            size,
        }
    }

    /// Nodes or links of one step.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Samples of `inputs`, which are those that this was made from.
    pub(super) fn sampler<'a>(&'a self, inputs: &'a Inputs) -> BatchSampler<'a> {
        BatchSampler {
            samples: self.sampler.worker(),
            inputs,
        }
    }
}

impl BatchSampler<'_> {
    /// What the rows of `nodes`, each given once, need.
    ///
    /// # Errors
    /// Those of [`SamplerWorker::draw`].
    pub(super) fn sample(
        &mut self,
        nodes: &[u32],
        rng: &mut impl Rng,
    ) -> Result<Sampled, GraphError> {
        let graphs = self.samples.draw(nodes, rng)?;
        Ok(Sampled {
            features: self.inputs.features.select(&graphs.nodes),
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
