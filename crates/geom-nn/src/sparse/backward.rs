//! The gradients of the sparse operations, which are sparse operations again.
//!
//! With $A$ the sparse matrix of the values $w$ and $g$ the gradient of the result:
//!
//! | result | gradients |
//! |---|---|
//! | $y = A x$ | $A^\top g$ for $x$; $\langle g_i, x_j\rangle$ for the entry $(i, j)$ of $w$ |
//! | $s_{ij} = \langle a_i, b_j\rangle$ | $G b$ for $a$ and $G^\top a$ for $b$, $G$ the sparse matrix of $g$ |
//! | softmax of rows, $s$ | $s_e\bigl(g_e - \sum_{e'} s_{e'}g_{e'}\bigr)$ |
//! | gather at the ends of entries | scatter, and the other way round |

use burn::backend::AutodiffBackend;
use burn::backend::TensorMetadata;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;

use super::ops::{EdgeEnd, SparseOps};
use super::pattern::Pattern;

#[derive(Debug)]
struct SparseMatmul;

impl<B: SparseOps> Backward<B, 2> for SparseMatmul {
    type State = (FloatTensor<B>, FloatTensor<B>, Pattern, bool);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [values_node, x_node] = ops.parents;
        let (values, x, pattern, transposed) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let heads = values.shape()[1];
        if let Some(node) = x_node {
            let gradient = B::sparse_matmul(values, gradient.clone(), pattern.clone(), !transposed);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = values_node {
            let (a, b) = if transposed {
                (x, gradient)
            } else {
                (gradient, x)
            };
            grads.register::<B>(node.id, B::sampled_product(a, b, pattern, heads));
        }
    }
}

#[derive(Debug)]
struct SampledProduct;

impl<B: SparseOps> Backward<B, 2> for SampledProduct {
    type State = (FloatTensor<B>, FloatTensor<B>, Pattern);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [a_node, b_node] = ops.parents;
        let (a, b, pattern) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        if let Some(node) = a_node {
            let gradient = B::sparse_matmul(gradient.clone(), b, pattern.clone(), false);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = b_node {
            grads.register::<B>(node.id, B::sparse_matmul(gradient, a, pattern, true));
        }
    }
}

#[derive(Debug)]
struct EdgeSoftmax;

impl<B: SparseOps> Backward<B, 1> for EdgeSoftmax {
    type State = (FloatTensor<B>, Pattern);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (weights, pattern) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| {
            B::edge_softmax_backward(weights, gradient, pattern)
        });
    }
}

#[derive(Debug)]
struct EdgeGather;

impl<B: SparseOps> Backward<B, 1> for EdgeGather {
    type State = (Pattern, EdgeEnd);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (pattern, end) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| {
            B::edge_scatter(gradient, pattern, end)
        });
    }
}

#[derive(Debug)]
struct EdgeScatter;

impl<B: SparseOps> Backward<B, 1> for EdgeScatter {
    type State = (Pattern, EdgeEnd);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (pattern, end) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| {
            B::edge_gather(gradient, pattern, end)
        });
    }
}

impl<B: SparseOps, C: CheckpointStrategy> SparseOps for Autodiff<B, C> {
    fn sparse_matmul(
        values: FloatTensor<Self>,
        x: FloatTensor<Self>,
        pattern: Pattern,
        transposed: bool,
    ) -> FloatTensor<Self> {
        let (values, values_node) = values.into_parts();
        let (x, x_node) = x.into_parts();
        let prepared = SparseMatmul.prepare::<C>([values_node, x_node]);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = (values.clone(), x.clone(), pattern.clone(), transposed);
                prep.finish(state, B::sparse_matmul(values, x, pattern, transposed))
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::sparse_matmul(values, x, pattern, transposed))
            }
        }
    }

    fn sampled_product(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        pattern: Pattern,
        heads: usize,
    ) -> FloatTensor<Self> {
        let (a, a_node) = a.into_parts();
        let (b, b_node) = b.into_parts();
        let prepared = SampledProduct.prepare::<C>([a_node, b_node]);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = (a.clone(), b.clone(), pattern.clone());
                prep.finish(state, B::sampled_product(a, b, pattern, heads))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::sampled_product(a, b, pattern, heads)),
        }
    }

    fn edge_softmax(scores: FloatTensor<Self>, pattern: Pattern) -> FloatTensor<Self> {
        let (scores, node) = scores.into_parts();
        let prepared = EdgeSoftmax.prepare::<C>([node]);
        let weights = B::edge_softmax(scores, pattern.clone());
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((weights.clone(), pattern), weights),
            OpsKind::UnTracked(prep) => prep.finish(weights),
        }
    }

    /// A gradient is not differentiated again: Burn's derivatives are of first order.
    fn edge_softmax_backward(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        pattern: Pattern,
    ) -> FloatTensor<Self> {
        let (weights, gradient) = (weights.into_primitive(), gradient.into_primitive());
        Self::from_inner(B::edge_softmax_backward(weights, gradient, pattern))
    }

    fn edge_gather(x: FloatTensor<Self>, pattern: Pattern, end: EdgeEnd) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let prepared = EdgeGather.prepare::<C>([node]);
        let gathered = B::edge_gather(x, pattern.clone(), end);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((pattern, end), gathered),
            OpsKind::UnTracked(prep) => prep.finish(gathered),
        }
    }

    fn edge_scatter(x: FloatTensor<Self>, pattern: Pattern, end: EdgeEnd) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let prepared = EdgeScatter.prepare::<C>([node]);
        let sums = B::edge_scatter(x, pattern.clone(), end);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((pattern, end), sums),
            OpsKind::UnTracked(prep) => prep.finish(sums),
        }
    }
}
