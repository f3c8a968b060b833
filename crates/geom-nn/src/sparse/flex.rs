//! The sparse operations of the `flex` backend.

use burn::backend::Flex;
use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::backend::flex::Layout;
use burn::tensor::{Bytes, DType, Element, Shape};
use geom_kernels::real::Real;
use geom_kernels::sparse as kernels;

use super::ops::{EdgeEnd, SparseOps};
use super::pattern::Pattern;

/// Evaluates `$body` with `$number` as the type of the elements of a tensor.
macro_rules! with_number {
    ($tensor:expr, $number:ident => $body:expr) => {
        match $tensor.dtype() {
            DType::F32 => {
                type $number = f32;
                $body
            }
            DType::F64 => {
                type $number = f64;
                $body
            }
            dtype => panic!("sparse operations take f32 or f64, got {dtype:?}"),
        }
    };
}

/// The elements of a contiguous tensor.
fn elements<T: Element + bytemuck::Pod>(tensor: &FlexTensor) -> &[T] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<T>()[start..start + tensor.shape().num_elements()]
}

fn tensor<T: Real + Element + bytemuck::Pod>(values: Vec<T>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(values),
        Layout::contiguous(Shape::new(shape)),
        T::dtype(),
    )
}

impl SparseOps for Flex {
    fn sparse_matmul(
        values: FlexTensor,
        x: FlexTensor,
        pattern: Pattern,
        transposed: bool,
    ) -> FlexTensor {
        let (heads, width) = (values.shape()[1], x.shape()[1]);
        let (values, x) = (values.to_contiguous(), x.to_contiguous());
        let nodes = if transposed {
            pattern.columns()
        } else {
            pattern.rows()
        };
        with_number!(x, T => {
            let (values, x) = (elements::<T>(&values), elements::<T>(&x));
            let y = kernels::matmul(pattern.positions(), transposed, values, heads, x, width);
            tensor(y, [nodes, width])
        })
    }

    fn sampled_product(a: FlexTensor, b: FlexTensor, pattern: Pattern, heads: usize) -> FlexTensor {
        let width = a.shape()[1];
        let (a, b) = (a.to_contiguous(), b.to_contiguous());
        with_number!(a, T => {
            let (a, b) = (elements::<T>(&a), elements::<T>(&b));
            let products = kernels::sampled_product(pattern.positions(), a, b, width, heads);
            tensor(products, [pattern.entries(), heads])
        })
    }

    fn edge_softmax(scores: FlexTensor, pattern: Pattern) -> FlexTensor {
        let heads = scores.shape()[1];
        let scores = scores.to_contiguous();
        with_number!(scores, T => {
            let weights = kernels::softmax(pattern.positions(), elements::<T>(&scores), heads);
            tensor(weights, [pattern.entries(), heads])
        })
    }

    fn edge_softmax_backward(
        weights: FlexTensor,
        gradient: FlexTensor,
        pattern: Pattern,
    ) -> FlexTensor {
        let heads = weights.shape()[1];
        let (weights, gradient) = (weights.to_contiguous(), gradient.to_contiguous());
        with_number!(weights, T => {
            let (weights, gradient) = (elements::<T>(&weights), elements::<T>(&gradient));
            let scores = kernels::softmax_backward(pattern.positions(), weights, gradient, heads);
            tensor(scores, [pattern.entries(), heads])
        })
    }

    fn edge_gather(x: FlexTensor, pattern: Pattern, end: EdgeEnd) -> FlexTensor {
        let width = x.shape()[1];
        let x = x.to_contiguous();
        let nodes = match end {
            EdgeEnd::Target => pattern.row_indices(),
            EdgeEnd::Source => pattern.indices(),
        };
        with_number!(x, T => {
            tensor(kernels::gather(nodes, elements::<T>(&x), width), [nodes.len(), width])
        })
    }

    fn edge_scatter(x: FlexTensor, pattern: Pattern, end: EdgeEnd) -> FlexTensor {
        let width = x.shape()[1];
        let x = x.to_contiguous();
        let transposed = end == EdgeEnd::Source;
        let nodes = if transposed {
            pattern.columns()
        } else {
            pattern.rows()
        };
        with_number!(x, T => {
            let sums = kernels::scatter(pattern.positions(), transposed, elements::<T>(&x), width);
            tensor(sums, [nodes, width])
        })
    }
}
