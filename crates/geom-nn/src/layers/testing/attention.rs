//! What attention owes in any space.

use burn::tensor::{Bool, Device, Int, Tensor};
use geom_core::Pointed;
use geom_core::numerics::to_vec_f64;

use super::{assert_close, wave};
use crate::layers::attention::head_weights::{AttentionActivation, AttentionOutput};

/// Of a few hundred operations on numbers of order one.
const ROUNDING: f64 = 1e-12;

pub(crate) const ACTIVATIONS: [AttentionActivation; 2] =
    [AttentionActivation::Softmax, AttentionActivation::Sigmoid];

/// Hides the last of four keys from the first of two sequences.
pub(crate) fn padding() -> Tensor<3, Bool> {
    let last_of_the_first = [[[false, false, false, true]], [[false; 4]]];
    Tensor::from_data(last_of_the_first, &Device::flex())
}

/// Five queries, four keys and four values in six dimensions, twice.
pub(crate) fn sequences(space: &impl Pointed) -> [Tensor<3>; 3] {
    [(5, 0.0), (4, 0.3), (4, 0.7)].map(|(length, phase)| space.exp0(wave([2, length, 6], phase)))
}

/// Keys may come in any order, and queries keep theirs.
pub(crate) fn check_order(
    space: &impl Pointed,
    forward: impl Fn([Tensor<3>; 3], Option<Tensor<3, Bool>>) -> AttentionOutput,
) {
    let order = |order: &[i32]| Tensor::<1, Int>::from_data(order, &Device::flex());
    let (queries, keys) = (order(&[3, 0, 4, 1, 2]), order(&[2, 0, 3, 1]));
    let [q, k, v] = sequences(space);
    let straight = forward([q.clone(), k.clone(), v.clone()], None);
    let turned = [
        q.select(1, queries.clone()),
        k.select(1, keys.clone()),
        v.select(1, keys),
    ];
    let expected = straight.context.select(1, queries);
    assert_close(forward(turned, None).context, expected, ROUNDING);
}

/// What is hidden does not count, and what is not does.
pub(crate) fn check_hidden(
    space: &impl Pointed,
    forward: impl Fn([Tensor<3>; 3], Option<Tensor<3, Bool>>) -> AttentionOutput,
) {
    let moved = |x: &Tensor<3>| {
        let shorter = x.clone().narrow(1, 0, 3);
        Tensor::cat(vec![shorter, space.exp0(wave([2, 1, 6], 2.0))], 1)
    };
    let [q, k, v] = sequences(space);
    let others = [q.clone(), moved(&k), moved(&v)];
    let [context, other] =
        [[q, k, v], others].map(|sequences| forward(sequences, Some(padding())).context);
    let of = |x: &Tensor<3>, sequence| to_vec_f64(x.clone().narrow(0, sequence, 1));
    assert_eq!(of(&context, 0), of(&other, 0));
    assert_ne!(of(&context, 1), of(&other, 1));
}
