//! The F1 score of predicted classes.

use std::collections::BTreeMap;

use super::MetricError;
use super::error::check_labels;

/// How the F1 scores of classes become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum F1Average<T> {
    /// The score of one class, the positive one.
    Binary(T),
    /// The score of all decisions counted together; with one class for each example, the accuracy.
    Micro,
    /// The mean over the classes that are true or predicted for some example.
    Macro,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    hits: u64,
    predicted: u64,
    true_ones: u64,
}

impl Counts {
    /// Zero for a class that is neither true nor predicted anywhere.
    fn f1(self) -> f64 {
        let total = self.predicted + self.true_ones;
        if total == 0 {
            return 0.0;
        }
        (2 * self.hits) as f64 / total as f64
    }
}

/// The harmonic mean of precision and recall.
///
/// $$ F_1 = \frac{2\\,\text{hits}}{\text{predicted} + \text{true}} $$
///
/// The definitions are those of scikit-learn's `f1_score`: a class that is true somewhere but never
/// predicted, or the other way round, counts with score 0; a positive class that does not occur at
/// all has score 0; in the macro average, classes that do not occur at all do not count.
///
/// # Errors
/// [`MetricError::Length`] and [`MetricError::Empty`].
///
/// # Examples
/// ```
/// use geom_nn::metrics::{F1Average, f1};
///
/// let (predicted, truth) = ([1, 1, 0, 0], [1, 0, 1, 0]);
/// assert_eq!(f1(&predicted, &truth, F1Average::Binary(1)), Ok(0.5));
/// assert_eq!(f1(&predicted, &truth, F1Average::Micro), Ok(0.5));
/// ```
pub fn f1<T: Ord + Copy>(
    predicted: &[T],
    truth: &[T],
    average: F1Average<T>,
) -> Result<f64, MetricError> {
    check_labels(predicted, truth)?;
    let mut classes: BTreeMap<T, Counts> = BTreeMap::new();
    for (p, t) in predicted.iter().zip(truth) {
        classes.entry(*p).or_default().predicted += 1;
        let of_truth = classes.entry(*t).or_default();
        of_truth.true_ones += 1;
        of_truth.hits += u64::from(p == t);
    }
    Ok(match average {
        F1Average::Binary(positive) => classes.get(&positive).copied().unwrap_or_default().f1(),
        F1Average::Micro => {
            let sum = classes.values().fold(Counts::default(), |a, b| Counts {
                hits: a.hits + b.hits,
                predicted: a.predicted + b.predicted,
                true_ones: a.true_ones + b.true_ones,
            });
            sum.f1()
        }
        F1Average::Macro => {
            classes.values().map(|counts| counts.f1()).sum::<f64>() / classes.len() as f64
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::accuracy;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A mean of few quotients.
    const ROUNDING: f64 = 1e-15;

    /// Precision and recall as the textbook has them, 0 where they are 0/0.
    fn by_precision_and_recall(predicted: &[u8], truth: &[u8], class: u8) -> f64 {
        let count = |p: bool, t: bool| {
            let both = predicted.iter().zip(truth);
            both.filter(|&(&a, &b)| (a == class, b == class) == (p, t))
                .count() as f64
        };
        let ratio = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a / b };
        let hits = count(true, true);
        let precision = ratio(hits, hits + count(true, false));
        let recall = ratio(hits, hits + count(false, true));
        ratio(2.0 * precision * recall, precision + recall)
    }

    #[test]
    fn it_is_the_harmonic_mean_of_precision_and_recall() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..300 {
            let classes = rng.random_range(1..6u8);
            let length = rng.random_range(1..20);
            let mut labels =
                || -> Vec<u8> { (0..length).map(|_| rng.random_range(0..classes)).collect() };
            let (predicted, truth) = (labels(), labels());
            let close = |average, expected: f64| {
                let score = f1(&predicted, &truth, average).unwrap();
                assert!(
                    (score - expected).abs() < ROUNDING,
                    "{average:?} of {predicted:?} and {truth:?}: {score} is not {expected}"
                );
            };
            let each = |class| by_precision_and_recall(&predicted, &truth, class);
            close(F1Average::Binary(0), each(0));
            close(F1Average::Micro, accuracy(&predicted, &truth).unwrap());
            let present: Vec<u8> = (0..classes)
                .filter(|class| predicted.contains(class) || truth.contains(class))
                .collect();
            let sum: f64 = present.iter().map(|&class| each(class)).sum();
            close(F1Average::Macro, sum / present.len() as f64);
        }
    }

    #[test]
    fn the_example_of_scikit_learn_keeps_its_values() {
        // Documentation of f1_score.
        let (truth, predicted) = ([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1]);
        let score = |average| f1(&predicted, &truth, average).unwrap();
        assert!((score(F1Average::Macro) - 4.0 / 15.0).abs() < ROUNDING);
        assert!((score(F1Average::Micro) - 1.0 / 3.0).abs() < ROUNDING);
    }

    #[test]
    fn a_class_that_does_not_occur_has_score_zero_and_no_weight() {
        assert_eq!(f1(&[0, 0], &[0, 0], F1Average::Binary(1)), Ok(0.0));
        assert_eq!(f1(&[0, 0], &[0, 0], F1Average::Macro), Ok(1.0));
        assert_eq!(f1(&[0, 0], &[0, 7], F1Average::Macro), Ok(1.0 / 3.0));
    }
}
