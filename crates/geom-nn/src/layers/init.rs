//! Weights at the start.

use burn::tensor::{Device, Distribution, Tensor};

/// Uniform in $[-a, a]$ with $a = \text{gain}\sqrt{6/(d_{\text{in}} + d_{\text{out}})}$.
///
/// # References
/// Glorot, Bengio (2010), *Understanding the Difficulty of Training Deep Feedforward Neural
/// Networks*, eq. 16.
pub(crate) fn xavier_uniform(shape: [usize; 2], gain: f64, device: &Device) -> Tensor<2> {
    let bound = gain * (6.0 / (shape[0] + shape[1]).max(1) as f64).sqrt();
    Tensor::random(shape, Distribution::Uniform(-bound, bound), device)
}
