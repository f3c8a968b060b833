//! Each model's way to the unit ball and back.

use burn::tensor::Tensor;

use super::HyperbolicModel;
use crate::gyro::{self, Point};
use crate::manifolds::hyperbolic::half_space::frame::{
    clip_coordinates, flip, height, raise, reflect, with_height,
};
use crate::manifolds::hyperbolic::hyperboloid::frame::{Frame, lift};
use crate::manifolds::hyperbolic::klein_ball::frame::{from_frame, to_frame};
use crate::manifolds::{HalfSpace, Hyperboloid, KleinBall, PoincareBall};
use crate::numerics::squared_norm;

impl HyperbolicModel for PoincareBall {
    fn to_unit_ball<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>> {
        Point::new(self.curvature().coefficient(&x).sqrt().scale(x))
    }

    fn point_from_unit_ball<const D: usize>(&self, point: Point<Tensor<D>>) -> Tensor<D> {
        let root = self.curvature().coefficient(&point.x).sqrt();
        root.divide(gyro::clip_to_ball(point.x))
    }

    fn frame_coordinates<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        root.scale(v.mul_scalar(2.0)) / self.to_unit_ball(x).alpha
    }

    fn tangent_at<const D: usize>(&self, x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        root.divide(w.div_scalar(2.0) * self.to_unit_ball(x).alpha)
    }
}

impl HyperbolicModel for Hyperboloid {
    fn to_unit_ball<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>> {
        Frame::new(self.curvature().coefficient(&x).sqrt().scale(x)).stereographic()
    }

    fn point_from_unit_ball<const D: usize>(&self, point: Point<Tensor<D>>) -> Tensor<D> {
        let root = self.curvature().coefficient(&point.x).sqrt();
        root.divide(lift(point.x.mul_scalar(2.0) / point.alpha))
    }

    fn frame_coordinates<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        Frame::new(root.scale(x)).at_origin(root.scale(v))
    }

    fn tangent_at<const D: usize>(&self, x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        root.divide(Frame::new(root.scale(x)).at_point(w))
    }
}

impl HyperbolicModel for KleinBall {
    fn to_unit_ball<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>> {
        let Point { x, alpha } = Point::new(self.curvature().coefficient(&x).sqrt().scale(x));
        let root = alpha.sqrt();
        let scale = root.clone().add_scalar(1.0).recip();
        Point {
            x: x * scale.clone(),
            alpha: root * scale.mul_scalar(2.0),
        }
    }

    fn point_from_unit_ball<const D: usize>(&self, point: Point<Tensor<D>>) -> Tensor<D> {
        let root = self.curvature().coefficient(&point.x).sqrt();
        let x = point.x.mul_scalar(2.0) / point.alpha.neg().add_scalar(2.0);
        root.divide(gyro::clip_to_ball(x))
    }

    fn frame_coordinates<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        to_frame(&Point::new(root.scale(x)), root.scale(v))
    }

    fn tangent_at<const D: usize>(&self, x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        root.divide(from_frame(&Point::new(root.scale(x)), w))
    }
}

/// The coordinates do not depend on the curvature.
impl HyperbolicModel for HalfSpace {
    fn to_unit_ball<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>> {
        let top = height(&x);
        let level = squared_norm(with_height(x.clone(), top.zeros_like()));
        let above = top.clone().add_scalar(1.0);
        let scale = (level.clone() + above.clone().square()).recip();
        let depth = level + top.clone().sub_scalar(1.0) * above;
        Point {
            x: with_height(x.mul_scalar(2.0), depth) * scale.clone(),
            alpha: top.mul_scalar(4.0) * scale,
        }
    }

    /// # Numerics
    /// $1 - p_d$ is $(\alpha + \lVert p'\rVert^2)/(1 + p_d)$ in the upper half of the ball.
    fn point_from_unit_ball<const D: usize>(&self, point: Point<Tensor<D>>) -> Tensor<D> {
        let Point { x, alpha } = point;
        let axial = height(&x);
        let level = squared_norm(with_height(x.clone(), axial.zeros_like()));
        let upper = axial.clone().greater_elem(0.0);
        let lower = upper.clone().bool_not();
        let below = axial.clone().neg().add_scalar(1.0);
        // Each form sees only the half that it is fit for.
        let above = axial.mask_fill(lower.clone(), 0.0).add_scalar(1.0);
        let gap = ((alpha.clone() + level.clone()) / above).mask_where(lower, below);
        let scale = (level + gap.square()).recip();
        clip_coordinates(with_height(x.mul_scalar(2.0), alpha) * scale)
    }

    /// A reflection in the hyperplane orthogonal to $x + e_d$, after the dilation to height 1, and one
    /// in the horizontal hyperplane.
    fn frame_coordinates<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let top = height(&x);
        let u = v * top.clone().recip();
        flip(reflect(raise(x, top.ones_like()), u))
    }

    fn tangent_at<const D: usize>(&self, x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let top = height(&x);
        let u = reflect(raise(x, top.ones_like()), flip(w));
        u * top
    }
}
