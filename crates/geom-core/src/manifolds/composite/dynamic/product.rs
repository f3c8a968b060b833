//! A product whose factors are chosen at run time.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::{AnyManifold, Flattened};
use crate::metric::MetricParameter;
use crate::numerics::sqrt_or_zero;

/// One factor of a [`DynamicProduct`].
#[derive(Module, Debug)]
pub struct Factor {
    manifold: AnyManifold,
    dim: usize,
}

impl Factor {
    /// The manifold with its intrinsic dimension.
    pub fn new(manifold: impl Into<AnyManifold>, dim: usize) -> Self {
        Self {
            manifold: manifold.into(),
            dim,
        }
    }

    /// A manifold of matrices with the shape of its points, which are vectors in the product.
    ///
    /// # Panics
    /// If there are no points of this shape; [`Flattened::try_new`] is for shapes from outside.
    ///
    /// # Examples
    /// ```
    /// use geom_core::{DynamicProduct, Factor, Manifold, Oblique, PoincareBall};
    ///
    /// let product = DynamicProduct::new(vec![
    ///     Factor::of_matrices(Oblique::new(), [5, 2]),
    ///     Factor::new(PoincareBall::new(1.0), 3),
    /// ]);
    /// let points = product.point_shape([13]);
    /// assert_eq!(points.dim(), 8 + 3);
    /// ```
    pub fn of_matrices<M: Manifold>(manifold: M, shape: impl Into<PointSize>) -> Self
    where
        Flattened<M>: Into<AnyManifold>,
    {
        let matrices = Flattened::new(manifold, shape);
        let dim = matrices.dim();
        Self::new(matrices, dim)
    }

    /// The manifold.
    pub fn manifold(&self) -> &AnyManifold {
        &self.manifold
    }

    /// Its intrinsic dimension.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The coordinates it takes.
    pub fn width(&self) -> usize {
        self.manifold.point_shape(self.dim).coordinates()
    }
}

/// The Riemannian product of a list of manifolds, their coordinates side by side: the mixed-curvature
/// space of a configuration file.
///
/// The geometry is that of [`Product`](crate::Product), which is for factors known to the compiler.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{DynamicProduct, Euclidean, Factor, Manifold, PoincareBall};
///
/// let device = Device::flex();
/// let product = DynamicProduct::new(vec![
///     Factor::new(PoincareBall::learnable(1.0, &device), 2),
///     Factor::new(Euclidean::new(), 3),
/// ]);
/// let x = product.origin([10, 5], &device);
/// assert!(product.check_point(x).is_ok());
/// ```
///
/// # References
/// Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product Spaces*, §3.
#[derive(Module, Debug)]
pub struct DynamicProduct {
    factors: Vec<Factor>,
}

impl DynamicProduct {
    /// The product of these factors, in this order.
    ///
    /// # Panics
    /// If there are no factors; [`try_new`](Self::try_new) is for lists from outside.
    pub fn new(factors: Vec<Factor>) -> Self {
        Self::try_new(factors).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The product of these factors, checked.
    ///
    /// # Errors
    /// [`GeometryError::NoFactors`] if the list is empty.
    pub fn try_new(factors: Vec<Factor>) -> Result<Self, GeometryError> {
        match factors.is_empty() {
            true => Err(GeometryError::NoFactors),
            false => Ok(Self { factors }),
        }
    }

    /// The factors.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The coordinates of each factor.
    ///
    /// # Shapes
    /// - `x`: `[..., sum of the widths]`
    /// - returns: `[..., width]` for each factor
    ///
    /// # Panics
    /// If the last axis has another size than all factors together.
    pub fn split<const D: usize>(&self, x: Tensor<D>) -> Vec<Tensor<D>> {
        let dims = x.dims();
        let width = self.width();
        assert_eq!(
            dims[D - 1],
            width,
            "points of this product have {width} coordinates, got shape {dims:?}"
        );
        let mut start = 0;
        self.factors
            .iter()
            .map(|factor| {
                let part = x.clone().narrow(D - 1, start, factor.width());
                start += factor.width();
                part
            })
            .collect()
    }

    fn width(&self) -> usize {
        self.factors.iter().map(Factor::width).sum()
    }

    /// `map` of each factor and its part of every argument.
    fn parts<const N: usize, const D: usize, T>(
        &self,
        arguments: [Tensor<D>; N],
        map: impl Fn(&AnyManifold, [Tensor<D>; N]) -> T,
    ) -> Vec<T> {
        let mut columns = arguments.map(|argument| self.split(argument).into_iter());
        self.factors
            .iter()
            .map(|factor| {
                let parts = columns
                    .each_mut()
                    .map(|column| column.next().expect("one part a factor"));
                map(&factor.manifold, parts)
            })
            .collect()
    }

    fn joined<const N: usize, const D: usize>(
        &self,
        arguments: [Tensor<D>; N],
        map: impl Fn(&AnyManifold, [Tensor<D>; N]) -> Tensor<D>,
    ) -> Tensor<D> {
        Tensor::cat(self.parts(arguments, map), D - 1)
    }

    fn worst<const N: usize, const D: usize>(
        &self,
        arguments: [Tensor<D>; N],
        violation: impl Fn(&AnyManifold, [Tensor<D>; N]) -> Tensor<D>,
    ) -> Tensor<D> {
        let violations = self.joined(arguments, violation);
        // A sum lets NaN through where a maximum may not.
        let not_numbers = violations.clone().sum_dim(D - 1).is_nan();
        violations.max_dim(D - 1).mask_fill(not_numbers, f64::NAN)
    }

    /// Each factor with its part of the metric.
    fn with_metric<'a>(
        &'a self,
        mut metric: &'a [MetricParameter],
    ) -> impl Iterator<Item = (&'a Factor, &'a [MetricParameter])> {
        self.factors.iter().map(move |factor| {
            let count = factor.manifold.metric().len();
            let (own, rest) = metric.split_at(count);
            metric = rest;
            (factor, own)
        })
    }
}

/// Adds up a list that is known not to be empty.
fn sum<const D: usize>(terms: Vec<Tensor<D>>) -> Tensor<D> {
    terms
        .into_iter()
        .reduce(|sum, term| sum + term)
        .expect("a product has a factor")
}

#[half_precision]
impl Manifold for DynamicProduct {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "product"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.joined([x, v], |m, [x, v]| m.exp(x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.joined([x, y], |m, [x, y]| m.log(x, y))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.joined([x, v], |m, [x, v]| m.retract(x, v))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.joined([x, y], |m, [x, y]| m.inverse_retract(x, y))
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        sum(self.parts([x, v, w], |m, [x, v, w]| m.inner(x, v, w)))
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let parts = self.parts([x, v, w], |m, [x, v, w]| m.inner_by_factor(x, v, w));
        let spread = parts.into_iter().zip(&self.factors).map(|(part, factor)| {
            match part.dims()[D - 1] == factor.width() {
                true => part,
                false => part.repeat_dim(D - 1, factor.width()),
            }
        });
        Tensor::cat(spread.collect(), D - 1)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.joined([x], |m, [x]| m.project(x))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.joined([x, u], |m, [x, u]| m.project_tangent(x, u))
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.joined([x, gradient], |m, [x, g]| m.riemannian_gradient(x, g))
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        self.joined([x, v, gradient], |m, [x, v, g]| {
            m.acceleration_adjoint(x, v, g)
        })
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let origins = self.factors.iter().map(|factor| {
            let mut shape = shape;
            shape[D - 1] = factor.width();
            factor.manifold.origin(shape, device)
        });
        Tensor::cat(origins.collect(), D - 1)
    }

    /// The largest of the factors' violations.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.worst([x], |m, [x]| m.point_violation(x))
    }

    /// The largest of the factors' violations.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.worst([x, v], |m, [x, v]| m.tangent_violation(x, v))
    }

    /// That of the only factor, or 0 if all are flat.
    fn sectional_curvature(&self) -> Option<f64> {
        match self.factors.as_slice() {
            [only] => only.manifold.sectional_curvature(),
            factors => factors
                .iter()
                .all(|factor| factor.manifold.sectional_curvature() == Some(0.0))
                .then_some(0.0),
        }
    }

    fn is_flat(&self) -> bool {
        self.factors.iter().all(|factor| factor.manifold.is_flat())
    }

    fn is_ambient_flat(&self) -> bool {
        let mut factors = self.factors.iter();
        factors.all(|factor| factor.manifold.is_ambient_flat())
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        self.factors
            .iter()
            .map(|factor| factor.manifold.injectivity_radius(&[factor.width()]))
            .fold(f64::INFINITY, f64::min)
    }

    /// That of the factors together, whatever the dimension asked for: a product knows its size.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        let dim = self.factors.iter().map(Factor::dim).sum();
        PointShape::of_one_size(self.name(), &size, self.width(), dim)
    }

    /// Those of the factors, in order.
    fn metric(&self) -> Vec<MetricParameter> {
        self.factors
            .iter()
            .flat_map(|factor| factor.manifold.metric())
            .collect()
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        let parts = self.with_metric(previous).zip(self.split(x));
        let moved = parts.map(|((factor, previous), x)| factor.manifold.follow_metric(previous, x));
        Tensor::cat(moved.collect(), D - 1)
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let parts = self
            .with_metric(previous)
            .zip(self.split(x))
            .zip(self.split(v));
        let moved = parts.map(|(((factor, previous), x), v)| {
            factor.manifold.follow_metric_tangent(previous, x, v)
        });
        Tensor::cat(moved.collect(), D - 1)
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let squares = self.parts([x, y], |m, [x, y]| m.distance(x, y).square());
        sqrt_or_zero(sum(squares))
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let squares = self.parts([x, y], |m, [x, y]| m.pairwise_distance(x, y).square());
        sqrt_or_zero(sum(squares))
    }
}

#[half_precision]
impl ParallelTransport for DynamicProduct {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.joined([x, y, v], |m, [x, y, v]| m.parallel_transport(x, y, v))
    }
}

#[half_precision]
impl Sample for DynamicProduct {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let options = options.into();
        let width = self.width();
        assert_eq!(
            shape[D - 1],
            width,
            "points of this product have {width} coordinates, got shape {shape:?}"
        );
        let parts = self.factors.iter().map(|factor| {
            let mut shape = shape;
            shape[D - 1] = factor.width();
            factor.manifold.random_normal(shape, std, options.clone())
        });
        Tensor::cat(parts.collect(), D - 1)
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        self.joined([x, noise], |m, [x, noise]| m.tangent_from_normal(x, noise))
    }
}
