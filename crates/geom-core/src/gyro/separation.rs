//! Points of the stereographic model, and what the formulas of two of them share: see
//! [`stereographic`](super::stereographic).

use burn::tensor::{Bool, Tensor};

use super::domain::never_positive;
use super::trig::cosine_and_sinc;
use crate::metric::Coefficient;
use crate::numerics::{Limits, mask_select, squared_norm};

/// From where on half an angle counts as large: $\kappa S = \sin^2\tfrac\theta2$ of a right angle.
pub(crate) const RIGHT_ANGLE: f64 = 0.5;

/// A point with its $\alpha_x$, kept at or above what [`Limits::boundary_gap`] gives it.
#[derive(Clone, Debug)]
pub(crate) struct Point<const D: usize> {
    pub(crate) x: Tensor<D>,
    pub(crate) squared: Tensor<D>,
    pub(crate) alpha: Tensor<D>,
}

impl<const D: usize> Point<D> {
    pub(crate) fn new(kappa: &Coefficient<Tensor<D>>, x: Tensor<D>) -> Self {
        let squared = squared_norm(x.clone());
        let alpha = alpha(kappa, squared.clone());
        Self { x, squared, alpha }
    }

    pub(crate) fn negated(self) -> Self {
        Self {
            x: self.x.neg(),
            ..self
        }
    }

    pub(super) fn ray(&self) -> Ray<D> {
        Ray {
            cosine: self.alpha.ones_like(),
            sine: self.x.clone(),
            alpha: self.alpha.clone(),
        }
    }
}

/// $1 + \kappa\lVert x\rVert^2$, at least the $2\cdot$[`Limits::boundary_gap`] of the outermost point
/// of the ball.
fn alpha<const D: usize>(kappa: &Coefficient<Tensor<D>>, squared: Tensor<D>) -> Tensor<D> {
    let lowest = 2.0 * Limits::of(squared.dtype()).boundary_gap;
    kappa.scale(squared).add_scalar(1.0).clamp_min(lowest)
}

/// A point $s/c$ that may be at infinity, with $\alpha = c^2 + \kappa\lVert s\rVert^2$.
pub(crate) struct Ray<const D: usize> {
    pub(crate) cosine: Tensor<D>,
    pub(crate) sine: Tensor<D>,
    pub(super) alpha: Tensor<D>,
}

impl<const D: usize> Ray<D> {
    /// $\operatorname{tanc}(\kappa\lVert v\rVert^2)\\,v$.
    ///
    /// A step so long that its end is lost in rounding, $1/\varepsilon$ and more, is none.
    pub(crate) fn along(kappa: &Coefficient<Tensor<D>>, v: Tensor<D>) -> Self {
        let q = kappa.scale(squared_norm(v.clone()));
        let lost = q
            .clone()
            .greater_elem(Limits::of(v.dtype()).epsilon.powi(-2));
        let (cosine, sinc) = cosine_and_sinc(q.mask_fill(lost.clone(), 0.0));
        let sine = v * sinc.mask_fill(lost, 0.0);
        let lowest = 2.0 * Limits::of(sine.dtype()).boundary_gap;
        let alpha = cosine.clone().square() + kappa.scale(squared_norm(sine.clone()));
        Self {
            cosine,
            sine,
            alpha: alpha.clamp_min(lowest),
        }
    }
}

/// What the formulas of two points share, see the module.
pub(crate) struct Separation<const D: usize> {
    pub(super) delta: Tensor<D>,
    /// $S$
    pub(crate) squared: Tensor<D>,
    /// $\kappa S$
    pub(crate) signed: Tensor<D>,
    /// $C = 1 - \kappa S$
    pub(crate) complement: Tensor<D>,
}

impl<const D: usize> Separation<D> {
    pub(crate) fn new(kappa: &Coefficient<Tensor<D>>, x: &Point<D>, y: &Point<D>) -> Self {
        Self::from_ray(kappa, x, &y.ray())
    }

    pub(super) fn from_ray(kappa: &Coefficient<Tensor<D>>, x: &Point<D>, y: &Ray<D>) -> Self {
        let delta = y.sine.clone() - y.cosine.clone() * x.x.clone();
        let squared = squared_norm(delta.clone()) / x.alpha.clone() / y.alpha.clone();
        let signed = kappa.scale(squared.clone());
        let complement = complement(kappa, x, y, signed.clone());
        Self {
            delta,
            squared,
            signed,
            complement,
        }
    }

    /// Where the points are more than a right angle apart.
    pub(super) fn far(&self) -> Tensor<D, Bool> {
        self.signed.clone().greater_elem(RIGHT_ANGLE)
    }
}

fn complement<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    y: &Ray<D>,
    signed: Tensor<D>,
) -> Tensor<D> {
    let plain = signed.clone().neg().add_scalar(1.0);
    if never_positive(kappa) {
        return plain;
    }
    let far = signed.greater_elem(RIGHT_ANGLE);
    let lead = x.squared.clone() * y.cosine.clone().square() - squared_norm(y.sine.clone());
    let x_leads = lead.greater_equal_elem(0.0);
    let base = mask_select(x_leads.clone(), x.x.clone(), y.sine.clone());
    let other = mask_select(x_leads, y.sine.clone(), x.x.clone());
    // Points more than a right angle apart are not both close to the origin: the base is not 0.
    let length = squared_norm(base.clone())
        .mask_fill(far.clone().bool_not(), 1.0)
        .sqrt();
    let gap = base * (y.cosine.clone() / length.clone()) + kappa.scale(other * length);
    let exact = squared_norm(gap) / x.alpha.clone() / y.alpha.clone();
    mask_select(far, exact, plain)
}

/// Whether $y$ is at least half as far from the origin as $x$.
pub(super) fn comparable<const D: usize>(x: &Point<D>, y: &Point<D>) -> Tensor<D, Bool> {
    (y.squared.clone().mul_scalar(4.0) - x.squared.clone()).greater_equal_elem(0.0)
}
