//! The unit sphere, as far as these problems need it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use geom_core::Manifold;
use geom_core::numerics::{dot, norm, squared_norm};

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
        let length = norm(v.clone());
        let zero = length.clone().equal_elem(0.0);
        let harmless = length.clone().mask_fill(zero.clone(), 1.0);
        let ratio = (harmless.clone().sin() / harmless).mask_fill(zero, 1.0);
        self.project(x * length.cos() + v * ratio)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let u = self.project_tangent(x.clone(), y.clone());
        let angle = norm(u.clone()).atan2(dot(x, y));
        u.clone() * (angle / norm(u))
    }

    fn inner<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        dot(v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        x.clone() / norm(x)
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        u.clone() - x.clone() * dot(x, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        v * dot(x, gradient).neg()
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let chord = dot(x.clone(), y.clone()).add_scalar(1.0);
        let along = dot(y.clone(), v.clone());
        v - (x + y) * (along / chord)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let mut rest = shape;
        rest[D - 1] -= 1;
        let mut first = shape;
        first[D - 1] = 1;
        Tensor::cat(
            vec![Tensor::ones(first, device), Tensor::zeros(rest, device)],
            D - 1,
        )
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        squared_norm(x).sub_scalar(1.0).abs()
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

    fn ambient_dim(&self, dim: usize) -> usize {
        dim + 1
    }
}
