//! The unit sphere.

use std::f64::consts::PI;

pub(crate) mod great_circle;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::{squared_distance, table};
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::{Pointed, behind_zero, without_first};
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::shape::{assert_one_width, intrinsic};
use crate::manifold::transport::ParallelTransport;
use crate::metric::Coefficient;
use crate::numerics::{
    clip_norm, cos_sqrt, divide_by_largest, dot, largest_coordinate, mask_select, norm, sinc,
    sqrt_or_zero, squared_norm,
};
use crate::rows::{Formula, RowVerbs, Rows, evaluate, formulas, row_verbs};
use great_circle::{angle, tangential, unit};

/// The unit sphere $S^d = \\{x \in \mathbb R^{d+1} : \lVert x\rVert = 1\\}$.
///
/// | | |
/// |---|---|
/// | points | unit vectors of $\mathbb R^{d+1}$, $d \ge 1$ |
/// | tangent space | $\\{v : \langle x, v\rangle = 0\\}$ |
/// | metric | $\langle v, w\rangle$ |
/// | curvature | $+1$ |
/// | injectivity radius | $\pi$; the cut locus of $x$ is its antipode $-x$ |
/// | origin | the pole $(1, 0, \dots, 0)$ |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// A sphere of radius $r$ is [`Scaled`](crate::Scaled)`::new(Sphere::new(), r)`: the same points, its
/// distances $r$ times as long.
///
/// # Antipodes
/// Every half great circle from $x$ to $-x$ is a shortest geodesic. [`log`](Manifold::log) and the
/// transport take the one that leaves in the direction of the first of two coordinate axes, or of
/// the second where $|x_1| < |x_0|$. It is the same from both ends. Points whose distance is off
/// $\pi$ by a few roundings count as antipodes: their coordinates hold no direction.
///
/// # Numerics
/// Differences of close points and sums of nearly opposite ones are formed first, so distances keep
/// their relative precision towards 0 and an absolute error of a few $\varepsilon$ up to $\pi$. At an
/// angle $\varphi$ from the antipode, directions are known to $\varepsilon/\varphi$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, Sphere};
///
/// let sphere = Sphere::new();
/// let north = Tensor::<1>::from_floats([1.0, 0.0, 0.0], &Device::flex());
/// let east = Tensor::<1>::from_floats([0.0, 1.0, 0.0], &Device::flex());
/// let quarter = sphere.distance(north.clone(), east.clone()).into_scalar::<f32>();
/// assert_eq!(quarter, std::f32::consts::FRAC_PI_2);
/// let v = sphere.log(north.clone(), east.clone());
/// assert!((sphere.exp(north, v) - east).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Absil, Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*, ex. 4.1.1, 5.4.1
/// and 8.1.1.
#[derive(Module, Debug, Default)]
pub struct Sphere;

impl Sphere {
    /// The unit sphere of any dimension.
    pub fn new() -> Self {
        Self
    }
}

#[half_precision]
impl Manifold for Sphere {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "sphere"
    }

    /// $\exp_x(v) = \cos(\lVert v\rVert)\\,x + \tfrac{\sin\lVert v\rVert}{\lVert v\rVert}\\,v$,
    /// normalized.
    ///
    /// # Numerics
    /// The end of a step of length $t$ is known to $\varepsilon t$; steps longer than
    /// $1/\varepsilon$, which hold no angle any more, are shortened to that.
    ///
    /// # References
    /// Absil, Mahony, Sepulchre (2008), ex. 5.4.1.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        formula(Exp, [x, v])
    }

    /// $\log_x(y) = \tfrac{\theta}{\sin\theta}\\,(y - \langle x, y\rangle x)$ with
    /// $\theta = d(x, y)$; at antipodes a vector of length $\pi$, see [`Sphere`].
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        formula(Log, [x, y])
    }

    /// $(x + v)/\lVert x + v\rVert$, the great circle of [`exp`](Manifold::exp) traveled for
    /// $\arctan\lVert v\rVert$: never further than a quarter of it.
    ///
    /// # References
    /// Absil, Mahony, Sepulchre (2008), ex. 4.1.1.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        formula(Retract, [x, v])
    }

    /// $y/\langle x, y\rangle - x$.
    ///
    /// # Domain
    /// $\langle x, y\rangle > 0$: nothing retracts to a point outside the open hemisphere around
    /// $x$. There, and within $\varepsilon$ of its edge, $\langle x, y\rangle$ counts as
    /// $\varepsilon$: the result is finite, and towards `y`.
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        formula(InverseRetract, [x, y])
    }

    /// $\langle v, w\rangle$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        formula(Inner, [x, v, w])
    }

    /// $x/\lVert x\rVert$; the [`origin`](Manifold::origin) for 0, which has no nearest point.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        formula(Project, [x])
    }

    /// $u - \langle x, u\rangle x$.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        formula(ProjectTangent, [x, u])
    }

    /// The tangential part of the gradient.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn row_verbs(&self) -> Option<&'static RowVerbs> {
        static VERBS: RowVerbs = row_verbs!(curved: false);
        Some(&VERBS)
    }

    /// $B_x(v, w) = -\langle v, w\rangle x$.
    ///
    /// # References
    /// Absil, Mahony, Sepulchre (2008), §5.3.3.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        formula(AccelerationAdjoint, [x, v, gradient])
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    /// The pole $(1, 0, \dots, 0)$, where the [`Hyperboloid`](crate::Hyperboloid) has its own.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.project(Tensor::zeros(shape, device))
    }

    /// $|\lVert x\rVert - 1|$.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        norm(x).sub_scalar(1.0).abs()
    }

    /// $|\langle x, v\rangle|/\lVert v\rVert$.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = divide_by_largest(v);
        let length = norm(v.clone());
        let zero = length.clone().equal_elem(0.0);
        dot(x, v).abs() / length.mask_fill(zero, 1.0)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(1.0)
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        PI
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_vectors(self.name(), &size, 1)
    }

    /// $d(x, y) = 2\arctan\tfrac{\lVert x - y\rVert}{\lVert x + y\rVert}$, which has no cancellation
    /// at either end, as $\arccos\langle x, y\rangle$ has at both.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d + 1]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// The gradient is 0 at coincident points and at antipodes.
    ///
    /// # References
    /// Kahan (2006), *How Futile are Mindless Assessments of Roundoff*, §12.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        let difference = norm(x.clone() - y.clone());
        angle(difference, norm(x + y))
    }

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance) of $x$ to $y$ and to $-y$.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let (x, y) = (table(x), table(y));
        let difference = sqrt_or_zero(squared_distance(x.clone(), y.clone()));
        angle(difference, sqrt_or_zero(squared_distance(x, y.neg())))
    }
}

#[half_precision]
impl ParallelTransport for Sphere {
    /// $P_{x\to y}v = v - \tfrac{2\langle x + y, v\rangle}{\lVert x + y\rVert^2}(x + y)$: the
    /// reflection that carries $x$ to $-y$. At antipodes the reflection in the direction of
    /// [`log`](Manifold::log).
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        formula(Transport, [x, y, v])
    }
}

#[half_precision]
impl Pointed for Sphere {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        behind_zero(v)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        without_first(u)
    }
}

#[half_precision]
impl Sample for Sphere {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let shape = intrinsic(self.name(), shape);
        let v = Tensor::<D>::random(shape, Distribution::Normal(0.0, std), options);
        let squared = squared_norm(v.clone());
        unit(Tensor::cat(
            vec![cos_sqrt(squared.clone()), v * sinc(squared)],
            D - 1,
        ))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, noise)
    }
}

impl SampleUniform for Sphere {
    /// Normal vectors, normalized.
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.project(Tensor::random(
            shape,
            Distribution::Normal(0.0, 1.0),
            options,
        ))
    }
}

/// A formula, which has no use for a coefficient.
fn formula<F: Formula<N>, const N: usize, const D: usize>(
    _: F,
    inputs: [Tensor<D>; N],
) -> Tensor<D> {
    let size = inputs[0].dims()[D - 1];
    assert!(
        size >= 2,
        "sphere points have 2 or more coordinates, got shape {:?}",
        inputs[0].dims()
    );
    evaluate::<F, N, D>(|_| Coefficient::Number(1.0), inputs)
}

fn project_tangent<T: Rows>(x: &T, u: T) -> T {
    // The first pass leaves a normal part of the size of u's rounding, which may be all there is
    // where u is normal; the second removes it.
    let once = tangential(x, u);
    tangential(x, once)
}

formulas! {
    Exp(_c; x, v) = {
        let longest = v.limits().epsilon.recip();
        let v = clip_norm(v, longest);
        let squared = squared_norm(v.clone());
        unit(x * cos_sqrt(squared.clone()) + v * sinc(squared))
    }

    Retract(_c; x, v) = {
        unit(divide_by_largest(x + v))
    }

    InverseRetract(_c; x, y) = {
        let least = x.limits().epsilon;
        let cosine = dot(x.clone(), y.clone()).clamp_min(least);
        let difference = y - x.clone();
        tangential(&x, difference) / cosine
    }

    Inner(_c; _x, v, w) = {
        dot(v, w)
    }

    ProjectTangent(_c; x, u) = {
        project_tangent(&x, u)
    }

    RiemannianGradient(_c; x, gradient) = {
        project_tangent(&x, gradient)
    }

    Log(_c; x, y) = {
        let axes = x.axes();
        great_circle::log(x, y, axes)
    }

    Transport(_c; x, y, v) = {
        let axes = x.axes();
        great_circle::parallel_transport(x, y, v, axes)
    }

    Project(_c; x) = {
        let zero = largest_coordinate(&x).equal_elem(0.0);
        let [pole, _] = x.axes();
        unit(divide_by_largest(mask_select(zero, pole, x)))
    }

    AccelerationAdjoint(_c; x, v, gradient) = {
        v * -dot(gradient, x)
    }
}
