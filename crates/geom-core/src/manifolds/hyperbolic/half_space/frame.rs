//! The upper half-space seen from one of its points: dilated so that the point has height 1.

use burn::tensor::{DType, Tensor};

use crate::manifold::shape::assert_one_width;
use crate::numerics::{Limits, clip_factor_of_shrunk, dot, shrunk_length, squared_norm};

/// The largest number that a map of the half-space works with, $H = e^{2R}$ with
/// $R$ = [`Limits::max_radius`]: 1.1e15 in `f32`, 3.2e32 in `f64`.
///
/// Heights lie between $1/H$ and $H$, horizontal coordinates and whatever is measured in heights
/// between $-H$ and $H$. A quotient of two of them still has a square ($H^2$ is 2^100 in `f32`), so
/// that nothing overflows on the way, in a derivative neither.
pub(crate) fn reach(dtype: DType) -> f64 {
    (2.0 * Limits::of(dtype).max_radius).exp()
}

/// The last coordinate, `[..., 1]`.
pub(crate) fn height<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    let width = x.dims()[D - 1];
    assert!(
        width > 0,
        "half-space points have 1 or more coordinates, got shape {:?}",
        x.dims()
    );
    x.clone().narrow(D - 1, width - 1, 1)
}

/// `x` with another last coordinate, `[..., 1]`.
pub(crate) fn with_height<const D: usize>(x: Tensor<D>, height: Tensor<D>) -> Tensor<D> {
    let width = x.dims()[D - 1];
    assert!(
        width > 0,
        "half-space points have 1 or more coordinates, got shape {:?}",
        x.dims()
    );
    // On the half-line there is nothing else, and tensors of no width cannot be cut out.
    if width == 1 {
        return height;
    }
    Tensor::cat(vec![x.narrow(D - 1, 0, width - 1), height], D - 1)
}

/// `x` with `by` added to the last coordinate.
pub(crate) fn raise<const D: usize>(x: Tensor<D>, by: Tensor<D>) -> Tensor<D> {
    let top = height(&x) + by;
    with_height(x, top)
}

/// `v` with the last coordinate turned round.
pub(crate) fn flip<const D: usize>(v: Tensor<D>) -> Tensor<D> {
    let down = height(&v).neg();
    with_height(v, down)
}

/// The reflection $v - 2b\langle b, v\rangle/\lVert b\rVert^2$.
pub(crate) fn reflect<const D: usize>(b: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
    let along = dot(b.clone(), v.clone()) * squared_norm(b.clone()).recip();
    v - b * along.mul_scalar(2.0)
}

/// Brings heights to $[1/H, H]$ and the other coordinates to $[-H, H]$.
pub(crate) fn clip_coordinates<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let reach = reach(x.dtype());
    let top = height(&x).clamp(reach.recip(), reach);
    with_height(x.clamp(-reach, reach), top)
}

/// A vector at `x` in units of the height of `x`: its Euclidean length is the Riemannian one in units
/// of $1/\sqrt c$. Vectors much longer than $H$ are shortened to about that.
pub(crate) fn in_heights<const D: usize>(x: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
    assert_one_width([x, &v]);
    let scale = height(x).recip();
    let length = shrunk_length(&v) * scale.clone().detach();
    let factor = clip_factor_of_shrunk(length, reach(v.dtype()));
    v * factor * scale
}

/// The end of the geodesic that leaves `x` in the direction of `w` and is as long as
/// $\operatorname{asinh}\lVert w\rVert$, with `w` in units of the height of `x`.
///
/// With $C = \sqrt{1 + \lVert w\rVert^2}$ the end is $x' + y\\,g\\,w'$ at height $y\\,g$, where
///
/// $$ g = \frac 1{C - w_d} = \frac{C + w_d}{1 + \lVert w'\rVert^2}; $$
///
/// the first form does not cancel for steps that descend, the second for those that climb.
pub(crate) fn travel<const D: usize>(x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
    let climb = height(&w);
    let climbs = climb.clone().greater_elem(0.0);
    let cosh = squared_norm(w.clone()).add_scalar(1.0).sqrt();
    let level = with_height(w.clone(), climb.zeros_like());
    let level = squared_norm(level).add_scalar(1.0);
    // Not the magnitude of w_d, whose derivative at 0 would be 0.
    let sum = cosh + climb.clone().neg().mask_where(climbs.clone(), climb);
    let growth = sum.clone().recip().mask_where(climbs, sum / level);
    let top = height(&x) * growth;
    clip_coordinates(with_height(x + w * top.clone(), top))
}

/// What the formulas of two points share.
///
/// With $\delta = y - x$ and the heights $x_d$, $y_d$,
///
/// $$ s = \frac{\delta}{\sqrt{x_d y_d}}, \qquad S = \tfrac14\lVert s\rVert^2
///    = \sinh^2\frac{\sqrt c\\,d(x, y)}2, \qquad
///    w = s\sqrt{x_d/y_d} + 2S\\,e_d, $$
///
/// where $x_d w$ is the direction of $y$ from $x$, and $\lVert w\rVert = \sinh(\sqrt c\\,d(x, y))$.
/// The coordinates of $s$ are kept to $[-H, H]$.
pub(crate) struct Pair<const D: usize> {
    /// $s$.
    toward: Tensor<D>,
    /// $S$.
    pub(crate) separation: Tensor<D>,
    /// $\sqrt{x_d/y_d}$.
    fall: Tensor<D>,
}

impl<const D: usize> Pair<D> {
    pub(crate) fn new(x: &Tensor<D>, y: Tensor<D>) -> Self {
        assert_one_width([x, &y]);
        // Roots, since the square of a height below 1e-19, as in the derivative of a quotient of
        // heights, may be no number in `f32`.
        let root_x = height(x).sqrt();
        let root_y = height(&y).sqrt();
        let reach = reach(y.dtype());
        let mean = root_x.clone() * root_y.clone();
        let toward = ((y - x.clone()) * mean.recip()).clamp(-reach, reach);
        Self {
            separation: squared_norm(toward.clone()).div_scalar(4.0),
            toward,
            fall: root_x * root_y.recip(),
        }
    }

    /// `factor * w`.
    pub(crate) fn direction(self, factor: Tensor<D>) -> Tensor<D> {
        raise(
            self.toward * (factor.clone() * self.fall),
            self.separation * factor.mul_scalar(2.0),
        )
    }
}
