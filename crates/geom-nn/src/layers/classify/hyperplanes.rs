//! Distances to hyperplanes that are given by a direction and an offset.

use burn::module::Param;
use burn::tensor::Tensor;
use geom_core::curvature::Coefficient;
use geom_core::numerics::{asinhc, cosh_sqrt, norm, sinhc, squared_norm};
use geom_core::{Limits, PoincareBall};

/// A point of the hyperboloid of curvature −1.
pub(crate) struct UnitPoint<const D: usize> {
    /// $X_s$ but for a factor, `[..., d]`.
    space: Tensor<D>,
    /// The factor, `[..., 1]`, where it is not 1: products with directions are narrower than points, and
    /// cheaper to multiply by it.
    factor: Option<Tensor<D>>,
    /// $X_0 = \sqrt{1 + \lVert X_s\rVert^2}$, `[..., 1]`.
    time: Tensor<D>,
}

impl<const D: usize> UnitPoint<D> {
    /// From a point of the ball: $X_s = \sqrt c\\,\lambda_x x$, $X_0 = \lambda_x - 1$.
    pub(crate) fn from_ball(ball: &PoincareBall, x: Tensor<D>) -> Self {
        let lambda = ball.conformal_factor(x.clone());
        let root = ball.curvature().coefficient(&x).sqrt();
        Self {
            space: x,
            factor: Some(root.scale(lambda.clone())),
            time: lambda.sub_scalar(1.0),
        }
    }

    /// From the spatial coordinates of a point of the hyperboloid times $\sqrt c$.
    pub(crate) fn from_space(space: Tensor<D>) -> Self {
        let time = squared_norm(space.clone()).add_scalar(1.0).sqrt();
        Self {
            space,
            factor: None,
            time,
        }
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
        let Self {
            space,
            factor,
            time,
        } = self;
        let lengths = norm(directions.clone().transpose()).transpose();
        let none = lengths.clone().equal_elem(0.0);
        let units = directions / lengths.clone().mask_fill(none, 1.0);
        let along = space.matmul(units.unsqueeze());
        let along = match factor {
            Some(factor) => along * factor,
            None => along,
        };
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
