//! Operations through the host: for devices without kernels of their own.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{DType, Shape, TensorData, try_read_sync};

use super::call::Call;
use super::operation::Number;
use super::ops::{SLOTS, places};

type Three<B> = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// Reads the tensors, computes, and writes the results.
///
/// # Panics
/// If the device fails to hand over a tensor, as Burn's own `into_data` does.
pub(super) fn run<B: Backend>(tensors: [FloatTensor<B>; SLOTS], call: &Call) -> Three<B> {
    match tensors[0].dtype() {
        DType::F64 => run_in::<B, f64>(tensors, call),
        _ => run_in::<B, f32>(tensors, call),
    }
}

fn run_in<B: Backend, T: Number>(tensors: [FloatTensor<B>; SLOTS], call: &Call) -> Three<B> {
    let device = tensors[0].device();
    let taken = tensors.into_iter().zip(call.arguments());
    let numbers: Vec<Vec<T>> = taken.map(|(tensor, _)| read::<B, T>(tensor)).collect();
    let numbers: Vec<&[T]> = numbers.iter().map(Vec::as_slice).collect();
    let results = call.run::<T>(&numbers);
    let results = results.into_iter().zip(call.values());
    places(
        results
            .map(|(values, size)| {
                let shape: Shape = call.shape(size);
                B::float_from_data(TensorData::new(values, shape), &device)
            })
            .collect(),
    )
}

fn read<B: Backend, T: Number>(tensor: FloatTensor<B>) -> Vec<T> {
    if tensor.shape().num_elements() == 0 {
        return Vec::new();
    }
    let data = try_read_sync(B::float_into_data(tensor))
        .expect("matrices are read back without waiting for others: use a backend that can")
        .unwrap_or_else(|error| panic!("the device did not hand over a tensor: {error:?}"));
    // One pass: the numbers may lie in memory that is shared with the tensor.
    data.iter::<T>().collect()
}
