//! Backtracking to a sufficient decrease.

use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::{PreviousStep, check_between};
use crate::solvers::cost::Cost;
use crate::solvers::curve::{Curve, Trial};
use crate::solvers::stored;

/// How much longer than the previous step the next search begins, if that one was taken at once.
const GROWTH: f64 = 2.0;
/// Interpolation never shortens a step more than this at once, so that one odd value of the cost
/// does not end the search (Nocedal, Wright, §3.5).
const SHORTEST: f64 = 0.1;
/// Trials before the search gives up: `0.5^60` is below the rounding of any step.
const TRIALS: usize = 60;

/// Armijo's rule: the first step, going back from a guess, whose decrease is a fixed share of what
/// the slope promises.
///
/// $$ \varphi(t) \le \varphi(0) + c_1 t\\,\varphi'(0) $$
///
/// A step that fails is shortened to the minimum of the parabola through $\varphi(0)$, $\varphi'(0)$
/// and $\varphi(t)$, to a factor between 0.1 and `contraction`. The search begins at the previous
/// step, or twice that if the previous search took its first guess.
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `decrease` | 1e-4 | (0, 1/2) | $c_1$ |
/// | `contraction` | 0.5 | (0.1, 1) | the least that a failed step is shortened |
///
/// # References
/// Nocedal, Wright (2006), *Numerical Optimization*, alg. 3.1 and eq. 3.58; Absil, Mahony, Sepulchre
/// (2008), *Optimization Algorithms on Matrix Manifolds*, def. 4.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Armijo {
    /// The share $c_1$ of the promised decrease.
    #[serde(with = "stored::float")]
    pub decrease: f64,
    /// The least factor that a failed step is shortened by.
    #[serde(with = "stored::float")]
    pub contraction: f64,
}

impl Default for Armijo {
    fn default() -> Self {
        Self {
            decrease: 1e-4,
            contraction: 0.5,
        }
    }
}

impl Armijo {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let rule = "above 0 and below 1/2";
        check_between("decrease", self.decrease, 0.0..0.5, rule)?;
        let rule = "above 0.1 and below 1";
        check_between("contraction", self.contraction, SHORTEST..1.0, rule)
    }

    /// Where the search after `step` begins.
    pub(super) fn next(&self, step: PreviousStep) -> f64 {
        match step.at_once {
            true => GROWTH * step.t,
            false => step.t,
        }
    }

    pub(super) fn search<const D: usize, M: Manifold, C: Cost<D>>(
        &self,
        curve: &mut Curve<D, M, C>,
        first: f64,
    ) -> Option<Trial<D>> {
        let mut t = first;
        for _ in 0..TRIALS {
            let factor = match curve.at(t) {
                Some(trial) if curve.decreases(&trial, self.decrease) => return Some(trial),
                Some(trial) => {
                    // Above the tangent at 0, or the decrease would have been enough.
                    let excess = curve.change(&trial) - t * curve.slope();
                    (-0.5 * t * curve.slope() / excess).clamp(SHORTEST, self.contraction)
                }
                None => self.contraction,
            };
            t *= factor;
        }
        None
    }
}
