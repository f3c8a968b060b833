//! The upper half-space model of hyperbolic space.

pub(crate) mod frame;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::{squared_distance, table};
use crate::gyro;
use crate::manifold::Manifold;
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::Sample;
use crate::manifold::shape::assert_one_width;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::hyperbolic::constructors::curved_model;
use crate::metric::MetricParameter;
use crate::metric::{Coefficient, Curvature};
use crate::numerics::{Limits, asinhc, clip_norm, dot, sinhc, sqrt_or_zero, squared_norm};
use frame::{
    Pair, clip_coordinates, flip, height, in_heights, raise, reach, reflect, travel, with_height,
};

/// The Poincaré half-space $\mathbb U^d_c$: hyperbolic space above a horizontal boundary, the last
/// coordinate being the height, angles unchanged.
///
/// | | |
/// |---|---|
/// | points | $x_d > 0$ in $\mathbb R^d$, whatever the curvature |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\langle v, w\rangle/(c\\,x_d^2)$ |
/// | curvature | $-c$ |
/// | injectivity radius | $\infty$, no cut locus |
/// | origin | $(0, \dots, 0, 1)$ |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// Horizontal translations and dilations are isometries. The curvature only scales the metric, so
/// geodesics do not depend on it: `exp`, `log` and transport are the same for every $c$, and points
/// need not move when a learnable curvature does ([`follow_metric`](Manifold::follow_metric) leaves them), since
/// their distances in units of $1/\sqrt c$ stay by themselves.
///
/// # Numerics
/// Points are dilated to height 1 before anything else, so every map keeps its relative precision at
/// any height: from 9e-16 to 1.1e15 in `f32`, and from 3e-33 to 3.2e32 in `f64`, which is 34.7 and
/// 74.9 above and below the origin in units of $1/\sqrt c$, twice as far as the ball reaches. To the
/// sides the resolution of the coordinates counts: next to $x$, lengths carry an absolute error of
/// $\varepsilon\lVert x\rVert/x_d$. Points are kept within these heights, the other coordinates
/// within the same largest number. Points more than 69 (`f32`) or 150 (`f64`) apart, which only the
/// corners of that range are, count as about that far apart.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{HalfSpace, Manifold};
///
/// let plane = HalfSpace::new(1.0);
/// let device = Device::flex();
/// let low = Tensor::<1>::from_floats([0.0, 1e-12], &device);
/// let high = Tensor::<1>::from_floats([0.0, 1e12], &device);
/// let distance = plane.distance(low.clone(), high.clone()).into_scalar::<f32>();
/// assert!((distance - 1e24f64.ln() as f32).abs() < 1e-5);
/// let middle = plane.midpoint(low, high);
/// let origin = plane.origin([2], &device);
/// assert!(plane.distance(middle, origin).into_scalar::<f32>() < 1e-4);
/// ```
///
/// # References
/// Ratcliffe (2006), *Foundations of Hyperbolic Manifolds*, §4.6; Cannon, Floyd, Kenyon, Parry
/// (1997), *Hyperbolic Geometry*, §7.
#[derive(Module, Debug)]
pub struct HalfSpace {
    curvature: Curvature,
}

curved_model!(HalfSpace, "half-space");

impl HalfSpace {
    fn root<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        self.curvature.coefficient(x).sqrt()
    }
}

#[half_precision]
impl Manifold for HalfSpace {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "half-space"
    }

    /// With $w = v/x_d$ and $t = \lVert w\rVert$, the point
    /// $x' + x_d\\,g\\,\tfrac{\sinh t}t\\,w'$ at height $x_d\\,g$, where
    /// $g = 1/(\cosh t - \tfrac{\sinh t}t\\,w_d)$.
    ///
    /// # Numerics
    /// $t$ is limited to `2 *` [`Limits::max_radius`].
    ///
    /// # References
    /// From the hyperboloid's $\cosh(t)\\,x + \tfrac{\sinh t}t\\,v$ by the isometry of Ratcliffe
    /// (2006), §4.6.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let longest = 2.0 * Limits::of(v.dtype()).max_radius;
        let w = clip_norm(in_heights(&x, v), longest);
        let stretch = sinhc(squared_norm(w.clone()));
        travel(x, w * stretch)
    }

    /// $\tfrac t{\sinh t}\bigl(\tfrac{x_d}{y_d}(y - x) + 2x_d S\\,e_d\bigr)$ with
    /// $t = \sqrt c\\,d(x, y)$ and $S = \sinh^2\tfrac t2$ as in [`distance`](Manifold::distance).
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let pair = Pair::new(&x, y);
        let cosh = pair.separation.clone().add_scalar(1.0).sqrt();
        let factor = asinhc(pair.separation.clone()) / cosh;
        pair.direction(factor) * height(&x)
    }

    /// The geodesic of [`exp`](Manifold::exp), traveled for $\operatorname{asinh} t$ instead of
    /// $t = \sqrt c\lVert v\rVert_x$: second order, without transcendental functions. The retractions
    /// of the ball and of the hyperboloid are the same map.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // As long as the longest step of `exp`: sinh(2R) = e^{2R} / 2.
        let longest = reach(v.dtype()) / 2.0;
        let w = clip_norm(in_heights(&x, v), longest);
        travel(x, w)
    }

    /// $\tfrac{x_d}{y_d}(y - x) + 2x_d S\\,e_d$: [`log`](Manifold::log) times $\sinh(t)/t$, the
    /// inverse of [`retract`](Manifold::retract).
    ///
    /// # Numerics
    /// The length stops growing at $t$ = `2 *` [`Limits::max_radius`], before it overflows.
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let pair = Pair::new(&x, y);
        // The length is 2S up to rounding where this sets in.
        let most = reach(x.dtype()) / 4.0;
        let near = pair.separation.clone().lower_equal_elem(most);
        let far = pair.separation.clone().mask_fill(near.clone(), most);
        let factor = far.recip().mul_scalar(most).mask_fill(near, 1.0);
        pair.direction(factor) * height(&x)
    }

    /// $\langle v, w\rangle/(c\\,x_d^2)$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &v]);
        let c = self.curvature.coefficient(&x);
        let scale = height(&x).recip();
        c.divide(dot(v * scale.clone(), w * scale))
    }

    /// Raises points to the lowest height that the number format resolves, $e^{-2R}$ with
    /// $R$ = [`Limits::max_radius`], and keeps coordinates to $e^{2R}$.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        clip_coordinates(x)
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &u]);
        u
    }

    /// $c\\,x_d^2\\,g$.
    ///
    /// # Numerics
    /// Coordinates of $x_d\\,g$ are kept to $e^{2R}$ with $R$ = [`Limits::max_radius`].
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &gradient]);
        let c = self.curvature.coefficient(&x);
        let reach = reach(x.dtype());
        let top = height(&x);
        c.scale((gradient * top.clone()).clamp(-reach, reach) * top)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    /// $(0, \dots, 0, 1)$.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let mut column = shape;
        column[D - 1] = 1;
        with_height(Tensor::zeros(shape, device), Tensor::ones(column, device))
    }

    /// By how much of the lowest height the point lies below it, see
    /// [`project`](Manifold::project).
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let missing = height(&x)
            .mul_scalar(reach(x.dtype()))
            .neg()
            .add_scalar(1.0);
        let above = missing.clone().lower_equal_elem(0.0);
        // The second term is zero, or NaN where a coordinate is not finite.
        missing.mask_fill(above, 0.0) + squared_norm(x.clone() - x)
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // Zero, or NaN where a coordinate is not finite.
        squared_norm(v.clone() - v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(-self.curvature.value())
    }

    fn metric(&self) -> Vec<MetricParameter> {
        vec![self.curvature.parameter()]
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        f64::INFINITY
    }

    /// $B_x(v, w) = \tfrac1{x_d}\bigl(v_d w + w_d v - \langle v, w\rangle e_d\bigr)$, from the
    /// Christoffel symbols of a conformal metric.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let up = dot(gradient.clone(), v.clone());
        let bend = gradient.clone() * height(&v) - v * height(&gradient);
        raise(bend, up) * height(&x).recip()
    }

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance).
    ///
    /// # Numerics
    /// In `f32`, differences of coordinates below 1e-19 lose digits when they are squared.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let [x, y] = [x, y].map(table);
        let longest = reach(x.dtype()) / 2.0;
        let mean = height(&x).sqrt() * height(&y).sqrt().transpose();
        let half = sqrt_or_zero(squared_distance(x, y)).div_scalar(2.0) * mean.recip();
        let root = self.root(&half);
        root.divide(gyro::distance(half.clamp_max(longest).square()))
    }

    /// $d(x, y) = \tfrac2{\sqrt c}\operatorname{asinh}\sqrt S$,
    /// $S = \lVert x - y\rVert^2/(4x_d y_d)$.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Exact to rounding at any height; the gradient at `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let separation = Pair::new(&x, y).separation;
        self.root(&x).divide(gyro::distance(separation))
    }
}

#[half_precision]
impl ParallelTransport for HalfSpace {
    /// $P_{x\to y}v = \tfrac{y_d}{x_d}\\,R\\,v$, where $R$ turns the vertical direction, and the one
    /// from $x'$ to $y'$ with it, by twice the angle between $e_d$ and $b$:
    ///
    /// $$ R = (I - 2\hat b\hat b^\top)(I - 2e_d e_d^\top), \qquad
    ///    b = \Bigl(\frac{y' - x'}{x_d + y_d},\ 1\Bigr). $$
    ///
    /// # References
    /// The geodesic is half a circle, see Cannon, Floyd, Kenyon, Parry (1997), §9, and angles with
    /// its tangent stay.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        assert_one_width([&x, &y]);
        let (from, to) = (height(&x), height(&y));
        let reach = reach(v.dtype());
        let lean = ((y - x) * (from.clone() + to.clone()).recip()).clamp(-reach, reach);
        let upright = height(&lean).ones_like();
        reflect(with_height(lean, upright), flip(v)) * (to * from.recip())
    }
}

#[half_precision]
impl Pointed for HalfSpace {
    /// $\sqrt c\\,v$: the metric at the origin is $\langle v, w\rangle/c$.
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.curvature().coefficient(&v).sqrt().scale(v)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        self.curvature().coefficient(&u).sqrt().divide(u)
    }
}

#[half_precision]
impl Sample for HalfSpace {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The metric at the origin is ⟨v, w⟩ / c.
        let v = Tensor::random(shape, Distribution::Normal(0.0, std), options);
        let origin = with_height(v.zeros_like(), height(&v).ones_like());
        self.exp(origin, self.root(&v).scale(v))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        self.root(&x).scale(noise * height(&x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let options = (&Device::flex(), DType::F64);
        let space = HalfSpace::new(2.0);
        let x = space.random_normal([4000, 1], 0.7, options);
        let origin = x.ones_like();
        let squares = space.distance(x.clone(), origin).square().mean();
        // Four standard errors of a variance from 4000 samples.
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
        let v = space.random_tangent(x.clone(), 0.7);
        let squares = space.inner(x, v.clone(), v).mean();
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
    }

    #[test]
    fn points_that_are_not_above_the_boundary_are_named_and_raised() {
        let space = HalfSpace::new(1.0);
        for bad in [
            [0.3, 0.0],
            [0.3, -2.0],
            [f32::NAN, 1.0],
            [f32::INFINITY, 1.0],
        ] {
            let x = Tensor::<2>::from_floats([[0.3, 1e-12], bad], &Device::flex());
            assert_eq!(space.check_point(x.clone()).map_err(|e| e.row), Err(1));
            if bad[0] == 0.3 {
                assert!(space.check_point(space.project(x)).is_ok());
            }
        }
    }

    #[test]
    fn transport_along_a_horizontal_geodesic_turns_by_its_angle() {
        let space = HalfSpace::new(1.0);
        let row =
            |values: [f64; 3]| Tensor::<2>::from_data([values], (&Device::flex(), DType::F64));
        // A quarter of the unit circle around the foot (0, 0), from 45° left to 45° right.
        let half = 0.5f64.sqrt();
        let (x, y) = (row([-half, 0.0, half]), row([half, 0.0, half]));
        for (before, after) in [
            ([1.0, 0.0, 1.0], [1.0, 0.0, -1.0]),
            ([-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]),
            ([0.0, 1.0, 0.0], [0.0, 1.0, 0.0]),
        ] {
            let moved = to_vec_f64(space.transport(x.clone(), y.clone(), row(before)));
            for (a, b) in moved.iter().zip(after) {
                assert!((a - b).abs() < 1e-14, "{moved:?}, expected {after:?}");
            }
        }
    }
}
