//! The center of mass of points of hyperbolic space, in the Klein model.

use burn::tensor::Tensor;

use super::KleinBall;
use crate::gyro::{self, Point};
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

impl KleinBall {
    /// The Lorentz factor $\gamma_x = 1/\sqrt{\alpha_x}$, `[..., 1]`: the cosine hyperbolicus of the
    /// distance from the origin, in units of $1/\sqrt c$.
    pub fn lorentz_factor<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.unit(x).alpha.sqrt().recip()
    }

    /// The Einstein midpoint of weighted points, taken over `axis`:
    ///
    /// $$ m = \frac{\sum_i w_i\gamma_i x_i}{\sum_i w_i\gamma_i}. $$
    ///
    /// It is the center of mass of the points on the hyperboloid, the same point as
    /// [`Hyperboloid::centroid`](crate::Hyperboloid::centroid), and isometries carry it along.
    ///
    /// # Shapes
    /// - `x`: `[..., d]`
    /// - `weights`: broadcasts against `[..., 1]`
    /// - returns: `[..., d]`, with `axis` at size 1
    ///
    /// # Domain
    /// Weights are not negative, and along `axis` their sum is positive; only their ratios matter.
    ///
    /// # Panics
    /// If `axis` is the last one, which holds the coordinates, or beyond it.
    ///
    /// # References
    /// Ungar (2008), *A Gyrovector Space Approach to Hyperbolic Geometry*; Gulcehre et al. (2019),
    /// *Hyperbolic Attention Networks*.
    pub fn einstein_midpoint<const D: usize>(
        &self,
        x: Tensor<D>,
        weights: Tensor<D>,
        axis: usize,
    ) -> Tensor<D> {
        let root = self.root(&x);
        let middle = midpoint(Point::new(root.scale(x)), weights, axis);
        root.divide(gyro::clip_to_ball(middle.x))
    }
}
