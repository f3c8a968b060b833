//! Average precision of a ranking.

use geom_kernels::real::Real;

use super::MetricError;
use super::ranked::ranked;

/// The average precision: precision at every threshold, weighted by the recall gained there.
///
/// $$ \operatorname{AP} = \sum_k (R_k - R_{k-1})\\,P_k $$
///
/// Thresholds $k$ are the distinct scores, from the highest on, so that examples of equal score come
/// in together and their order does not matter; nothing is interpolated. This is the definition of
/// scikit-learn's `average_precision_score`.
///
/// # Errors
/// [`MetricError::NotANumber`] and [`MetricError::Empty`].
///
/// # Examples
/// ```
/// use geom_nn::metrics::average_precision;
///
/// // Precision 1 at half the recall, then 2/3 at the other half.
/// let ap = average_precision(&[0.9, 0.4], &[0.6, 0.1]).unwrap();
/// assert!((ap - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-15);
/// ```
pub fn average_precision<T: Real>(positive: &[T], negative: &[T]) -> Result<f64, MetricError> {
    let (mut hits, mut taken) = (0, 0);
    let mut sum = 0.0;
    for tie in ranked(positive, negative)? {
        hits += tie.positives;
        taken += tie.positives + tie.negatives;
        sum += tie.positives as f64 * (hits as f64 / taken as f64);
    }
    Ok(sum / positive.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ranked::tests::tied_scores;

    /// A sum of at most forty quotients.
    const ROUNDING: f64 = 1e-14;

    #[test]
    fn it_is_the_precision_at_each_positive_averaged() {
        for seed in 0..200 {
            let (positive, negative) = tied_scores(seed);
            let precisions = positive.iter().map(|score| {
                let hits = positive.iter().filter(|s| *s >= score).count();
                let false_alarms = negative.iter().filter(|s| *s >= score).count();
                hits as f64 / (hits + false_alarms) as f64
            });
            let expected = precisions.sum::<f64>() / positive.len() as f64;
            let ap = average_precision(&positive, &negative).unwrap();
            assert!(
                (ap - expected).abs() < ROUNDING,
                "seed {seed}: {ap} is not {expected}"
            );
        }
    }

    #[test]
    fn a_constant_score_is_worth_the_share_of_positives() {
        assert_eq!(average_precision(&[1.0f32; 3], &[1.0; 9]), Ok(0.25));
    }

    #[test]
    fn the_example_of_scikit_learn_keeps_its_value() {
        // Documentation of average_precision_score: y = [0, 0, 1, 1], scores = [.1, .4, .35, .8].
        let ap = average_precision(&[0.35, 0.8], &[0.1, 0.4]).unwrap();
        assert!((ap - 5.0 / 6.0).abs() < ROUNDING, "{ap}");
    }

    #[test]
    fn no_positives_is_an_error() {
        assert!(matches!(
            average_precision::<f32>(&[], &[1.0]),
            Err(MetricError::Empty { .. })
        ));
    }
}
