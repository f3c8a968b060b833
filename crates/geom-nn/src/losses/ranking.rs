//! The ranking loss of Poincaré embeddings.

use burn::tensor::Tensor;

/// The softmax ranking loss over negated distances, row by row.
///
/// $$ \ell = -\ln \frac{e^{-d(u,v)}}{e^{-d(u,v)} + \sum_{n} \omega_n e^{-d(u,n)}} $$
///
/// # Shapes
/// - `relation`: `[b, 1]`, the distances $d(u, v)$ of true relations
/// - `negatives`: `[b, n]`, the distances $d(u, n)$ to that row's negatives
/// - `log_weights`: `[b, n]` or `[1, n]`, $\ln\omega_n$; `None` is weight 1 for all. A weight of
///   zero, for padding, is any logarithm below −80.
/// - returns: `[b, 1]`
///
/// # Numerics
/// The largest exponent is taken out of the sum first, so neither overflow nor a sum of zeros can
/// occur.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::ranking_loss;
///
/// let device = Device::flex();
/// let relation = Tensor::<2>::from_data([[1.0]], &device);
/// let negatives = Tensor::<2>::from_data([[1.0, 1.0]], &device);
/// let loss = ranking_loss(relation, negatives, None).into_scalar::<f32>();
/// assert!((loss - 3f32.ln()).abs() < 1e-6);
/// ```
///
/// # References
/// Nickel & Kiela (2017), equation (5).
pub fn ranking_loss(
    relation: Tensor<2>,
    negatives: Tensor<2>,
    log_weights: Option<Tensor<2>>,
) -> Tensor<2> {
    let others = match log_weights {
        Some(log_weights) => log_weights - negatives,
        None => negatives.neg(),
    };
    let exponents = Tensor::cat(vec![relation.clone().neg(), others], 1);
    let largest = exponents.clone().detach().max_dim(1);
    let sum = (exponents - largest.clone()).exp().sum_dim(1);
    relation + largest + sum.log()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_gradient_is_the_softmax_minus_one_at_the_relation() {
        let device = Device::flex().autodiff();
        let relation = Tensor::<2>::from_data([[0.5], [2.0]], &device).require_grad();
        let negatives = Tensor::<2>::from_data([[1.0, 3.0], [0.1, 40.0]], &device).require_grad();
        let gradients = ranking_loss(relation.clone(), negatives.clone(), None)
            .sum()
            .backward();
        let by_relation: Vec<f32> = relation
            .grad(&gradients)
            .unwrap()
            .try_into_vec_as::<f32>()
            .unwrap();
        let by_negatives: Vec<f32> = negatives
            .grad(&gradients)
            .unwrap()
            .try_into_vec_as::<f32>()
            .unwrap();
        for (row, (d, others)) in [(0.5f64, [1.0f64, 3.0]), (2.0, [0.1, 40.0])]
            .into_iter()
            .enumerate()
        {
            let total = (-d).exp() + others.iter().map(|n| (-n).exp()).sum::<f64>();
            assert!((f64::from(by_relation[row]) - (1.0 - (-d).exp() / total)).abs() < 1e-6);
            for (column, n) in others.iter().enumerate() {
                assert!(
                    (f64::from(by_negatives[2 * row + column]) + (-n).exp() / total).abs() < 1e-6
                );
            }
        }
    }

    #[test]
    fn far_apart_points_neither_overflow_nor_vanish() {
        let device = Device::flex();
        let relation = Tensor::<2>::from_data([[300.0]], &device);
        let negatives = Tensor::<2>::from_data([[500.0, 400.0]], &device);
        let loss = ranking_loss(relation, negatives, None).into_scalar::<f32>();
        assert!(loss.abs() < 1e-6, "{loss}");
    }

    #[test]
    fn a_padded_negative_does_not_count() {
        let device = Device::flex();
        let relation = Tensor::<2>::from_data([[1.0]], &device);
        let negatives = Tensor::<2>::from_data([[1.0, 0.0]], &device);
        let log_weights = Tensor::<2>::from_data([[0.0, -1e4]], &device);
        let loss = ranking_loss(relation, negatives, Some(log_weights)).into_scalar::<f32>();
        assert!((loss - 2f32.ln()).abs() < 1e-6, "{loss}");
    }
}
