//! Cross entropy of the classes of some nodes.

use burn::tensor::{Int, Tensor};

use super::mean::mean;

/// The cross entropy of the true classes of a list of nodes, averaged over it.
///
/// $$ \ell = \frac{\sum_i \omega_{y_i}\bigl(\ln\sum_k e^{z_{n_i k}} - z_{n_i y_i}\bigr)}
///    {\sum_i \omega_{y_i}} $$
///
/// A full-batch model gives logits for every node of a graph, and only those with a known label
/// count.
///
/// # Shapes
/// - `logits`: `[n, k]`
/// - `nodes`: `[b]`, the rows $n_i$ that count; `None` is all rows, in order
/// - `labels`: `[b]`, the class $y_i < k$ of each of them
/// - `class_weights`: `[k]`, the weights $\omega$; `None` is weight 1 for all
/// - returns: `[1]`
///
/// # Panics
/// If there are no labels, or their number differs from that of the rows. Rows and classes out of range are
/// the backend's to refuse.
///
/// # Numerics
/// The largest logit is taken out of the sum first, so it neither overflows nor vanishes.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::cross_entropy_loss;
///
/// let device = Device::flex();
/// let logits = Tensor::<2>::from_data([[5.0, -1.0, 0.0], [2.0, 2.0, 2.0]], &device);
/// let nodes = Tensor::from_data([1], &device);
/// let labels = Tensor::from_data([2], &device);
/// let loss = cross_entropy_loss(logits, Some(nodes), labels, None).into_scalar::<f32>();
/// assert!((loss - 3f32.ln()).abs() < 1e-6);
/// ```
///
/// # References
/// Kipf and Welling (2017), eq. 10.
pub fn cross_entropy_loss(
    logits: Tensor<2>,
    nodes: Option<Tensor<1, Int>>,
    labels: Tensor<1, Int>,
    class_weights: Option<Tensor<1>>,
) -> Tensor<1> {
    let logits = labeled_rows(logits, nodes, &labels);
    let [count, classes] = logits.dims();
    let largest = logits.clone().detach().max_dim(1);
    let sum = (logits.clone() - largest.clone()).exp().sum_dim(1);
    let losses = sum.log() + largest - logits.gather(1, labels.clone().reshape([count, 1]));
    let Some(weights) = class_weights else {
        return mean(losses, "labels");
    };
    assert_eq!(weights.dims(), [classes], "one weight for each class");
    let weights = weights.select(0, labels).reshape([count, 1]);
    (losses * weights.clone()).sum() / weights.sum()
}

/// The rows of `logits` that have a label, checked against their number.
pub(super) fn labeled_rows(
    logits: Tensor<2>,
    nodes: Option<Tensor<1, Int>>,
    labels: &Tensor<1, Int>,
) -> Tensor<2> {
    let logits = match nodes {
        Some(nodes) => logits.select(0, nodes),
        None => logits,
    };
    let [rows, _] = logits.dims();
    let [count] = labels.dims();
    assert_eq!(rows, count, "{rows} rows of logits for {count} labels");
    assert!(count > 0, "no labels to average over");
    logits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{assert_gradient, finite_gradient};
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    const LOGITS: [f64; 12] = [
        0.1, 2.0, -1.0, 0.5, 0.5, 0.0, -3.0, 1.0, 1.2, 9.0, 8.0, -7.0,
    ];
    const NODES: [i32; 3] = [3, 0, 3];
    const LABELS: [i32; 3] = [1, 2, 0];
    const WEIGHTS: [f64; 3] = [0.5, 2.0, 1.0];

    fn loss(logits: Tensor<2>, weighted: bool) -> Tensor<1> {
        let device = logits.device();
        let nodes = Tensor::from_data(NODES, &device);
        let weights = Tensor::from_data(WEIGHTS, (&device, logits.dtype()));
        cross_entropy_loss(
            logits,
            Some(nodes),
            Tensor::from_data(LABELS, &device),
            weighted.then_some(weights),
        )
    }

    #[test]
    fn it_is_minus_the_log_of_the_softmax_weighted_and_averaged() {
        let logits = Tensor::<1>::from_data(LOGITS, (&Device::flex(), DType::F64)).reshape([4, 3]);
        for weighted in [false, true] {
            let (mut sum, mut total) = (0.0, 0.0);
            for (&node, &label) in NODES.iter().zip(&LABELS) {
                let row = &LOGITS[3 * node as usize..][..3];
                let partition: f64 = row.iter().map(|z| z.exp()).sum();
                let weight = if weighted {
                    WEIGHTS[label as usize]
                } else {
                    1.0
                };
                sum -= weight * (row[label as usize].exp() / partition).ln();
                total += weight;
            }
            let value = to_vec_f64(loss(logits.clone(), weighted))[0];
            assert!((value - sum / total).abs() < 1e-14, "{value}");
        }
    }

    #[test]
    fn the_gradient_agrees_with_differences_and_is_zero_for_nodes_without_label() {
        for weighted in [false, true] {
            assert_gradient("cross entropy", [4, 3], &LOGITS, |x| loss(x, weighted));
        }
        let logits = Tensor::<1>::from_data(LOGITS, &Device::flex().autodiff()).reshape([4, 3]);
        let gradient = finite_gradient("cross entropy", logits, |x| loss(x, false));
        assert!(gradient[3..9].iter().all(|&slope| slope == 0.0));
    }

    #[test]
    fn extreme_logits_are_finite() {
        let device = Device::flex().autodiff();
        for dtype in [DType::F32, DType::F64] {
            let logits = Tensor::<2>::from_data([[1e30, -1e30], [700.0, 700.0]], (&device, dtype));
            finite_gradient("cross entropy", logits, |x| {
                cross_entropy_loss(x, None, Tensor::from_data([1, 0], &device), None)
            });
        }
    }

    #[test]
    #[should_panic(expected = "2 rows of logits for 1 labels")]
    fn labels_must_match_the_rows() {
        let device = Device::flex();
        cross_entropy_loss(
            Tensor::zeros([2, 3], &device),
            None,
            Tensor::from_data([0], &device),
            None,
        );
    }
}
