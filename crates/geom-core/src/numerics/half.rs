//! Half-precision tensors, computed with in single precision.

use burn::tensor::{DType, FloatDType, Tensor};

/// Whether a format has half precision.
pub fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// The tensor in `f32` if it is in half precision, otherwise as it is.
pub fn single<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    match is_half(x.dtype()) {
        true => x.cast(FloatDType::F32),
        false => x,
    }
}

/// `map` of the tensors. Those in half precision are computed with in `f32`, and the result has the
/// format of the first one again.
///
/// [`half_precision`](crate::half_precision) puts all verbs of a manifold in here.
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::numerics::{in_single, tanhc};
///
/// let q = Tensor::<1>::from_data([0.25], (&Device::flex(), DType::F16));
/// let half = in_single([q], |[q]| tanhc(q));
/// assert_eq!(half.dtype(), DType::F16);
/// ```
pub fn in_single<const N: usize, const D: usize, const E: usize>(
    tensors: [Tensor<D>; N],
    map: impl FnOnce([Tensor<D>; N]) -> Tensor<E>,
) -> Tensor<E> {
    let dtype = tensors[0].dtype();
    // One call: two would be inlined, and a product's verb be there twice for every product around it.
    let result = map(tensors.map(single));
    match is_half(dtype) {
        true => result.cast(dtype),
        false => result,
    }
}
