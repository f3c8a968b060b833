//! Means and principal directions on any manifold.
//!
//! | | |
//! |---|---|
//! | [`FrechetMean`] | weighted mean, differentiable in points, weights and curvature |
//! | [`means_by_class`] | the means of labeled points |
//! | [`GeometricMedian`] | the point with the least sum of distances |
//! | [`variance`] | mean squared distance from a point |
//! | [`TangentPca`] | principal component analysis of the logarithms at the mean |
//! | [`HoroPca`] | principal components of hyperbolic points, by horospherical projection |
//! | [`KMeans`] | clusters around Fréchet means |
//!
//! # Shapes
//! Points are `[..., n, point]`: the axis before the point axes counts the points of one sample, and
//! those before it are batch axes. Results keep that axis at size 1. Weights are `[..., n, 1]`, one
//! number per point, with as many trailing ones as a point has axes; they need not add up to 1. The
//! batch axes of points and weights broadcast.

mod by_class;
mod check;
pub mod error;
mod frame;
mod hessian;
pub mod horo_pca;
pub mod k_means;
pub mod mean;
pub mod median;
pub mod tangent_pca;

use burn::tensor::Tensor;

use crate::manifold::Manifold;
use crate::numerics::{in_single, single};

pub use by_class::means_by_class;
pub use error::StatisticsError;
pub use frame::orthonormal_frame;
pub use horo_pca::{HoroPca, HoroPcaConfig};
pub use k_means::{KMeans, KMeansConfig};
pub use mean::{FrechetMean, Mean, frechet_mean};
pub use median::GeometricMedian;
pub use tangent_pca::TangentPca;

/// The weighted mean of squared distances from `center`,
/// $\sum_i w_i\\,d(\mathtt{center}, x_i)^2 / \sum_i w_i$: the Fréchet variance where `center` is the
/// Fréchet mean.
///
/// # Shapes
/// - `points`: `[..., n, point]`, `center`: `[..., 1, point]`, `weights`: `[..., n, 1]`
/// - returns: `[..., 1, 1]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Euclidean, statistics::variance};
///
/// let points = Tensor::<2>::from_floats([[1.0], [3.0]], &Device::flex());
/// let center = Tensor::<2>::from_floats([[2.0]], &Device::flex());
/// let spread = variance(&Euclidean::new(), points, center, None);
/// assert_eq!(spread.into_scalar::<f32>(), 1.0);
/// ```
pub fn variance<M: Manifold, const D: usize>(
    manifold: &M,
    points: Tensor<D>,
    center: Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Tensor<D> {
    let axis = sample_axis::<M, D>();
    in_single([points, center], |[points, center]| {
        let weights = normalized::<M, D>(&points, weights.map(single));
        let squares = manifold.distance(center, points).square();
        (squares * weights).sum_dim(axis)
    })
}

/// The axis along which the points of one sample lie.
///
/// # Panics
/// If there is no axis before those of a point.
fn sample_axis<M: Manifold, const D: usize>() -> usize {
    assert!(
        D > M::POINT_RANK,
        "samples have shape [..., n, point]: at least {} axes, got {D}",
        M::POINT_RANK + 1
    );
    D - M::POINT_RANK - 1
}

/// Weights that add up to 1 along the sample axis; equal ones if none are given.
fn normalized<M: Manifold, const D: usize>(
    points: &Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Tensor<D> {
    let axis = sample_axis::<M, D>();
    let mut shape = points.dims();
    for size in &mut shape[axis + 1..] {
        *size = 1;
    }
    let weights =
        weights.unwrap_or_else(|| Tensor::ones(shape, (&points.device(), points.dtype())));
    let dims = weights.dims();
    assert!(
        dims[axis] == shape[axis] && dims[axis + 1..].iter().all(|&size| size == 1),
        "weights have one number per point, like {shape:?}; got shape {dims:?}"
    );
    let total = weights.clone().sum_dim(axis);
    weights / total
}

/// Points and weights with the batch axes of both.
fn same_batch<M: Manifold, const D: usize>(
    points: Tensor<D>,
    weights: Tensor<D>,
) -> [Tensor<D>; 2] {
    let (mut of_points, mut of_weights) = (points.dims(), weights.dims());
    for axis in 0..sample_axis::<M, D>() {
        let size = of_points[axis].max(of_weights[axis]);
        (of_points[axis], of_weights[axis]) = (size, size);
    }
    [points.expand(of_points), weights.expand(of_weights)]
}
