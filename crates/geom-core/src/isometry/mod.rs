//! Isometries: the same space in another model.
//!
//! # Models of hyperbolic space
//!
//! [`change_model`] carries points from any [`HyperbolicModel`] to any other, and
//! [`change_model_tangent`] carries tangent vectors, as the differential of that map. Each model
//! gives its way to and from one hub, the unit ball, where a point is known together with
//! $\alpha = 1 - \lVert p\rVert^2$, so that nothing is lost next to the boundary. In coordinates
//! scaled to curvature −1:
//!
//! | Model | to $p$ in the unit ball | $\alpha$ | from the unit ball |
//! |---|---|---|---|
//! | [`PoincareBall`] | $x$ | $1 - \lVert x\rVert^2$ | $p$ |
//! | [`Hyperboloid`] | $x_s/(1 + x_0)$, stereographic projection from $(-1, 0, \dots, 0)$ | $2/(1 + x_0)$ | $\bigl(\tfrac2\alpha - 1,\ \tfrac{2p}\alpha\bigr)$ |
//! | [`KleinBall`] | $x/(1 + s)$, $s = \sqrt{1 - \lVert x\rVert^2}$ | $2s/(1 + s)$ | $2p/(2 - \alpha)$ |
//! | [`HalfSpace`] | $\bigl(2x',\ \lVert x\rVert^2 - 1\bigr)/\lVert x + e_d\rVert^2$ | $4x_d/\lVert x + e_d\rVert^2$ | $(2p',\ \alpha)/\lVert p - e_d\rVert^2$ |
//!
//! The origins correspond. Up in the half-space is the direction of the ball's last axis, whose end
//! is the point at infinity; in the plane it is $w = i(1 + z)/(1 - z)$ after a turn by
//! 90°, $z \mapsto iz$.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{HalfSpace, KleinBall, Manifold, change_model};
//!
//! let (plane, klein) = (HalfSpace::new(0.5), KleinBall::new(0.5));
//! let device = Device::flex();
//! let x = Tensor::<2>::from_floats([[0.3, 2.0]], &device);
//! let y = Tensor::<2>::from_floats([[-1.0, 0.1]], &device);
//! let [p, q] = [&x, &y].map(|x| change_model(&plane, &klein, x.clone()));
//! let difference = klein.distance(p.clone(), q) - plane.distance(x.clone(), y);
//! assert!(difference.abs().into_scalar::<f32>() < 1e-5);
//! let back = change_model(&klein, &plane, p);
//! assert!((back - x).abs().max().into_scalar::<f32>() < 1e-5);
//! ```
//!
//! # The sphere
//!
//! Stereographic projection from the antipode of the origin: [`sphere_to_stereographic`],
//! [`stereographic_to_sphere`] and their `_tangent` forms.
//!
//! # References
//! Ratcliffe (2006), *Foundations of Hyperbolic Manifolds*, §4.5, §4.6 and §6.1; Cannon, Floyd,
//! Kenyon, Parry (1997), *Hyperbolic Geometry*, §7; Bachmann, Bécigneul, Ganea (2020), *Constant
//! Curvature Graph Convolutional Networks*, §2.

pub mod lorentz;
mod models;
mod sphere;

use burn::tensor::Tensor;

use crate::gyro::Point;
use crate::manifold::Manifold;
#[cfg(doc)]
use crate::manifolds::{HalfSpace, Hyperboloid, KleinBall, PoincareBall};

pub use sphere::{
    sphere_to_stereographic, sphere_to_stereographic_tangent, stereographic_to_sphere,
    stereographic_to_sphere_tangent,
};

/// A model of hyperbolic space: a manifold of constant negative curvature that knows its isometry
/// with the Poincaré ball.
///
/// Lengths are in units of $1/\sqrt c$ on the side of the ball: points are those of the unit ball,
/// and a tangent vector is given by its coordinates in the orthonormal frame at the point that has
/// the directions of the ball's axes.
pub trait HyperbolicModel: Manifold {
    /// The point of the unit ball that `x` stands for.
    ///
    /// # Shapes
    /// - `x`: a point of this model, in its ambient coordinates
    /// - returns: coordinates `[..., d]`
    fn to_unit_ball<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>>;

    /// The point of this model that a point of the unit ball stands for: the inverse of
    /// [`to_unit_ball`](Self::to_unit_ball), kept to the reach of this model.
    fn point_from_unit_ball<const D: usize>(&self, point: Point<Tensor<D>>) -> Tensor<D>;

    /// The coordinates `[..., d]` of the tangent vector `v` in the frame at `x`: an isometry between
    /// the tangent space, its norm times $\sqrt c$, and $\mathbb R^d$.
    fn frame_coordinates<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The tangent vector with coordinates `w` in the frame at `x`: the inverse of
    /// [`frame_coordinates`](Self::frame_coordinates).
    fn tangent_at<const D: usize>(&self, x: Tensor<D>, w: Tensor<D>) -> Tensor<D>;
}

/// Points of the model `from` as points of the model `to`.
///
/// An isometry where both have the same curvature. Otherwise distances in units of $1/\sqrt c$ stay,
/// and the map scales them by $\sqrt{c_{\text{from}}/c_{\text{to}}}$.
///
/// # Shapes
/// - `x`: `[..., ambient]`, and the result, each in the ambient coordinates of its model
///
/// # Numerics
/// Points beyond the reach of `to` end at its edge; see the types for their reach.
pub fn change_model<A: HyperbolicModel, B: HyperbolicModel, const D: usize>(
    from: &A,
    to: &B,
    x: Tensor<D>,
) -> Tensor<D> {
    to.point_from_unit_ball(from.to_unit_ball(x))
}

/// Tangent vectors of the model `from` at `x`, as tangent vectors of the model `to` at the image of
/// `x`: the differential of [`change_model`].
///
/// # Shapes
/// - `x`, `v`, and the result: as in [`change_model`]
pub fn change_model_tangent<A: HyperbolicModel, B: HyperbolicModel, const D: usize>(
    from: &A,
    to: &B,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let w = from.frame_coordinates(x.clone(), v);
    to.tangent_at(change_model(from, to, x), w)
}
