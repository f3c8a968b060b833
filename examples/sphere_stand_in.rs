//! Stand-in for `geom::core::Sphere` until that is there.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use geom::core::Manifold;
use geom::core::numerics::{dot, norm};

#[derive(Module, Debug, Default)]
pub(crate) struct Sphere;

impl Sphere {
    pub(crate) fn new() -> Self {
        Self
    }
}

impl Manifold for Sphere {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "sphere"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.project(x + v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x.clone(), y - x)
    }

    fn inner<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        dot(v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let length = norm(x.clone());
        x / length
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let along = dot(x.clone(), u.clone());
        u - x * along
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn transport<const D: usize>(&self, _x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.project_tangent(y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.project(Tensor::ones(shape, device))
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        norm(x).sub_scalar(1.0).abs()
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        dot(x, v).abs()
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(1.0)
    }

    fn injectivity_radius(&self, _dim: usize) -> f64 {
        std::f64::consts::PI
    }
}
