//! The trait every manifold implements, and the verbs derived from it.

pub(crate) mod erased;
pub(crate) mod point_size;
pub mod pointed;
pub mod sample;
pub(crate) mod shape;
pub mod transport;

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor};
use geom_macros::half_precision;

use crate::error::{GeometryError, NotOnManifold, NotTangent};
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::shape::assert_one_batch;
use crate::metric::MetricParameter;
use crate::numerics::Limits;
use crate::rows::RowVerbs;

/// A Riemannian manifold, as a value: points and tangent vectors are plain tensors, the manifold
/// supplies the verbs.
///
/// Leading axes are batch axes and broadcast against each other; the last [`POINT_RANK`] axes hold
/// one point. Tangent vectors use ambient coordinates. Reductions keep the reduced axes at size 1,
/// as Burn's `sum_dim` does, so [`distance`](Self::distance) of `[n, d]` points has shape `[n, 1]`.
///
/// A manifold is a Burn [`Module`], so a learnable curvature trains, saves and moves to a device
/// with the model that holds it. What a manifold cannot do it does not implement: parallel
/// transport lives in [`ParallelTransport`](crate::ParallelTransport).
///
/// # Numerics
/// Tensors are in `f32` or `f64`. Verbs take `f16` and `bf16` too, compute with those in `f32`, and
/// return the format that they were given: the attribute [`half_precision`] on
/// an implementation sees to that.
///
/// [`POINT_RANK`]: Self::POINT_RANK
#[half_precision]
pub trait Manifold: Module + ModuleDisplay + Sync + 'static {
    /// Trailing axes that hold one point: 1 for vectors, 2 for matrices.
    const POINT_RANK: usize;

    /// The name used in records, error messages and configuration files.
    fn name(&self) -> &'static str;

    /// The exponential map $\exp_x(v)$: the end of the geodesic that leaves `x` with velocity `v`
    /// after unit time.
    ///
    /// # Shapes
    /// - `x`, `v`, and the result: `[..., d]`
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The logarithmic map $\log_x(y)$: the initial velocity of the shortest geodesic from `x` that
    /// reaches `y` after unit time.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D>;

    /// A retraction $R_x(v)$: agrees with [`exp`](Self::exp) to second order unless a manifold says
    /// otherwise, and is cheaper. The default is the exponential map itself.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.exp(x, v)
    }

    /// An inverse of [`retract`](Self::retract): the tangent vector at `x` whose retraction is `y`.
    /// The default is the logarithmic map, which inverts it where the retraction is `exp`.
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.log(x, y)
    }

    /// The Riemannian inner product $\langle v, w\rangle_x$, with the point axes reduced to 1.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D>;

    /// The inner product by factor: each coordinate holds the part of [`inner`](Self::inner) that its
    /// own factor of a product contributes. Adaptive optimizers keep one second moment a factor.
    ///
    /// # Shapes
    /// - returns: broadcasts against `x`; the default, for manifolds that are no products, is `inner`
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        self.inner(x, v, w)
    }

    /// The nearest point of the manifold (or a documented substitute) to an ambient point.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D>;

    /// The orthogonal projection of an ambient vector onto the tangent space at `x`.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D>;

    /// The Riemannian gradient from the ambient one that automatic differentiation returns:
    /// the tangent vector with $\langle \operatorname{grad} f, v\rangle_x = Df(x)\\,v$.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D>;

    /// The verbs as formulas on rows, for manifolds of vectors that have them: an optimizer's step is
    /// then one pass over memory. What the formulas compute is what the verbs do.
    fn row_verbs(&self) -> Option<&'static RowVerbs> {
        None
    }

    /// What bent geodesics add to second derivatives: the ambient vector $h$ with
    /// $\langle h, w\rangle = \langle g, B_x(v, w)\rangle$ for every tangent $w$, where $B_x$ is the
    /// symmetric bilinear map with $B_x(v, v) = \tfrac{d^2}{dt^2}\exp_x(tv)\big|_{t=0}$, the
    /// acceleration of geodesics in ambient coordinates ($-\Gamma_x$ in a chart).
    ///
    /// The default differentiates [`exp`](Self::exp) by autodiff once and by a central difference
    /// once, which leaves a relative error of about $\varepsilon^{2/3}$; a manifold that knows its
    /// geodesic equation overrides it.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let manifold = self.valid();
        crate::calculus::hessian::acceleration_adjoint(
            [x, v, gradient],
            |x, v| manifold.norm(x, v),
            |x, v| manifold.exp(x, v),
        )
    }

    /// The Riemannian Hessian $\operatorname{Hess} f(x)\lbrack v\rbrack = \nabla_v \operatorname{grad} f$ from the
    /// Euclidean gradient $\nabla f(x)$ and the Euclidean Hessian–vector product $\nabla^2 f(x)\\,v$.
    ///
    /// For tangent $w$, $\langle\operatorname{Hess} f(x)\lbrack v\rbrack, w\rangle_x =
    /// \langle\nabla^2 f(x)v, w\rangle + \langle\nabla f(x), B_x(v, w)\rangle$ with $B_x$ of
    /// [`acceleration_adjoint`](Self::acceleration_adjoint): the second derivative of $f \circ \exp_x$.
    ///
    /// # References
    /// Absil, Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*, prop. 5.5.4.
    fn riemannian_hessian<const D: usize>(
        &self,
        x: Tensor<D>,
        gradient: Tensor<D>,
        hessian_vector: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let bend = self.acceleration_adjoint(x.clone(), v, gradient);
        self.riemannian_gradient(x, hessian_vector + bend)
    }

    /// Moves a tangent vector from `x` to `y`: parallel transport where it is known in closed form.
    /// Optimizers carry their momentum with it.
    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The distinguished point, repeated to `shape`.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D>;

    /// How far `x` is from satisfying the defining equation of the manifold, for its worst row.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D>;

    /// How far `v` is from the tangent space at `x`, row by row, relative to `v`'s length.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// Sectional curvature where it is constant, always signed; `None` where it varies.
    fn sectional_curvature(&self) -> Option<f64>;

    /// Whether the sectional curvature is zero everywhere and stays so; a learnable curvature is not
    /// flat, wherever it stands. Nothing is read back from a device.
    fn is_flat(&self) -> bool {
        let learnable = self.metric().iter().any(MetricParameter::is_learnable);
        !learnable && self.sectional_curvature() == Some(0.0)
    }

    /// Whether every verb is the plain arithmetic of the ambient coordinates and nothing else: the
    /// exponential map is `x + v`, the Riemannian gradient the one that automatic differentiation
    /// returns, projections and transport change nothing. Optimizers then add nothing either, and
    /// take Burn's own steps, bit for bit.
    ///
    /// Zero curvature is not enough: the torus wraps around.
    fn is_ambient_flat(&self) -> bool {
        false
    }

    /// The radius of a ball around the [`origin`](Self::origin) on which `exp` is defined and one to
    /// one: infinite where there is no cut locus and no edge.
    ///
    /// It belongs to points of the shape `point` (the last [`POINT_RANK`](Self::POINT_RANK) axes); most
    /// manifolds do not need it.
    fn injectivity_radius(&self, point: &[usize]) -> f64;

    /// How large points are: the shape and the dimension of points of this size, which is asked by
    /// either.
    ///
    /// A dimension decides the shape of vectors; matrices need theirs. The default is for vectors with a
    /// coordinate for each dimension.
    ///
    /// # Errors
    /// [`GeometryError`] if the manifold has no such points: a shape with another number of axes or
    /// other axes than they have, or no dimension left.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_vectors(self.name(), &size, 0)
    }

    /// [`try_point_shape`](Self::try_point_shape) for sizes that are known to be right.
    ///
    /// # Panics
    /// If the manifold has no such points.
    fn point_shape(&self, size: impl Into<PointSize>) -> PointShape {
        self.try_point_shape(size.into())
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Checks that tensors of this shape can hold points.
    ///
    /// # Errors
    /// - [`GeometryError::PointAxes`] if there are fewer axes than a point has
    /// - those of [`try_point_shape`](Self::try_point_shape), for the last
    ///   [`POINT_RANK`](Self::POINT_RANK) axes
    fn check_shape(&self, shape: &[usize]) -> Result<(), GeometryError> {
        let Some(batch) = shape.len().checked_sub(Self::POINT_RANK) else {
            return Err(GeometryError::PointAxes {
                manifold: self.name(),
                shape: shape.to_vec(),
                rank: Self::POINT_RANK,
            });
        };
        self.try_point_shape(shape[batch..].into()).map(|_| ())
    }

    /// The numbers the metric depends on, in a fixed order: a curvature, a scale, those of each
    /// factor of a product. A learnable one stays on its device.
    ///
    /// The default is the sectional curvature where it is constant; a manifold with a learnable
    /// number overrides it.
    fn metric(&self) -> Vec<MetricParameter> {
        self.sectional_curvature()
            .map(MetricParameter::Fixed)
            .into_iter()
            .collect()
    }

    /// The values of [`metric`](Self::metric), for records and messages. Where they are learnable,
    /// this reads them back from their device.
    fn metric_parameters(&self) -> Vec<f64> {
        self.metric().iter().map(MetricParameter::value).collect()
    }

    /// Re-expresses points after the metric moved from `previous` (as [`metric`](Self::metric) gave
    /// it) to that of `self`.
    ///
    /// Where the curvature has one sign, points rescale, so that every distance in units of
    /// $1/\sqrt{|\kappa|}$ stays; those of [`Stereographic`](crate::Stereographic), whose curvature may
    /// pass through zero, keep their tangent coordinates at the origin instead, and with them distance
    /// and direction from it. Differentiable with respect to the parameters of `self`, which is how
    /// [`ManifoldParam`](crate::ManifoldParam) gives a learnable curvature the gradient of the motion
    /// that a step on it causes. The default is for manifolds without a learnable parameter, and for
    /// those whose points do not depend on it: nothing to do.
    fn follow_metric<const D: usize>(
        &self,
        _previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        x
    }

    /// The differential of [`follow_metric`](Self::follow_metric): carries a tangent vector along, to the point `x`
    /// where its base point is now.
    fn follow_metric_tangent<const D: usize>(
        &self,
        _previous: &[MetricParameter],
        _x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        v
    }

    /// The norm $\lVert v\rVert_x$.
    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        crate::numerics::sqrt_or_zero(self.inner(x, v.clone(), v))
    }

    /// The geodesic distance $d(x, y) = \lVert\log_x(y)\rVert_x$.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let v = self.log(x.clone(), y);
        self.norm(x, v)
    }

    /// The distances of all pairs.
    ///
    /// # Shapes
    /// - `x`: `[n, point]`, `y`: `[m, point]`, of rank [`POINT_RANK`](Self::POINT_RANK)` + 1`
    /// - returns: `[n, m]`
    ///
    /// # Numerics
    /// Nothing of size n × m × d is held: the default works through blocks of pairs, which under
    /// automatic differentiation the tape keeps; manifolds whose distance is a function of
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance) override it and keep n × m.
    ///
    /// # Panics
    /// If the ranks are not as above.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        crate::calculus::pairwise::by_blocks(Self::POINT_RANK, x, y, |x, y| self.distance(x, y))
    }

    /// The point at parameter `t` of the geodesic from `x` (at 0) to `y` (at 1).
    fn geodesic<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, t: f64) -> Tensor<D> {
        let v = self.log(x.clone(), y);
        self.exp(x, v.mul_scalar(t))
    }

    /// The midpoint of the geodesic between `x` and `y`.
    fn midpoint<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.geodesic(x, y, 0.5)
    }

    /// Checks that every row of `x` is a finite point of the manifold.
    ///
    /// # Errors
    /// [`NotOnManifold`], naming the worst row and its violation. The tolerance is
    /// [`Limits::membership`] of the tensor's dtype.
    ///
    /// # Panics
    /// If the manifold has no points of this shape, for which [`check_shape`](Self::check_shape) is
    /// the check.
    fn check_point<const D: usize>(&self, x: Tensor<D>) -> Result<(), NotOnManifold> {
        if let Err(error) = self.check_shape(&x.dims()) {
            panic!("{error}");
        }
        let tolerance = Limits::membership_of(x.dtype());
        crate::error::worst_row(self.point_violation(x), tolerance).map_or(
            Ok(()),
            |(row, violation)| {
                Err(NotOnManifold {
                    manifold: self.name(),
                    row,
                    violation,
                    tolerance,
                })
            },
        )
    }

    /// Checks that every row of `v` is a finite tangent vector at the same row of `x`.
    ///
    /// # Errors
    /// [`NotTangent`], naming the worst row and its violation.
    ///
    /// # Panics
    /// If points and vectors do not fit each other in shape or number.
    fn check_tangent<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Result<(), NotTangent> {
        assert_one_batch(Self::POINT_RANK, &x, &v);
        let tolerance = Limits::membership_of(x.dtype());
        crate::error::worst_row(self.tangent_violation(x, v), tolerance).map_or(
            Ok(()),
            |(row, violation)| {
                Err(NotTangent {
                    manifold: self.name(),
                    row,
                    violation,
                    tolerance,
                })
            },
        )
    }
}
