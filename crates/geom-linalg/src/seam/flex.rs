//! Operations on the memory of `flex` tensors.

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType};

use super::call::Call;
use super::operation::Number;
use super::ops::{LinalgOps, places};

impl LinalgOps for Flex {
    fn linalg(
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        f: FlexTensor,
        call: Call,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let taken = [a, b, c, d, e, f].into_iter().zip(call.arguments());
        let tensors: Vec<FlexTensor> = taken.map(|(tensor, _)| tensor.to_contiguous()).collect();
        match tensors[0].dtype() {
            DType::F64 => run::<f64>(&tensors, &call),
            _ => run::<f32>(&tensors, &call),
        }
    }
}

fn run<T: Number>(tensors: &[FlexTensor], call: &Call) -> (FlexTensor, FlexTensor, FlexTensor) {
    let numbers: Vec<&[T]> = tensors.iter().map(elements).collect();
    let results = call.run::<T>(&numbers);
    let results = results.into_iter().zip(call.values());
    places(
        results
            .map(|(values, size)| {
                let layout = Layout::contiguous(call.shape(size));
                FlexTensor::new(Bytes::from_elems(values), layout, T::dtype())
            })
            .collect(),
    )
}

/// The elements of a contiguous tensor.
fn elements<T: Number>(tensor: &FlexTensor) -> &[T] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<T>()[start..start + tensor.shape().num_elements()]
}
