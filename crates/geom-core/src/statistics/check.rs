//! Requirements on samples and weights.

use burn::tensor::Tensor;

use super::error::StatisticsError;
use super::sample_axis;
use crate::manifold::Manifold;
use crate::numerics::{is_half, single, to_vec_f64};

/// Checks a sample and its weights.
pub(super) fn check<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    weights: Option<&Tensor<D>>,
) -> Result<(), StatisticsError> {
    let axis = sample_axis::<M, D>();
    let dims = points.dims();
    if dims.contains(&0) {
        return Err(StatisticsError::Empty {
            shape: dims.to_vec(),
        });
    }
    let coordinates: usize = dims[axis + 1..].iter().product();
    let values = to_vec_f64(points.clone().without_autodiff());
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(StatisticsError::NotFinite {
            row: index / coordinates,
        });
    }
    manifold.check_point(points.clone().without_autodiff())?;
    let Some(weights) = weights else {
        return Ok(());
    };
    let values = to_vec_f64(weights.clone().without_autodiff());
    let valid = |value: &f64| value.is_finite() && *value >= 0.0;
    if let Some(index) = values.iter().position(|value| !valid(value)) {
        return Err(StatisticsError::InvalidWeight {
            index,
            value: values[index],
        });
    }
    let samples = values.chunks(dims[axis]);
    match samples
        .into_iter()
        .position(|sample| sample.iter().sum::<f64>() == 0.0)
    {
        Some(sample) => Err(StatisticsError::InvalidWeight {
            index: sample * dims[axis],
            value: 0.0,
        }),
        None => Ok(()),
    }
}

/// Points in the format that is computed in. Those of half precision are rounded too far for it, and
/// are projected.
pub(super) fn in_working_format<M: Manifold, const D: usize>(
    manifold: &M,
    points: Tensor<D>,
) -> Tensor<D> {
    match is_half(points.dtype()) {
        true => manifold.project(single(points)),
        false => points,
    }
}
