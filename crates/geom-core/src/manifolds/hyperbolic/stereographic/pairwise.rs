//! Distances of all pairs in the stereographic model.

use std::f64::consts::PI;

use burn::tensor::Tensor;

use crate::calculus::pairwise::squared_distance;
use crate::gyro::domain::never_positive;
use crate::gyro::separation::{Point, RIGHT_ANGLE};
use crate::gyro::stereographic::half_distance;
use crate::metric::Coefficient;
use crate::numerics::mask_select;

/// The distances of all pairs of points `[n, d]` and `[m, d]`, as `[n, m]`.
pub(super) fn distance(kappa: &Coefficient<Tensor<2>>, x: Point<2>, y: Point<2>) -> Tensor<2> {
    let (alpha_x, alpha_y) = (x.alpha.clone(), y.alpha.clone().transpose());
    let squared = squared_distance(x.x.clone(), y.x.clone()) / alpha_x.clone() / alpha_y.clone();
    let signed = kappa.scale(squared.clone());
    let plain = signed.clone().neg().add_scalar(1.0);
    let complement = if never_positive(kappa) {
        plain
    } else {
        let far = signed.clone().greater_elem(RIGHT_ANGLE);
        let exact = complement(kappa, x, y) / alpha_x / alpha_y;
        plain.mask_where(far, exact)
    };
    half_distance(squared, signed, complement).mul_scalar(2.0)
}

/// $\Delta = \kappa^2\lVert b\rVert^2\lVert o - b^a\rVert^2$ of all pairs more than a right angle apart,
/// with $b^a = -b/(\kappa\lVert b\rVert^2)$ the antipode of `x` where it is at least half a right angle
/// from the origin, and of `y`, which then is, otherwise.
fn complement(kappa: &Coefficient<Tensor<2>>, x: Point<2>, y: Point<2>) -> Tensor<2> {
    let half_right = (PI / 8.0).tan().powi(2);
    let [from_x, from_y] = [(&x, &y), (&y, &x)].map(|(base, other)| {
        let q = kappa.scale(base.squared.clone());
        let close = q.clone().lower_elem(half_right);
        let antipode = base.x.clone() / q.clone().neg().mask_fill(close, 1.0);
        squared_distance(antipode, other.x.clone()) * kappa.scale(q)
    });
    let x_leads = kappa.scale(x.squared).greater_equal_elem(half_right);
    mask_select(x_leads, from_x, from_y.transpose())
}
