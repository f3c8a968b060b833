//! The share of right predictions.

use super::MetricError;
use super::error::check_labels;

/// The fraction of examples whose predicted class is the true one.
///
/// # Errors
/// [`MetricError::Length`] and [`MetricError::Empty`].
///
/// # Examples
/// ```
/// use geom_nn::metrics::accuracy;
///
/// assert_eq!(accuracy(&[0, 2, 1, 1], &[0, 1, 1, 1]), Ok(0.75));
/// ```
pub fn accuracy<T: PartialEq>(predicted: &[T], truth: &[T]) -> Result<f64, MetricError> {
    check_labels(predicted, truth)?;
    let right = predicted.iter().zip(truth).filter(|(p, t)| p == t).count();
    Ok(right as f64 / truth.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_ones_are_counted() {
        assert_eq!(accuracy(&[1, 1, 1], &[1, 0, 1]), Ok(2.0 / 3.0));
        assert_eq!(accuracy(&["a"], &["a"]), Ok(1.0));
    }

    #[test]
    fn labels_that_do_not_match_in_number_are_an_error() {
        assert_eq!(
            accuracy(&[1, 1], &[1]),
            Err(MetricError::Length {
                predicted: 2,
                truth: 1
            })
        );
        assert_eq!(
            accuracy::<u32>(&[], &[]),
            Err(MetricError::Empty { what: "labels" })
        );
    }
}
