//! Distances to hyperplanes, for either sign of curvature.

use burn::tensor::Tensor;

use crate::gyro::separation::{Point, Separation};
use crate::gyro::stereographic::initial_direction;
use crate::gyro::trig::asinc;
use crate::metric::Coefficient;
use crate::numerics::{dot, norm, squared_norm};

/// The signed distance of $x$ from the hyperplane $\\{z : \langle(-p) \oplus z, a\rangle = 0\\}$.
///
/// $\operatorname{asin}\_\kappa t$ with $t = 2\langle n, a\rangle/\lVert a\rVert$ and $n$ the
/// [`initial_direction`] from $p$ to $x$; its complement $1 - \kappa t^2$ is
/// $(2C - 1)^2 + 4\kappa\lVert n_\perp\rVert^2$.
pub(crate) fn signed_distance<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    p: &Point<D>,
    a: Tensor<D>,
) -> Tensor<D> {
    let length = norm(a.clone());
    let degenerate = length.clone().equal_elem(0.0);
    let normal = a / length.mask_fill(degenerate, 1.0);
    let separation = Separation::new(kappa, p, x);
    let direction = initial_direction(kappa, p, x, &separation);
    let height = dot(direction.clone(), normal.clone());
    let beside = direction - height.clone() * normal;
    let level = separation.complement.mul_scalar(2.0).sub_scalar(1.0);
    let complement = level.square() + kappa.scale(squared_norm(beside)).mul_scalar(4.0);
    let t = height.mul_scalar(2.0);
    let signed = kappa.scale(t.clone().square());
    t * asinc(signed, complement)
}
