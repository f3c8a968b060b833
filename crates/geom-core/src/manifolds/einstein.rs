//! The centre of mass of points of hyperbolic space, in the Klein model.

use burn::tensor::Tensor;

use crate::gyro::Point;
use crate::numerics::squared_norm;

/// The Einstein midpoint over `axis` of points of the unit Klein ball.
///
/// With $m = \sum_i\omega_i x_i$ and the shares $\omega_i \propto w_i/\sqrt{\alpha_i}$ of the mass,
/// which add up to 1,
///
/// $$ \alpha_m = 1 - \lVert m\rVert^2 = \sum_i\omega_i\bigl(\alpha_i + \lVert x_i - m\rVert^2\bigr), $$
///
/// a sum of what cannot be negative, where the difference loses all digits far out.
///
/// # Panics
/// If `axis` is not one of the batch axes.
pub(crate) fn midpoint<const D: usize>(
    points: Point<Tensor<D>>,
    weights: Tensor<D>,
    axis: usize,
) -> Point<Tensor<D>> {
    assert!(
        axis + 1 < D,
        "a mean is taken over one of the {} batch axes of points of shape {:?}, got axis {axis}",
        D - 1,
        points.x.dims()
    );
    let mass = weights * points.alpha.clone().sqrt().recip();
    let share = mass.clone() / mass.sum_dim(axis);
    let x = (points.x.clone() * share.clone()).sum_dim(axis);
    let spread = squared_norm(points.x - x.clone());
    let alpha = (share * (points.alpha + spread)).sum_dim(axis);
    Point { x, alpha }
}
