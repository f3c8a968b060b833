//! Points and tangent vectors of the stereographic model when its curvature moves.

use std::f64::consts::FRAC_PI_2;

use burn::tensor::Tensor;

use crate::gyro::domain::clip_factor_of_square;
use crate::gyro::stereographic::{exp0, log0};
use crate::gyro::trig::tanc;
use crate::metric::Coefficient;
use crate::numerics::{Limits, dot, norm, squared_norm};

/// $\exp_0^{\text{now}}(\log_0^{\text{before}}(x))$.
pub(super) fn points<const D: usize>(
    before: &Coefficient<Tensor<D>>,
    now: &Coefficient<Tensor<D>>,
    x: Tensor<D>,
) -> Tensor<D> {
    let v = log0(before, x);
    // One rounding short of the antipode, so that no point goes through infinity.
    let longest = FRAC_PI_2 * (1.0 - Limits::of(v.dtype()).epsilon);
    let clip = clip_factor_of_square(now.scale(squared_norm(v.clone())), longest);
    exp0(now, v * clip)
}

/// The differential of [`points`] at the point that has moved to `x`.
pub(super) fn tangents<const D: usize>(
    before: Coefficient<Tensor<D>>,
    now: Coefficient<Tensor<D>>,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let squared = squared_norm(log0(&now, x.clone()));
    // Norm over tangent norm, and α, under either curvature.
    let [(grown, alpha), (grown_before, alpha_before)] = [now, before].map(|kappa| {
        let grown = tanc(kappa.scale(squared.clone()));
        let lowest = 2.0 * Limits::of(grown.dtype()).boundary_gap;
        let alpha = kappa.scale(squared.clone() * grown.clone().square());
        (grown, alpha.add_scalar(1.0).clamp_min(lowest))
    });
    let turned = grown / grown_before;
    let stretched = alpha / alpha_before;
    let length = norm(x.clone());
    let origin = length.clone().equal_elem(0.0);
    let radial = x / length.mask_fill(origin, 1.0);
    let outwards = dot(radial.clone(), v.clone());
    v * turned.clone() + radial * (outwards * (stretched - turned))
}
