//! Manifolds of matrices, small enough to be read at once.
//!
//! The manifolds of matrices that the crate has are made of vectors in some way. These two are not:
//! what is generic over manifolds is tested on them, so that it takes points of any number of axes.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::shape::assert_one_point;
use crate::numerics::sqrt_or_zero;

/// Symmetric matrices $[n, n]$ with $\langle V, W\rangle = \operatorname{tr}(VW)$: flat, of
/// $n(n + 1)/2$ dimensions, and exact in every verb. Points and dimensions are those of the positive
/// definite matrices, which are an open part.
#[derive(Module, Debug)]
pub struct Symmetric;

/// Matrices $[n, p]$ with orthonormal columns, of $np - p(p + 1)/2$ dimensions.
///
/// `exp` is the polar retraction, of second order, and `log` a projected difference; so it keeps the
/// laws to that order and no better.
#[derive(Module, Debug)]
pub struct Stiefel;

/// $\tfrac12(A + A^\top)$.
fn symmetric<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    (a.clone() + a.swap_dims(D - 2, D - 1)).mul_scalar(0.5)
}

/// $\operatorname{tr}(V^\top W)$, `[..., 1, 1]`.
fn trace_product<const D: usize>(v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
    (v * w).sum_dim(D - 1).sum_dim(D - 2)
}

fn frobenius<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    sqrt_or_zero(trace_product(a.clone(), a))
}

/// `part` over the length of `whole`, 0 where that is 0.
fn relative<const D: usize>(part: Tensor<D>, whole: Tensor<D>) -> Tensor<D> {
    let length = frobenius(whole);
    let zero = length.clone().equal_elem(0.0);
    frobenius(part) / length.mask_fill(zero, 1.0)
}

/// Ones on the diagonal, in the format of the device.
fn identity<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let (rows, columns) = (shape[D - 2], shape[D - 1]);
    let entry = |index: usize| f64::from(u8::from(index / columns == index % columns));
    let mut one = [1; D];
    one[D - 2..].copy_from_slice(&[rows, columns]);
    let entries: Vec<f64> = (0..rows * columns).map(entry).collect();
    Tensor::<D>::from_data(TensorData::new(entries, one), device).expand(shape)
}

#[half_precision]
impl Manifold for Symmetric {
    const POINT_RANK: usize = 2;

    fn name(&self) -> &'static str {
        "symmetric"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        assert_one_point(2, [&x, &v]);
        x + v
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_point(2, [&x, &y]);
        y - x
    }

    fn inner<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        trace_product(v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        symmetric(x)
    }

    fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        symmetric(u)
    }

    fn riemannian_gradient<const D: usize>(&self, _x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        symmetric(gradient)
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        _x: Tensor<D>,
        _v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        gradient.zeros_like()
    }

    fn transport<const D: usize>(&self, _x: Tensor<D>, _y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        symmetric(v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        relative(x.clone() - symmetric(x.clone()), x)
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        relative(v.clone() - symmetric(v.clone()), v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        f64::INFINITY
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        match size.axes(self.name())? {
            [n, columns] if n == columns => {
                PointShape::new(self.name(), vec![n, n], n * (n + 1) / 2)
            }
            [rows, columns] => Err(GeometryError::PointShape {
                manifold: self.name(),
                shape: vec![rows, columns],
                expected: "[n, n]".to_owned(),
            }),
        }
    }
}

/// Steps of the iteration for the polar factor: singular values of a thousandth grow to 1 in 18 steps
/// by 3/2 each, and the last ones are quadratic.
const POLAR_STEPS: usize = 26;

#[half_precision]
impl Manifold for Stiefel {
    const POINT_RANK: usize = 2;

    fn name(&self) -> &'static str {
        "stiefel"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.project(x + v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x.clone(), y - x)
    }

    fn inner<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        trace_product(v, w)
    }

    /// The polar factor, by the iteration $Y \leftarrow \tfrac32 Y - \tfrac12 YY^\top Y$ of Newton and
    /// Schulz, which needs singular values between 0 and $\sqrt3$.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let length = frobenius(x.clone());
        (0..POLAR_STEPS).fold(x / length, |y, _| {
            let gram = y.clone().swap_dims(D - 2, D - 1).matmul(y.clone());
            y.clone().mul_scalar(1.5) - y.matmul(gram).mul_scalar(0.5)
        })
    }

    /// $U - X\operatorname{sym}(X^\top U)$.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let normal = symmetric(x.clone().swap_dims(D - 2, D - 1).matmul(u.clone()));
        u - x.matmul(normal)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn transport<const D: usize>(&self, _x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.project_tangent(y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        identity(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let gram = x.clone().swap_dims(D - 2, D - 1).matmul(x.clone());
        let one = identity(gram.dims(), &x.device()).cast(x.dtype());
        frobenius(gram - one)
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let normal = symmetric(x.swap_dims(D - 2, D - 1).matmul(v.clone()));
        relative(normal, v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        None
    }

    /// Of the retraction: it is one to one as long as $X^\top V$ stays small.
    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        1.0
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        match size.axes(self.name())? {
            [n, p] if p <= n => PointShape::new(self.name(), vec![n, p], n * p - p * (p + 1) / 2),
            [n, p] => Err(GeometryError::PointShape {
                manifold: self.name(),
                shape: vec![n, p],
                expected: "[n, p] with p ≤ n".to_owned(),
            }),
        }
    }
}
