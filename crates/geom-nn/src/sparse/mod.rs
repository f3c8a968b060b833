//! Sparse matrices and graphs: products, softmax over edges, gathering and scattering.
//!
//! A [`Pattern`] holds the positions of the nonzeros, on the host; their values are a tensor
//! `[entries, heads]`, so that attention weights are the values of a sparse matrix like any other.
//! Every function here has gradients for all of its tensors, and none of them ever holds a number
//! per pair of nodes: the memory is that of the entries and of the nodes.
//!
//! | operation | result |
//! |---|---|
//! | [`sparse_matmul`] | $y_i = \sum_{j} w_{ij}x_j$, aggregation over a graph, or sparse features times a weight |
//! | [`sparse_matmul_transposed`] | $y_j = \sum_{i} w_{ij}x_i$ |
//! | [`sampled_product`] | $s_{ij} = \langle a_i, b_j\rangle$ where the pattern has an entry |
//! | [`edge_softmax`] | $s_{ij} \mapsto e^{s_{ij}}/\sum_k e^{s_{ik}}$ |
//! | [`edge_gather`], [`edge_scatter`] | $x_i$ for every entry; sums over the entries of a node |
//!
//! On `flex` these are loops of their own, over one array each, in parallel above a size. Other
//! backends compose them from Burn's operations; the indices of a pattern are sent to a device
//! once.
//!
//! # Examples
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_nn::sparse::{Pattern, edge_softmax, sparse_matmul};
//!
//! let device = Device::flex();
//! let pattern = Pattern::new(vec![0, 2, 3], vec![0, 1, 1], 2).unwrap();
//! let scores = Tensor::<2>::from_floats([[0.0], [0.0], [5.0]], &device);
//! let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
//! let mean = sparse_matmul(&pattern, edge_softmax(&pattern, scores), x);
//! mean.into_data().assert_eq(&[[2.0f32, 3.0], [3.0, 4.0]].into(), true);
//! ```

mod backward;
mod features;
#[cfg(feature = "flex")]
mod flex;
mod graph;
mod index_cache;
mod indices;
mod matrix;
mod ops;
mod pattern;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use features::Features;
pub use graph::{Graph, GraphError, LayerGraphs};
pub use matrix::SparseMatrix;
pub use ops::{EdgeEnd, SparseOps};
pub use pattern::{Pattern, PatternError};

/// The product $y_i = \sum_j w_{ij}x_j$ with a sparse matrix, in each head.
///
/// # Shapes
/// - `values`: `[entries, heads]`
/// - `x`: `[columns, heads * d]`
/// - returns: `[rows, heads * d]`
///
/// # Panics
/// If the shapes do not fit.
pub fn sparse_matmul(pattern: &Pattern, values: Tensor<2>, x: Tensor<2>) -> Tensor<2> {
    multiply(pattern, values, x, false)
}

/// The product $y_j = \sum_i w_{ij}x_i$ with the transpose.
///
/// # Shapes
/// - `values`: `[entries, heads]`
/// - `x`: `[rows, heads * d]`
/// - returns: `[columns, heads * d]`
///
/// # Panics
/// If the shapes do not fit.
pub fn sparse_matmul_transposed(pattern: &Pattern, values: Tensor<2>, x: Tensor<2>) -> Tensor<2> {
    multiply(pattern, values, x, true)
}

fn multiply(pattern: &Pattern, values: Tensor<2>, x: Tensor<2>, transposed: bool) -> Tensor<2> {
    let [entries, heads] = values.dims();
    let [nodes, width] = x.dims();
    let expected = if transposed {
        pattern.rows()
    } else {
        pattern.columns()
    };
    assert_eq!(entries, pattern.entries(), "values of {pattern:?}");
    assert_eq!(nodes, expected, "rows of the dense factor of {pattern:?}");
    check_heads(width, heads);
    Tensor::from_dispatch(Dispatch::sparse_matmul(
        values.into_dispatch(),
        x.into_dispatch(),
        pattern.clone(),
        transposed,
    ))
}

fn check_heads(width: usize, heads: usize) {
    assert!(
        heads > 0 && width.is_multiple_of(heads),
        "{width} columns do not divide into {heads} heads"
    );
}

/// The products $s_{ij} = \langle a_i, b_j\rangle$ at the entries of a pattern, in each head.
///
/// # Shapes
/// - `a`: `[rows, heads * d]`
/// - `b`: `[columns, heads * d]`
/// - returns: `[entries, heads]`
///
/// # Panics
/// If the shapes do not fit.
pub fn sampled_product(pattern: &Pattern, a: Tensor<2>, b: Tensor<2>, heads: usize) -> Tensor<2> {
    let ([rows, width], [columns, other]) = (a.dims(), b.dims());
    assert_eq!(
        [rows, columns],
        [pattern.rows(), pattern.columns()],
        "rows of the two factors"
    );
    assert_eq!(width, other, "widths of the two factors");
    check_heads(width, heads);
    Tensor::from_dispatch(Dispatch::sampled_product(
        a.into_dispatch(),
        b.into_dispatch(),
        pattern.clone(),
        heads,
    ))
}

/// The softmax over the entries of each row, in each head.
///
/// # Shapes
/// - `scores`, and the result: `[entries, heads]`
///
/// # Panics
/// If there is not one score for each entry.
///
/// # References
/// Veličković et al. (2018), *Graph Attention Networks*, eq. 2.
pub fn edge_softmax(pattern: &Pattern, scores: Tensor<2>) -> Tensor<2> {
    assert_eq!(scores.dims()[0], pattern.entries(), "scores of {pattern:?}");
    Tensor::from_dispatch(Dispatch::edge_softmax(
        scores.into_dispatch(),
        pattern.clone(),
    ))
}

/// The row of `x` at one end of every entry.
///
/// # Shapes
/// - `x`: `[rows, d]` or, for [`EdgeEnd::Source`], `[columns, d]`
/// - returns: `[entries, d]`
///
/// # Panics
/// If `x` has another number of rows.
pub fn edge_gather(pattern: &Pattern, x: Tensor<2>, end: EdgeEnd) -> Tensor<2> {
    assert_eq!(
        x.dims()[0],
        nodes(pattern, end),
        "rows at the {end:?} end of {pattern:?}"
    );
    Tensor::from_dispatch(Dispatch::edge_gather(
        x.into_dispatch(),
        pattern.clone(),
        end,
    ))
}

/// The sum of `x` over the entries of every row or column.
///
/// # Shapes
/// - `x`: `[entries, d]`
/// - returns: `[rows, d]` or, for [`EdgeEnd::Source`], `[columns, d]`
///
/// # Panics
/// If `x` does not have one row for each entry.
pub fn edge_scatter(pattern: &Pattern, x: Tensor<2>, end: EdgeEnd) -> Tensor<2> {
    assert_eq!(x.dims()[0], pattern.entries(), "entries of {pattern:?}");
    Tensor::from_dispatch(Dispatch::edge_scatter(
        x.into_dispatch(),
        pattern.clone(),
        end,
    ))
}

fn nodes(pattern: &Pattern, end: EdgeEnd) -> usize {
    match end {
        EdgeEnd::Target => pattern.rows(),
        EdgeEnd::Source => pattern.columns(),
    }
}
