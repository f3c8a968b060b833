//! Means of labeled points.

use burn::tensor::{Int, Tensor, TensorData};

use super::error::StatisticsError;
use super::mean::frechet_mean;
use super::sample_axis;
use crate::manifold::Manifold;

/// The Fréchet mean of the points of each class, from 0 to the largest label: the centroids of a
/// classifier by the nearest mean.
///
/// # Shapes
/// - `points`: `[n, point]`, with a label for each
/// - returns: `[classes, point]`
///
/// # Errors
/// [`StatisticsError::EmptyClass`] if a label below the largest does not occur; otherwise as
/// [`FrechetMean::compute`](super::FrechetMean::compute).
///
/// # Panics
/// If there are not as many labels as points, or points have batch axes.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{PoincareBall, statistics::means_by_class};
///
/// let points = [[0.5, 0.1], [0.0, 0.2], [0.5, -0.1]];
/// let points = Tensor::<2>::from_floats(points, &Device::flex());
/// // Between two points a geodesic bends towards the origin.
/// let means = means_by_class(&PoincareBall::new(1.0), points, &[1, 0, 1])?;
/// let means: Vec<f32> = means.into_data().to_vec().unwrap();
/// assert_eq!(means[..2], [0.0, 0.2]);
/// assert!(means[2] < 0.5 && means[3].abs() < 1e-6);
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
pub fn means_by_class<M: Manifold, const D: usize>(
    manifold: &M,
    points: Tensor<D>,
    labels: &[usize],
) -> Result<Tensor<D>, StatisticsError> {
    assert_eq!(sample_axis::<M, D>(), 0, "points are [n, point]");
    assert_eq!(points.dims()[0], labels.len(), "every point has a label");
    let Some(classes) = labels
        .iter()
        .max()
        .map(|&largest| largest.saturating_add(1))
    else {
        return Err(StatisticsError::Empty {
            shape: points.dims().to_vec(),
        });
    };
    let mut rows: Vec<Vec<i64>> = vec![Vec::new(); classes.min(labels.len() + 1)];
    for (row, &class) in (0..).zip(labels) {
        // Of more classes than points, one is empty among the first of them.
        if let Some(rows) = rows.get_mut(class) {
            rows.push(row);
        }
    }
    if let Some(class) = rows.iter().position(Vec::is_empty) {
        return Err(StatisticsError::EmptyClass { class, classes });
    }
    let device = points.device();
    let means: Result<Vec<Tensor<D>>, StatisticsError> = rows
        .into_iter()
        .map(|rows| {
            let count = rows.len();
            let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &device);
            frechet_mean(manifold, points.clone().select(0, rows), None)
        })
        .collect();
    Ok(Tensor::cat(means?, 0))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::manifolds::PoincareBall;
    use crate::numerics::to_vec_f64;

    fn points() -> Tensor<2> {
        let rows = [[0.5, 0.1], [0.0, 0.2], [0.5, -0.1], [-0.3, 0.6]];
        Tensor::from_data(rows, (&Device::flex(), DType::F64))
    }

    #[test]
    fn every_class_has_the_mean_of_its_points() {
        let ball = PoincareBall::new(1.0);
        let means = means_by_class(&ball, points(), &[1, 0, 1, 0]).expect("both have points");
        for (class, members) in [(0, [1, 3]), (1, [0, 2])] {
            let members = members.map(|row| points().narrow(0, row, 1));
            let alone = frechet_mean(&ball, Tensor::cat(members.to_vec(), 0), None);
            assert_eq!(
                to_vec_f64(means.clone().narrow(0, class, 1)),
                to_vec_f64(alone.expect("two points"))
            );
        }
    }

    #[test]
    fn a_label_that_does_not_occur_is_an_error_however_large_the_others_are() {
        let ball = PoincareBall::new(1.0);
        for (labels, class) in [([0, 2, 2, 0], 1), ([0, 1, 2, usize::MAX - 1], 3)] {
            let error = means_by_class(&ball, points(), &labels).expect_err("one is empty");
            let classes = labels.iter().max().map_or(0, |most| most + 1);
            assert_eq!(error, StatisticsError::EmptyClass { class, classes });
        }
    }
}
