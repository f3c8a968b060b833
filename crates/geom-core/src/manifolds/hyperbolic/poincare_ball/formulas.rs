//! The formulas of the Poincaré ball, by name.

use geom_kernels::rows::Kind;

use crate::gyro::{self, Point};
use crate::metric::Coefficient;
use crate::numerics::{artanhc, clip_factor, dot, sinhc, squared_norm, tanhc};
use crate::rows::{Formula, Rows, formulas};

/// A point, given in coordinates of curvature $-c$, in the unit ball.
fn unit<T: Rows>(root: &Coefficient<T>, x: T) -> Point<T> {
    Point::new(root.scale(x))
}

formulas! {
    Exp(c; x, v) = {
        let root = c.clone().sqrt();
        root.divide(gyro::exp(unit(&root, x), root.scale(v)))
    }

    Log(c; x, y) = {
        let root = c.clone().sqrt();
        let (x, y) = (unit(&root, x), unit(&root, y));
        root.divide(gyro::log_at_origin(&x, &y) * x.alpha)
    }

    Retract(c; x, v) = {
        let root = c.clone().sqrt();
        root.divide(gyro::retract(unit(&root, x), root.scale(v)))
    }

    InverseRetract(c; x, y) = {
        let root = c.clone().sqrt();
        let (x, y) = (unit(&root, x), unit(&root, y));
        let half = gyro::log_at_origin(&x, &y);
        let longest = half.limits().max_step.powi(2);
        let square = squared_norm(half.clone()).mul_scalar(4.0);
        let stretch = sinhc(square.clamp_max(longest));
        root.divide(half * (stretch * x.alpha))
    }

    Inner(c; x, v, w) = {
        dot(v, w) * conformal_factor(&c.clone().sqrt(), x).square()
    }

    Project(c; x) = {
        project(&c.clone().sqrt(), x)
    }

    RiemannianGradient(c; x, gradient) = {
        let alpha = unit(&c.clone().sqrt(), x).alpha;
        gradient * alpha.mul_scalar(0.5).square()
    }

    Distance(c; x, y) = {
        let root = c.clone().sqrt();
        root.divide(gyro::distance(gyro::separation(unit(&root, x), unit(&root, y))))
    }

    Transport(c; x, y, v) = {
        let root = c.clone().sqrt();
        let (x, y) = (unit(&root, x), unit(&root, y));
        gyro::gyration(&x, &y, v) * (y.alpha / x.alpha)
    }

    ConformalFactor(c; x) = {
        conformal_factor(&c.clone().sqrt(), x)
    }

    Exp0(c; v) = {
        let root = c.clone().sqrt();
        let v = gyro::clip_tangent(v);
        let factor = tanhc(squared_norm(root.scale(v.clone())));
        project(&root, v * factor)
    }

    Log0(c; y) = {
        let factor = artanhc(squared_norm(c.clone().sqrt().scale(y.clone())));
        y * factor
    }

    MobiusAdd(c; x, y) = {
        let root = c.clone().sqrt();
        root.divide(gyro::clip_squarable_to_ball(gyro::add(unit(&root, x), unit(&root, y))))
    }

    Gyration(c; x, y, v) = {
        let root = c.clone().sqrt();
        gyro::gyration(&unit(&root, y).negated(), &unit(&root, x), v)
    }

    AccelerationAdjoint(c; x, v, gradient) = {
        let along = dot(x.clone(), v.clone()) * gradient.clone()
            + dot(gradient.clone(), v.clone()) * x.clone()
            - dot(gradient, x.clone()) * v;
        c.scale(along * -conformal_factor(&c.clone().sqrt(), x))
    }
}

/// The distance, from $\lVert x - y\rVert^2$, $\alpha_x$ and $\alpha_y$ in the unit ball.
pub(crate) struct DistanceOfPair;

impl Formula<3> for DistanceOfPair {
    const INPUTS: [Kind; 3] = [Kind::Scalar; 3];

    fn rows<T: Rows>(c: &Coefficient<T>, [square, alpha_x, alpha_y]: [T; 3]) -> T {
        c.clone()
            .sqrt()
            .divide(gyro::distance(square / (alpha_x * alpha_y)))
    }
}

fn conformal_factor<T: Rows>(root: &Coefficient<T>, x: T) -> T {
    unit(root, x).alpha.recip().mul_scalar(2.0)
}

fn project<T: Rows>(root: &Coefficient<T>, x: T) -> T {
    let longest = 1.0 - x.limits().boundary_gap;
    let factor = clip_factor(root.scale(x.clone()), longest);
    x * factor
}
