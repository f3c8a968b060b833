//! The hyperboloid (Lorentz) model of hyperbolic space.

pub(crate) mod formulas;
pub(crate) mod frame;
mod minkowski;
mod operations;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::gyro;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::{Pointed, behind_zero, without_first};
use crate::manifold::sample::Sample;
use crate::manifold::shape::intrinsic;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::hyperbolic::constructors::curved_model;
use crate::metric::MetricParameter;
use crate::metric::{Coefficient, Curvature};
use crate::numerics::{divide_by_largest, dot};
use crate::rows::{Formula, RowVerbs, evaluate, row_verbs};

use formulas::{
    AccelerationAdjoint, Distance, Exp, Exp0, Inner, InverseRetract, Log, Log0, Project,
    ProjectTangent, Retract, RiemannianGradient, Transport,
};
use frame::{Frame, spatial, temporal, time_component};

/// The hyperboloid $\mathbb L^d_c$, also Lorentz model: the upper sheet of a hyperboloid in
/// Minkowski space.
///
/// | | |
/// |---|---|
/// | points | $\langle x, x\rangle_{\mathbb L} = -x_0^2 + \lVert x_s\rVert^2 = -1/c$, $x_0 > 0$, in $\mathbb R^{d+1}$ |
/// | tangent space | $\langle x, v\rangle_{\mathbb L} = 0$ |
/// | metric | $\langle v, w\rangle_{\mathbb L}$ |
/// | curvature | $-c$ |
/// | injectivity radius | $\infty$, no cut locus |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// # Numerics
/// The time component is a function of the others, and is recomputed rather than trusted. The
/// Minkowski product subtracts numbers of size $\cosh^2$ to leave 1, so it is not used: distances
/// go through the stereographic projection, and inner products through the boost to the origin,
/// which has twice the reach. What remains is the resolution of the coordinates themselves:
/// at distance $r$ from the origin an ambient tangent vector carries a relative error of
/// $\varepsilon\cosh r$. Points are kept within [`Limits::max_radius`](crate::Limits::max_radius) of the origin, and steps of
/// the exponential map within [`Limits::max_step`](crate::Limits::max_step), in units of $1/\sqrt c$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
///
/// let hyperboloid = Hyperboloid::new(1.0);
/// // `project` keeps the spatial part and computes the time component.
/// let x = hyperboloid.project(Tensor::<2>::from_floats([[0.0, 0.3, 0.4]], &Device::flex()));
/// let origin = hyperboloid.origin([1, 3], &Device::flex());
/// let distance = hyperboloid.distance(origin, x).into_scalar::<f32>();
/// assert!((distance - 0.5f32.asinh()).abs() < 1e-6);
/// ```
///
/// # References
/// Nickel, Kiela (2018), *Learning Continuous Hierarchies in the Lorentz Model*, §3; Ratcliffe
/// (2006), *Foundations of Hyperbolic Manifolds*, §3.
#[derive(Module, Debug)]
pub struct Hyperboloid {
    curvature: Curvature,
}

curved_model!(Hyperboloid, "hyperboloid");

impl Hyperboloid {
    fn root<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        self.curvature.coefficient(x).sqrt()
    }

    /// A formula on points, with $c$ for coefficient.
    fn evaluate<F: Formula<N>, const N: usize, const D: usize>(
        &self,
        formula: F,
        inputs: [Tensor<D>; N],
    ) -> Tensor<D> {
        let size = inputs[0].dims()[D - 1];
        assert!(
            size >= 2,
            "hyperboloid points have 2 or more coordinates, got shape {:?}",
            inputs[0].dims()
        );
        self.evaluate_at_origin(formula, inputs)
    }

    /// A formula on tangent coordinates at the origin.
    fn evaluate_at_origin<F: Formula<N>, const N: usize, const D: usize>(
        &self,
        _: F,
        inputs: [Tensor<D>; N],
    ) -> Tensor<D> {
        evaluate::<F, N, D>(|x| self.curvature.coefficient(x), inputs)
    }

    fn frame<const D: usize>(&self, x: Tensor<D>) -> Frame<Tensor<D>> {
        Frame::new(self.root(&x).scale(x))
    }
}

#[half_precision]
impl Manifold for Hyperboloid {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "hyperboloid"
    }

    /// $\exp_x(v) = \cosh(t)\\,x + \tfrac{\sinh t}{t}\\,v$ with $t = \sqrt c\lVert v\rVert_x$.
    ///
    /// # Numerics
    /// $t$ is limited to [`Limits::max_step`](crate::Limits::max_step).
    ///
    /// # References
    /// Nickel, Kiela (2018), eq. 9.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.evaluate(Exp, [x, v])
    }

    /// The boost to `x` of $\tfrac{2}{\sqrt c}\operatorname{asinh}(\sqrt S)\\,u/\lVert u\rVert$ with
    /// $u = (-p) \oplus q$ in stereographic coordinates.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Log, [x, y])
    }

    /// $R_x(v) = \sqrt{1 + c\lVert v\rVert_x^2}\\,x + v$: the geodesic of [`exp`](Manifold::exp),
    /// traveled for $\operatorname{asinh} t$ instead of $t$. The ball's retraction is the same map.
    ///
    /// # Numerics
    /// $\operatorname{asinh} t$ is limited to [`Limits::max_step`](crate::Limits::max_step).
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.evaluate(Retract, [x, v])
    }

    /// $\log_x(y)\\,\sinh(t)/t$ with $t = \sqrt c\\,d(x, y)$: the inverse of
    /// [`retract`](Manifold::retract).
    ///
    /// # Numerics
    /// The factor stops growing at $t$ = [`Limits::max_step`](crate::Limits::max_step), before it overflows.
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(InverseRetract, [x, y])
    }

    /// $\langle v, w\rangle_{\mathbb L}$, as the Euclidean product of the boosted vectors.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.evaluate(Inner, [x, v, w])
    }

    /// Keeps the spatial part, clipped to [`Limits::max_radius`](crate::Limits::max_radius), and recomputes the time component.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.evaluate(Project, [x])
    }

    /// $u + c\langle x, u\rangle_{\mathbb L}\\,x$, evaluated as the tangential part of `u` in the frame
    /// boosted to the origin, so that the result is tangent however large `x` is.
    ///
    /// # Numerics
    /// Vectors longer than [`Limits::max_squarable`](crate::Limits::max_squarable) are shortened to
    /// that, for their projection far out may be no number.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.evaluate(ProjectTangent, [x, u])
    }

    /// Flips the sign of the time component, which raises the index with the Minkowski metric, and
    /// projects.
    ///
    /// # References
    /// Nickel, Kiela (2018), algorithm 1.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.evaluate(RiemannianGradient, [x, gradient])
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn row_verbs(&self) -> Option<&'static RowVerbs> {
        static VERBS: RowVerbs = row_verbs!(curved: true);
        Some(&VERBS)
    }

    /// $(1/\sqrt c, 0, \dots, 0)$.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.project(Tensor::zeros(shape, device))
    }

    /// The relative error of the time component.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let x = self.root(&x).scale(x);
        let time = time_component(spatial(x.clone()));
        (temporal(x) / time).sub_scalar(1.0).abs()
    }

    /// $|\langle x, v\rangle_{\mathbb L}|$ relative to the sum of the magnitudes of its two parts.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let (frame, v) = (self.frame(x), divide_by_largest(v));
        let time = frame.time * temporal(v.clone());
        let space = dot(frame.space.clone(), spatial(v.clone()));
        let scale = time.clone().abs() + dot(frame.space.abs(), spatial(v).abs());
        let zero = scale.clone().equal_elem(0.0);
        (time - space).abs() / scale.mask_fill(zero, 1.0)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(-self.curvature.value())
    }

    fn metric(&self) -> Vec<MetricParameter> {
        vec![self.curvature.parameter()]
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_vectors(self.name(), &size, 1)
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        f64::INFINITY
    }

    /// $B_x(v, w) = c\langle v, w\rangle_{\mathbb L}\\,x$.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        self.evaluate(AccelerationAdjoint, [x, v, gradient])
    }

    /// $x \mapsto x\sqrt{c_{\text{previous}}/c}$: every distance in units of $1/\sqrt c$ stays.
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
        let [x, y] = [self.frame(x), self.frame(y)];
        let squares = x.stereographic_squared_distances(&y);
        let [alpha_x, alpha_y] = [x, y].map(|x| x.stereographic().table().alpha);
        let separation = squares / (alpha_x * alpha_y.transpose());
        self.root(&separation).divide(gyro::distance(separation))
    }

    /// $d(x, y) = \tfrac{2}{\sqrt c}\operatorname{asinh}\sqrt S$,
    /// $S = \lVert p - q\rVert^2 (1 + X_0)(1 + Y_0)/4$ in stereographic coordinates.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d + 1]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Close points keep their relative precision, as far as their coordinates tell them apart; between
    /// far ones the absolute error is about $\varepsilon\cosh r$ at distance $r$ from the origin. The
    /// gradient at `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Distance, [x, y])
    }
}

#[half_precision]
impl ParallelTransport for Hyperboloid {
    /// $P_{x\to y}v = v + \tfrac{c\langle y, v\rangle_{\mathbb L}}
    /// {1 - c\langle x, y\rangle_{\mathbb L}}(x + y)$, evaluated as a boost to the origin, the
    /// gyration $\operatorname{gyr}[q, -p]$, and a boost to `y`.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.evaluate(Transport, [x, y, v])
    }
}

#[half_precision]
impl Pointed for Hyperboloid {
    /// A tangent vector at the origin has no time component.
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        behind_zero(v)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        without_first(u)
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        Hyperboloid::exp0(self, v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        Hyperboloid::log0(self, x)
    }
}

#[half_precision]
impl Sample for Hyperboloid {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let shape = intrinsic(self.name(), shape);
        self.exp0(Tensor::random(
            shape,
            Distribution::Normal(0.0, std),
            options,
        ))
    }

    /// The boost to `x` of the spatial numbers; the first one is not used.
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        self.frame(x).at_point(spatial(noise))
    }
}

impl Hyperboloid {
    /// $\exp_0$ in tangent coordinates: $v \mapsto \exp_0((0, v))$.
    ///
    /// # Shapes
    /// - `v`: `[..., d]`
    /// - returns: `[..., d + 1]`
    pub fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.evaluate_at_origin(Exp0, [v])
    }

    /// $\log_0$ in tangent coordinates, the inverse of [`exp0`](Self::exp0).
    ///
    /// # Shapes
    /// - `y`: `[..., d + 1]`
    /// - returns: `[..., d]`
    pub fn log0<const D: usize>(&self, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Log0, [y])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    /// Rounding of a few dozen operations on numbers of order ten.
    const ROUNDING: f64 = 1e-12;

    fn assert_close(left: Tensor<2>, right: Tensor<2>) {
        let (left, right) = (to_vec_f64(left), to_vec_f64(right));
        for (a, b) in left.iter().zip(&right) {
            assert!((a - b).abs() < ROUNDING, "{left:?} differs from {right:?}");
        }
    }

    fn sample(hyperboloid: &Hyperboloid) -> Tensor<2> {
        hyperboloid.random_normal([16, 4], 1.0, (&Device::flex(), DType::F64))
    }

    #[test]
    fn distance_and_inner_agree_with_the_minkowski_product() {
        let hyperboloid = Hyperboloid::new(1.0);
        let (x, y) = (sample(&hyperboloid), sample(&hyperboloid));
        let textbook = hyperboloid
            .minkowski_inner(x.clone(), y.clone())
            .neg()
            .acosh();
        assert_close(hyperboloid.distance(x.clone(), y), textbook);
        let (v, w) = (
            hyperboloid.random_tangent(x.clone(), 1.0),
            hyperboloid.random_tangent(x.clone(), 1.0),
        );
        let textbook = hyperboloid.minkowski_inner(v.clone(), w.clone());
        assert_close(hyperboloid.inner(x, v, w), textbook);
    }

    #[test]
    fn transport_agrees_with_the_textbook_formula() {
        let c = 0.5;
        let hyperboloid = Hyperboloid::new(c);
        let (x, y) = (sample(&hyperboloid), sample(&hyperboloid));
        let v = hyperboloid.random_tangent(x.clone(), 1.0);
        let across = hyperboloid
            .minkowski_inner(y.clone(), v.clone())
            .mul_scalar(c);
        let chord = hyperboloid
            .minkowski_inner(x.clone(), y.clone())
            .mul_scalar(-c)
            .add_scalar(1.0);
        let textbook = v.clone() + (x.clone() + y.clone()) * (across / chord);
        assert_close(hyperboloid.transport(x, y, v), textbook);
    }

    #[test]
    fn a_boost_carries_the_origin_and_preserves_distances() {
        let hyperboloid = Hyperboloid::new(1.0);
        let (x, y, z) = (
            sample(&hyperboloid),
            sample(&hyperboloid),
            sample(&hyperboloid),
        );
        let origin = hyperboloid.project(x.zeros_like());
        assert_close(hyperboloid.boost(x.clone(), origin), x.clone());
        let moved = hyperboloid.distance(
            hyperboloid.boost(x.clone(), y.clone()),
            hyperboloid.boost(x, z.clone()),
        );
        assert_close(moved, hyperboloid.distance(y, z));
    }

    #[test]
    fn points_off_the_sheet_are_named() {
        let hyperboloid = Hyperboloid::new(1.0);
        let x = Tensor::<2>::from_floats([[1.0, 0.0], [-1.0, 0.0]], &Device::flex());
        assert_eq!(hyperboloid.check_point(x).map_err(|e| e.row), Err(1));
    }

    #[test]
    fn vectors_with_a_normal_part_are_named() {
        let hyperboloid = Hyperboloid::new(1.0);
        let x = Tensor::<2>::from_floats([[1.0, 0.0], [1.0, 0.0]], &Device::flex());
        let v = Tensor::<2>::from_floats([[0.0, 1.0], [1e-2, 1.0]], &Device::flex());
        assert_eq!(hyperboloid.check_tangent(x, v).map_err(|e| e.row), Err(1));
    }
}
