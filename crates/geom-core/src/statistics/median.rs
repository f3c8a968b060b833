//! The geometric median.

use burn::tensor::Tensor;

use super::check::{check, in_working_format};
use super::error::StatisticsError;
use super::mean::descent::has_cut_locus;
use super::mean::{Mean, frechet_mean};
use super::{normalized, same_batch, sample_axis};
use crate::manifold::Manifold;
use crate::numerics::{Limits, is_half, single, to_vec_f64};

/// The weighted geometric median
///
/// $$ m = \arg\min_x \sum_i w_i\\,d(x, x_i), $$
///
/// the robust sibling of the [`FrechetMean`](super::FrechetMean), by Weiszfeld's iteration
///
/// $$ m \leftarrow \exp_m\Bigl(t\\,\frac{\sum_i w_i\log_m(x_i)/d_i}{\sum_i w_i/d_i}\Bigr),
///    \qquad d_i = d(m, x_i), $$
///
/// over the points that are not $m$ itself. A point of the sample is the median where the pull of the
/// others, $\bigl\lVert\sum w_i\log_m(x_i)/d_i\bigr\rVert$, is at most its own weight; the iteration
/// stops there.
///
/// The result carries no gradient.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_core::statistics::GeometricMedian;
///
/// // An outlier moves the mean, and the median hardly.
/// let points = Tensor::<2>::from_floats([[0.0], [1.0], [100.0]], &Device::flex());
/// let median = GeometricMedian::default().compute(&Euclidean::new(), points, None)?;
/// assert!((median.point.into_scalar::<f32>() - 1.0).abs() < 1e-3);
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
///
/// # References
/// Fletcher, Venkatasubramanian, Joshi (2009), *The geometric median on Riemannian manifolds with
/// application to robust atlas estimation*; Vardi, Zhang (2000), *The multivariate L1-median and
/// associated data depth*, for the points of the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometricMedian {
    /// Excess of the pull over the weight at the median at which to stop. `None` is the root of
    /// rounding: the objective is flat to rounding there.
    pub tolerance: Option<f64>,
    /// Most iterations.
    pub max_iterations: usize,
}

impl Default for GeometricMedian {
    fn default() -> Self {
        Self {
            tolerance: None,
            max_iterations: 1000,
        }
    }
}

/// A batch entry whose step has been halved this far is as low as rounding lets it.
const SMALLEST_STEP: f64 = 1.0 / 1024.0;
/// How fast a step grows back towards 1 while it succeeds.
const GROWTH: f64 = 1.25;

impl GeometricMedian {
    /// The median of every sample of a batch.
    ///
    /// # Shapes
    /// - `points`: `[..., n, point]`, `weights`: `[..., n, 1]`; batch axes broadcast
    /// - the median: `[..., 1, point]`
    ///
    /// # Errors
    /// As [`FrechetMean::compute`](super::FrechetMean::compute).
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
        let axis = sample_axis::<M, D>();
        let manifold = manifold.valid();
        let points = points.without_autodiff();
        let weights = normalized::<M, D>(&points, weights.map(Tensor::without_autodiff));
        let [points, weights] = same_batch::<M, D>(points, weights);
        let tolerance = self
            .tolerance
            .unwrap_or_else(|| Limits::of(points.dtype()).epsilon.sqrt());
        let objective = |m: &Tensor<D>| {
            let distance = manifold.distance(m.clone(), points.clone());
            (distance * weights.clone()).sum_dim(axis)
        };

        let start = frechet_mean(&manifold, points.clone(), Some(weights.clone()))?;
        let (mut median, mut value) = better_of_the_sample(&manifold, &points, &weights, start);
        let mut step = value.ones_like();
        let mut iterations = 0;
        loop {
            let logs = manifold.log(median.clone(), points.clone());
            let distance = manifold.norm(median.clone(), logs.clone());
            let here = distance.clone().equal_elem(0.0);
            let inverse = (weights.clone() / distance.mask_fill(here.clone(), 1.0))
                .mask_fill(here.clone(), 0.0);
            let own = weights
                .clone()
                .mask_fill(here.bool_not(), 0.0)
                .sum_dim(axis);
            let pull = (logs * inverse.clone()).sum_dim(axis);
            let strength = manifold.norm(median.clone(), pull.clone());
            let excess = (strength.clone() - own).clamp_min(0.0);
            let residual = to_vec_f64(excess.clone().max())[0];
            let stuck = to_vec_f64(step.clone().max())[0] < SMALLEST_STEP;
            if residual <= tolerance || stuck {
                return Ok(Mean {
                    point: median,
                    residual,
                    iterations,
                });
            }
            if iterations == self.max_iterations {
                return Err(StatisticsError::NoConvergence {
                    iterations,
                    residual,
                    tolerance,
                    cut_locus: has_cut_locus(&manifold, &points),
                });
            }
            let total = inverse.sum_dim(axis);
            // From a point of the sample, only as far as the pull exceeds its weight.
            let no_pull = strength.clone().equal_elem(0.0);
            let share = excess / strength.mask_fill(no_pull, 1.0);
            let alone = total.clone().equal_elem(0.0);
            let direction = pull * (share / total.mask_fill(alone, 1.0));
            let trial = manifold.project(manifold.exp(median.clone(), direction * step.clone()));
            let trial_value = objective(&trial);
            let better = trial_value.clone().lower(value.clone());
            let pick = |old: Tensor<D>, new: Tensor<D>| {
                let dims = old.dims();
                old.mask_where(better.clone().expand(dims), new)
            };
            median = pick(median, trial);
            value = pick(value, trial_value);
            let longer = step.clone().mul_scalar(GROWTH).clamp_max(1.0);
            step = pick(step.div_scalar(2.0), longer);
            iterations += 1;
        }
    }
}

/// The point of the sample with the least sum of distances, or `start` where that is better; and the
/// sum. Weiszfeld's iteration only creeps towards a median that is a point of the sample.
fn better_of_the_sample<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    weights: &Tensor<D>,
    start: Tensor<D>,
) -> (Tensor<D>, Tensor<D>) {
    let axis = sample_axis::<M, D>();
    let objective = |m: &Tensor<D>| {
        let distance = manifold.distance(m.clone(), points.clone());
        (distance * weights.clone()).sum_dim(axis)
    };
    let mut value = objective(&start);
    let mut best = start;
    for index in 0..points.dims()[axis] {
        let candidate = points.clone().narrow(axis, index, 1);
        let candidate_value = objective(&candidate);
        let better = candidate_value.clone().lower(value.clone());
        let dims = best.dims();
        best = best.mask_where(better.clone().expand(dims), candidate);
        value = value.mask_where(better, candidate_value);
    }
    (best, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hyperboloid, PoincareBall, Sample};
    use burn::tensor::{DType, Device};

    #[test]
    fn no_neighbor_has_a_smaller_sum_of_distances() {
        let options = (&Device::flex(), DType::F64);
        for c in [0.1, 1.0, 4.0] {
            let manifold = Hyperboloid::new(c);
            let points = manifold.random_normal([7, 4], 1.0, options);
            let median = GeometricMedian::default()
                .compute(&manifold, points.clone(), None)
                .expect("a sample");
            let sum = |m: Tensor<2>| to_vec_f64(manifold.distance(m, points.clone()).sum())[0];
            let least = sum(median.point.clone());
            for _ in 0..50 {
                let v = manifold.random_tangent(median.point.clone(), 1e-3);
                let near = manifold.exp(median.point.clone(), v);
                assert!(sum(near) >= least - 1e-12, "c = {c}");
            }
        }
    }

    #[test]
    fn a_point_that_outweighs_the_others_is_the_median() {
        let options = (&Device::flex(), DType::F64);
        let ball = PoincareBall::new(1.0);
        let points = ball.random_normal([5, 2], 1.0, options);
        let weights = Tensor::<1>::from_data([1.0, 1.0, 9.0, 1.0, 1.0], options).reshape([5, 1]);
        let median = GeometricMedian::default()
            .compute(&ball, points.clone(), Some(weights))
            .expect("a sample");
        assert_eq!(to_vec_f64(median.point), to_vec_f64(points.narrow(0, 2, 1)));
    }

    #[test]
    fn an_outlier_moves_the_mean_and_not_the_median() {
        let options = (&Device::flex(), DType::F64);
        let ball = PoincareBall::new(1.0);
        let mut points = ball.random_normal([11, 2], 0.1, options);
        let far = ball.exp0(Tensor::<2>::from_data([[4.0, 0.0]], options));
        points = Tensor::cat(vec![points.narrow(0, 0, 10), far], 0);
        let origin = Tensor::<2>::zeros([1, 2], options);
        let reach = |x: Tensor<2>| to_vec_f64(ball.distance(x, origin.clone()))[0];
        let mean = frechet_mean(&ball, points.clone(), None).expect("a sample");
        let median = GeometricMedian::default()
            .compute(&ball, points, None)
            .expect("a sample");
        assert!(reach(median.point) < 0.2 && reach(mean) > 0.4);
    }
}
