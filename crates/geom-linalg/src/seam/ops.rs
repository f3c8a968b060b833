//! The one operation that backends have.
#![allow(
    deprecated,
    reason = "Burn deprecates NdArray; it stays on offer while Burn has it"
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::call::Call;
use super::host;

/// The tensors that a call has room for.
pub(super) const SLOTS: usize = 6;

/// The results that a call has room for.
pub(super) const RESULTS: usize = 3;

/// Operations on matrices, on a backend.
///
/// The default reads the tensors back to the host, computes there and writes the results: what `ndarray`
/// and the GPUs do. `flex` computes on the memory of its tensors.
#[backend_extension(
    Autodiff,
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda"))
)]
pub trait LinalgOps: Backend {
    /// Runs a call on as many of the tensors as it takes, and returns its results; further tensors
    /// and results are placeholders.
    fn linalg(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        call: Call,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        host::run::<Self>([a, b, c, d, e, f], &call)
    }
}

#[cfg(feature = "ndarray")]
impl LinalgOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
impl LinalgOps for burn::backend::Cube {}

/// Runs a call on a backend: the results that it has.
pub(super) fn run<B: LinalgOps>(tensors: Vec<FloatTensor<B>>, call: Call) -> Vec<FloatTensor<B>> {
    let results = call.values().len();
    let [a, b, c, d, e, f] = slots(tensors);
    let (x, y, z) = B::linalg(a, b, c, d, e, f, call);
    let mut all = vec![x, y, z];
    all.truncate(results);
    all
}

/// The tensors in their slots; those that stay free hold the first one again.
fn slots<T: Clone>(tensors: Vec<T>) -> [T; SLOTS] {
    std::array::from_fn(|slot| tensors.get(slot).unwrap_or(&tensors[0]).clone())
}

/// The results in their places; those that stay free hold the first one again.
pub(super) fn places<T: Clone>(results: Vec<T>) -> (T, T, T) {
    let [x, y, z]: [T; RESULTS] =
        std::array::from_fn(|place| results.get(place).unwrap_or(&results[0]).clone());
    (x, y, z)
}
