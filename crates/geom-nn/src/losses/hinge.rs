//! Losses that stop pulling beyond a margin.

use burn::tensor::activation::relu;
use burn::tensor::{Int, Tensor};

use super::cross_entropy::labeled_rows;
use super::mean::mean;

/// The mean of what negatives lack to be farther than positives by a margin.
///
/// $$ \ell = \frac1b\sum_i \max(0,\\; d_i - d'_i + m) $$
///
/// # Shapes
/// - `positive`, `negative`: any, broadcast against each other; the distances $d$, or squared ones,
///   of true pairs and of others
/// - returns: `[1]`
///
/// # Panics
/// If there are no pairs.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::margin_ranking_loss;
///
/// let device = Device::flex();
/// let positive = Tensor::<1>::from_data([1.0, 1.0], &device);
/// let negative = Tensor::<1>::from_data([4.0, 1.5], &device);
/// let loss = margin_ranking_loss(positive, negative, 2.0).into_scalar::<f32>();
/// assert!((loss - 0.75).abs() < 1e-6);
/// ```
///
/// # References
/// Chen et al. (2022), link prediction, with squared Lorentzian distances. Their code averages the
/// margin of each positive pair against itself along with this, so its loss is $(\ell + m)/2$.
pub fn margin_ranking_loss<const D: usize>(
    positive: Tensor<D>,
    negative: Tensor<D>,
    margin: f64,
) -> Tensor<1> {
    mean(relu((positive - negative).add_scalar(margin)), "pairs")
}

/// The mean of what the logit of the true class lacks to be above all others by a margin.
///
/// $$ \ell = \frac1{bk}\sum_i\sum_{j \le k} \max(0,\\; m - z_{n_i y_i} + z_{n_i j}) $$
///
/// The true class itself is among the $j$ and adds the constant $m/k$, as in the published code.
///
/// # Shapes
/// - `logits`: `[n, k]`
/// - `nodes`: `[b]`, the rows $n_i$ that count; `None` is all rows, in order
/// - `labels`: `[b]`, the class $y_i < k$ of each of them
/// - returns: `[1]`
///
/// # Panics
/// If there are no labels, or their number differs from that of the rows.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::margin_classification_loss;
///
/// let device = Device::flex();
/// let logits = Tensor::<2>::from_data([[3.0, 2.5]], &device);
/// let labels = Tensor::from_data([0], &device);
/// let loss = margin_classification_loss(logits, None, labels, 1.0).into_scalar::<f32>();
/// assert!((loss - (1.0 + 0.5) / 2.0).abs() < 1e-6);
/// ```
///
/// # References
/// Chen et al. (2022), node classification; Weston and Watkins (1999).
pub fn margin_classification_loss(
    logits: Tensor<2>,
    nodes: Option<Tensor<1, Int>>,
    labels: Tensor<1, Int>,
    margin: f64,
) -> Tensor<1> {
    let logits = labeled_rows(logits, nodes, &labels);
    let [count, _] = logits.dims();
    let of_truth = logits.clone().gather(1, labels.reshape([count, 1]));
    mean(relu((logits - of_truth).add_scalar(margin)), "labels")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{assert_gradient, finite_gradient};
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn the_gradient_agrees_with_differences_on_both_sides_of_the_margin() {
        let pairs = [0.5, 3.0, 1.0, 2.0, 2.5, 1.7];
        assert_gradient("ranking", [2, 3], &pairs, |x| {
            margin_ranking_loss(x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1), 1.0)
        });
        assert_gradient("classification", [2, 3], &pairs, |x| {
            let labels = Tensor::from_data([1, 0], &x.device());
            margin_classification_loss(x, None, labels, 1.0)
        });
    }

    #[test]
    fn the_margin_of_classes_is_counted_by_hand() {
        let device = Device::flex();
        let logits = Tensor::<2>::from_data([[9.0, 9.0, 9.0], [1.0, 3.0, 2.5]], &device);
        let loss = margin_classification_loss(
            logits,
            Some(Tensor::from_data([1], &device)),
            Tensor::from_data([1], &device),
            1.0,
        );
        // 0 for the first class, the margin itself for the true one, 1 - 3 + 2.5 for the third.
        assert!((to_vec_f64(loss)[0] - 1.5 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_pair_beyond_the_margin_has_no_pull_and_a_far_one_a_finite_one() {
        let device = Device::flex().autodiff();
        for dtype in [DType::F32, DType::F64] {
            let distances = Tensor::<2>::from_data([[1.0, 1e30], [5.0, 0.0]], (&device, dtype));
            let gradient = finite_gradient("ranking", distances, |x| {
                margin_ranking_loss(x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1), 2.0)
            });
            assert_eq!(gradient, [0.0, 0.5, 0.0, -0.5]);
        }
    }
}
