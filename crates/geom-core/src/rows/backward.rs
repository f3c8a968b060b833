//! The gradient of a row program, which is a row program.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use super::ops::{Call, RowOps, SLOTS};

/// The gradients of the `N` tensors of a call.
#[derive(Debug)]
struct Rows<const N: usize>;

impl<B: RowOps, const N: usize> Backward<B, N> for Rows<N> {
    /// The tensors of the call: the gradient computes all else anew.
    type State = ([FloatTensor<B>; N], Call);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (tensors, call) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let mut wanted: Vec<bool> = ops.parents.iter().map(Option::is_some).collect();
        wanted.resize(wanted.len() + call.numbers.len(), false);
        // The inputs of the gradient are those of the program and the gradient of its result; numbers
        // are handed over last, so that they stand behind it.
        let call = Call {
            program: call.program.gradient(&wanted, N),
            tensors: N + 1,
            numbers: call.numbers,
        };
        let shapes: Vec<Shape> = tensors.iter().map(TensorMetadata::shape).collect();
        let mut slots: Vec<FloatTensor<B>> = tensors.into_iter().chain([gradient]).collect();
        while slots.len() < SLOTS {
            slots.push(slots[0].clone());
        }
        let [a, b, c, d, e] = slots.try_into().expect("as many as there are slots");
        let (a, b, c, d) = B::rows(a, b, c, d, e, call);
        let mut results = [a, b, c, d].into_iter();
        for (node, shape) in ops.parents.into_iter().zip(shapes) {
            if let Some(node) = node {
                let result = results.next().expect("a gradient for every tensor");
                grads.register::<B>(node.id, sum_to::<B>(result, shape));
            }
        }
    }
}

/// Sums over the axes that were broadcast.
fn sum_to<B: RowOps>(mut x: FloatTensor<B>, shape: Shape) -> FloatTensor<B> {
    for axis in 0..shape.num_dims() {
        if shape[axis] == 1 && x.shape()[axis] > 1 {
            x = B::float_sum_dim(x, axis);
        }
    }
    x
}

impl<B: RowOps, C: CheckpointStrategy> RowOps for Autodiff<B, C> {
    fn rows(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        call: Call,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let slots = [a, b, c, d, e];
        let value = match call.tensors {
            1 => tracked::<B, C, 1>(slots, call),
            2 => tracked::<B, C, 2>(slots, call),
            3 => tracked::<B, C, 3>(slots, call),
            4 => tracked::<B, C, 4>(slots, call),
            tensors => unreachable!("{tensors} tensors and a gradient have no slots"),
        };
        (value.clone(), value.clone(), value.clone(), value)
    }
}

/// The first result, on the tape.
fn tracked<B: RowOps, C: CheckpointStrategy, const N: usize>(
    slots: [FloatTensor<Autodiff<B, C>>; SLOTS],
    call: Call,
) -> FloatTensor<Autodiff<B, C>> {
    let mut nodes = Vec::with_capacity(SLOTS);
    let tensors = slots.map(|slot| {
        let (tensor, node) = slot.into_parts();
        nodes.push(node);
        tensor
    });
    nodes.truncate(N);
    let nodes = nodes.try_into().unwrap_or_else(|_| unreachable!("N nodes"));
    let state: [FloatTensor<B>; N] = std::array::from_fn(|index| tensors[index].clone());
    let [a, b, c, d, e] = tensors;
    let prepared = Rows::<N>.prepare::<C>(nodes).compute_bound();
    let (value, ..) = B::rows(a, b, c, d, e, call.clone());
    match prepared.stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((state, call), value),
        OpsKind::UnTracked(prepared) => prepared.finish(value),
    }
}
