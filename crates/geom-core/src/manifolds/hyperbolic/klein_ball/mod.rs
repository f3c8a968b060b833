//! The Beltrami–Klein model of hyperbolic space.

pub(crate) mod einstein;
pub(crate) mod frame;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::gyro::{self, Point};
use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::Sample;
use crate::manifold::shape::assert_one_width;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::hyperbolic::constructors::curved_model;
use crate::metric::MetricParameter;
use crate::metric::{Coefficient, Curvature};
use crate::numerics::{
    Limits, asinhc, clip_factor, dot, norm, sinhc, sqrt_or_zero, squared_norm, tanhc,
};
use frame::{Pair, from_frame, pairwise_separation, parts, travel};

/// The Klein ball $\mathbb K^d_c$: hyperbolic space inside a Euclidean ball, geodesics are straight
/// chords.
///
/// | | |
/// |---|---|
/// | points | $\lVert x\rVert < 1/\sqrt c$ in $\mathbb R^d$ |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\tfrac{\langle v, w\rangle}{\alpha_x} + \tfrac{c\langle x, v\rangle\langle x, w\rangle}{\alpha_x^2}$, $\alpha_x = 1 - c\lVert x\rVert^2$; angles are not the Euclidean ones |
/// | curvature | $-c$ |
/// | injectivity radius | $\infty$, no cut locus |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
/// | own operations | [`einstein_midpoint`](Self::einstein_midpoint) |
///
/// # Numerics
/// A point at distance $r$ from the origin has norm $\tanh r$, where the Poincaré ball's has
/// $\tanh\tfrac r2$, so the same number format reaches half as far: to
/// $\operatorname{artanh}(1 - \varepsilon/2)$, which is 8.7 in `f32` and 18.7 in `f64`, in units of
/// $1/\sqrt c$. Points further out end there. Nothing else cancels: a distance from the origin $r$
/// carries the error of the coordinates, at most about $\varepsilon e^{2r}/4$, and distances of close
/// points keep their relative precision.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{KleinBall, Manifold};
///
/// let klein = KleinBall::new(1.0);
/// let x = Tensor::<2>::from_floats([[0.1, 0.2]], &Device::flex());
/// let y = Tensor::<2>::from_floats([[-0.7, 0.4]], &Device::flex());
/// let v = klein.log(x.clone(), y.clone());
/// // Straight ahead.
/// let ahead = (y.clone() - x.clone()) * v.clone().slice([0..1, 0..1]).div_scalar(-0.8);
/// assert!((v.clone() - ahead).abs().max().into_scalar::<f32>() < 1e-6);
/// assert!((klein.exp(x, v) - y).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ratcliffe (2006), *Foundations of Hyperbolic Manifolds*, §6.1; Mao, Gu, Werner, Zou (2024),
/// *Klein Model for Hyperbolic Neural Networks*.
#[derive(Module, Debug)]
pub struct KleinBall {
    curvature: Curvature,
}

curved_model!(KleinBall, "ball");

impl KleinBall {
    fn root<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        self.curvature.coefficient(x).sqrt()
    }

    /// The point in coordinates of the unit ball.
    fn unit<const D: usize>(&self, x: Tensor<D>) -> Point<Tensor<D>> {
        Point::new(self.root(&x).scale(x))
    }
}

#[half_precision]
impl Manifold for KleinBall {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "klein-ball"
    }

    /// With $t = \sqrt c\lVert v\rVert_x$, and kept inside the ball,
    ///
    /// $$ \exp_x(v) = x + \frac{s}{\cosh t + s\\,c\langle x, v\rangle/\alpha_x}\\,v,
    ///    \qquad s = \frac{\sinh t}t. $$
    ///
    /// # Numerics
    /// $t$ is limited to [`Limits::max_step`].
    ///
    /// # References
    /// The quotient of the space and time components of the hyperboloid's
    /// $\cosh(t)\\,x + \tfrac{\sinh t}t\\,v$.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let root = self.root(&x);
        let (x, v) = (Point::new(root.scale(x)), gyro::clip_tangent(root.scale(v)));
        let [radial, square] = parts(&x, v.clone());
        let length = sqrt_or_zero(square + radial.square());
        let clip = clip_factor(length.clone(), Limits::of(v.dtype()).max_step);
        let stretch = sinhc((length * clip.clone()).square());
        root.divide(travel(x, v, stretch * clip))
    }

    /// $\log_x(y) = \tfrac{t}{\sinh t}\sqrt{\alpha_x/\alpha_y}\\,(y - x)$ with
    /// $t = \sqrt c\\,d(x, y)$.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let root = self.root(&x);
        let pair = Pair::new(Point::new(root.scale(x)), Point::new(root.scale(y)));
        let cosh = pair.separation.clone().add_scalar(1.0).sqrt();
        root.divide(pair.delta * (pair.ratio * asinhc(pair.separation) / cosh))
    }

    /// The chord of [`exp`](Manifold::exp), traveled for $\operatorname{asinh} t$ instead of
    /// $t = \sqrt c\lVert v\rVert_x$: second order, without transcendental functions. The retractions
    /// of the Poincaré ball and of the hyperboloid are the same map.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let root = self.root(&x);
        let (x, v) = (Point::new(root.scale(x)), gyro::clip_tangent(root.scale(v)));
        let [radial, square] = parts(&x, v.clone());
        let longest = Limits::of(v.dtype()).max_step.sinh();
        let clip = clip_factor(sqrt_or_zero(square + radial.square()), longest);
        root.divide(travel(x, v, clip))
    }

    /// $\sqrt{\alpha_x/\alpha_y}\\,(y - x)$: [`log`](Manifold::log) times $\sinh(t)/t$, the inverse of
    /// [`retract`](Manifold::retract).
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        let [from, to] = [x.clone(), y.clone()].map(|t| self.unit(t).alpha.sqrt());
        (y - x) * (from / to)
    }

    /// $\tfrac{\langle v, w\rangle}{\alpha_x} + \tfrac{c\langle x, v\rangle\langle x, w\rangle}{\alpha_x^2}$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let x = self.unit(x);
        let radial = |v: &Tensor<D>| dot(x.x.clone(), v.clone()) / x.alpha.clone();
        dot(v.clone(), w.clone()) / x.alpha.clone() + radial(&v) * radial(&w)
    }

    /// Clips the norm to $(1 - \text{gap})/\sqrt c$, see [`Limits::boundary_gap`].
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let longest = 1.0 - Limits::of(x.dtype()).boundary_gap;
        let factor = clip_factor(self.root(&x).scale(x.clone()), longest);
        x * factor
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &u]);
        u
    }

    /// $\alpha_x(g - c\langle x, g\rangle x)$.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let x = self.unit(x);
        let along = dot(x.x.clone(), gradient.clone());
        (gradient - x.x * along) * x.alpha
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let excess = norm(self.root(&x).scale(x)).sub_scalar(1.0);
        let inside = excess.clone().lower_equal_elem(0.0);
        excess.mask_fill(inside, 0.0)
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

    /// $B_x(v, w) = -\tfrac c{\alpha_x}\bigl(\langle x, v\rangle w + \langle x, w\rangle v\bigr)$:
    /// geodesics accelerate along themselves only.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let c = self.curvature.coefficient(&x);
        let along = dot(x.clone(), v.clone()) * gradient.clone() + dot(gradient, v) * x.clone();
        c.scale(along / self.unit(x).alpha.neg())
    }

    /// $x \mapsto x\sqrt{c_{\text{previous}}/c}$: the points keep their place in the unit ball, and
    /// so every distance in units of $1/\sqrt c$.
    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        let ratio = self.curvature.rescaling(previous, &x);
        self.project(ratio.scale(x))
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        _x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.curvature.rescaling(previous, &v).scale(v)
    }

    /// [`distance`](Manifold::distance) of all pairs, with its precision.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let [x, y] = [x, y].map(|t| self.unit(t).table());
        let separation = pairwise_separation(x, y);
        self.root(&separation).divide(gyro::distance(separation))
    }

    /// $d(x, y) = \tfrac2{\sqrt c}\operatorname{asinh}\sqrt S$ with
    ///
    /// $$ S = \frac{c\lVert x - y\rVert^2 + (\sqrt{\alpha_x} - \sqrt{\alpha_y})^2}
    ///             {4\sqrt{\alpha_x\alpha_y}}. $$
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Equal to the textbook $\operatorname{arcosh}\bigl((1 - c\langle x, y\rangle)
    /// /\sqrt{\alpha_x\alpha_y}\bigr)$, which loses all digits of close points; the gradient at
    /// `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let root = self.root(&x);
        let pair = Pair::new(Point::new(root.scale(x)), Point::new(root.scale(y)));
        root.divide(gyro::distance(pair.separation))
    }
}

#[half_precision]
impl ParallelTransport for KleinBall {
    /// With $\rho = \sqrt{\alpha_y/\alpha_x}$,
    ///
    /// $$ P_{x\to y}v = \rho\\,v - \frac{2c\rho\\,\bigl\langle\rho x + y,\ v\bigr\rangle}
    ///    {(\sqrt{\alpha_x} + \sqrt{\alpha_y})^2 + c\lVert y - x\rVert^2}\\,(y - x). $$
    ///
    /// # References
    /// The hyperboloid's $v + \tfrac{\langle y, v\rangle}{1 - \langle x, y\rangle}(x + y)$, see
    /// [`Hyperboloid`](crate::Hyperboloid), in the quotients of its coordinates.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        assert_one_width([&x, &y, &v]);
        let (x, y) = (self.unit(x), self.unit(y));
        let (root_x, root_y) = (x.alpha.sqrt(), y.alpha.sqrt());
        let ratio = root_y.clone() / root_x.clone();
        let delta = y.x.clone() - x.x.clone();
        let chord = (root_x + root_y).square() + squared_norm(delta.clone());
        let along = dot(x.x, v.clone()) * ratio.clone() + dot(y.x, v.clone());
        (v - delta * (along / chord).mul_scalar(2.0)) * ratio
    }
}

#[half_precision]
impl Pointed for KleinBall {
    coordinates_as_they_are!();
}

#[half_precision]
impl Sample for KleinBall {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The metric at the origin is Euclidean, and exp there tanh(√c‖v‖) v / (√c‖v‖).
        let v = Tensor::random(shape, Distribution::Normal(0.0, std), options);
        let factor = tanhc(squared_norm(self.root(&v).scale(v.clone())));
        self.project(v * factor)
    }

    /// The root of the inverse metric, $\sqrt{\alpha_x}\bigl(I - c\\,xx^\top/(1 + \sqrt{\alpha_x})\bigr)$,
    /// applied to noise.
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        from_frame(&self.unit(x), noise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    const DTYPE: DType = DType::F64;
    /// Rounding of a few dozen operations on numbers of order one.
    const ROUNDING: f64 = 1e-13;

    fn sample(klein: &KleinBall) -> Tensor<2> {
        klein.random_normal([16, 3], 0.5, (&Device::flex(), DTYPE))
    }

    fn assert_close(left: Tensor<2>, right: Tensor<2>) {
        let (left, right) = (to_vec_f64(left), to_vec_f64(right));
        for (a, b) in left.iter().zip(&right) {
            assert!((a - b).abs() < ROUNDING, "{left:?} differs from {right:?}");
        }
    }

    #[test]
    fn the_distance_is_the_one_of_the_textbook() {
        let klein = KleinBall::new(1.0);
        let (x, y) = (sample(&klein), sample(&klein));
        let gamma = klein.lorentz_factor(x.clone()) * klein.lorentz_factor(y.clone());
        let product = dot(x.clone(), y.clone()).neg().add_scalar(1.0);
        assert_close(klein.distance(x, y), (product * gamma).acosh());
    }

    #[test]
    fn geodesics_are_straight() {
        let klein = KleinBall::new(2.0);
        let (x, y) = (sample(&klein), sample(&klein));
        let chord = y.clone() - x.clone();
        for t in [-0.5, 0.3, 1.5] {
            let along = klein.geodesic(x.clone(), y.clone(), t) - x.clone();
            let share = dot(along.clone(), chord.clone()) / squared_norm(chord.clone());
            assert_close(along, chord.clone() * share);
        }
    }

    #[test]
    fn the_midpoint_of_two_points_is_their_einstein_midpoint() {
        let klein = KleinBall::new(0.5);
        let (x, y) = (sample(&klein), sample(&klein));
        let both = Tensor::stack::<3>(vec![x.clone(), y.clone()], 0);
        let weights = Tensor::<3>::ones([2, 1, 1], (&Device::flex(), DTYPE));
        let middle = klein.einstein_midpoint(both, weights, 0);
        assert_eq!(middle.dims(), [1, 16, 3]);
        assert_close(middle.squeeze_dim::<2>(0), klein.midpoint(x, y));
    }

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let klein = KleinBall::new(2.0);
        let x = klein.random_normal([4000, 1], 0.7, (&Device::flex(), DTYPE));
        let squares = klein.distance(x.clone(), x.zeros_like()).square().mean();
        // Four standard errors of a variance from 4000 samples.
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
        let x = klein.random_normal([4000, 2], 0.7, (&Device::flex(), DTYPE));
        let v = klein.random_tangent(x.clone(), 0.7);
        let squares = klein.inner(x, v.clone(), v).mean().div_scalar(2.0);
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
    }

    #[test]
    fn points_outside_are_named_and_projected_inside() {
        let klein = KleinBall::new(4.0);
        let x = Tensor::<2>::from_floats([[0.1, 0.2], [0.6, 0.0]], &Device::flex());
        assert_eq!(klein.check_point(x.clone()).map_err(|e| e.row), Err(1));
        assert!(klein.check_point(klein.project(x)).is_ok());
    }
}
