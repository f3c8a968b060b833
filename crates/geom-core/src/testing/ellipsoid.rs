//! A manifold without geodesics in closed form.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::shape::assert_one_point;
use crate::numerics::sqrt_or_zero;

/// The ellipsoid $\\{x : \sum_i i\\,x_i^2 = 1\\}$ with the metric of the space around it: an example of a manifold with
/// a retraction but no geodesics in closed form.
///
/// | | |
/// |---|---|
/// | retraction | $R_x(v) = (x + v)/\lVert x + v\rVert_A$, with $\langle x, y\rangle_A = \sum_i i\\,x_i y_i$ |
/// | its inverse | $y/\langle x, y\rangle_A - x$, where $\langle x, y\rangle_A > 0$ |
/// | transport | the projection onto the tangent space |
/// | `exp`, `log` | the retraction and its inverse, which are not geodesics |
///
/// # References
/// Absil, Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*, section 4.1.
#[derive(Module, Debug)]
pub struct Ellipsoid;

/// 1 to d, in the shape of one point.
fn weights<const D: usize>(like: &Tensor<D>) -> Tensor<D> {
    let shape = like.dims();
    let mut one = [1; D];
    one[D - 1] = shape[D - 1];
    let numbers = 1..shape[D - 1] as i64 + 1;
    let numbers = Tensor::<1, Int>::arange(numbers, &like.device());
    numbers.float().cast(like.dtype()).reshape(one)
}

/// $\langle x, y\rangle_A$.
fn weighted<const D: usize>(x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
    let weights = weights(&x);
    (x * y * weights).sum_dim(D - 1)
}

fn dot<const D: usize>(v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
    (v * w).sum_dim(D - 1)
}

/// The direction in which the ellipsoid bends away at `x`.
fn normal<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let n = x.clone() * weights(&x);
    n.clone() / sqrt_or_zero(dot(n.clone(), n))
}

#[half_precision]
impl Manifold for Ellipsoid {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "ellipsoid"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        assert_one_point(1, [&x, &v]);
        self.project(x + v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_point(1, [&x, &y]);
        let v = y.clone() / weighted(x.clone(), y) - x.clone();
        // Of close points rounding leaves a part that is not tangent.
        self.project_tangent(x, v)
    }

    fn inner<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        dot(v, w)
    }

    /// The point in the same direction from the center.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        x.clone() / weighted(x.clone(), x).sqrt()
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let n = normal(x);
        u.clone() - n.clone() * dot(n, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn transport<const D: usize>(&self, _x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.project_tangent(y, v)
    }

    /// The end of the longest axis.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let mut one = shape;
        one[D - 1] = 1;
        let mut rest = shape;
        rest[D - 1] -= 1;
        Tensor::cat(
            vec![Tensor::ones(one, device), Tensor::zeros(rest, device)],
            D - 1,
        )
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        weighted(x.clone(), x).sub_scalar(1.0).abs()
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let length = sqrt_or_zero(dot(v.clone(), v.clone()));
        let zero = length.clone().equal_elem(0.0);
        dot(normal(x), v).abs() / length.mask_fill(zero, 1.0)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        None
    }

    /// Of the retraction: so far its ends stay on one side.
    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        1.0
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_vectors(self.name(), &size, 1)
    }
}
