//! Chords of the unit Klein ball, and the orthonormal frames at its points.

use burn::tensor::Tensor;

use crate::calculus::pairwise::squared_distance_with_differences;
use crate::gyro::{self, Point};
use crate::manifold::shape::assert_one_width;
use crate::numerics::{dot, squared_norm};

/// What the formulas of two points share, in coordinates of the unit ball.
pub(crate) struct Pair<const D: usize> {
    /// $y - x$.
    pub(crate) delta: Tensor<D>,
    /// $\sqrt{\alpha_x/\alpha_y}$.
    pub(crate) ratio: Tensor<D>,
    /// $S = \sinh^2(d/2)$.
    pub(crate) separation: Tensor<D>,
}

impl<const D: usize> Pair<D> {
    /// $S = \bigl(\lVert\delta\rVert^2 + (\sqrt{\alpha_x} - \sqrt{\alpha_y})^2\bigr)
    /// /(4\sqrt{\alpha_x\alpha_y})$, where the difference of roots is
    /// $\langle\delta, x + y\rangle/(\sqrt{\alpha_x} + \sqrt{\alpha_y})$.
    pub(crate) fn new(x: Point<Tensor<D>>, y: Point<Tensor<D>>) -> Self {
        assert_one_width([&x.x, &y.x]);
        let (root_x, root_y) = (x.alpha.sqrt(), y.alpha.sqrt());
        let delta = y.x.clone() - x.x.clone();
        let rise = dot(delta.clone(), x.x + y.x) / (root_x.clone() + root_y.clone());
        let squares = squared_norm(delta.clone()) + rise.square();
        Self {
            delta,
            separation: squares / (root_x.clone() * root_y.clone()).mul_scalar(4.0),
            ratio: root_x / root_y,
        }
    }
}

/// $S$ of all pairs, `[n, m]`, from the differences of [`Pair`].
pub(crate) fn pairwise_separation(x: Point<Tensor<2>>, y: Point<Tensor<2>>) -> Tensor<2> {
    // The points of a hemisphere, of which the ball is the shadow, have the squares as distances.
    let [x, y] = [x, y].map(|x| Hemisphere {
        shadow: x.x,
        height: x.alpha.sqrt(),
    });
    let heights = x.height.clone() * y.height.clone().transpose();
    let [still_x, still_y] = [&x, &y].map(Hemisphere::detached);
    let [lifted_x, lifted_y] = [x, y].map(|x| Tensor::cat(vec![x.shadow, x.height], 1));
    let squares = squared_distance_with_differences(lifted_x, lifted_y, |start, rows| {
        let [shadow, height] = [&still_x.shadow, &still_x.height]
            .map(|t| t.clone().narrow(0, start, rows).unsqueeze_dim::<3>(1));
        let [shadow_y, height_y] =
            [&still_y.shadow, &still_y.height].map(|t| t.clone().unsqueeze_dim::<3>(0));
        let delta = shadow_y.clone() - shadow.clone();
        let rise = dot(delta.clone(), shadow + shadow_y) / (height + height_y);
        Tensor::cat(vec![delta, rise], 2)
    });
    squares / heights.mul_scalar(4.0)
}

struct Hemisphere {
    shadow: Tensor<2>,
    height: Tensor<2>,
}

impl Hemisphere {
    fn detached(&self) -> Self {
        Self {
            shadow: self.shadow.clone().detach(),
            height: self.height.clone().detach(),
        }
    }
}

/// The tangent vector `v` at `x`, in coordinates of the unit ball, as its parts `[..., 1]`:
/// $\langle x, v\rangle/\alpha_x$ and $\lVert v\rVert^2/\alpha_x$. The square of the one and the
/// other add up to $\lVert v\rVert_x^2$.
pub(crate) fn parts<const D: usize>(x: &Point<Tensor<D>>, v: Tensor<D>) -> [Tensor<D>; 2] {
    let radial = dot(x.x.clone(), v.clone()) / x.alpha.clone();
    [radial, squared_norm(v) / x.alpha.clone()]
}

/// The end of the chord from `x` in the direction of `v`, of length
/// $\operatorname{asinh}(f\lVert v\rVert_x)$ with the `factor` $f$:
///
/// $$ x + \frac{fv}{C + k}, \qquad k = \frac{f\langle x, v\rangle}{\alpha_x}, \qquad
///    C^2 = 1 + f^2\lVert v\rVert_x^2, \qquad
///    C + k = \frac{1 + f^2\lVert v\rVert^2/\alpha_x}{C - k}. $$
///
/// The first form of the denominator does not cancel on the way out, the second on the way in.
pub(crate) fn travel<const D: usize>(
    x: Point<Tensor<D>>,
    v: Tensor<D>,
    factor: Tensor<D>,
) -> Tensor<D> {
    let [radial, square] = parts(&x, v.clone());
    let radial = radial * factor.clone();
    let product = (square * factor.clone().square()).add_scalar(1.0);
    let cosh = (product.clone() + radial.clone().square()).sqrt();
    let outward = radial.clone().greater_elem(0.0);
    // Not the magnitude of k, whose derivative at 0 would be 0.
    let sum = cosh + radial.clone().neg().mask_where(outward.clone(), radial);
    let denominator = (product / sum.clone()).mask_where(outward, sum);
    gyro::clip_squarable_to_ball(x.x + v * (factor / denominator))
}

/// The coordinates of `v` in the orthonormal frame at `x` that belongs to the axes of the Poincaré
/// ball, both in coordinates of the unit ball:
/// $\bigl(v + x\langle x, v\rangle/(\alpha_x + \sqrt{\alpha_x})\bigr)/\sqrt{\alpha_x}$.
pub(crate) fn to_frame<const D: usize>(x: &Point<Tensor<D>>, v: Tensor<D>) -> Tensor<D> {
    let root = x.alpha.clone().sqrt();
    let along = dot(x.x.clone(), v.clone()) / (x.alpha.clone() + root.clone());
    (v + x.x.clone() * along) / root
}

/// The tangent vector with coordinates `w` in the frame of [`to_frame`]:
/// $\sqrt{\alpha_x}\bigl(w - x\langle x, w\rangle/(1 + \sqrt{\alpha_x})\bigr)$.
pub(crate) fn from_frame<const D: usize>(x: &Point<Tensor<D>>, w: Tensor<D>) -> Tensor<D> {
    let root = x.alpha.clone().sqrt();
    let along = dot(x.x.clone(), w.clone()) / root.clone().add_scalar(1.0);
    (w - x.x.clone() * along) * root
}
