//! The Poincaré ball model of hyperbolic space.

pub(crate) mod formulas;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::squared_distance;
#[cfg(doc)]
use crate::gyro;
use crate::gyro::Point;
use crate::gyro::gyrovector::Gyrovector;
use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::Sample;
use crate::manifold::shape::assert_one_width;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::hyperbolic::constructors::curved_model;
use crate::metric::MetricParameter;
use crate::metric::{Coefficient, Curvature};
use crate::numerics::{norm, squared_norm};
use crate::rows::{Formula, RowVerbs, evaluate, row_verbs};

use formulas::{
    AccelerationAdjoint, ConformalFactor, Distance, DistanceOfPair, Exp, Exp0, Gyration, Inner,
    InverseRetract, Log, Log0, MobiusAdd, Project, Retract, RiemannianGradient, Transport,
};

/// The Poincaré ball $\mathbb B^d_c$: hyperbolic space inside a Euclidean ball, angles unchanged.
///
/// | | |
/// |---|---|
/// | points | $\lVert x\rVert < 1/\sqrt c$ in $\mathbb R^d$ |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\lambda_x^2\langle v, w\rangle$, $\lambda_x = 2/(1 - c\lVert x\rVert^2)$ |
/// | curvature | $-c$ |
/// | injectivity radius | $\infty$, no cut locus |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
/// | gyrovector operations | all of [`Gyrovector`] |
///
/// # Numerics
/// Nothing is clipped below the number format's own limit: a point reaches distance 17.3 (`f32`) or
/// 37.4 (`f64`) from the origin, in units of $1/\sqrt c$. Near that edge neighboring
/// representable radii are about 0.7 apart, so a distance from the origin $r$ carries an absolute
/// error of about $\varepsilon e^{r}$ at most: in `f32`, measured over random directions in ten
/// dimensions, 0.002 at 10, 0.1 at 14, 0.6 at 16 and 1.3 at 17. Between close points, distances keep their relative precision.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
///
/// let ball = PoincareBall::new(0.5);
/// let x = Tensor::<2>::from_floats([[0.1, 0.2]], &Device::flex());
/// let v = Tensor::<2>::from_floats([[0.3, -0.1]], &Device::flex());
/// let y = ball.exp(x.clone(), v.clone());
/// let traveled = ball.distance(x.clone(), y) - ball.norm(x, v);
/// assert!(traveled.abs().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §2; Nickel, Kiela (2017),
/// *Poincaré Embeddings*, eq. 1.
#[derive(Module, Debug)]
pub struct PoincareBall {
    curvature: Curvature,
}

curved_model!(PoincareBall, "ball");

impl PoincareBall {
    /// A formula with $c$ for coefficient.
    fn evaluate<F: Formula<N>, const N: usize, const D: usize>(
        &self,
        _: F,
        inputs: [Tensor<D>; N],
    ) -> Tensor<D> {
        evaluate::<F, N, D>(|x| self.curvature.coefficient(x), inputs)
    }
}

#[half_precision]
impl Manifold for PoincareBall {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "poincare-ball"
    }

    /// $\exp_x(v) = x \oplus_c \Bigl(\tanh\bigl(\sqrt c\\,\tfrac{\lambda_x\lVert v\rVert}2\bigr)
    /// \tfrac{v}{\sqrt c\lVert v\rVert}\Bigr)$, kept inside the ball.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 11.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.evaluate(Exp, [x, v])
    }

    /// $\log_x(y) = \tfrac{2}{\sqrt c\lambda_x}\operatorname{artanh}(\sqrt c\lVert u\rVert)
    /// \tfrac{u}{\lVert u\rVert}$ with $u = (-x) \oplus_c y$.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 11; evaluated as in [`gyro::log_at_origin`].
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Log, [x, y])
    }

    /// The geodesic of [`exp`](Manifold::exp), traveled for $\operatorname{asinh} t$ instead of
    /// $t = \sqrt c\lVert v\rVert_x$: second order, without transcendental functions.
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

    /// $\lambda_x^2\langle v, w\rangle$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.evaluate(Inner, [x, v, w])
    }

    /// Clips the norm to $(1 - \text{gap})/\sqrt c$, see [`Limits::boundary_gap`](crate::Limits::boundary_gap).
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.evaluate(Project, [x])
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &u]);
        u
    }

    /// $g/\lambda_x^2$.
    ///
    /// # References
    /// Nickel, Kiela (2017), eq. 5.
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

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let root = self.curvature.coefficient(&x).sqrt();
        let excess = norm(root.scale(x)).sub_scalar(1.0);
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

    /// $B_x(v, w) = -c\lambda_x\bigl(\langle x, v\rangle w + \langle x, w\rangle v - \langle v, w\rangle x\bigr)$,
    /// from the Christoffel symbols of a conformal metric.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        self.evaluate(AccelerationAdjoint, [x, v, gradient])
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

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance).
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let root = self.curvature.coefficient(&x).sqrt();
        let [x, y] = [x, y].map(|t| Point::new(root.scale(t)).table());
        let squares = squared_distance(x.x, y.x);
        let [n, m] = squares.dims();
        let inputs = [
            squares.reshape([n, m, 1]),
            x.alpha.reshape([n, 1, 1]),
            y.alpha.reshape([1, m, 1]),
        ];
        self.evaluate(DistanceOfPair, inputs).reshape([n, m])
    }

    /// $d(x, y) = \tfrac{2}{\sqrt c}\operatorname{asinh}\sqrt S$, with $S$ as in [`gyro`].
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Exact to rounding for close points and for points close to the boundary alike; the gradient
    /// at `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Distance, [x, y])
    }
}

#[half_precision]
impl ParallelTransport for PoincareBall {
    /// $P_{x\to y}v = \tfrac{\lambda_x}{\lambda_y}\operatorname{gyr}[y, -x]\\,v$.
    ///
    /// # References
    /// Ungar (2008), §6; Bécigneul, Ganea (2019), *Riemannian Adaptive Optimization Methods*, §C.
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
impl Pointed for PoincareBall {
    coordinates_as_they_are!();

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        PoincareBall::exp0(self, v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        PoincareBall::log0(self, x)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.mobius_add(x, PoincareBall::exp0(self, v))
    }
}

#[half_precision]
impl Sample for PoincareBall {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The metric at the origin is 4⟨v, w⟩.
        self.exp0(Tensor::random(
            shape,
            Distribution::Normal(0.0, std / 2.0),
            options,
        ))
    }

    /// $z/\lambda_x$.
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        noise / self.conformal_factor(x)
    }
}

impl PoincareBall {
    /// The conformal factor $\lambda_x = 2/(1 - c\lVert x\rVert^2)$, `[..., 1]`.
    pub fn conformal_factor<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.evaluate(ConformalFactor, [x])
    }

    /// $\exp_0(v) = \tanh(\sqrt c\lVert v\rVert)\\,v/(\sqrt c\lVert v\rVert)$, kept inside the ball.
    pub fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.evaluate(Exp0, [v])
    }

    /// $\log_0(y) = \operatorname{artanh}(\sqrt c\lVert y\rVert)\\,y/(\sqrt c\lVert y\rVert)$.
    pub fn log0<const D: usize>(&self, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(Log0, [y])
    }
}

/// With $\kappa = -c$. What the sign makes cheaper is its own.
#[half_precision]
impl Gyrovector for PoincareBall {
    fn curvature_coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        match self.curvature.coefficient(x) {
            Coefficient::Number(c) => Coefficient::Number(-c),
            Coefficient::Tensor(c) => Coefficient::Tensor(c.neg()),
        }
    }

    fn conformal_factor<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        PoincareBall::conformal_factor(self, x)
    }

    fn mobius_add<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.evaluate(MobiusAdd, [x, y])
    }

    fn gyration<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.evaluate(Gyration, [x, y, v])
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

    fn rows(values: [[f64; 2]; 1]) -> Tensor<2> {
        Tensor::from_data(values, (&Device::flex(), DTYPE))
    }

    fn assert_close(left: Tensor<2>, right: Tensor<2>) {
        let (left, right) = (to_vec_f64(left), to_vec_f64(right));
        for (a, b) in left.iter().zip(&right) {
            assert!((a - b).abs() < ROUNDING, "{left:?} differs from {right:?}");
        }
    }

    #[test]
    fn the_gyration_is_what_its_definition_says() {
        let ball = PoincareBall::new(2.0);
        let (x, y, v) = (rows([[0.1, 0.3]]), rows([[-0.4, 0.2]]), rows([[0.2, 0.05]]));
        let inner = ball.mobius_add(x.clone(), ball.mobius_add(y.clone(), v.clone()));
        let defined = ball.mobius_add(ball.mobius_add(x.clone(), y.clone()).neg(), inner);
        assert_close(ball.gyration(x, y, v), defined);
    }

    #[test]
    fn mobius_subtraction_and_left_cancellation() {
        let ball = PoincareBall::new(0.5);
        let (x, y) = (rows([[0.1, 0.3]]), rows([[-0.4, 0.2]]));
        let sum = ball.mobius_add(x.clone(), y.clone());
        assert_close(ball.mobius_add(x.clone().neg(), sum), y.clone());
        assert_close(ball.mobius_sub(x.clone(), x.clone()), x.zeros_like());
        assert_eq!(
            to_vec_f64(ball.mobius_add(x.clone(), y.zeros_like())),
            to_vec_f64(x)
        );
    }

    #[test]
    fn scalar_multiplication_is_repeated_addition() {
        let ball = PoincareBall::new(1.5);
        let x = rows([[0.3, -0.2]]);
        let sum = ball.mobius_add(x.clone(), ball.mobius_add(x.clone(), x.clone()));
        assert_close(ball.mobius_scalar_mul(3.0, x), sum);
    }

    #[test]
    fn the_matrix_product_with_a_multiple_of_the_identity_is_the_scalar_product() {
        let ball = PoincareBall::new(1.0);
        let x = rows([[0.3, -0.2]]);
        let matrix = Tensor::from_data([[2.0, 0.0], [0.0, 2.0]], (&Device::flex(), DTYPE));
        assert_close(
            ball.mobius_matvec(matrix, x.clone()),
            ball.mobius_scalar_mul(2.0, x),
        );
    }

    #[test]
    fn points_outside_are_named_and_projected_inside() {
        let ball = PoincareBall::new(4.0);
        let x = Tensor::<2>::from_floats([[0.1, 0.2], [0.6, 0.0]], &Device::flex());
        assert_eq!(ball.check_point(x.clone()).map_err(|e| e.row), Err(1));
        assert!(ball.check_point(ball.project(x)).is_ok());
    }

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let device = Device::flex();
        let ball = PoincareBall::new(2.0);
        let x = ball.random_normal([4000, 1], 0.7, (&device, DTYPE));
        let squares = ball.distance(x.clone(), x.zeros_like()).square().mean();
        // Four standard errors of a variance from 4000 samples.
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
        let v = ball.random_tangent(x.clone(), 0.7);
        let squares = ball.inner(x, v.clone(), v).mean();
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
    }
}
