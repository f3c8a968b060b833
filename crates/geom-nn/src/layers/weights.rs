//! How weights start.

use burn::module::Param;
use burn::tensor::{Distribution, Tensor, TensorCreationOptions};

use crate::random;

/// Weights uniform in $[-a, a]$ with $a = g\sqrt{6/(d_{\text{in}} + d_{\text{out}})}$, which keeps the
/// variance of signals and gradients alike for the gain $g = 1$.
///
/// # Shapes
/// - `shape`: `[d_input, d_output]`
///
/// # References
/// Glorot, Bengio (2010), *Understanding the difficulty of training deep feedforward neural
/// networks*, eq. 16.
pub(crate) fn xavier_uniform(
    shape: [usize; 2],
    gain: f64,
    options: impl Into<TensorCreationOptions>,
) -> Param<Tensor<2>> {
    let bound = 3f64.sqrt() * xavier_std(shape, gain);
    drawn(shape, Distribution::Uniform(-bound, bound), options)
}

/// Normal weights of the same variance as [`xavier_uniform`], $2g^2/(d_{\text{in}} + d_{\text{out}})$.
pub(crate) fn xavier_normal(
    shape: [usize; 2],
    gain: f64,
    options: impl Into<TensorCreationOptions>,
) -> Param<Tensor<2>> {
    let normal = Distribution::Normal(0.0, xavier_std(shape, gain));
    drawn(shape, normal, options)
}

/// Weights drawn independently.
pub(crate) fn drawn<const D: usize>(
    shape: [usize; D],
    distribution: Distribution,
    options: impl Into<TensorCreationOptions>,
) -> Param<Tensor<D>> {
    Param::from_tensor(random::tensor(shape, distribution, options))
}

/// Weights that are all `value`.
pub(crate) fn constant<const D: usize>(
    shape: [usize; D],
    value: f64,
    options: impl Into<TensorCreationOptions>,
) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::full(shape, value, options))
}

/// # Panics
/// If a dimension is 0.
fn xavier_std([d_input, d_output]: [usize; 2], gain: f64) -> f64 {
    assert!(
        d_input > 0 && d_output > 0,
        "weights need dimensions of at least 1, got {d_input} and {d_output}"
    );
    gain * (2.0 / (d_input + d_output) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn both_xavier_draws_have_their_variance() {
        let options = (&Device::flex(), DType::F64);
        for weights in [
            xavier_uniform([300, 100], 1.5, options),
            xavier_normal([300, 100], 1.5, options),
        ] {
            let squares = to_vec_f64(weights.val().square());
            let variance = squares.iter().sum::<f64>() / squares.len() as f64;
            // 30,000 squares: the mean is off by 0.8 % (one standard deviation) or less.
            assert!((variance / (2.25 * 2.0 / 400.0) - 1.0).abs() < 0.05);
        }
    }

    #[test]
    fn uniform_weights_keep_to_their_bound() {
        let weights = xavier_uniform([30, 20], 1.0, &Device::flex());
        let largest = to_vec_f64(weights.val().abs().max())[0];
        let bound = (6.0f64 / 50.0).sqrt();
        assert!(largest <= bound && largest > 0.9 * bound);
    }

    #[test]
    #[should_panic(expected = "dimensions of at least 1, got 0 and 3")]
    fn a_layer_without_inputs_is_refused() {
        xavier_normal([0, 3], 1.0, &Device::flex());
    }
}
