//! Bracketing to a sufficient decrease and a flat slope.

use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::check_between;
use crate::solvers::cost::Cost;
use crate::solvers::curve::{Curve, Trial};
use crate::solvers::stored;

/// How far each bracketing step goes beyond the one before, in lengths of the last interval, at least
/// and at most: between the two, where the slopes say that the minimum is.
const EXPANSION: (f64, f64) = (0.1, 10.0);
/// How far a step goes back from a point where the cost is not finite.
const RETREAT: f64 = 0.1;
/// Interpolated points keep this share of the interval from its ends, so that they are new points.
const MARGIN: f64 = 1e-3;
/// Every so many trials the interval is halved, whatever interpolation proposes, so that it shrinks on
/// any function.
const BISECTION: usize = 3;
/// Trials in each phase: enough to bracket over all step lengths of a format, and to shrink an
/// interval a millionfold by bisection alone.
const TRIALS: usize = 60;

/// The strong Wolfe conditions: enough decrease, and a slope much flatter than at the start.
///
/// $$ \varphi(t) \le \varphi(0) + c_1 t\\,\varphi'(0), \qquad
///    |\varphi'(t)| \le c_2\\,|\varphi'(0)| $$
///
/// The first phase lengthens the step until an interval is sure to hold such a point, the second
/// shrinks the interval by cubic interpolation of values and slopes. If rounding, or the cut locus,
/// leaves no such point, the best one with enough decrease is taken.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `decrease` | 1e-4 | (0, 1/2) | $c_1$ |
/// | `curvature` | 0.1 | (`decrease`, 1) | $c_2$; conjugate gradient needs it below 1/2 |
///
/// # References
/// Nocedal, Wright (2006), *Numerical Optimization*, alg. 3.5 and 3.6, eq. 3.59; Ring, Wirth (2012),
/// *Optimization methods on Riemannian manifolds and their application to shape space*, for curves on
/// manifolds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrongWolfe {
    /// The share $c_1$ of the promised decrease.
    #[serde(with = "stored::float")]
    pub decrease: f64,
    /// The share $c_2$ of the slope that may be left.
    #[serde(with = "stored::float")]
    pub curvature: f64,
}

impl Default for StrongWolfe {
    fn default() -> Self {
        Self {
            decrease: 1e-4,
            curvature: 0.1,
        }
    }
}

impl StrongWolfe {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let rule = "above 0 and below 1/2";
        check_between("decrease", self.decrease, 0.0..0.5, rule)?;
        let rule = "above `decrease` and below 1";
        check_between("curvature", self.curvature, self.decrease..1.0, rule)
    }

    fn is_flat<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &Curve<D, M, C>,
        trial: &Trial<D>,
    ) -> bool {
        trial.slope.abs() <= self.curvature * curve.slope().abs()
    }

    /// The bracketing phase.
    pub(super) fn search<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &mut Curve<D, M, C>,
        first: f64,
    ) -> Option<Trial<D>> {
        let mut behind = curve.origin();
        let mut t = first;
        // Beyond this parameter the cost is not finite.
        let mut wall = f64::INFINITY;
        for _ in 0..TRIALS {
            let Some(trial) = curve.at(t) else {
                wall = t;
                t = behind.t + RETREAT * (t - behind.t);
                continue;
            };
            let rises = behind.t > 0.0 && curve.change_between(&behind, &trial) >= 0.0;
            if rises || !curve.decreases(&trial, self.decrease) {
                return self.zoom(curve, behind, trial);
            }
            if self.is_flat(curve, &trial) || t == curve.max_t() {
                return Some(trial);
            }
            if trial.slope >= 0.0 {
                return self.zoom(curve, trial, behind);
            }
            let further = extrapolated(&behind, &trial).min(curve.max_t());
            let next = match further < wall {
                true => further,
                // Half way to the wall.
                false => 0.5 * (t + wall),
            };
            behind = trial;
            t = next;
        }
        unless_zero(behind)
    }

    /// The second phase: `low` has the lowest cost of all points with enough decrease, and its slope
    /// points towards `high`.
    fn zoom<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &mut Curve<D, M, C>,
        mut low: Trial<D>,
        mut high: Trial<D>,
    ) -> Option<Trial<D>> {
        for count in 1..=TRIALS {
            let share = match count % BISECTION {
                0 => 0.5,
                _ => interpolated(curve, &low, &high),
            };
            let t = low.t + share * (high.t - low.t);
            if t == low.t || t == high.t {
                break;
            }
            let Some(trial) = curve.at(t) else { break };
            let rises = curve.change_between(&low, &trial) >= 0.0;
            if rises || !curve.decreases(&trial, self.decrease) {
                high = trial;
                continue;
            }
            if self.is_flat(curve, &trial) {
                return Some(trial);
            }
            if trial.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = trial;
        }
        unless_zero(low)
    }
}

/// The point, if it is any step at all.
fn unless_zero<const D: usize>(trial: Trial<D>) -> Option<Trial<D>> {
    (trial.t > 0.0).then_some(trial)
}

/// A point beyond `b`: where the slope would vanish if it went on changing as between `a` and `b`.
fn extrapolated<const D: usize>(a: &Trial<D>, b: &Trial<D>) -> f64 {
    let (least, most) = EXPANSION;
    let lengths = match b.slope > a.slope {
        true => -b.slope / (b.slope - a.slope),
        false => most,
    };
    b.t + (b.t - a.t) * lengths.clamp(least, most)
}

/// Where between `a` and `b` the cubic with the values and slopes of both has its minimum, as a share
/// of the way.
fn interpolated<const D: usize, M: Manifold, C: Cost<D>>(
    curve: &Curve<D, M, C>,
    a: &Trial<D>,
    b: &Trial<D>,
) -> f64 {
    let width = b.t - a.t;
    let d1 = a.slope + b.slope - 3.0 * curve.change_between(a, b) / width;
    let discriminant = d1 * d1 - a.slope * b.slope;
    let d2 = discriminant.sqrt().copysign(width);
    let share = 1.0 - (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    match share.is_finite() {
        true => share.clamp(MARGIN, 1.0 - MARGIN),
        // The cubic has no minimum.
        false => 0.5,
    }
}
