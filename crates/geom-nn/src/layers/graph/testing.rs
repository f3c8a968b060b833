//! Graphs and laws for the tests of the neighboring layers.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{DType, Device, Int, Tensor};

use crate::layers::testing::{check_gradients, check_rests, normal, varied};
use crate::sparse::Graph;

const EDGES: [[u32; 2]; 5] = [[0, 1], [1, 2], [2, 0], [2, 3], [3, 4]];
/// Where each node goes.
const RENUMBERED: [u32; 5] = [3, 0, 4, 1, 2];

/// A triangle with a tail, with three features a node.
pub(super) fn example() -> (Tensor<2>, Graph) {
    let device = Device::flex();
    let x = normal([5, 3], 0.4, 11, DType::F32);
    (x, Graph::new(5, &EDGES, &device).unwrap())
}

/// All of four nodes joined.
pub(super) fn complete() -> (Tensor<2>, Graph) {
    let device = Device::flex();
    let edges = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
    let x = normal([4, 3], 0.4, 12, DType::F32);
    (x, Graph::new(4, &edges, &device).unwrap())
}

/// Asserts that a layer does not depend on how the nodes are numbered.
pub(super) fn permuted(layer: impl Fn(Tensor<2>, &Graph) -> Tensor<2>) {
    let (x, graph) = example();
    let device = Device::flex();
    let edges = EDGES.map(|edge| edge.map(|node| RENUMBERED[node as usize]));
    let renumbered = Graph::new(5, &edges, &device).unwrap();
    let to = Tensor::<1, Int>::from_data(RENUMBERED.map(|node| node as i32), &device);
    // Row `to[i]` of what enters is row `i` of x.
    let mut back = [0; 5];
    for (from, &to) in RENUMBERED.iter().enumerate() {
        back[to as usize] = from as i32;
    }
    let moved = x
        .clone()
        .select(0, Tensor::<1, Int>::from_data(back, &device));
    let plain = layer(x, &graph);
    let error = layer(moved, &renumbered).select(0, to) - plain;
    let error = error.abs().max().into_scalar::<f32>();
    assert!(error < 1e-5, "{error:e}");
}

/// Holds the gradients of a layer on the example, of all its parameters and of its input, against
/// difference quotients.
pub(super) fn differentiable<L: Module + ModuleDisplay>(
    layer: L,
    forward: impl Fn(&L, Tensor<2>, &Graph) -> Tensor<2>,
) {
    let (v, graph) = example();
    let graph = graph.cast(DType::F64).autodiff();
    check_gradients(varied(layer).train(), v.cast(DType::F64), |layer, v| {
        forward(layer, v, &graph)
    });
}

/// Asserts that a layer with dropout rests on the example where it is frozen.
pub(super) fn rests<L: Module>(layer: L, forward: impl Fn(&L, Tensor<2>, &Graph) -> Tensor<2>) {
    let (x, graph) = example();
    let tracked = graph.clone().autodiff();
    check_rests(layer, x, |layer, x| {
        let graph = if x.device().is_autodiff() {
            &tracked
        } else {
            &graph
        };
        forward(layer, x, graph)
    });
}
