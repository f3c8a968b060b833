//! Operations on the tape.
//!
//! The gradient of an operation is one more call of it. It is not differentiated again: Burn's
//! derivatives are of first order.

use burn::backend::AutodiffBackend;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::call::Call;
use super::ops::{LinalgOps, places, run};

/// The gradients of the `N` inputs of a call.
#[derive(Debug)]
struct Gradient<const N: usize>;

impl<B: LinalgOps, const N: usize> Backward<B, N> for Gradient<N> {
    /// What the gradient takes besides the gradients of the results, and its call.
    type State = (Vec<FloatTensor<B>>, Call);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (mut tensors, call) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        tensors.extend(call.unpack::<B>(gradient));
        let gradients = run::<B>(tensors, call);
        for (node, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: LinalgOps, C: CheckpointStrategy> LinalgOps for Autodiff<B, C> {
    fn linalg(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        call: Call,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        if call.is_gradient() {
            let [a, b, c, d, e, f] = [a, b, c, d, e, f].map(|x| x.into_primitive());
            let (x, y, z) = B::linalg(a, b, c, d, e, f, call);
            return (
                Self::from_inner(x),
                Self::from_inner(y),
                Self::from_inner(z),
            );
        }
        let inputs = call.inputs();
        let tensors = [a, b, c].into_iter().take(inputs).collect();
        places(match inputs {
            1 => tracked::<B, C, 1>(tensors, call),
            2 => tracked::<B, C, 2>(tensors, call),
            3 => tracked::<B, C, 3>(tensors, call),
            inputs => unreachable!("no operation has {inputs} inputs"),
        })
    }
}

/// The results, on the tape.
fn tracked<B: LinalgOps, C: CheckpointStrategy, const N: usize>(
    inputs: Vec<FloatTensor<Autodiff<B, C>>>,
    call: Call,
) -> Vec<FloatTensor<Autodiff<B, C>>> {
    let (tensors, nodes): (Vec<_>, Vec<_>) = inputs.into_iter().map(|x| x.into_parts()).unzip();
    let nodes = nodes.try_into().unwrap_or_else(|_| unreachable!("N nodes"));
    match Gradient::<N>.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => {
            let mut values = run::<B>(tensors.clone(), call.with_extras());
            let kept = call.keep(&tensors, &values);
            values.truncate(call.values().len());
            let packed = call.pack::<B>(values);
            let packed = prepared.finish((kept, call.gradient()), packed);
            call.unpack::<Autodiff<B, C>>(packed)
        }
        OpsKind::UnTracked(_) => {
            let values = run::<B>(tensors, call);
            values
                .into_iter()
                .map(<Autodiff<B, C> as AutodiffBackend>::from_inner)
                .collect()
        }
    }
}
