//! Sparse operations as an extension of Burn's backends.
//!
//! [`SparseOps`] composes each of them from Burn's own operations, for any backend, and `flex` has
//! loops of its own. Both take part in automatic differentiation by the rules in `backward.rs`.
#![allow(
    deprecated,
    reason = "Burn deprecates NdArray; it stays on offer while Burn has it"
)]

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn::tensor::{IndexingUpdateOp, Shape};

use super::indices::{Index, on_device};
use super::pattern::Pattern;

/// Which end of an entry, which is an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeEnd {
    /// The row: the node that an edge brings something to.
    Target,
    /// The column: the node that it comes from.
    Source,
}

/// Products and sums over the nonzeros of a sparse matrix.
///
/// Values are `[entries, heads]`; dense matrices are `[nodes, width]`, with one block of columns for
/// each head. The functions of [`sparse`](super) are the way to call them.
#[backend_extension(
    Autodiff,
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda"))
)]
pub trait SparseOps: Backend {
    /// The product with a dense matrix; with the transpose if `transposed`.
    fn sparse_matmul(
        values: FloatTensor<Self>,
        x: FloatTensor<Self>,
        pattern: Pattern,
        transposed: bool,
    ) -> FloatTensor<Self> {
        let heads = values.shape()[1];
        let width = x.shape()[1];
        let (from, to, nodes) = if transposed {
            (EdgeEnd::Target, EdgeEnd::Source, pattern.columns())
        } else {
            (EdgeEnd::Source, EdgeEnd::Target, pattern.rows())
        };
        let sources = Self::float_select(x.clone(), 0, ends::<Self>(&pattern, from, &x));
        let blocks = Shape::new([pattern.entries(), heads, width / heads]);
        let weights = Self::float_reshape(values, Shape::new([pattern.entries(), heads, 1]));
        let weights = Self::float_expand(weights, blocks.clone());
        let sources = Self::float_mul(Self::float_reshape(sources, blocks), weights);
        let rows = Self::float_reshape(sources, Shape::new([pattern.entries(), width]));
        sum_into::<Self>(&pattern, to, nodes, rows)
    }

    /// $\langle a_i, b_j\rangle$ for every entry, in each head.
    fn sampled_product(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        pattern: Pattern,
        heads: usize,
    ) -> FloatTensor<Self> {
        let width = a.shape()[1];
        let rows = ends::<Self>(&pattern, EdgeEnd::Target, &a);
        let columns = ends::<Self>(&pattern, EdgeEnd::Source, &b);
        let products = Self::float_mul(
            Self::float_select(a, 0, rows),
            Self::float_select(b, 0, columns),
        );
        let blocks = Shape::new([pattern.entries(), heads, width / heads]);
        let sums = Self::float_sum_dim(Self::float_reshape(products, blocks), 2);
        Self::float_reshape(sums, Shape::new([pattern.entries(), heads]))
    }

    /// The softmax over each row, in each head.
    fn edge_softmax(scores: FloatTensor<Self>, pattern: Pattern) -> FloatTensor<Self> {
        // The maximum over windows of 1, 2, 4, ... entries, cut at the end of the row: taking a
        // maximum twice does no harm, so the windows may overlap. Any shift of that size keeps the
        // exponentials in range, so its rounding does not matter.
        let mut top = scores.clone();
        let longest = pattern
            .offsets()
            .windows(2)
            .map(|bounds| bounds[1] - bounds[0]);
        let longest = longest.max().unwrap_or(0);
        let device = top.device();
        let array = |index| on_device::<Self>(&pattern, index, &device);
        let mut window = 1;
        while window < longest {
            // Or the last entry of the row.
            let further = Self::int_clamp_max(array(Index::After), (window as i32).into());
            let ahead = Self::int_add(array(Index::Entry), further);
            let ahead = Self::float_select(top.clone(), 0, ahead);
            let gain = Self::float_clamp_min(Self::float_sub(ahead, top.clone()), 0.0.into());
            top = Self::float_add(top, gain);
            window *= 2;
        }
        let top = Self::float_select(top, 0, array(Index::First));
        let weights = Self::float_exp(Self::float_sub(scores, top));
        let sums = sum_into::<Self>(&pattern, EdgeEnd::Target, pattern.rows(), weights.clone());
        let rows = ends::<Self>(&pattern, EdgeEnd::Target, &sums);
        Self::float_div(weights, Self::float_select(sums, 0, rows))
    }

    /// The gradient of [`edge_softmax`](Self::edge_softmax), given its result.
    fn edge_softmax_backward(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        pattern: Pattern,
    ) -> FloatTensor<Self> {
        let weighted = Self::float_mul(weights.clone(), gradient.clone());
        let means = sum_into::<Self>(&pattern, EdgeEnd::Target, pattern.rows(), weighted);
        let rows = ends::<Self>(&pattern, EdgeEnd::Target, &means);
        let means = Self::float_select(means, 0, rows);
        Self::float_mul(weights, Self::float_sub(gradient, means))
    }

    /// The row of `x` at one end of every entry.
    fn edge_gather(x: FloatTensor<Self>, pattern: Pattern, end: EdgeEnd) -> FloatTensor<Self> {
        let nodes = ends::<Self>(&pattern, end, &x);
        Self::float_select(x, 0, nodes)
    }

    /// The sum of the entries' rows of `x` at every node of one end.
    fn edge_scatter(x: FloatTensor<Self>, pattern: Pattern, end: EdgeEnd) -> FloatTensor<Self> {
        let nodes = match end {
            EdgeEnd::Target => pattern.rows(),
            EdgeEnd::Source => pattern.columns(),
        };
        sum_into::<Self>(&pattern, end, nodes, x)
    }
}

#[cfg(feature = "ndarray")]
impl SparseOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
impl SparseOps for burn::backend::Cube {}

/// The nodes at one end of the entries, on the device of `like`.
fn ends<B: Backend>(pattern: &Pattern, end: EdgeEnd, like: &FloatTensor<B>) -> IntTensor<B> {
    let index = match end {
        EdgeEnd::Target => Index::Row,
        EdgeEnd::Source => Index::Column,
    };
    on_device::<B>(pattern, index, &like.device())
}

/// The rows of `x`, one per entry, summed at the `nodes` nodes of one end.
fn sum_into<B: Backend>(
    pattern: &Pattern,
    end: EdgeEnd,
    nodes: usize,
    x: FloatTensor<B>,
) -> FloatTensor<B> {
    let at = ends::<B>(pattern, end, &x);
    let shape = Shape::new([nodes, x.shape()[1]]);
    let zeros = B::float_zeros(shape, &x.device(), x.dtype().into());
    B::float_select_assign(zeros, 0, at, x, IndexingUpdateOp::Add)
}
