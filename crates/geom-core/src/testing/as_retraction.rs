//! A manifold whose retraction stands in the place of `exp`, so that the laws which need no geodesics can be tried.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use geom_macros::half_precision;

use super::Measurement;
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::metric::MetricParameter;

/// `base`, with its retraction and the inverse of that for `exp` and `log`, which are not called.
#[derive(Module, Debug)]
pub(super) struct AsRetraction<M: Manifold> {
    base: M,
}

impl<M: Manifold> AsRetraction<M> {
    pub(super) fn new(base: &M) -> Self {
        Self { base: base.clone() }
    }
}

/// Whether a measurement is about the manifold itself, and not about what stands in for its geodesics.
pub(super) fn is_of_retraction(measurement: &Measurement) -> bool {
    const LAWS: [&str; 3] = [
        "exp returns points",
        "geodesic returns points",
        "log returns tangent vectors",
    ];
    const VERBS: [&str; 8] = [
        "exp",
        "exp of nothing",
        "log",
        "distance",
        "geodesic",
        "midpoint",
        "acceleration_adjoint",
        "riemannian_hessian",
    ];
    !LAWS.contains(&measurement.law) && measurement.verb.is_none_or(|verb| !VERBS.contains(&verb))
}

#[half_precision]
impl<M: Manifold> Manifold for AsRetraction<M> {
    const POINT_RANK: usize = M::POINT_RANK;

    fn name(&self) -> &'static str {
        self.base.name()
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.retract(x, v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.base.inverse_retract(x, y)
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.base.inner(x, v, w)
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        self.base.inner_by_factor(x, v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.base.project(x)
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.base.project_tangent(x, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.base.riemannian_gradient(x, gradient)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.base.origin(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.base.point_violation(x)
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.tangent_violation(x, v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        self.base.sectional_curvature()
    }

    fn is_flat(&self) -> bool {
        self.base.is_flat()
    }

    fn is_ambient_flat(&self) -> bool {
        self.base.is_ambient_flat()
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.base.injectivity_radius(point)
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        self.base.try_point_shape(size)
    }

    fn metric(&self) -> Vec<MetricParameter> {
        self.base.metric()
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        self.base.follow_metric(previous, x)
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.base.follow_metric_tangent(previous, x, v)
    }

    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.norm(x, v)
    }
}
