//! Several points of one manifold as one point.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::metric::MetricParameter;
use crate::numerics::sqrt_or_zero;

/// The power $M^n$: `n` points of a manifold taken as one point, along one more axis.
///
/// | | |
/// |---|---|
/// | points | $(x_1, \dots, x_n)$, `[..., n, point of M]` |
/// | metric | $\sum_i \langle v_i, w_i\rangle_{x_i}$ |
/// | distance | $\sqrt{\sum_i d(x_i, y_i)^2}$ |
/// | curvature | not constant, unless the base is flat |
/// | injectivity radius | that of the base |
/// | exact | what the base has exact |
///
/// A batch of points and a point of the power are the same tensor; the power is for when the whole
/// is one thing: a Fréchet mean of configurations, a trust region around all points together.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Euclidean, Manifold, Power};
///
/// let pairs = Power::new(Euclidean::new(), 2);
/// let x = Tensor::<2>::zeros([2, 3], &Device::flex());
/// let y = Tensor::<2>::from_floats([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]], &Device::flex());
/// assert_eq!(pairs.distance(x, y).into_scalar::<f32>(), 5.0);
/// ```
#[derive(Module, Debug)]
pub struct Power<M: Manifold> {
    base: M,
    count: usize,
}

impl<M: Manifold> Power<M> {
    /// Points of `count` points of `base`.
    pub fn new(base: M, count: usize) -> Self {
        Self { base, count }
    }

    /// The manifold of each of the points.
    pub fn base(&self) -> &M {
        &self.base
    }

    /// How many points make one.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The axis along which the points lie.
    fn axis<const D: usize>(dims: [usize; D]) -> usize {
        let rank = Self::POINT_RANK;
        assert!(
            rank <= D,
            "points of this power have {rank} axes, got shape {dims:?}"
        );
        D - rank
    }

    /// Tensors that each hold as many points as one point of the power.
    fn counted<const N: usize, const D: usize>(&self, tensors: [Tensor<D>; N]) -> [Tensor<D>; N] {
        for tensor in &tensors {
            self.assert_count(tensor.dims());
        }
        tensors
    }

    fn assert_count<const D: usize>(&self, dims: [usize; D]) {
        assert!(
            dims[Self::axis(dims)] == self.count,
            "a point of this power is {} points, got shape {dims:?}",
            self.count
        );
    }

    fn total<const D: usize>(values: Tensor<D>) -> Tensor<D> {
        let axis = Self::axis(values.dims());
        values.sum_dim(axis)
    }

    fn worst<const D: usize>(violations: Tensor<D>) -> Tensor<D> {
        let axis = Self::axis(violations.dims());
        // A sum lets NaN through where a maximum may not.
        let not_numbers = violations.clone().sum_dim(axis).is_nan();
        violations.max_dim(axis).mask_fill(not_numbers, f64::NAN)
    }
}

#[half_precision]
impl<M: Manifold> Manifold for Power<M> {
    const POINT_RANK: usize = M::POINT_RANK + 1;

    fn name(&self) -> &'static str {
        "power"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = self.counted([x, v]);
        self.base.exp(x, v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = self.counted([x, y]);
        self.base.log(x, y)
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = self.counted([x, v]);
        self.base.retract(x, v)
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = self.counted([x, y]);
        self.base.inverse_retract(x, y)
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let [x, v, w] = self.counted([x, v, w]);
        Self::total(self.base.inner(x, v, w))
    }

    /// That of the base, point by point.
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let [x, v, w] = self.counted([x, v, w]);
        self.base.inner_by_factor(x, v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [x] = self.counted([x]);
        self.base.project(x)
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let [x, u] = self.counted([x, u]);
        self.base.project_tangent(x, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let [x, gradient] = self.counted([x, gradient]);
        self.base.riemannian_gradient(x, gradient)
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let [x, v, gradient] = self.counted([x, v, gradient]);
        self.base.acceleration_adjoint(x, v, gradient)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, y, v] = self.counted([x, y, v]);
        self.base.transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.assert_count(shape);
        self.base.origin(shape, device)
    }

    /// The largest among the points.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [x] = self.counted([x]);
        Self::worst(self.base.point_violation(x))
    }

    /// The largest among the points.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = self.counted([x, v]);
        Self::worst(self.base.tangent_violation(x, v))
    }

    fn sectional_curvature(&self) -> Option<f64> {
        match self.base.sectional_curvature() {
            Some(curvature) if curvature == 0.0 || self.count == 1 => Some(curvature),
            _ => None,
        }
    }

    fn is_flat(&self) -> bool {
        self.base.is_flat()
    }

    fn is_ambient_flat(&self) -> bool {
        self.base.is_ambient_flat()
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.base.injectivity_radius(point.get(1..).unwrap_or(&[]))
    }

    /// `[n, point of the base]`, with $n$ times the dimensions of the base.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        let manifold = self.name();
        let shape = match size {
            PointSize::Dim(dim) => {
                return Err(GeometryError::UndeterminedShape { manifold, dim });
            }
            PointSize::Shape(shape) => shape,
        };
        match shape.split_first() {
            Some((&count, base)) if count == self.count => {
                let base = self.base.try_point_shape(base.into())?;
                PointShape::new(manifold, shape, count * base.dim())
            }
            _ => Err(GeometryError::PointShape {
                manifold,
                shape,
                expected: format!("[{}, point of {}]", self.count, self.base.name()),
            }),
        }
    }

    fn metric(&self) -> Vec<MetricParameter> {
        self.base.metric()
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        let [x] = self.counted([x]);
        self.base.follow_metric(previous, x)
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let [x, v] = self.counted([x, v]);
        self.base.follow_metric_tangent(previous, x, v)
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = self.counted([x, y]);
        sqrt_or_zero(Self::total(self.base.distance(x, y).square()))
    }
}

#[half_precision]
impl<M: ParallelTransport> ParallelTransport for Power<M> {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let [x, y, v] = self.counted([x, y, v]);
        self.base.parallel_transport(x, y, v)
    }
}

/// Coordinates `[..., n, d]`: those of each point.
#[half_precision]
impl<M: Pointed> Pointed for Power<M> {
    fn coordinate_axes(&self, point: &[usize]) -> Vec<usize> {
        let base = self.base.coordinate_axes(point.get(1..).unwrap_or(&[]));
        std::iter::once(self.count).chain(base).collect()
    }

    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let [v] = self.counted([v]);
        self.base.tangent0(v)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let [u] = self.counted([u]);
        self.base.coordinates0(u)
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let [v] = self.counted([v]);
        self.base.exp0(v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [x] = self.counted([x]);
        self.base.log0(x)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = self.counted([x, v]);
        self.base.translate(x, v)
    }
}

#[half_precision]
impl<M: Sample> Sample for Power<M> {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.assert_count(shape);
        self.base.random_normal(shape, std, options)
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let [x, noise] = self.counted([x, noise]);
        self.base.tangent_from_normal(x, noise)
    }
}

impl<M: SampleUniform> SampleUniform for Power<M> {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.assert_count(shape);
        self.base.random_uniform(shape, options)
    }
}
