//! Two lists of scores as one ranking.

use std::cmp::Ordering;

use geom_kernels::real::Real;

use super::MetricError;

/// How many positive and negative examples share one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    pub(super) positives: u64,
    pub(super) negatives: u64,
}

/// The ties of all examples, highest score first.
///
/// # Errors
/// [`MetricError::NotANumber`] for a score which cannot be ranked, and
/// [`MetricError::Empty`] if either list is empty.
pub(super) fn ranked<T: Real>(positive: &[T], negative: &[T]) -> Result<Vec<Tie>, MetricError> {
    let positive = descending(positive, "positive", "positive examples")?;
    let negative = descending(negative, "negative", "negative examples")?;
    let (mut p, mut n) = (0, 0);
    let mut ties = Vec::new();
    while p < positive.len() || n < negative.len() {
        let score = match (positive.get(p), negative.get(n)) {
            (Some(&a), Some(&b)) => a.max(b),
            (Some(&score), None) | (None, Some(&score)) => score,
            (None, None) => break,
        };
        let (first_positive, first_negative) = (p, n);
        while positive.get(p) == Some(&score) {
            p += 1;
        }
        while negative.get(n) == Some(&score) {
            n += 1;
        }
        ties.push(Tie {
            positives: (p - first_positive) as u64,
            negatives: (n - first_negative) as u64,
        });
    }
    Ok(ties)
}

fn descending<T: Real>(
    scores: &[T],
    set: &'static str,
    what: &'static str,
) -> Result<Vec<T>, MetricError> {
    if scores.is_empty() {
        return Err(MetricError::Empty { what });
    }
    if let Some(index) = scores.iter().position(|score| score.is_nan()) {
        return Err(MetricError::NotANumber { set, index });
    }
    let mut scores = scores.to_vec();
    scores.sort_unstable_by(|a, b| b.partial_cmp(a).unwrap_or(Ordering::Equal));
    Ok(scores)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Scores of few values, so that there are ties within and across the two lists.
    pub(in crate::metrics) fn tied_scores(seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = rng.random_range(1..12);
        let mut list = |lift: i32| -> Vec<f64> {
            (0..rng.random_range(1..40))
                .map(|_| f64::from(rng.random_range(0..values) + lift))
                .collect()
        };
        (list(1), list(0))
    }

    #[test]
    fn equal_scores_are_one_tie_and_the_two_zeros_are_equal() {
        let ties = ranked(&[0.0, 2.0, f64::INFINITY], &[-0.0, 1.0]).unwrap();
        let counts: Vec<_> = ties.iter().map(|t| (t.positives, t.negatives)).collect();
        assert_eq!(counts, [(1, 0), (1, 0), (0, 1), (1, 1)]);
    }

    #[test]
    fn what_has_no_ranking_is_an_error() {
        assert_eq!(
            ranked(&[1.0f32], &[0.0, f32::NAN]),
            Err(MetricError::NotANumber {
                set: "negative",
                index: 1
            })
        );
        assert!(matches!(
            ranked::<f64>(&[], &[0.0]),
            Err(MetricError::Empty {
                what: "positive examples"
            })
        ));
    }
}
