//! Averages of lists that must not be empty.

use burn::tensor::Tensor;

/// The mean of all elements, as `[1]`.
///
/// # Panics
/// If there is none; `what` says of what.
pub(super) fn mean<const D: usize>(losses: Tensor<D>, what: &str) -> Tensor<1> {
    let count = losses.dims().iter().product::<usize>();
    assert!(count > 0, "no {what} to average over");
    losses.sum().mul_scalar(1.0 / count as f64)
}
