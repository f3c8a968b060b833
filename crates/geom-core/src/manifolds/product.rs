//! The product of two manifolds, typed.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};

use crate::manifold::Manifold;
use crate::metric::MetricParameter;
use crate::numerics::sqrt_or_zero;
use crate::sample::{Sample, SampleUniform};
use crate::transport::ParallelTransport;

/// The Riemannian product $A \times B$ of two manifolds of vectors, their coordinates side by side.
///
/// | | |
/// |---|---|
/// | points | $(x_A, x_B)$, concatenated along the last axis |
/// | tangent space | $T_{x_A}A \oplus T_{x_B}B$ |
/// | metric | $\langle v_A, w_A\rangle_{x_A} + \langle v_B, w_B\rangle_{x_B}$ |
/// | distance | $\sqrt{d_A^2 + d_B^2}$ |
/// | curvature | not constant, unless both factors are flat |
/// | injectivity radius | the smaller of the two |
/// | exact | what both factors have exact |
///
/// Products nest: `Product<A, Product<B, C>>`. [`DynamicProduct`](crate::DynamicProduct) takes its
/// factors at run time; [`Scaled`](crate::Scaled) weighs a factor.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Euclidean, Manifold, PoincareBall, Product};
///
/// // A hyperbolic plane and a line.
/// let product = Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1);
/// let x = Tensor::<1>::from_floats([0.0, 0.0, 0.0], &Device::flex());
/// let y = Tensor::<1>::from_floats([0.5f32.tanh(), 0.0, 1.0], &Device::flex());
/// let distance = product.distance(x, y).into_scalar::<f32>();
/// assert!((distance - 2f32.sqrt()).abs() < 1e-6);
/// ```
///
/// # References
/// Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product Spaces*, §3.
#[derive(Module, Debug)]
pub struct Product<A: Manifold, B: Manifold> {
    first: A,
    first_dim: usize,
    second: B,
    second_dim: usize,
}

impl<A: Manifold, B: Manifold> Product<A, B> {
    /// The product of `first` with intrinsic dimension `first_dim` and `second` with `second_dim`.
    ///
    /// Both must be manifolds of vectors; others do not compile.
    pub fn new(first: A, first_dim: usize, second: B, second_dim: usize) -> Self {
        const {
            assert!(
                A::POINT_RANK == 1 && B::POINT_RANK == 1,
                "a product takes manifolds of vectors"
            );
        }
        Self {
            first,
            first_dim,
            second,
            second_dim,
        }
    }

    /// The first factor.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The second factor.
    pub fn second(&self) -> &B {
        &self.second
    }

    /// The coordinates of each factor.
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
        (
            self.first.ambient_dim(self.first_dim),
            self.second.ambient_dim(self.second_dim),
        )
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
fn join<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    Tensor::cat(vec![a, b], D - 1)
}

impl<A: Manifold, B: Manifold> Manifold for Product<A, B> {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "product"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        join(self.first.exp(xa, va), self.second.exp(xb, vb))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        join(self.first.log(xa, ya), self.second.log(xb, yb))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        join(self.first.retract(xa, va), self.second.retract(xb, vb))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        join(
            self.first.inverse_retract(xa, ya),
            self.second.inverse_retract(xb, yb),
        )
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        self.first.inner(xa, va, wa) + self.second.inner(xb, vb, wb)
    }

    fn component_inner<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        let (a, b) = self.widths();
        let first = self.first.component_inner(xa, va, wa);
        let second = self.second.component_inner(xb, vb, wb);
        join(spread(first, a), spread(second, b))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        join(self.first.project(xa), self.second.project(xb))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ua, ub)) = (self.split(x), self.split(u));
        join(
            self.first.project_tangent(xa, ua),
            self.second.project_tangent(xb, ub),
        )
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ga, gb)) = (self.split(x), self.split(gradient));
        join(
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
        join(
            self.first.acceleration_adjoint(xa, va, ga),
            self.second.acceleration_adjoint(xb, vb, gb),
        )
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb), (va, vb)) = (self.split(x), self.split(y), self.split(v));
        join(
            self.first.transport(xa, ya, va),
            self.second.transport(xb, yb, vb),
        )
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let (a, b) = self.widths();
        let with_width = |width| {
            let mut shape = shape;
            shape[D - 1] = width;
            shape
        };
        join(
            self.first.origin(with_width(a), device),
            self.second.origin(with_width(b), device),
        )
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

    fn injectivity_radius(&self, _dim: usize) -> f64 {
        let first = self.first.injectivity_radius(self.first_dim);
        first.min(self.second.injectivity_radius(self.second_dim))
    }

    /// That of the factors together, whatever `dim`: a product knows its size.
    fn ambient_dim(&self, _dim: usize) -> usize {
        let (a, b) = self.widths();
        a + b
    }

    fn intrinsic_dim(&self, _point_shape: &[usize]) -> usize {
        let (a, b) = self.widths();
        self.first.intrinsic_dim(&[a]) + self.second.intrinsic_dim(&[b])
    }

    /// Those of the first factor, then those of the second.
    fn metric(&self) -> Vec<MetricParameter> {
        let mut metric = self.first.metric();
        metric.extend(self.second.metric());
        metric
    }

    fn follow<const D: usize>(&self, previous: &[MetricParameter], x: Tensor<D>) -> Tensor<D> {
        let (pa, pb) = self.split_metric(previous);
        let (xa, xb) = self.split(x);
        join(self.first.follow(pa, xa), self.second.follow(pb, xb))
    }

    fn follow_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let (pa, pb) = self.split_metric(previous);
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        join(
            self.first.follow_tangent(pa, xa, va),
            self.second.follow_tangent(pb, xb, vb),
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
fn spread<const D: usize>(inner: Tensor<D>, width: usize) -> Tensor<D> {
    match inner.dims()[D - 1] == width {
        true => inner,
        false => inner.repeat_dim(D - 1, width),
    }
}

impl<A: ParallelTransport, B: ParallelTransport> ParallelTransport for Product<A, B> {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (ya, yb), (va, vb)) = (self.split(x), self.split(y), self.split(v));
        join(
            self.first.parallel_transport(xa, ya, va),
            self.second.parallel_transport(xb, yb, vb),
        )
    }
}

impl<A: Sample, B: Sample> Sample for Product<A, B> {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let options = options.into();
        let [a, b] = factor_shapes(shape, self.widths());
        join(
            self.first.random_normal(a, std, options.clone()),
            self.second.random_normal(b, std, options),
        )
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (na, nb)) = (self.split(x), self.split(noise));
        join(
            self.first.tangent_from_normal(xa, na),
            self.second.tangent_from_normal(xb, nb),
        )
    }
}

impl<A: SampleUniform, B: SampleUniform> SampleUniform for Product<A, B> {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let options = options.into();
        let [a, b] = factor_shapes(shape, self.widths());
        join(
            self.first.random_uniform(a, options.clone()),
            self.second.random_uniform(b, options),
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
