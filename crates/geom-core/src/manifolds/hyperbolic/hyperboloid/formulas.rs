//! The formulas of the hyperboloid, by name.

use super::frame::{Frame, concat_time, lift, spatial, temporal, time_component};
use crate::gyro;
use crate::metric::Coefficient;
use crate::numerics::{
    asinhc, clip_factor, clip_norm, clip_norm_detached, cosh_sqrt, dot, sinhc, squared_norm,
};
use crate::rows::{Rows, formulas};

/// The frame at a point that is given in coordinates of curvature $-c$.
fn frame<T: Rows>(root: &Coefficient<T>, x: T) -> Frame<T> {
    Frame::new(root.scale(x))
}

/// The logarithm of `y` at `x` in tangent coordinates at the origin, for curvature −1.
fn velocity<T: Rows>(x: &Frame<T>, y: &Frame<T>) -> T {
    let delta = x.stereographic_difference(y);
    gyro::log_at_origin_with_difference(&x.stereographic(), &y.stereographic(), delta)
        .mul_scalar(2.0)
}

fn project_tangent<T: Rows>(frame: &Frame<T>, u: T) -> T {
    let max_squarable = u.limits().max_squarable;
    let u = clip_norm_detached(u, max_squarable);
    let along = dot(frame.space.clone(), spatial(u.clone())) / frame.time_plus_one();
    frame.at_point(spatial(u.clone()) + frame.space.clone() * (along - temporal(u)))
}

/// A vector with its time component negated: the Minkowski metric as a map.
fn lower<T: Rows>(v: T) -> T {
    concat_time(-temporal(v.clone()), spatial(v))
}

formulas! {
    Exp(c; x, v) = {
        let root = c.clone().sqrt();
        let frame = frame(&root, x);
        let (v, step) = frame.step(root.scale(v));
        let longest = step.limits().max_step;
        let factor = squared_norm(step.clone()).clip_factor_of_square(longest);
        let t_squared = squared_norm(step * factor.clone());
        let space = frame.space * cosh_sqrt(t_squared.clone()) + v * (sinhc(t_squared) * factor);
        root.divide(lift(space))
    }

    Log(c; x, y) = {
        let root = c.clone().sqrt();
        let (x, y) = (frame(&root, x), frame(&root, y));
        root.divide(x.at_point(velocity(&x, &y)))
    }

    Retract(c; x, v) = {
        let root = c.clone().sqrt();
        let frame = frame(&root, x);
        let (v, step) = frame.step(root.scale(v));
        let cosh = squared_norm(step).add_scalar(1.0).sqrt();
        root.divide(lift(frame.space * cosh + v))
    }

    InverseRetract(c; x, y) = {
        let root = c.clone().sqrt();
        let (x, y) = (frame(&root, x), frame(&root, y));
        let velocity = velocity(&x, &y);
        let longest = velocity.limits().max_step.powi(2);
        let stretch = sinhc(squared_norm(velocity.clone()).clamp_max(longest));
        root.divide(x.at_point(velocity * stretch))
    }

    Inner(c; x, v, w) = {
        let frame = frame(&c.clone().sqrt(), x);
        dot(frame.at_origin(v), frame.at_origin(w))
    }

    Project(c; x) = {
        let root = c.clone().sqrt();
        let longest = x.limits().max_radius.sinh();
        let space = spatial(x);
        let factor = clip_factor(root.scale(space.clone()), longest);
        let space = space * factor;
        concat_time(root.divide(time_component(root.scale(space.clone()))), space)
    }

    ProjectTangent(c; x, u) = {
        project_tangent(&frame(&c.clone().sqrt(), x), u)
    }

    RiemannianGradient(c; x, gradient) = {
        project_tangent(&frame(&c.clone().sqrt(), x), lower(gradient))
    }

    Distance(c; x, y) = {
        let root = c.clone().sqrt();
        let (x, y) = (frame(&root, x), frame(&root, y));
        let delta = x.stereographic_difference(&y);
        let separation = gyro::separation_with_difference(&x.stereographic(), &y.stereographic(), delta);
        root.divide(gyro::distance(separation))
    }

    Transport(c; x, y, v) = {
        let root = c.clone().sqrt();
        let (x, y) = (frame(&root, x), frame(&root, y));
        let w = gyro::gyration(&x.stereographic(), &y.stereographic(), x.at_origin(v));
        y.at_point(w)
    }

    AccelerationAdjoint(c; x, v, gradient) = {
        c.scale(lower(v) * dot(gradient, x))
    }

    Boost(c; x, z) = {
        let frame = frame(&c.clone().sqrt(), x);
        let along = dot(frame.space.clone(), spatial(z.clone()));
        let shear = along.clone() / frame.time_plus_one() + temporal(z.clone());
        let space = spatial(z.clone()) + frame.space * shear;
        concat_time(frame.time * temporal(z) + along, space)
    }

    MinkowskiInner(_c; x, y) = {
        dot(spatial(x.clone()), spatial(y.clone())) - temporal(x) * temporal(y)
    }

    Exp0(c; v) = {
        let root = c.clone().sqrt();
        let longest = v.limits().max_radius;
        let v = clip_norm(root.scale(v), longest);
        let factor = sinhc(squared_norm(v.clone()));
        root.divide(lift(v * factor))
    }

    Log0(c; y) = {
        let root = c.clone().sqrt();
        let y = spatial(y);
        let factor = asinhc(squared_norm(root.scale(y.clone())));
        y * factor
    }
}
