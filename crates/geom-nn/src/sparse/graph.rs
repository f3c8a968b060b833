//! A graph on a device.

use burn::tensor::{DType, Tensor, TensorCreationOptions, TensorData};
use thiserror::Error;

use super::pattern::{Pattern, PatternError};
use super::sparse_matmul;

/// An undirected graph with a loop at every node, and the two usual normalizations of its adjacency
/// matrix $\tilde A = A + I$.
///
/// Multiple edges and loops of the input count once.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::sparse::Graph;
///
/// let device = Device::flex();
/// let path = Graph::new(3, &[[0, 1], [1, 2]], &device).unwrap();
/// let x = Tensor::<2>::from_floats([[3.0], [0.0], [6.0]], &device);
/// path.mean(x).into_data().assert_eq(&[[1.5f32], [3.0], [3.0]].into(), true);
/// assert!(Graph::new(2, &[[0, 2]], &device).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    pattern: Pattern,
    /// $1/\tilde d_i$ for every entry.
    mean: Tensor<2>,
    /// $1/\sqrt{\tilde d_i\tilde d_j}$ for every entry.
    symmetric: Tensor<2>,
}

/// The graph that each layer of a network sees: the same for all, or a part for each.
pub trait LayerGraphs {
    /// The graph of a layer, numbered from 0 at the features.
    fn layer(&self, index: usize) -> &Graph;
}

impl LayerGraphs for Graph {
    fn layer(&self, _index: usize) -> &Graph {
        self
    }
}

impl LayerGraphs for [Graph] {
    /// The part for a layer.
    ///
    /// # Panics
    /// If there are not so many layers.
    fn layer(&self, index: usize) -> &Graph {
        &self[index]
    }
}

impl LayerGraphs for Vec<Graph> {
    /// The part for a layer.
    ///
    /// # Panics
    /// If there are not so many layers.
    fn layer(&self, index: usize) -> &Graph {
        &self[index]
    }
}

/// Invalid edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// An edge leads to a node that does not exist.
    #[error("edge {edge} joins nodes {ends:?} of a graph with {nodes} nodes")]
    Node {
        /// The number of the edge.
        edge: usize,
        /// Its nodes.
        ends: [u32; 2],
        /// The number of nodes.
        nodes: usize,
    },
    /// The graph has too many nodes or edges.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl Graph {
    /// The graph with these edges, in either direction.
    ///
    /// # Errors
    /// [`GraphError`] if an edge leads out of the graph, or there are more than 32-bit indices can address.
    pub fn new(
        nodes: usize,
        edges: &[[u32; 2]],
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, GraphError> {
        let outside = |ends: &[u32; 2]| ends.iter().any(|&node| node as usize >= nodes);
        if let Some(edge) = edges.iter().position(outside) {
            let ends = edges[edge];
            return Err(GraphError::Node { edge, ends, nodes });
        }
        let (offsets, indices) = neighbors(nodes, edges);
        let degree: Vec<f32> = offsets
            .windows(2)
            .map(|bounds| (bounds[1] - bounds[0]) as f32)
            .collect();
        let pattern = Pattern::new(offsets, indices, nodes)?;
        let ends = || pattern.row_indices().iter().copied().zip(pattern.indices());
        let mean: Vec<f32> = ends().map(|(i, _)| 1.0 / degree[i as usize]).collect();
        let symmetric: Vec<f32> = ends()
            .map(|(i, &j)| 1.0 / (degree[i as usize] * degree[j as usize]).sqrt())
            .collect();
        let options = options.into();
        let tensor = |values: Vec<f32>| {
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count, 1]), options.clone())
        };
        Ok(Self {
            mean: tensor(mean),
            symmetric: tensor(symmetric),
            pattern,
        })
    }

    /// A part of a graph: rows for some nodes, the first of those that the columns stand for, with
    /// weights of its entries instead of $1/\tilde d_i$ and $1/\sqrt{\tilde d_i\tilde d_j}$.
    ///
    /// Layers give features of its rows from features of its columns.
    ///
    /// # Panics
    /// If there are more rows than columns, or not one weight of each kind for each entry.
    pub fn part(
        pattern: Pattern,
        mean: &[f32],
        symmetric: &[f32],
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        assert!(
            pattern.rows() <= pattern.columns(),
            "{pattern:?} has rows for more nodes than it has columns"
        );
        let options = options.into();
        let tensor = |weights: &[f32]| {
            assert_eq!(weights.len(), pattern.entries(), "weights of {pattern:?}");
            let data = TensorData::new(weights.to_vec(), [weights.len(), 1]);
            Tensor::from_data(data, options.clone())
        };
        Self {
            mean: tensor(mean),
            symmetric: tensor(symmetric),
            pattern,
        }
    }

    /// The features of those nodes that this graph has rows for.
    ///
    /// # Shapes
    /// - `x`: `[columns, d]`
    /// - returns: `[rows, d]`
    pub fn target_rows(&self, x: Tensor<2>) -> Tensor<2> {
        if self.pattern.rows() == self.pattern.columns() {
            x
        } else {
            x.narrow(0, 0, self.pattern.rows())
        }
    }

    /// The same graph with weights of another number format.
    pub fn cast(self, dtype: DType) -> Self {
        self.map(|weights| weights.cast(dtype))
    }

    /// The same graph on the device that tracks gradients.
    pub fn autodiff(self) -> Self {
        self.map(Tensor::autodiff)
    }

    fn map(self, map: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            pattern: self.pattern,
            mean: map(self.mean),
            symmetric: map(self.symmetric),
        }
    }

    /// The edges in both directions and the loops.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The number of nodes that it has rows for.
    pub fn nodes(&self) -> usize {
        self.pattern.rows()
    }

    /// The weights $1/\tilde d_i$ of [`mean`](Self::mean), `[entries, 1]`.
    pub fn mean_weights(&self) -> Tensor<2> {
        self.mean.clone()
    }

    /// The weights of [`symmetric`](Self::symmetric), `[entries, 1]`.
    pub fn symmetric_weights(&self) -> Tensor<2> {
        self.symmetric.clone()
    }

    /// The mean over each node and its neighbors, $\tilde D^{-1}\tilde A x$.
    ///
    /// # Shapes
    /// - `x`, and the result: `[nodes, d]`
    pub fn mean(&self, x: Tensor<2>) -> Tensor<2> {
        sparse_matmul(&self.pattern, self.mean.clone(), x)
    }

    /// The symmetric normalization, $\tilde D^{-1/2}\tilde A\tilde D^{-1/2}x$.
    ///
    /// # Shapes
    /// - `x`, and the result: `[nodes, d]`
    ///
    /// # References
    /// Kipf & Welling (2017), eq. 2.
    pub fn symmetric(&self, x: Tensor<2>) -> Tensor<2> {
        sparse_matmul(&self.pattern, self.symmetric.clone(), x)
    }
}

/// Sorted, unique neighbors of every node, itself among them, in compressed rows.
fn neighbors(nodes: usize, edges: &[[u32; 2]]) -> (Vec<usize>, Vec<u32>) {
    let mut start = vec![0usize; nodes + 1];
    for &[u, v] in edges {
        start[u as usize + 1] += 1;
        start[v as usize + 1] += 1;
    }
    for node in 0..nodes {
        // One more, for the loop.
        start[node + 1] += start[node] + 1;
    }
    let mut next = start.clone();
    let mut all = vec![0u32; start[nodes]];
    let mut put = |row: u32, column: u32| {
        all[next[row as usize]] = column;
        next[row as usize] += 1;
    };
    for node in 0..nodes as u32 {
        put(node, node);
    }
    for &[u, v] in edges {
        put(u, v);
        put(v, u);
    }
    let mut offsets = Vec::with_capacity(nodes + 1);
    offsets.push(0);
    let mut kept = 0;
    for bounds in start.windows(2) {
        let first = kept;
        all[bounds[0]..bounds[1]].sort_unstable();
        for at in bounds[0]..bounds[1] {
            if kept == first || all[kept - 1] != all[at] {
                all[kept] = all[at];
                kept += 1;
            }
        }
        offsets.push(kept);
    }
    all.truncate(kept);
    (offsets, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn loops_and_repeated_edges_count_once() {
        let graph = Graph::new(3, &[[0, 1], [1, 0], [2, 2]], &Device::flex()).unwrap();
        assert_eq!(graph.pattern().offsets(), [0, 2, 4, 5]);
        assert_eq!(graph.pattern().indices(), [0, 1, 0, 1, 2]);
    }

    #[test]
    fn a_node_that_does_not_exist_is_named() {
        let graph = Graph::new(2, &[[0, 1], [1, 5]], &Device::flex());
        assert_eq!(
            graph.map(|_| ()).unwrap_err(),
            GraphError::Node {
                edge: 1,
                ends: [1, 5],
                nodes: 2
            }
        );
    }

    #[test]
    fn the_symmetric_weights_are_those_of_the_formula() {
        let graph = Graph::new(3, &[[0, 1], [1, 2]], &Device::flex()).unwrap();
        let x = Tensor::<2>::from_floats([[1.0], [1.0], [1.0]], &Device::flex());
        let (two, six) = (0.5f32, 1.0 / 6f32.sqrt());
        let expected = [[two + six], [2.0 * six + 1.0 / 3.0], [two + six]];
        let tolerance = burn::tensor::Tolerance::<f32>::default();
        graph
            .symmetric(x)
            .into_data()
            .assert_approx_eq(&expected.into(), tolerance);
    }
}
