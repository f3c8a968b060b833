//! The area under the receiver operating characteristic.

use geom_kernels::real::Real;

use super::MetricError;
use super::ranked::ranked;

/// The area under the ROC curve: how often a positive example scores above a negative one, ties
/// counted half.
///
/// $$ \operatorname{AUC} = \frac{1}{PN}\sum_{i \le P}\sum_{j \le N}
///    \bigl(\mathbf 1_{s_i > t_j} + \tfrac12\\,\mathbf 1_{s_i = t_j}\bigr) $$
///
/// Exact: pairs are counted in integers, in $O(n\log n)$.
///
/// # Errors
/// [`MetricError::NotANumber`] and [`MetricError::Empty`].
///
/// # Examples
/// ```
/// use geom_nn::metrics::roc_auc;
///
/// assert_eq!(roc_auc(&[3.0, 1.0], &[2.0, 1.0]), Ok(0.625));
/// ```
///
/// # References
/// Hanley and McNeil (1982), §III.
pub fn roc_auc<T: Real>(positive: &[T], negative: &[T]) -> Result<f64, MetricError> {
    // Twice the number of pairs won, so that a tie is an integer.
    let mut won = 0u128;
    let mut negatives_below = negative.len() as u64;
    for tie in ranked(positive, negative)? {
        negatives_below -= tie.negatives;
        won += u128::from(tie.positives) * u128::from(2 * negatives_below + tie.negatives);
    }
    let pairs = positive.len() as u128 * negative.len() as u128;
    Ok(won as f64 / (2 * pairs) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ranked::tests::tied_scores;

    #[test]
    fn it_is_the_fraction_of_pairs_in_order() {
        for seed in 0..200 {
            let (positive, negative) = tied_scores(seed);
            let mut won = 0.0;
            for s in &positive {
                for t in &negative {
                    won += if s > t {
                        1.0
                    } else if s == t {
                        0.5
                    } else {
                        0.0
                    };
                }
            }
            let expected = won / (positive.len() * negative.len()) as f64;
            assert_eq!(roc_auc(&positive, &negative), Ok(expected), "seed {seed}");
        }
    }

    #[test]
    fn a_constant_score_is_worth_one_half_and_a_perfect_one_one() {
        assert_eq!(roc_auc(&[1.0f32; 7], &[1.0; 3]), Ok(0.5));
        assert_eq!(
            roc_auc(&[1.0f32, f32::INFINITY], &[f32::NEG_INFINITY]),
            Ok(1.0)
        );
        assert_eq!(roc_auc(&[0.0], &[1.0]), Ok(0.0));
    }

    #[test]
    fn a_score_that_is_not_a_number_is_named() {
        assert_eq!(
            roc_auc(&[1.0, f64::NAN], &[0.0]),
            Err(MetricError::NotANumber {
                set: "positive",
                index: 1
            })
        );
    }
}
