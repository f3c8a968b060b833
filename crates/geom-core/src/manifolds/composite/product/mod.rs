//! The product of two manifolds, typed.

mod layout;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};

use crate::manifold::Manifold;
use crate::manifold::point_size::PointSize;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::metric::MetricParameter;
use crate::numerics::sqrt_or_zero;
use layout::{factor_origin, factor_pairwise, factor_shares, flat, from_factor, shaped};

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
/// A point of the product is a vector, whatever those of the factors are: a table of them is a matrix,
/// and one optimizer steps it. Products nest: `Product<A, Product<B, C>>`. [`DynamicProduct`](crate::DynamicProduct) takes its
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
    first: A,
    first_shape: Vec<usize>,
    second: B,
    second_shape: Vec<usize>,
}

impl<A: Manifold, B: Manifold> Product<A, B> {
    /// The product of `first` and `second` with points of these sizes: the intrinsic dimension for
    /// vectors, the shape of a point for matrices.
    ///
    /// # Panics
    /// If a size does not fit its factor, as [`PointSize::shape_on`] has it.
    pub fn new(
        first: A,
        first_size: impl Into<PointSize>,
        second: B,
        second_size: impl Into<PointSize>,
    ) -> Self {
        Self {
            first_shape: first_size.into().shape_on(&first),
            first,
            second_shape: second_size.into().shape_on(&second),
            second,
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
        (
            self.first_shape.iter().product(),
            self.second_shape.iter().product(),
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

/// Calls a verb of a factor. Vectors keep their rank; what has more axes lies flat among the
/// coordinates of the product, and gets its axes for the call.
macro_rules! in_factor {
    ($factor:expr, $shape:expr, $verb:ident($previous:ident; $($tensor:expr),+)) => {
        match $shape.len() {
            1 => $factor.$verb($previous, $($tensor),+),
            _ => flat($shape, $factor.$verb($previous, $(shaped($shape, $tensor)),+)),
        }
    };
    ($factor:expr, $shape:expr, $verb:ident($($tensor:expr),+)) => {
        match $shape.len() {
            1 => $factor.$verb($($tensor),+),
            _ => flat($shape, $factor.$verb($(shaped($shape, $tensor)),+)),
        }
    };
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
        join(
            in_factor!(self.first, &self.first_shape, exp(xa, va)),
            in_factor!(self.second, &self.second_shape, exp(xb, vb)),
        )
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        join(
            in_factor!(self.first, &self.first_shape, log(xa, ya)),
            in_factor!(self.second, &self.second_shape, log(xb, yb)),
        )
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        join(
            in_factor!(self.first, &self.first_shape, retract(xa, va)),
            in_factor!(self.second, &self.second_shape, retract(xb, vb)),
        )
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        join(
            in_factor!(self.first, &self.first_shape, inverse_retract(xa, ya)),
            in_factor!(self.second, &self.second_shape, inverse_retract(xb, yb)),
        )
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        in_factor!(self.first, &self.first_shape, inner(xa, va, wa))
            + in_factor!(self.second, &self.second_shape, inner(xb, vb, wb))
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let ((xa, xb), (va, vb), (wa, wb)) = (self.split(x), self.split(v), self.split(w));
        let (a, b) = self.widths();
        let first = factor_shares(&self.first, &self.first_shape, [xa, va, wa]);
        let second = factor_shares(&self.second, &self.second_shape, [xb, vb, wb]);
        join(spread(first, a), spread(second, b))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        join(
            in_factor!(self.first, &self.first_shape, project(xa)),
            in_factor!(self.second, &self.second_shape, project(xb)),
        )
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ua, ub)) = (self.split(x), self.split(u));
        join(
            in_factor!(self.first, &self.first_shape, project_tangent(xa, ua)),
            in_factor!(self.second, &self.second_shape, project_tangent(xb, ub)),
        )
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ga, gb)) = (self.split(x), self.split(gradient));
        join(
            in_factor!(self.first, &self.first_shape, riemannian_gradient(xa, ga)),
            in_factor!(self.second, &self.second_shape, riemannian_gradient(xb, gb)),
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
            in_factor!(
                self.first,
                &self.first_shape,
                acceleration_adjoint(xa, va, ga)
            ),
            in_factor!(
                self.second,
                &self.second_shape,
                acceleration_adjoint(xb, vb, gb)
            ),
        )
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb), (va, vb)) = (self.split(x), self.split(y), self.split(v));
        join(
            in_factor!(self.first, &self.first_shape, transport(xa, ya, va)),
            in_factor!(self.second, &self.second_shape, transport(xb, yb, vb)),
        )
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let [a, b] = factor_shapes(shape, self.widths());
        join(
            factor_origin(&self.first, &self.first_shape, a, device),
            factor_origin(&self.second, &self.second_shape, b, device),
        )
    }

    /// The larger of the factors' violations.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        worse(
            in_factor!(self.first, &self.first_shape, point_violation(xa)),
            in_factor!(self.second, &self.second_shape, point_violation(xb)),
        )
    }

    /// The larger of the factors' violations.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split(v));
        worse(
            in_factor!(self.first, &self.first_shape, tangent_violation(xa, va)),
            in_factor!(self.second, &self.second_shape, tangent_violation(xb, vb)),
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

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        let first = self.first.injectivity_radius(&self.first_shape);
        first.min(self.second.injectivity_radius(&self.second_shape))
    }

    /// That of the factors together, whatever `dim`: a product knows its size.
    fn ambient_dim(&self, _dim: usize) -> usize {
        let (a, b) = self.widths();
        a + b
    }

    fn intrinsic_dim(&self, _point_shape: &[usize]) -> usize {
        let first = self.first.intrinsic_dim(&self.first_shape);
        first + self.second.intrinsic_dim(&self.second_shape)
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
        join(
            in_factor!(self.first, &self.first_shape, follow_metric(pa; xa)),
            in_factor!(self.second, &self.second_shape, follow_metric(pb; xb)),
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
        join(
            in_factor!(self.first, &self.first_shape, follow_metric_tangent(pa; xa, va)),
            in_factor!(self.second, &self.second_shape, follow_metric_tangent(pb; xb, vb)),
        )
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        hypotenuse(
            in_factor!(self.first, &self.first_shape, distance(xa, ya)),
            in_factor!(self.second, &self.second_shape, distance(xb, yb)),
        )
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let ((xa, xb), (ya, yb)) = (self.split(x), self.split(y));
        hypotenuse(
            factor_pairwise(&self.first, &self.first_shape, xa, ya),
            factor_pairwise(&self.second, &self.second_shape, xb, yb),
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
            in_factor!(
                self.first,
                &self.first_shape,
                parallel_transport(xa, ya, va)
            ),
            in_factor!(
                self.second,
                &self.second_shape,
                parallel_transport(xb, yb, vb)
            ),
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
            from_factor(
                &self.first_shape,
                a,
                |shape| self.first.random_normal(shape, std, options.clone()),
                |shape| self.first.random_normal(shape, std, options.clone()),
            ),
            from_factor(
                &self.second_shape,
                b,
                |shape| self.second.random_normal(shape, std, options.clone()),
                |shape| self.second.random_normal(shape, std, options.clone()),
            ),
        )
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (na, nb)) = (self.split(x), self.split(noise));
        join(
            in_factor!(self.first, &self.first_shape, tangent_from_normal(xa, na)),
            in_factor!(self.second, &self.second_shape, tangent_from_normal(xb, nb)),
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
            from_factor(
                &self.first_shape,
                a,
                |shape| self.first.random_uniform(shape, options.clone()),
                |shape| self.first.random_uniform(shape, options.clone()),
            ),
            from_factor(
                &self.second_shape,
                b,
                |shape| self.second.random_uniform(shape, options.clone()),
                |shape| self.second.random_uniform(shape, options.clone()),
            ),
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
