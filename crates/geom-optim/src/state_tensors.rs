//! Tensors in and out of Burn's optimizer records.

use burn::optim::{StateSink, StateSource};
use burn::tensor::{Bytes, Device, Tensor, TensorData};

/// Adds a tensor to a record, as a copy.
///
/// What [`Tensor::into_data`] returns can share memory with the tensor, and a later operation may
/// run in place there; a record must not change after it was taken.
pub(crate) fn push<const D: usize>(
    out: &mut StateSink,
    prefix: &str,
    leaf: &str,
    tensor: &Tensor<D>,
) {
    let data = tensor.to_data();
    let bytes = Bytes::from_bytes_vec(data.as_bytes().to_vec());
    let data = TensorData::from_bytes(bytes, data.shape().clone(), data.dtype());
    out.push_tensor(prefix, leaf, data);
}

/// Takes a tensor of rank `D` out of a record; `None` if it is absent or of another rank.
pub(crate) fn take<const D: usize>(
    source: &mut StateSource,
    prefix: &str,
    leaf: &str,
    device: &Device,
) -> Option<Tensor<D>> {
    let data = source.take_tensor(prefix, leaf)?;
    // Without the dtype the tensor would be cast to the device's default and lose double precision.
    let dtype = data.dtype();
    (data.rank() == D).then(|| Tensor::from_data(data, (device, dtype)))
}
