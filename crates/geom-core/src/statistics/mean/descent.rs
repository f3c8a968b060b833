//! The descent to the Fréchet mean, with a step size for each batch entry.

use burn::tensor::{Bool, Tensor};

use super::{FrechetMean, Mean};
use crate::manifold::Manifold;
use crate::numerics::{Limits, to_vec_f64};
use crate::statistics::{StatisticsError, sample_axis};

/// Roundings of the gradient that count as zero, relative to the spread.
const ROUNDINGS: f64 = 16.0;
/// A batch entry whose step has been halved this far is as low as rounding lets it.
const SMALLEST_STEP: f64 = 1.0 / 1024.0;
/// A residual above this many roundings, relative to the spread, is no convergence: the root of
/// rounding, half of the digits.
const HALF_THE_DIGITS: f64 = 0.5;

impl FrechetMean {
    pub(super) fn descend<M: Manifold, const D: usize>(
        &self,
        manifold: &M,
        points: &Tensor<D>,
        weights: &Tensor<D>,
        start: Option<Tensor<D>>,
    ) -> Result<Mean<D>, StatisticsError> {
        let epsilon = Limits::of(points.dtype()).epsilon;
        let tolerance = self.tolerance.unwrap_or(ROUNDINGS * epsilon);
        // The heaviest point is a point of the manifold near the others.
        let start = start.unwrap_or_else(|| heaviest::<M, D>(points, weights));
        let mut here = Iterate::at(manifold, start, points, weights);
        let mut step = here.value.ones_like();
        let mut iterations = 0;
        loop {
            let scale = here.value.clone().sqrt();
            let relative = worst_ratio(&here.length, &scale);
            let stuck = to_vec_f64(step.clone().max())[0] < SMALLEST_STEP;
            if relative <= tolerance || stuck || iterations == self.max_iterations {
                let residual = to_vec_f64(here.length.clone().max())[0];
                let needed = tolerance.max(epsilon.powf(HALF_THE_DIGITS));
                let step = grain(manifold, &here.mean);
                if relative <= needed || stuck && worst_ratio(&here.length, &step) <= ROUNDINGS {
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
                    cut_locus: has_cut_locus(manifold, points),
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

/// How far from a point the next one is that the number format has: far out in hyperbolic space much
/// farther than a rounding. No gradient gets shorter than that.
fn grain<M: Manifold, const D: usize>(manifold: &M, mean: &Tensor<D>) -> Tensor<D> {
    let epsilon = Limits::of(mean.dtype()).epsilon;
    let rounding = mean.clone().abs().mul_scalar(epsilon);
    let rounding = manifold.project_tangent(mean.clone(), rounding);
    manifold.norm(mean.clone(), rounding)
}

/// Whether geodesics stop being shortest somewhere.
pub(in crate::statistics) fn has_cut_locus<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
) -> bool {
    let point = &points.dims()[D - M::POINT_RANK..];
    manifold.injectivity_radius(point).is_finite()
}

/// How fast a step grows back towards 1 while it succeeds.
const GROWTH: f64 = 1.25;

/// The point of every sample with the largest weight.
fn heaviest<M: Manifold, const D: usize>(points: &Tensor<D>, weights: &Tensor<D>) -> Tensor<D> {
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
