//! Squared distances of all pairs as an operation of Burn's backends: one kernel on `flex`, with its
//! gradient.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Bytes, DType, Element, Shape};
use geom_kernels::pairs;
use geom_kernels::real::Real;

/// Squared distances of all pairs on a backend.
#[backend_extension(Autodiff, Flex: cfg(feature = "flex"))]
pub trait PairOps: Backend {
    /// $\lVert x_i - y_j\rVert^2$, `[n, m]`, from `[n, d]` and `[m, d]`.
    fn squared_distances(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Its gradients by `x` and by `y`.
    fn squared_distances_gradient(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The elements of a contiguous tensor.
fn elements<T: Element + bytemuck::Pod>(tensor: &FlexTensor) -> &[T] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<T>()[start..start + tensor.shape().num_elements()]
}

fn tensor<T: Real + Element + bytemuck::Pod>(values: Vec<T>, shape: [usize; 2]) -> FlexTensor {
    let layout = Layout::contiguous(Shape::new(shape));
    FlexTensor::new(Bytes::from_elems(values), layout, T::dtype())
}

fn squares<T: Real + Element + bytemuck::Pod>(x: &FlexTensor, y: &FlexTensor) -> FlexTensor {
    let [n, width] = [0, 1].map(|axis| x.shape()[axis]);
    let squares = pairs::squared_distances(elements::<T>(x), elements::<T>(y), width);
    tensor(squares, [n, y.shape()[0]])
}

fn gradients<T: Real + Element + bytemuck::Pod>(
    x: &FlexTensor,
    y: &FlexTensor,
    gradient: &FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let [n, width] = [0, 1].map(|axis| x.shape()[axis]);
    let (by_x, by_y) = pairs::squared_distances_gradient(
        elements::<T>(x),
        elements::<T>(y),
        elements::<T>(gradient),
        width,
    );
    (
        tensor(by_x, [n, width]),
        tensor(by_y, [y.shape()[0], width]),
    )
}

impl PairOps for Flex {
    fn squared_distances(x: FlexTensor, y: FlexTensor) -> FlexTensor {
        let (x, y) = (x.to_contiguous(), y.to_contiguous());
        match x.dtype() {
            DType::F64 => squares::<f64>(&x, &y),
            _ => squares::<f32>(&x, &y),
        }
    }

    fn squared_distances_gradient(
        x: FlexTensor,
        y: FlexTensor,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let (x, y) = (x.to_contiguous(), y.to_contiguous());
        let gradient = gradient.to_contiguous();
        match x.dtype() {
            DType::F64 => gradients::<f64>(&x, &y, &gradient),
            _ => gradients::<f32>(&x, &y, &gradient),
        }
    }
}

#[derive(Debug)]
struct SquaredDistances;

impl<B: PairOps> Backward<B, 2> for SquaredDistances {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [x_node, y_node] = ops.parents;
        let (x, y) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let (by_x, by_y) = B::squared_distances_gradient(x, y, gradient);
        for (node, gradient) in [(x_node, by_x), (y_node, by_y)] {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: PairOps, C: CheckpointStrategy> PairOps for Autodiff<B, C> {
    fn squared_distances(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (y, y_node) = y.into_parts();
        let prepared = SquaredDistances.prepare::<C>([x_node, y_node]);
        let squares = B::squared_distances(x.clone(), y.clone());
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((x, y), squares),
            OpsKind::UnTracked(prepared) => prepared.finish(squares),
        }
    }

    /// A gradient is not differentiated again: Burn's derivatives are of first order.
    fn squared_distances_gradient(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (by_x, by_y) = B::squared_distances_gradient(
            x.into_primitive(),
            y.into_primitive(),
            gradient.into_primitive(),
        );
        (Self::from_inner(by_x), Self::from_inner(by_y))
    }
}
