//! Gyrovector formulas on the unit ball, written so that nothing cancels.
//!
//! Both hyperbolic models reduce to these: the Poincaré ball after scaling by $\sqrt c$, the
//! hyperboloid through its stereographic projection. Points appear as [`Point`]s that carry
//! $\alpha_x = 1 - \lVert x\rVert^2$, because each model knows it better than the coordinates do.
//!
//! With $\delta = y - x$ and $\Delta = \lVert\delta\rVert^2 + \alpha_x\alpha_y$,
//!
//! $$ (-x) \oplus y = \frac{\alpha_x\\,\delta - \lVert\delta\rVert^2 x}{\Delta}, \qquad
//!    S = \frac{\lVert\delta\rVert^2}{\alpha_x\alpha_y} = \sinh^2\frac{d(x, y)}{2}. $$
//!
//! The textbook denominator $1 - 2\langle x, y\rangle + \lVert x\rVert^2\lVert y\rVert^2$ equals
//! $\Delta$, and loses all digits where $x$ and $y$ approach the boundary or each other.
//!
//! # References
//! Ungar (2008), *A Gyrovector Space Approach to Hyperbolic Geometry*, §3.4–3.6; Ganea, Bécigneul,
//! Hofmann (2018), *Hyperbolic Neural Networks*, eqs. 4, 7, 11, for the textbook forms.

pub(crate) mod domain;
pub mod gyrovector;
pub(crate) mod hyperplane;
pub(crate) mod midpoint;
pub(crate) mod separation;
pub(crate) mod stereographic;
pub(crate) mod trig;

use burn::tensor::Tensor;

use crate::calculus::pairwise::table;
use crate::numerics::{
    asinh_sqrt, asinhc, clip_norm, clip_norm_detached, clip_squarable, dot, squared_norm, tanhc,
};
use crate::rows::{Function, Rows};

/// A point of the unit ball with its distance from the boundary.
#[derive(Clone, Debug)]
pub struct Point<T> {
    /// Coordinates, `[..., d]`.
    pub x: T,
    /// $\alpha_x = 1 - \lVert x\rVert^2$, `[..., 1]`.
    pub alpha: T,
}

impl<T: Rows> Point<T> {
    /// A point given by coordinates alone.
    ///
    /// $\alpha_x = (1 - \lVert x\rVert)(1 + \lVert x\rVert)$, where the first factor is kept at
    /// [`Limits::boundary_gap`](crate::Limits::boundary_gap) or above; below it, the gradient through $\alpha_x$ is zero.
    pub fn new(x: T) -> Self {
        let alpha = squared_norm(x.clone()).function(Function::BoundaryGap);
        Self { x, alpha }
    }

    /// The point $-x$.
    pub fn negated(self) -> Self {
        Self {
            x: self.x.neg(),
            alpha: self.alpha,
        }
    }
}

impl<const D: usize> Point<Tensor<D>> {
    /// The same points as rows of a table, for distances of all pairs.
    pub(crate) fn table(self) -> Point<Tensor<2>> {
        Point {
            x: table(self.x),
            alpha: table(self.alpha),
        }
    }
}

/// What the formulas of two points share.
struct Pair<T> {
    delta: T,
    delta_squared: T,
    denominator: T,
}

impl<T: Rows> Pair<T> {
    fn new(x: &Point<T>, y: &Point<T>) -> Self {
        x.x.assert_one_width(&y.x);
        let delta = y.x.clone() - x.x.clone();
        Self::with_difference(x, y, delta)
    }

    /// Two points whose difference is known better than their coordinates tell.
    fn with_difference(x: &Point<T>, y: &Point<T>, delta: T) -> Self {
        let delta_squared = squared_norm(delta.clone());
        let denominator = delta_squared.clone() + x.alpha.clone() * y.alpha.clone();
        Self {
            delta,
            delta_squared,
            denominator,
        }
    }
}

/// $S = \sinh^2(d/2)$ of two points.
pub fn separation<T: Rows>(x: Point<T>, y: Point<T>) -> T {
    x.x.assert_one_width(&y.x);
    let delta = y.x.clone() - x.x.clone();
    separation_with_difference(&x, &y, delta)
}

/// [`separation`] of two points whose difference $y - x$ is known better than their coordinates tell.
pub(crate) fn separation_with_difference<T: Rows>(x: &Point<T>, y: &Point<T>, delta: T) -> T {
    squared_norm(delta) / (x.alpha.clone() * y.alpha.clone())
}

/// The distance $2\operatorname{asinh}\sqrt S$; its gradient at $S = 0$ is 0.
pub fn distance<T: Rows>(separation: T) -> T {
    asinh_sqrt(separation).mul_scalar(2.0)
}

/// $(-x) \oplus y$.
pub fn subtract<T: Rows>(x: &Point<T>, y: &Point<T>) -> T {
    let Pair {
        delta,
        delta_squared,
        denominator,
    } = Pair::new(x, y);
    (x.alpha.clone() * delta - delta_squared * x.x.clone()) / denominator
}

/// Möbius addition $x \oplus y$, as $x$ plus a correction that vanishes with $y$:
///
/// $$ x \oplus y = x + \frac{\alpha_x (y + \lVert y\rVert^2 x)}
///                         {\lVert x + y\rVert^2 + \alpha_x\alpha_y} $$
///
/// so $x \oplus 0 = x$ holds bit for bit.
pub fn add<T: Rows>(x: Point<T>, y: Point<T>) -> T {
    x.x.assert_one_width(&y.x);
    let denominator = squared_norm(x.x.clone() + y.x.clone()) + x.alpha.clone() * y.alpha.clone();
    let bent = y.x.clone() + squared_norm(y.x) * x.x.clone();
    x.x + bent * (x.alpha / denominator)
}

/// The velocity at the origin of the geodesic that $(-x)\oplus$ carries $x \to y$ to,
/// $u\\,\operatorname{asinhc}(S)\sqrt{1 + S}$ with $u = (-x) \oplus y$: of length $d(x, y)/2$.
pub fn log_at_origin<T: Rows>(x: &Point<T>, y: &Point<T>) -> T {
    log_of_pair(x, y, Pair::new(x, y))
}

/// [`log_at_origin`] of two points whose difference $y - x$ is known better than their coordinates
/// tell.
pub(crate) fn log_at_origin_with_difference<T: Rows>(x: &Point<T>, y: &Point<T>, delta: T) -> T {
    log_of_pair(x, y, Pair::with_difference(x, y, delta))
}

fn log_of_pair<T: Rows>(x: &Point<T>, y: &Point<T>, pair: Pair<T>) -> T {
    let Pair {
        delta,
        delta_squared,
        denominator,
    } = pair;
    let alphas = x.alpha.clone() * y.alpha.clone();
    let separation = delta_squared.clone() / alphas;
    let u = (x.alpha.clone() * delta - delta_squared * x.x.clone()) / denominator;
    u * (asinhc(separation.clone()) * separation.add_scalar(1.0).sqrt())
}

/// $\exp_x(v) = x \oplus \bigl(\operatorname{tanhc}(\lVert v\rVert^2/\alpha_x^2)\\,v/\alpha_x\bigr)$,
/// kept inside the ball.
pub fn exp<T: Rows>(x: Point<T>, v: T) -> T {
    let half = clip_tangent(v) / x.alpha.clone();
    let factor = tanhc(squared_norm(half.clone()));
    clip_squarable_to_ball(add(x, Point::new(half * factor)))
}

/// A second-order retraction without transcendental functions: the geodesic of
/// [`exp`](fn@exp), traveled for $\operatorname{asinh} t$ instead of $t = 2\lVert v\rVert/\alpha_x$.
pub fn retract<T: Rows>(x: Point<T>, v: T) -> T {
    // tanh(asinh(t) / 2) = t / (1 + sqrt(1 + t²))
    let step = clip_tangent(v).mul_scalar(2.0) / x.alpha.clone();
    let hypotenuse = squared_norm(step.clone()).add_scalar(1.0).sqrt();
    clip_squarable_to_ball(add(x, Point::new(step / hypotenuse.add_scalar(1.0))))
}

/// A tangent vector at any point of the unit ball, with a square in the metric: longer ones, which
/// lead beyond the last number below 1, are shortened.
pub(crate) fn clip_tangent<T: Rows>(v: T) -> T {
    let limits = v.limits();
    clip_norm_detached(v, limits.max_squarable * limits.boundary_gap)
}

/// Clips to the largest norm below 1, [`Limits::boundary_gap`](crate::Limits::boundary_gap) away.
pub fn clip_to_ball<T: Rows>(x: T) -> T {
    let longest = 1.0 - x.limits().boundary_gap;
    clip_norm(x, longest)
}

/// [`clip_to_ball`] for what rounding alone may have brought out of the ball.
pub(crate) fn clip_squarable_to_ball<T: Rows>(x: T) -> T {
    let longest = 1.0 - x.limits().boundary_gap;
    clip_squarable(x, longest)
}

/// The gyration $\operatorname{gyr}[y, -x]\\,v$: the rotation between the frames that translations
/// along geodesics carry from the origin to $x$ and to $y$.
///
/// $$ \operatorname{gyr}[y, -x]\\,v = v + \frac{2}{\Delta}\Bigl(A\\,\delta
///      {}+ \bigl(\alpha_x\langle\delta, v\rangle - \lVert\delta\rVert^2\langle x, v\rangle\bigr)x\Bigr),
///    \qquad A = -\lVert x\rVert^2\langle\delta, v\rangle
///      {}- (\lVert\delta\rVert^2 + \alpha_y)\langle x, v\rangle $$
pub fn gyration<T: Rows>(x: &Point<T>, y: &Point<T>, v: T) -> T {
    let Pair {
        delta,
        delta_squared,
        denominator,
    } = Pair::new(x, y);
    let along_delta = dot(delta.clone(), v.clone());
    let along_x = dot(x.x.clone(), v.clone());
    let x_squared = squared_norm(x.x.clone());
    let a = x_squared * along_delta.clone()
        + (delta_squared.clone() + y.alpha.clone()) * along_x.clone();
    let b = x.alpha.clone() * along_delta - delta_squared * along_x;
    v + (x.x.clone() * b - delta * a) * (denominator.recip().mul_scalar(2.0))
}
