//! The cost along a curve that leaves a point in a given direction.

use burn::tensor::Tensor;
use geom_core::Manifold;
use geom_core::numerics::to_vec_f64;

use super::cost::Cost;
use super::error::Quantity;
use super::problem::{Iterate, Oracle};

/// The share of the injectivity radius that a step may take: transport back from the end of a longer
/// one would take another geodesic than the step did.
const WITHIN_CUT_LOCUS: f64 = 0.99;

/// The function $\varphi(t) = f(R_x(td))$ for $t \ge 0$, with $R_x$ the exponential map or a
/// retraction.
///
/// # Numerics
/// Close to a minimizer the change of the cost falls below the rounding of the cost itself, while
/// slopes still have all their digits. There, the change is taken from the slopes at both ends,
///
/// $$ \varphi(t) - \varphi(0) \approx \tfrac t2\bigl(\varphi'(0) + \varphi'(t)\bigr), $$
///
/// which is exact for quadratic $\varphi$. Put into the condition of Armijo it gives the approximate
/// condition of Hager and Zhang.
///
/// # References
/// Hager, Zhang (2006), *Algorithm 851: CG_DESCENT*, §2.
pub(crate) struct Curve<'o, 'p, const D: usize, M, C> {
    oracle: &'o mut Oracle<'p, M, C>,
    start: &'o Iterate<D>,
    direction: &'o Tensor<D>,
    /// $\varphi'(0)$, negative.
    slope: f64,
    /// $\lVert d\rVert_x$.
    length: f64,
    /// The largest $t$ to try.
    max_t: f64,
    rounding: f64,
    /// What was not finite at the last trial that failed, while none has succeeded.
    broken: Option<Quantity>,
    seen: bool,
}

/// A point of the curve.
#[derive(Clone, Debug)]
pub(crate) struct Trial<const D: usize> {
    /// The parameter $t$.
    pub(crate) t: f64,
    /// The point $R_x(td)$.
    pub(crate) iterate: Iterate<D>,
    /// $\varphi'(t)$.
    pub(crate) slope: f64,
}

/// Why no step was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Any gain along the curve is indistinguishable from rounding.
    Stalled,
    /// No trial was finite.
    NotFinite(Quantity),
}

impl<'o, 'p, const D: usize, M: Manifold, C: Cost<D>> Curve<'o, 'p, D, M, C> {
    /// The curve from `start` in a direction of descent.
    pub(crate) fn new(
        oracle: &'o mut Oracle<'p, M, C>,
        start: &'o Iterate<D>,
        direction: &'o Tensor<D>,
    ) -> Self {
        let x = &start.point;
        let radius = oracle.injectivity_radius(x);
        let max_t = match radius.is_finite() {
            true => WITHIN_CUT_LOCUS * radius / oracle.max_row_norm(x, direction),
            false => f64::INFINITY,
        };
        Self {
            slope: oracle.inner(x, &start.gradient, direction),
            length: oracle.norm(x, direction),
            rounding: oracle.rounding(start),
            max_t,
            oracle,
            start,
            direction,
            broken: None,
            seen: false,
        }
    }

    pub(crate) fn slope(&self) -> f64 {
        self.slope
    }

    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    pub(crate) fn max_t(&self) -> f64 {
        self.max_t
    }

    /// The point at 0.
    pub(crate) fn origin(&self) -> Trial<D> {
        Trial {
            t: 0.0,
            iterate: self.start.clone(),
            slope: self.slope,
        }
    }

    /// The point at `t`, or `None` if cost or gradient are not finite there, or if the step is too
    /// short to change a single coordinate.
    pub(crate) fn at(&mut self, t: f64) -> Option<Trial<D>> {
        let step = self.direction.clone().mul_scalar(t);
        let point = self.oracle.advance(&self.start.point, step);
        let stays = point.clone().equal(self.start.point.clone()).all();
        if stays.into_scalar::<bool>() {
            return None;
        }
        let iterate = self.oracle.evaluate(point);
        let slope = self.slope_at(t, &iterate.ambient_gradient);
        match iterate.broken() {
            None if slope.is_finite() => {
                self.seen = true;
                Some(Trial { t, iterate, slope })
            }
            broken => {
                self.broken = broken.or(Some(Quantity::Gradient));
                None
            }
        }
    }

    /// $\varphi'(t)$ from the ambient gradient at the point, through the map itself: exact for
    /// retractions too, whose velocity is not the transported direction.
    fn slope_at(&self, t: f64, ambient_gradient: &Tensor<D>) -> f64 {
        let x = &self.start.point;
        let t = Tensor::<1>::from_data([t], (&x.device(), x.dtype()))
            .autodiff()
            .require_grad();
        let step = self.direction.clone() * t.clone().reshape([1; D]);
        let along = (self.oracle.advance(x, step) * ambient_gradient.clone()).sum();
        match t.grad(&along.backward()) {
            Some(slope) => to_vec_f64(slope)[0],
            None => 0.0,
        }
    }

    /// $\varphi(b) - \varphi(a)$, from slopes where the difference would be rounding.
    pub(crate) fn change_between(&self, a: &Trial<D>, b: &Trial<D>) -> f64 {
        let difference = b.iterate.cost - a.iterate.cost;
        match difference.abs() > self.rounding {
            true => difference,
            false => 0.5 * (b.t - a.t) * (a.slope + b.slope),
        }
    }

    /// $\varphi(t) - \varphi(0)$, in the same way.
    pub(crate) fn change(&self, trial: &Trial<D>) -> f64 {
        self.change_between(&self.origin(), trial)
    }

    /// Armijo's condition $\varphi(t) - \varphi(0) \le c_1 t\varphi'(0)$.
    pub(crate) fn decreases(&self, trial: &Trial<D>, c1: f64) -> bool {
        self.change(trial) <= c1 * trial.t * self.slope
    }

    /// Why a search along this curve failed.
    pub(crate) fn failure(&self) -> Failure {
        match self.broken {
            Some(quantity) if !self.seen => Failure::NotFinite(quantity),
            _ => Failure::Stalled,
        }
    }
}
