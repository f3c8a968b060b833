//! The weighted Fréchet mean, with an implicit gradient.

use burn::tensor::{Bool, Tensor};

use super::error::StatisticsError;
use super::{hessian, normalised, sample_axis};
use crate::manifold::Manifold;
use crate::numerics::{Limits, to_vec_f64};

/// The weighted Fréchet (Karcher) mean
///
/// $$ m = \arg\min_x \tfrac12 \sum_i w_i\,d(x, x_i)^2, \qquad \sum_i w_i\log_m(x_i) = 0 $$
///
/// by gradient descent $m \leftarrow \exp_m\bigl(t\sum_i w_i\log_m(x_i)\bigr)$, where each batch entry
/// halves its step $t$ until the objective falls enough.
///
/// # Gradient
/// Implicit: the iteration is not differentiated. With $F(m) = \sum_i w_i\log_m(x_i)$ and $H$ the
/// Hessian of the objective, $dm = H^{-1}\,\partial F$, which one tracked Newton step from the
/// solution carries to points, weights and a learnable curvature. $H$ is exact on manifolds of
/// constant curvature and a central difference elsewhere. The tape holds one logarithm a point.
///
/// # Numerics
/// Stops where the gradient is below `tolerance` times the root mean square distance, or where
/// rounding lets no step lower the objective.
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

/// Roundings of the gradient that count as zero, relative to the spread.
const ROUNDINGS: f64 = 16.0;
/// A batch entry whose step has been halved this far is as low as rounding lets it.
const SMALLEST_STEP: f64 = 1.0 / 1024.0;
/// A residual above this many roundings, relative to the spread, is no convergence: the root of
/// rounding, half of the digits.
const HALF_THE_DIGITS: f64 = 0.5;

impl FrechetMean {
    /// The mean of every sample of a batch.
    ///
    /// # Shapes
    /// - `points`: `[..., n, point]`, `weights`: `[..., n, 1]`
    /// - the mean: `[..., 1, point]`
    ///
    /// # Errors
    /// [`StatisticsError`] for an empty sample, invalid weights, coordinates that are not finite, and
    /// if the iteration ends with less than half of the digits.
    ///
    /// # Panics
    /// If the shapes are not as above.
    pub fn compute<M: Manifold, const D: usize>(
        &self,
        manifold: &M,
        points: Tensor<D>,
        weights: Option<Tensor<D>>,
    ) -> Result<Mean<D>, StatisticsError> {
        check::<M, D>(&points, weights.as_ref())?;
        let weights = normalised::<M, D>(&points, weights);
        let still = manifold.valid();
        let [still_points, still_weights] =
            [&points, &weights].map(|t| t.clone().without_autodiff());
        let mean = self.descend(&still, &still_points, &still_weights)?;
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

    fn descend<M: Manifold, const D: usize>(
        &self,
        manifold: &M,
        points: &Tensor<D>,
        weights: &Tensor<D>,
    ) -> Result<Mean<D>, StatisticsError> {
        let epsilon = Limits::of(points.dtype()).epsilon;
        let tolerance = self.tolerance.unwrap_or(ROUNDINGS * epsilon);
        // The heaviest point is a point of the manifold near the others.
        let mut here = Iterate::at(manifold, heaviest::<M, D>(points, weights), points, weights);
        let mut step = here.value.ones_like();
        let mut iterations = 0;
        loop {
            let scale = here.value.clone().sqrt();
            let relative = worst_ratio(&here.length, &scale);
            let stuck = to_vec_f64(step.clone().max())[0] < SMALLEST_STEP;
            if relative <= tolerance || stuck || iterations == self.max_iterations {
                let residual = to_vec_f64(here.length.max())[0];
                let needed = tolerance.max(epsilon.powf(HALF_THE_DIGITS));
                if relative <= needed {
                    return Ok(Mean {
                        point: here.mean,
                        residual,
                        iterations,
                    });
                }
                return Err(StatisticsError::NoConvergence {
                    iterations,
                    residual,
                    tolerance: needed * to_vec_f64(scale.max())[0],
                });
            }
            let end = manifold.exp(here.mean.clone(), here.pull.clone() * step.clone());
            let trial = Iterate::at(manifold, manifold.project(end), points, weights);
            let better = trial.is_better_than(&here, &step, SLACK * epsilon);
            let pick = |old: Tensor<D>, new: Tensor<D>| {
                let dims = old.dims();
                old.mask_where(better.clone().expand(dims), new)
            };
            here = Iterate {
                mean: pick(here.mean, trial.mean),
                value: pick(here.value, trial.value),
                pull: pick(here.pull, trial.pull),
                length: pick(here.length, trial.length),
            };
            let longer = step.clone().mul_scalar(GROWTH).clamp_max(1.0);
            step = pick(step.div_scalar(2.0), longer);
            iterations += 1;
        }
    }
}

/// Roundings of the objective within which the gradient decides: the objective is flat to rounding
/// over the root of rounding around its minimum.
const SLACK: f64 = 64.0;

/// A candidate for the mean.
struct Iterate<const D: usize> {
    mean: Tensor<D>,
    /// $\sum_i w_i d_i^2$.
    value: Tensor<D>,
    /// $\sum_i w_i\log_m(x_i)$.
    pull: Tensor<D>,
    /// The norm of the pull.
    length: Tensor<D>,
}

impl<const D: usize> Iterate<D> {
    fn at<M: Manifold>(
        manifold: &M,
        mean: Tensor<D>,
        points: &Tensor<D>,
        weights: &Tensor<D>,
    ) -> Self {
        let axis = sample_axis::<M, D>();
        let logs = manifold.log(mean.clone(), points.clone());
        let squares = manifold.norm(mean.clone(), logs.clone()).square();
        let pull = (logs * weights.clone()).sum_dim(axis);
        Self {
            value: (squares * weights.clone()).sum_dim(axis),
            length: manifold.norm(mean.clone(), pull.clone()),
            pull,
            mean,
        }
    }

    /// Whether a step of size `step` from `other` has lowered the objective by half of what a step
    /// short enough would (the Armijo condition); or, where that is below rounding, has shortened the
    /// gradient by a share of what it would.
    fn is_better_than(&self, other: &Self, step: &Tensor<D>, rounding: f64) -> Tensor<D, Bool> {
        let slack = other.value.clone().mul_scalar(rounding);
        let decrease = (step.clone() * other.length.clone().square()).div_scalar(2.0);
        let flat = decrease.clone().lower(slack);
        let lower = self
            .value
            .clone()
            .lower_equal(other.value.clone() - decrease);
        let share = step.clone().div_scalar(-4.0).add_scalar(1.0);
        let shorter = self
            .length
            .clone()
            .lower_equal(other.length.clone() * share);
        lower.mask_where(flat, shorter)
    }
}

/// How fast a step grows back towards 1 while it succeeds.
const GROWTH: f64 = 1.25;

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

/// The point of every sample with the largest weight.
pub(super) fn heaviest<M: Manifold, const D: usize>(
    points: &Tensor<D>,
    weights: &Tensor<D>,
) -> Tensor<D> {
    let axis = sample_axis::<M, D>();
    let index = weights.clone().argmax(axis);
    let mut shape = points.dims();
    shape[axis] = 1;
    points.clone().gather(axis, index.expand(shape))
}

/// The largest quotient, where a length of 0 counts as 0.
fn worst_ratio<const D: usize>(length: &Tensor<D>, scale: &Tensor<D>) -> f64 {
    let (length, scale) = (to_vec_f64(length.clone()), to_vec_f64(scale.clone()));
    let ratio = |(&length, &scale): (&f64, &f64)| match length == 0.0 {
        true => 0.0,
        false => length / scale,
    };
    length
        .iter()
        .zip(&scale)
        .map(ratio)
        .fold(0.0, |worst: f64, ratio| {
            if ratio.is_nan() {
                f64::INFINITY
            } else {
                worst.max(ratio)
            }
        })
}

/// Checks a sample and its weights.
pub(super) fn check<M: Manifold, const D: usize>(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Euclidean, Hyperboloid, PoincareBall, Power, Product, Sample};
    use burn::tensor::{DType, Device, Distribution};

    /// Rounding of some hundred operations on numbers of order one, in `f64`.
    const ROUNDING: f64 = 1e-12;

    fn options() -> (Device, DType) {
        (Device::flex(), DType::F64)
    }

    fn random_weights(n: usize) -> Tensor<2> {
        let (device, dtype) = options();
        Tensor::random([n, 1], Distribution::Uniform(0.2, 1.0), (&device, dtype))
    }

    #[test]
    fn the_flat_mean_is_the_weighted_average_at_once() {
        let (device, dtype) = options();
        let points = Euclidean::new().random_normal([9, 3], 1.0, (&device, dtype));
        let weights = random_weights(9);
        let mean = FrechetMean::default()
            .compute(&Euclidean::new(), points.clone(), Some(weights.clone()))
            .expect("a sample");
        let average = (points * weights.clone()).sum_dim(0) / weights.sum_dim(0);
        assert!(to_vec_f64((mean.point - average).abs().max())[0] < ROUNDING);
        assert!(mean.iterations <= 3, "{}", mean.iterations);
    }

    fn is_stationary<M: Manifold + Sample>(manifold: &M, width: usize, std: f64) {
        let (device, dtype) = options();
        // Two samples at once.
        let points = manifold.random_normal([2, 8, width], std, (&device, dtype));
        let weights = random_weights(16).reshape([2, 8, 1]);
        let mean = FrechetMean::default()
            .compute(manifold, points.clone(), Some(weights.clone()))
            .expect("a sample");
        assert_eq!(mean.point.dims(), [2, 1, width]);
        assert!(manifold.check_point(mean.point.clone()).is_ok());
        let weights = normalised::<M, 3>(&points, Some(weights));
        let pull = pull(manifold, &mean.point, &points, &weights);
        let length = manifold.norm(mean.point, pull);
        assert!(to_vec_f64(length.max())[0] < 1e-9 * std.max(1.0));
    }

    #[test]
    fn the_pull_of_the_points_vanishes_at_the_mean() {
        for c in [1e-6, 1.0, 100.0] {
            for spread in [0.1, 1.0, 3.0] {
                let std = spread / f64::sqrt(c);
                is_stationary(&PoincareBall::new(c), 3, std);
                is_stationary(&Hyperboloid::new(c), 4, std);
            }
        }
        is_stationary(
            &Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1),
            3,
            1.0,
        );
    }

    /// Implicit gradients against central differences of the mean itself.
    fn gradient_is_that_of_the_mean<M: Manifold + Sample>(manifold: &M, width: usize) {
        const STEP: f64 = 1e-5;
        let (device, dtype) = options();
        let points = manifold.random_normal([5, width], 0.8, (&device, dtype));
        let weights = random_weights(5);
        let probe: Tensor<2> = Tensor::random(
            [1, width],
            Distribution::Uniform(-1.0, 1.0),
            (&device, dtype),
        );
        let f = |points: Tensor<2>, weights: Tensor<2>| {
            let mean = frechet_mean(manifold, points, Some(weights)).expect("a sample");
            let like = match mean.device().is_autodiff() {
                true => probe.clone().autodiff(),
                false => probe.clone(),
            };
            (mean * like).sum()
        };
        let [p, w] = [&points, &weights].map(|t| t.clone().autodiff().require_grad());
        let gradients = f(p.clone(), w.clone()).backward();
        let [gp, gw] = [&p, &w].map(|t| t.grad(&gradients).expect("a leaf"));

        let v = manifold.random_tangent(points.clone(), 0.3);
        let at = |t: f64| {
            let moved = manifold.exp(points.clone(), v.clone().mul_scalar(t));
            to_vec_f64(f(moved, weights.clone()))[0]
        };
        let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let automatic = to_vec_f64((gp * v.clone()).sum())[0];
        assert!(
            (automatic - measured).abs() < 1e-7 * (1.0 + measured.abs()),
            "{}: points: {automatic} and {measured}",
            manifold.name()
        );

        let direction = random_weights(5);
        let at = |t: f64| {
            let moved = weights.clone() + direction.clone().mul_scalar(t);
            to_vec_f64(f(points.clone(), moved))[0]
        };
        let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let automatic = to_vec_f64((gw * direction.clone()).sum())[0];
        assert!(
            (automatic - measured).abs() < 1e-7 * (1.0 + measured.abs()),
            "{}: weights: {automatic} and {measured}",
            manifold.name()
        );
    }

    #[test]
    fn the_implicit_gradient_is_that_of_the_mean() {
        gradient_is_that_of_the_mean(&Euclidean::new(), 3);
        gradient_is_that_of_the_mean(&PoincareBall::new(0.7), 3);
        gradient_is_that_of_the_mean(&Hyperboloid::new(1.3), 3);
        // No constant curvature, so the Hessian is a difference.
        let product = Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1);
        gradient_is_that_of_the_mean(&product, 3);
    }

    #[test]
    fn the_curvature_has_the_gradient_of_the_mean() {
        const STEP: f64 = 1e-5;
        let (device, dtype) = options();
        let tracked = device.clone().autodiff();
        let c = 0.8;
        let points = PoincareBall::new(c).random_normal([4, 2], 1.0, (&device, dtype));
        let ball = PoincareBall::learnable(c, (&tracked, dtype));
        let mean = frechet_mean(&ball, points.clone().autodiff(), None).expect("a sample");
        let gradients = mean.sum().backward();
        struct Raw<'a>(&'a burn::tensor::Gradients, f64);
        impl burn::module::ModuleVisitor for Raw<'_> {
            fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
                self.1 = to_vec_f64(param.val().grad(self.0).expect("the curvature"))[0];
            }
        }
        let mut raw = Raw(&gradients, f64::NAN);
        burn::module::Module::visit(&ball, &mut raw);
        let automatic = raw.1 / -(-c).exp_m1();
        let at = |c: f64| {
            let mean = frechet_mean(&PoincareBall::new(c), points.clone(), None);
            to_vec_f64(mean.expect("a sample").sum())[0]
        };
        let measured = (at(c + STEP) - at(c - STEP)) / (2.0 * STEP);
        assert!(
            (automatic - measured).abs() < 1e-7,
            "{automatic} and {measured}"
        );
    }

    #[test]
    fn one_point_and_equal_points_are_their_own_mean() {
        let ball = PoincareBall::new(1.0);
        let (device, dtype) = options();
        let one = ball.random_normal([1, 3], 1.0, (&device, dtype));
        let mean = frechet_mean(&ball, one.clone(), None).expect("a sample");
        assert_eq!(to_vec_f64(mean), to_vec_f64(one.clone()));
        let same = one.clone().repeat_dim(0, 6).autodiff().require_grad();
        let mean = frechet_mean(&ball, same.clone(), None).expect("a sample");
        assert!(to_vec_f64(ball.distance(mean.clone().inner(), one))[0] < ROUNDING);
        let gradient = same.grad(&mean.sum().backward()).expect("a leaf");
        // Each of the six points has a sixth of the say.
        for value in to_vec_f64(gradient) {
            assert!((value - 1.0 / 6.0).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn a_configuration_of_points_has_a_mean_too() {
        let ball = PoincareBall::new(1.0);
        let (device, dtype) = options();
        let points = ball.random_normal([5, 4, 3], 1.0, (&device, dtype));
        let power = Power::new(ball.clone(), 4);
        let mean = frechet_mean(&power, points.clone(), None).expect("a sample");
        let single = frechet_mean(&ball, points.swap_dims(0, 1), None).expect("a sample");
        let apart = ball.distance(mean.swap_dims(0, 1), single);
        assert!(to_vec_f64(apart.max())[0] < 1e-9);
    }

    #[test]
    fn samples_without_a_mean_are_refused() {
        let ball = PoincareBall::new(1.0);
        let device = Device::flex();
        let mean = |points: Tensor<2>, weights: Option<Tensor<2>>| {
            frechet_mean(&ball, points, weights).map(|_| ())
        };
        let points = Tensor::<2>::zeros([2, 3], &device);
        let none = Tensor::<2>::zeros([0, 3], &device);
        assert!(matches!(
            mean(none, None),
            Err(StatisticsError::Empty { .. })
        ));
        let nan = Tensor::<2>::from_floats([[0.0, 0.0], [0.1, f32::NAN]], &device);
        assert_eq!(mean(nan, None), Err(StatisticsError::NotFinite { row: 1 }));
        for bad in [[1.0, -1.0], [0.0, 0.0], [f32::INFINITY, 1.0]] {
            let weights = Tensor::<1>::from_floats(bad, &device).reshape([2, 1]);
            let result = mean(points.clone(), Some(weights));
            assert!(matches!(result, Err(StatisticsError::InvalidWeight { .. })));
        }
    }
}
