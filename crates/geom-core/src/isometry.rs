//! The isometry between the two models of hyperbolic space of equal curvature.
//!
//! Both models are handed over as the one [`Curvature`] they share. In coordinates scaled by
//! $\sqrt c$ it is stereographic projection from $(-1, 0, \dots, 0)$:
//!
//! $$ p = \frac{X_s}{1 + X_0}, \qquad X_s = \frac{2p}{1 - \lVert p\rVert^2}, \qquad
//!    X_0 = \frac{1 + \lVert p\rVert^2}{1 - \lVert p\rVert^2}. $$
//!
//! # Examples
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Curvature, Hyperboloid, Manifold, ball_to_hyperboloid, hyperboloid_to_ball};
//!
//! let curvature = Curvature::fixed(1.0);
//! let x = Tensor::<2>::from_floats([[0.1, 0.2]], &Device::flex());
//! let on_hyperboloid = ball_to_hyperboloid(&curvature, x.clone());
//! assert!(Hyperboloid::new(1.0).check_point(on_hyperboloid.clone()).is_ok());
//! let back = hyperboloid_to_ball(&curvature, on_hyperboloid);
//! assert!((back - x).abs().max().into_scalar::<f32>() < 1e-7);
//! ```
//!
//! # References
//! Ratcliffe (2006), *Foundations of Hyperbolic Manifolds*, §4.5.

use burn::tensor::Tensor;

use crate::curvature::Curvature;
use crate::gyro::Point;
use crate::manifolds::lorentz_frame::{Frame, join};

/// Points of the ball on the hyperboloid.
///
/// # Shapes
/// - `x`: `[..., d]`
/// - returns: `[..., d + 1]`
pub fn ball_to_hyperboloid<const D: usize>(curvature: &Curvature, x: Tensor<D>) -> Tensor<D> {
    let root = curvature.coefficient(&x).sqrt();
    let point = Point::new(root.scale(x));
    root.divide(lift(point))
}

/// Points of the hyperboloid in the ball.
///
/// # Shapes
/// - `x`: `[..., d + 1]`
/// - returns: `[..., d]`
pub fn hyperboloid_to_ball<const D: usize>(curvature: &Curvature, x: Tensor<D>) -> Tensor<D> {
    let root = curvature.coefficient(&x).sqrt();
    let frame = Frame::new(root.scale(x));
    root.divide(frame.stereographic().x)
}

/// Tangent vectors of the ball at `x`, as tangent vectors of the hyperboloid at the image of `x`.
///
/// # Shapes
/// - `x`, `v`: `[..., d]`
/// - returns: `[..., d + 1]`
pub fn ball_to_hyperboloid_tangent<const D: usize>(
    curvature: &Curvature,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let point = Point::new(curvature.coefficient(&x).sqrt().scale(x));
    let at_origin = v.mul_scalar(2.0) / point.alpha.clone();
    Frame::new(lift(point)).at_point(at_origin)
}

/// Tangent vectors of the hyperboloid at `x`, as tangent vectors of the ball at the image of `x`.
///
/// # Shapes
/// - `x`, `v`: `[..., d + 1]`
/// - returns: `[..., d]`
pub fn hyperboloid_to_ball_tangent<const D: usize>(
    curvature: &Curvature,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let frame = Frame::new(curvature.coefficient(&x).sqrt().scale(x));
    let alpha = frame.stereographic().alpha;
    frame.at_origin(v) * alpha.div_scalar(2.0)
}

/// The inverse stereographic projection, in coordinates scaled to curvature −1.
fn lift<const D: usize>(point: Point<D>) -> Tensor<D> {
    let factor = point.alpha.recip().mul_scalar(2.0);
    join(factor.clone().sub_scalar(1.0), point.x * factor)
}
