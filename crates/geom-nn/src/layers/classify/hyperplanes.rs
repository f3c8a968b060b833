//! Distances to hyperplanes that are given by a direction and an offset.

use burn::module::Param;
use burn::tensor::Tensor;
use geom_core::Limits;
use geom_core::curvature::Coefficient;
use geom_core::gyro::Point;
use geom_core::numerics::{asinhc, cosh_sqrt, norm, sinhc, squared_norm};

/// A point of the hyperboloid of curvature −1.
pub(crate) struct Unit<const D: usize> {
    /// $X_s$, `[..., d]`.
    space: Tensor<D>,
    /// $X_0 = \sqrt{1 + \lVert X_s\rVert^2}$, `[..., 1]`.
    time: Tensor<D>,
}

impl<const D: usize> Unit<D> {
    /// From a point of the ball times $\sqrt c$: $X_s = \lambda_x x$, $X_0 = \lambda_x - 1$.
    pub(crate) fn from_ball(x: Tensor<D>) -> Self {
        let Point { x, alpha } = Point::new(x);
        let lambda = alpha.recip().mul_scalar(2.0);
        Self {
            space: x * lambda.clone(),
            time: lambda.sub_scalar(1.0),
        }
    }

    /// From the spatial coordinates of a point of the hyperboloid times $\sqrt c$.
    pub(crate) fn from_space(space: Tensor<D>) -> Self {
        let time = squared_norm(space.clone()).add_scalar(1.0).sqrt();
        Self { space, time }
    }

    /// $\lVert z_k\rVert$ times the signed distance, in units of $1/\sqrt c$, from the hyperplane
    /// that the geodesic from the origin along $z_k$ meets at a right angle at the distance $a_k$:
    ///
    /// $$ \lVert z_k\rVert\operatorname{asinh}\bigl(\cosh(\sqrt c\\,a_k)\langle X_s, \hat z_k\rangle
    ///    {}- \sinh(\sqrt c\\,a_k)X_0\bigr), \qquad \hat z_k = \frac{z_k}{\lVert z_k\rVert}. $$
    ///
    /// Offsets are limited to [`Limits::max_radius`]; where $z_k = 0$, value and gradient are 0.
    ///
    /// # Shapes
    /// - `directions`: `[d, n]`
    /// - `offsets`: `[n]`, all 0 if there are none
    /// - returns: `[..., n]`
    pub(crate) fn weighted_distances(
        self,
        root: &Coefficient<Tensor<D>>,
        directions: Tensor<2>,
        offsets: Option<Tensor<D>>,
    ) -> Tensor<D> {
        let Self { space, time } = self;
        let lengths = norm(directions.clone().transpose()).transpose();
        let none = lengths.clone().equal_elem(0.0);
        let units = directions / lengths.clone().mask_fill(none, 1.0);
        let along = space.matmul(units.unsqueeze());
        let sinh = match offsets {
            Some(offsets) => {
                let longest = Limits::of(along.dtype()).max_radius;
                let offsets = root.scale(offsets).clamp(-longest, longest);
                let square = offsets.clone().square();
                along * cosh_sqrt(square.clone()) - time * (offsets * sinhc(square))
            }
            None => along,
        };
        sinh.clone() * asinhc(sinh.square()) * lengths.unsqueeze()
    }
}

/// The value of an optional parameter of one axis, with leading axes of size 1.
pub(crate) fn row<const D: usize>(param: &Option<Param<Tensor<1>>>) -> Option<Tensor<D>> {
    param.as_ref().map(|param| param.val().unsqueeze())
}
