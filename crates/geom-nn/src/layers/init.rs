//! How weights start.

use burn::tensor::{Device, Distribution, Tensor};

/// Uniform in $\pm g\sqrt{6/(d_{\text{input}} + d_{\text{output}})}$, so that the variance of what
/// passes through is about that of what enters, times $g^2$.
///
/// # References
/// Glorot & Bengio (2010), eq. 16.
pub(crate) fn xavier_uniform(shape: [usize; 2], gain: f64, device: &Device) -> Tensor<2> {
    let bound = gain * (6.0 / (shape[0] + shape[1]) as f64).sqrt();
    Tensor::random(shape, Distribution::Uniform(-bound, bound), device)
}
