//! The product of two manifolds, typed.

mod pointed;
mod sampling;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::Flattened;
use crate::metric::MetricParameter;
use crate::numerics::sqrt_or_zero;

/// The Riemannian product $A \times B$ of two manifolds, their coordinates side by side.
///
/// | | |
/// |---|---|
/// | points | $(x_A, x_B)$, concatenated along the last axis; a matrix as the row of its entries |
/// | tangent space | $T_{x_A}A \oplus T_{x_B}B$ |
/// | metric | $\langle v_A, w_A\rangle_{x_A} + \langle v_B, w_B\rangle_{x_B}$ |
/// | distance | $\sqrt{d_A^2 + d_B^2}$ |
/// | curvature | not constant, unless both factors are flat |
/// | injectivity radius | the smaller of the two |
/// | exact | what both factors have exact |
///
/// A point of the product is a vector, whatever those of the factors are ([`Flattened`]): a table of them
/// is a matrix, and one optimizer steps it. Products nest: `Product<A, Product<B, C>>`. [`DynamicProduct`](crate::DynamicProduct) takes its
/// factors at run time; [`Scaled`](crate::Scaled) weighs a factor.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Euclidean, Manifold, Oblique, PoincareBall, Product};
///
/// // A hyperbolic plane and a line.
/// let product = Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1);
/// let x = Tensor::<1>::from_floats([0.0, 0.0, 0.0], &Device::flex());
/// let y = Tensor::<1>::from_floats([0.5f32.tanh(), 0.0, 1.0], &Device::flex());
/// let distance = product.distance(x, y).into_scalar::<f32>();
/// assert!((distance - 2f32.sqrt()).abs() < 1e-6);
///
/// // A dictionary of two unit columns, and a place in the disk for it.
/// let place = PoincareBall::new(1.0);
/// let product = Product::new(Oblique::new(), [3, 2], place, 2);
/// let (dictionary, place) = product.split(product.origin([10, 8], &Device::flex()));
/// assert_eq!((dictionary.dims(), place.dims()), ([10, 6], [10, 2]));
/// ```
///
/// # References
/// Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product Spaces*, §3.
#[derive(Module, Debug)]
pub struct Product<A: Manifold, B: Manifold> {
    first: Flattened<A>,
    second: Flattened<B>,
}

impl<A: Manifold, B: Manifold> Product<A, B> {
    /// The product of `first` and `second` with points of these sizes: the intrinsic dimension for
    /// vectors, the shape of a point for matrices.
    ///
    /// # Panics
    /// If a factor has no points of its size.
    pub fn new(
        first: A,
        first_size: impl Into<PointSize>,
        second: B,
        second_size: impl Into<PointSize>,
    ) -> Self {
        Self {
            first: Flattened::new(first, first_size),
            second: Flattened::new(second, second_size),
        }
    }

    /// The first factor.
    pub fn first(&self) -> &A {
        self.first.base()
    }

    /// The second factor.
    pub fn second(&self) -> &B {
        self.second.base()
    }

    /// The coordinates of each factor, those of a matrix in a row.
    ///
    /// # Shapes
    /// - `x`: `[..., a + b]`
    /// - returns: `[..., a]` and `[..., b]`
    ///
    /// # Panics
    /// If the last axis has another size than the two factors together.
    pub fn split<const D: usize>(&self, x: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
        let (a, b) = self.widths();
        let dims = x.dims();
        assert_eq!(
            dims[D - 1],
            a + b,
            "points of this product have {a} + {b} coordinates, got shape {dims:?}"
        );
        (x.clone().narrow(D - 1, 0, a), x.narrow(D - 1, a, b))
    }

    fn widths(&self) -> (usize, usize) {
        (self.first.width(), self.second.width())
    }

    /// The metric of each factor.
    fn split_metric<'a>(
        &self,
        metric: &'a [MetricParameter],
    ) -> (&'a [MetricParameter], &'a [MetricParameter]) {
        metric.split_at(self.first.metric().len())
    }
}

/// Side by side, the leading axes broadcast.
fn concat<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    Tensor::cat(vec![a, b], D - 1)
}

#[half_precision]
impl<A: Manifold, B: Manifold> Manifold for Product<A, B> {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "product"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        concat(self.first.exp(xa, va), self.second.exp(xb, vb))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        concat(self.first.log(xa, ya), self.second.log(xb, yb))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        concat(self.first.retract(xa, va), self.second.retract(xb, vb))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        concat(
            self.first.inverse_retract(xa, ya),
            self.second.inverse_retract(xb, yb),
        )
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        self.first.inner(xa, va, wa) + self.second.inner(xb, vb, wb)
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        let (a, b) = self.widths();
        let first = self.first.inner_by_factor(xa, va, wa);
        let second = self.second.inner_by_factor(xb, vb, wb);
        concat(repeat_to_width(first, a), repeat_to_width(second, b))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        concat(self.first.project(xa), self.second.project(xb))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ua, ub)) = (self.split(x), self.split(u));
        concat(
            self.first.project_tangent(xa, ua),
            self.second.project_tangent(xb, ub),
        )
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ga, gb)) = (self.split(x), self.split(gradient));
        concat(
            self.first.riemannian_gradient(xa, ga),
            self.second.riemannian_gradient(xb, gb),
        )
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (va, vb), (ga, gb)) = (self.split(x), self.split(v), self.split(gradient));
        concat(
            self.first.acceleration_adjoint(xa, va, ga),
            self.second.acceleration_adjoint(xb, vb, gb),
        )
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb), (va, vb)) = (self.split(x), self.split(y), self.split(v));
        concat(
            self.first.transport(xa, ya, va),
            self.second.transport(xb, yb, vb),
        )
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let [a, b] = factor_shapes(shape, self.widths());
        concat(self.first.origin(a, device), self.second.origin(b, device))
    }

    /// The larger of the factors' violations.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        worse(
            self.first.point_violation(xa),
            self.second.point_violation(xb),
        )
    }

    /// The larger of the factors' violations.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        worse(
            self.first.tangent_violation(xa, va),
            self.second.tangent_violation(xb, vb),
        )
    }

    /// 0 if both factors are flat; otherwise planes across the factors are flat and others are not.
    fn sectional_curvature(&self) -> Option<f64> {
        let flat = |curvature| curvature == Some(0.0);
        let both =
            flat(self.first.sectional_curvature()) && flat(self.second.sectional_curvature());
        both.then_some(0.0)
    }

    fn is_flat(&self) -> bool {
        self.first.is_flat() && self.second.is_flat()
    }

    fn is_ambient_flat(&self) -> bool {
        self.first.is_ambient_flat() && self.second.is_ambient_flat()
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        let first = self.first.injectivity_radius(point);
        first.min(self.second.injectivity_radius(point))
    }

    /// That of the factors together, whatever the dimension asked for: a product knows its size.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        let (a, b) = self.widths();
        let dim = self.first.dim() + self.second.dim();
        PointShape::of_one_size(self.name(), &size, a + b, dim)
    }

    /// Those of the first factor, then those of the second.
    fn metric(&self) -> Vec<MetricParameter> {
        let mut metric = self.first.metric();
        metric.extend(self.second.metric());
        metric
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        let (pa, pb) = self.split_metric(previous);
        let (xa, xb) = self.split(x);
        concat(
            self.first.follow_metric(pa, xa),
            self.second.follow_metric(pb, xb),
        )
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let (pa, pb) = self.split_metric(previous);
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        concat(
            self.first.follow_metric_tangent(pa, xa, va),
            self.second.follow_metric_tangent(pb, xb, vb),
        )
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        hypotenuse(self.first.distance(xa, ya), self.second.distance(xb, yb))
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        hypotenuse(
            self.first.pairwise_distance(xa, ya),
            self.second.pairwise_distance(xb, yb),
        )
    }
}

/// $\sqrt{a^2 + b^2}$, with gradient 0 at 0.
fn hypotenuse<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    sqrt_or_zero(a.square() + b.square())
}

/// The larger of two violations; NaN where either is.
fn worse<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    // Not every backend lets NaN through `max_pair`; a sum does.
    let not_numbers = (a.clone() + b.clone()).is_nan();
    a.max_pair(b).mask_fill(not_numbers, f64::NAN)
}

/// One number per point, repeated to one number per coordinate; the latter is left alone.
fn repeat_to_width<const D: usize>(inner: Tensor<D>, width: usize) -> Tensor<D> {
    match inner.dims()[D - 1] == width {
        true => inner,
        false => inner.repeat_dim(D - 1, width),
    }
}

#[half_precision]
impl<A: ParallelTransport, B: ParallelTransport> ParallelTransport for Product<A, B> {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (ya, yb), (va, vb)) = (self.split(x), self.split(y), self.split(v));
        concat(
            self.first.parallel_transport(xa, ya, va),
            self.second.parallel_transport(xb, yb, vb),
        )
    }
}

/// `shape` with the last axis of each factor.
fn factor_shapes<const D: usize>(shape: [usize; D], (a, b): (usize, usize)) -> [[usize; D]; 2] {
    assert_eq!(
        shape[D - 1],
        a + b,
        "points of this product have {a} + {b} coordinates, got shape {shape:?}"
    );
    [a, b].map(|width| {
        let mut shape = shape;
        shape[D - 1] = width;
        shape
    })
}
