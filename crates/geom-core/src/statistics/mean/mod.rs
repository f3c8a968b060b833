//! The weighted Fréchet mean, with an implicit gradient.

pub(super) mod descent;
#[cfg(test)]
mod tests;

use burn::tensor::Tensor;

use super::check::{check, in_working_format};
use super::error::StatisticsError;
use super::{hessian, normalized, same_batch, sample_axis};
use crate::manifold::Manifold;
use crate::numerics::{is_half, single};

/// The weighted Fréchet (Karcher) mean
///
/// $$ m = \arg\min_x \tfrac12 \sum_i w_i\\,d(x, x_i)^2, \qquad \sum_i w_i\log_m(x_i) = 0 $$
///
/// by gradient descent $m \leftarrow \exp_m\bigl(t\sum_i w_i\log_m(x_i)\bigr)$, where each batch entry
/// halves its step $t$ until the objective falls enough.
///
/// # Gradient
/// Implicit: the iteration is not differentiated. With $F(m) = \sum_i w_i\log_m(x_i)$ and $H$ the
/// Hessian of the objective, $dm = H^{-1}\\,\partial F$, which one tracked Newton step from the
/// solution carries to points, weights and a learnable curvature. $H$ is exact on manifolds of
/// constant curvature and a central difference elsewhere. The tape holds one logarithm per point.
///
/// # Numerics
/// Stops where the gradient is below `tolerance` times the root mean square distance, or where
/// rounding lets no step lower the objective. Far out in hyperbolic space the points of a number format
/// lie far apart, on the ball a rounding times the conformal factor: 7e-4 for `f32` at a distance of 10
/// from the origin. The [`residual`](Mean::residual) says how near to the mean they come.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_core::statistics::FrechetMean;
///
/// let ball = PoincareBall::new(1.0);
/// let points = Tensor::<2>::from_floats([[0.5, 0.0], [-0.1, 0.3]], &Device::flex());
/// let mean = FrechetMean::default().compute(&ball, points.clone(), None)?;
/// let midpoint = ball.midpoint(points.clone().narrow(0, 0, 1), points.narrow(0, 1, 1));
/// assert!(ball.distance(mean.point, midpoint).into_scalar::<f32>() < 1e-5);
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
///
/// # References
/// Karcher (1977), *Riemannian center of mass and mollifier smoothing*; Lou et al. (2020),
/// *Differentiating through the Fréchet Mean*, thm. 4.1, for the implicit gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct FrechetMean {
    /// Length of the gradient at which to stop, relative to the root mean square distance. `None` is
    /// 16 roundings of the dtype.
    pub tolerance: Option<f64>,
    /// Most iterations.
    pub max_iterations: usize,
}

impl Default for FrechetMean {
    fn default() -> Self {
        Self {
            tolerance: None,
            max_iterations: 1000,
        }
    }
}

/// A mean and how it was reached.
#[derive(Debug, Clone)]
pub struct Mean<const D: usize> {
    /// The mean, `[..., 1, point]`.
    pub point: Tensor<D>,
    /// Length of the gradient there, the worst of the batch.
    pub residual: f64,
    /// Iterations done.
    pub iterations: usize,
}

/// [`FrechetMean`] with its defaults, for the point alone.
///
/// # Errors
/// As [`FrechetMean::compute`].
pub fn frechet_mean<M: Manifold, const D: usize>(
    manifold: &M,
    points: Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Result<Tensor<D>, StatisticsError> {
    let mean = FrechetMean::default().compute(manifold, points, weights)?;
    Ok(mean.point)
}

impl FrechetMean {
    /// The mean of every sample of a batch.
    ///
    /// # Shapes
    /// - `points`: `[..., n, point]`, `weights`: `[..., n, 1]`; batch axes broadcast
    /// - the mean: `[..., 1, point]`
    ///
    /// # Errors
    /// [`StatisticsError`] for an empty sample, invalid weights, points that are not finite or not on
    /// the manifold, and if the iteration ends with less than half of the digits.
    ///
    /// # Panics
    /// If the shapes are not as above.
    pub fn compute<M: Manifold, const D: usize>(
        &self,
        manifold: &M,
        points: Tensor<D>,
        weights: Option<Tensor<D>>,
    ) -> Result<Mean<D>, StatisticsError> {
        let dtype = points.dtype();
        if is_half(dtype) {
            check(manifold, &points, weights.as_ref())?;
            let points = in_working_format(manifold, points);
            let mean = self.compute(manifold, points, weights.map(single))?;
            let point = mean.point.cast(dtype);
            return Ok(Mean { point, ..mean });
        }
        check(manifold, &points, weights.as_ref())?;
        let weights = normalized::<M, D>(&points, weights);
        let [points, weights] = same_batch::<M, D>(points, weights);
        let still = manifold.valid();
        let [still_points, still_weights] =
            [&points, &weights].map(|t| t.clone().without_autodiff());
        let mean = self.descend(&still, &still_points, &still_weights, None)?;
        if !points.device().is_autodiff() && !weights.device().is_autodiff() {
            return Ok(mean);
        }

        let matrices = hessian::inverse(&still, &still_points, &still_weights, &mean.point);
        let coordinates: usize = points.dims()[D - M::POINT_RANK..].iter().product();
        let base = mean.point.clone().autodiff();
        let pull = pull(manifold, &base, &points, &weights);
        let step = hessian::apply(matrices, coordinates, pull);
        let step = manifold.project_tangent(base.clone(), step);
        Ok(Mean {
            point: manifold.exp(base, step),
            ..mean
        })
    }

    /// The mean of points of equal weight, off the tape, beginning at a point near it.
    ///
    /// # Shapes
    /// - `points`: `[n, point]` with n above 0; `start` and the mean: `[1, point]`
    pub(super) fn refine<M: Manifold, const D: usize>(
        &self,
        manifold: &M,
        points: &Tensor<D>,
        start: Tensor<D>,
    ) -> Result<Tensor<D>, StatisticsError> {
        let weights = normalized::<M, D>(points, None);
        let mean = self.descend(manifold, points, &weights, Some(start))?;
        Ok(mean.point)
    }
}

/// $\sum_i w_i\log_m(x_i)$.
fn pull<M: Manifold, const D: usize>(
    manifold: &M,
    mean: &Tensor<D>,
    points: &Tensor<D>,
    weights: &Tensor<D>,
) -> Tensor<D> {
    let logs = manifold.log(mean.clone(), points.clone());
    (logs * weights.clone()).sum_dim(sample_axis::<M, D>())
}
