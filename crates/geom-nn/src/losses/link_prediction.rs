//! Binary cross entropy of links and non-links.

use burn::tensor::Tensor;

use super::mean::mean;
use super::softplus::softplus;

/// The binary cross entropy of logits: of positive pairs against 1 and of negative pairs against 0.
///
/// $$ \ell = \frac1P\sum_{i \le P} \ln(1 + e^{-z_i}) + \frac1N\sum_{j \le N} \ln(1 + e^{w_j}) $$
///
/// Each list is averaged on its own, so both kinds weigh the same however many negatives are drawn.
///
/// # Shapes
/// - `positive`: any, the logits $z$ of true pairs, as
///   [`FermiDirac`](crate::decoders::FermiDirac) gives them
/// - `negative`: any, the logits $w$ of others
/// - returns: `[1]`
///
/// # Panics
/// If either list is empty.
///
/// # Numerics
/// No probability is formed, so no logit is too large, and the gradient of a pair that is already
/// right keeps its relative precision.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::link_prediction_loss;
///
/// let device = Device::flex();
/// let positive = Tensor::<1>::from_data([0.0, 0.0], &device);
/// let negative = Tensor::<1>::from_data([0.0], &device);
/// let loss = link_prediction_loss(positive, negative).into_scalar::<f32>();
/// assert!((loss - 2.0 * 2f32.ln()).abs() < 1e-6);
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), §4 and appendix; Kipf and Welling (2016).
pub fn link_prediction_loss<const D: usize>(positive: Tensor<D>, negative: Tensor<D>) -> Tensor<1> {
    mean(softplus(positive.neg()), "positive pairs") + mean(softplus(negative), "negative pairs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{assert_gradient, finite_gradient};
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn it_is_the_cross_entropy_of_the_probabilities() {
        let device = Device::flex();
        let (z, w) = ([0.3, -2.0, 1.5], [0.1, -1.0]);
        let tensor = |values: &[f64]| Tensor::<1>::from_data(values, (&device, DType::F64));
        let loss = to_vec_f64(link_prediction_loss(tensor(&z), tensor(&w)))[0];
        let probability = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let positive: f64 = z.iter().map(|&z| -probability(z).ln()).sum();
        let negative: f64 = w.iter().map(|&w| -(1.0 - probability(w)).ln()).sum();
        assert!((loss - (positive / 3.0 + negative / 2.0)).abs() < 1e-14);
    }

    #[test]
    fn the_gradient_agrees_with_differences() {
        assert_gradient(
            "link prediction",
            [2, 3],
            &[0.4, -1.0, 2.0, 0.0, -3.0, 1.0],
            |x| link_prediction_loss(x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1)),
        );
    }

    #[test]
    fn logits_of_pairs_as_far_apart_as_can_be_are_finite() {
        let device = Device::flex().autodiff();
        for dtype in [DType::F32, DType::F64] {
            let logits =
                Tensor::<1>::from_data([-1e30, -200.0, 0.0, 200.0, 1e30], (&device, dtype));
            let gradient = finite_gradient("link prediction", logits, |z| {
                link_prediction_loss(z.clone(), z)
            });
            // A pair that is wrong by far pulls with full strength, from either side.
            assert!((gradient[0] + 0.2).abs() < 1e-6 && (gradient[4] - 0.2).abs() < 1e-6);
            assert!(gradient[2].abs() < 1e-6);
        }
    }

    #[test]
    #[should_panic(expected = "no negative pairs")]
    fn an_empty_list_is_refused() {
        let some = Tensor::<1>::ones([2], &Device::flex());
        link_prediction_loss(some.clone(), Tensor::zeros([0], &some.device()));
    }
}
