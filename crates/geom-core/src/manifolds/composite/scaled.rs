//! A manifold with its metric scaled.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::metric::Coefficient;
use crate::metric::MetricParameter;
use crate::metric::Positive;

/// A manifold whose distances are multiplied by $s > 0$: the metric becomes $s^2\langle v, w\rangle_x$.
///
/// | | |
/// |---|---|
/// | points, tangent space, geodesics, transport | those of the base |
/// | metric | $s^2\langle v, w\rangle_x$ |
/// | curvature | $\kappa/s^2$ |
/// | injectivity radius | $s$ times that of the base |
/// | exact | what the base has exact |
///
/// The scale is fixed or learnable (softplus, as in [`Curvature`](crate::Curvature)). In a product
/// it weighs the factors; a learnable scale gives any manifold a learnable curvature, and its points
/// need not move with it.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, Scaled};
///
/// let ball = PoincareBall::new(1.0);
/// let scaled = Scaled::new(ball.clone(), 3.0);
/// let x = Tensor::<1>::from_floats([0.1, 0.2], &Device::flex());
/// let y = Tensor::<1>::from_floats([-0.3, 0.4], &Device::flex());
/// let ratio = scaled.distance(x.clone(), y.clone()) / ball.distance(x, y);
/// assert!((ratio.into_scalar::<f32>() - 3.0).abs() < 1e-6);
/// assert_eq!(scaled.sectional_curvature(), Some(-1.0 / 9.0));
/// ```
#[derive(Module, Debug)]
pub struct Scaled<M: Manifold> {
    base: M,
    scale: Positive,
}

impl<M: Manifold> Scaled<M> {
    /// `base` with distances multiplied by `scale`.
    ///
    /// # Panics
    /// If `scale` is not positive and finite; [`try_new`](Self::try_new) is for values from outside.
    pub fn new(base: M, scale: f64) -> Self {
        Self::try_new(base, scale).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `base` with distances multiplied by `scale`, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidScale`] if `scale` is not positive and finite.
    pub fn try_new(base: M, scale: f64) -> Result<Self, GeometryError> {
        match Positive::fixed(scale) {
            Some(scale) => Ok(Self { base, scale }),
            None => Err(GeometryError::InvalidScale { value: scale }),
        }
    }

    /// `base` with a scale that trains with the model, starting at `scale`.
    ///
    /// # Panics
    /// If `scale` is not positive and finite.
    pub fn learnable(base: M, scale: f64, options: impl Into<TensorCreationOptions>) -> Self {
        Self::try_learnable(base, scale, options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `base` with a scale that trains with the model, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidScale`] if `scale` is not positive and finite.
    pub fn try_learnable(
        base: M,
        scale: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, GeometryError> {
        match Positive::learnable(scale, options) {
            Some(scale) => Ok(Self { base, scale }),
            None => Err(GeometryError::InvalidScale { value: scale }),
        }
    }

    /// The manifold whose distances are scaled.
    pub fn base(&self) -> &M {
        &self.base
    }

    /// The effective scale. Reads a learnable one back from its device.
    pub fn scale(&self) -> f64 {
        self.scale.value()
    }

    fn squared_scale<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        match self.scale.coefficient(x) {
            Coefficient::Number(s) => Coefficient::Number(s * s),
            Coefficient::Tensor(s) => Coefficient::Tensor(s.square()),
        }
    }

    /// The parameters of the base among those of this manifold.
    fn base_metric<'a>(&self, metric: &'a [MetricParameter]) -> &'a [MetricParameter] {
        metric.split_last().map_or(metric, |(_, base)| base)
    }
}

#[half_precision]
impl<M: Manifold> Manifold for Scaled<M> {
    const POINT_RANK: usize = M::POINT_RANK;

    fn name(&self) -> &'static str {
        "scaled"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.exp(x, v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.base.log(x, y)
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.base.retract(x, v)
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.base.inverse_retract(x, y)
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let square = self.squared_scale(&x);
        square.scale(self.base.inner(x, v, w))
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let square = self.squared_scale(&x);
        square.scale(self.base.inner_by_factor(x, v, w))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.base.project(x)
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.base.project_tangent(x, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let square = self.squared_scale(&x);
        square.divide(self.base.riemannian_gradient(x, gradient))
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        self.base.acceleration_adjoint(x, v, gradient)
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
        let curvature = self.base.sectional_curvature()?;
        Some(curvature / self.scale().powi(2))
    }

    /// Whatever the scale.
    fn is_flat(&self) -> bool {
        self.base.is_flat()
    }

    /// Only with a fixed scale of 1, which changes no number.
    fn is_ambient_flat(&self) -> bool {
        self.scale.is_one() && self.base.is_ambient_flat()
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.base.injectivity_radius(point) * self.scale()
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        self.base.try_point_shape(size)
    }

    /// Those of the base, then the scale.
    fn metric(&self) -> Vec<MetricParameter> {
        let mut metric = self.base.metric();
        metric.push(self.scale.parameter());
        metric
    }

    /// The points follow the base; the scale does not move them.
    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        self.base.follow_metric(self.base_metric(previous), x)
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.base
            .follow_metric_tangent(self.base_metric(previous), x, v)
    }

    /// $s\\,d(x, y)$.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let scale = self.scale.coefficient(&x);
        scale.scale(self.base.distance(x, y))
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let distance = self.base.pairwise_distance(x, y);
        self.scale.coefficient(&distance).scale(distance)
    }
}

#[half_precision]
impl<M: ParallelTransport> ParallelTransport for Scaled<M> {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        self.base.parallel_transport(x, y, v)
    }
}

/// Coordinates $s$ times those of the base, so that they are as long as the tangent vectors again.
#[half_precision]
impl<M: Pointed> Pointed for Scaled<M> {
    fn coordinate_axes(&self, point: &[usize]) -> Vec<usize> {
        self.base.coordinate_axes(point)
    }

    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.scale.coefficient(&v).divide(v);
        self.base.tangent0(v)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let v = self.base.coordinates0(u);
        self.scale.coefficient(&v).scale(v)
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.scale.coefficient(&v).divide(v);
        self.base.exp0(v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let v = self.base.log0(x);
        self.scale.coefficient(&v).scale(v)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = self.scale.coefficient(&v).divide(v);
        self.base.translate(x, v)
    }
}

#[half_precision]
impl<M: Sample> Sample for Scaled<M> {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.base.random_normal(shape, std / self.scale(), options)
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let v = self.base.tangent_from_normal(x, noise);
        self.scale.coefficient(&v).divide(v)
    }
}

impl<M: SampleUniform> SampleUniform for Scaled<M> {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.base.random_uniform(shape, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use crate::{Euclidean, PoincareBall};
    use burn::tensor::DType;

    #[test]
    fn scaling_by_the_root_of_a_curvature_is_another_ball_in_other_coordinates() {
        let options = (&Device::flex(), DType::F64);
        let scaled = Scaled::new(PoincareBall::new(1.0), 2.0);
        let other = PoincareBall::new(0.25);
        let x = Tensor::<1>::from_data([0.3, -0.5], options);
        let y = Tensor::<1>::from_data([0.1, 0.7], options);
        let ours = scaled.distance(x.clone(), y.clone());
        let theirs = other.distance(x.mul_scalar(2.0), y.mul_scalar(2.0));
        assert!((to_vec_f64(ours)[0] - to_vec_f64(theirs)[0]).abs() < 1e-14);
        assert_eq!(scaled.sectional_curvature(), other.sectional_curvature());
    }

    #[test]
    fn the_gradient_of_a_learnable_scale_is_the_distance_it_multiplies() {
        let device = Device::flex().autodiff();
        let options = (&device, DType::F64);
        let scaled = Scaled::learnable(PoincareBall::new(1.0), 0.8, options);
        let x = Tensor::<1>::from_data([0.3, -0.5], options);
        let y = Tensor::<1>::from_data([0.1, 0.7], options);
        let base = to_vec_f64(scaled.base().distance(x.clone(), y.clone()))[0];
        let gradients = scaled.distance(x, y).backward();
        let Positive::Learnable(raw) = &scaled.scale else {
            unreachable!("constructed learnable")
        };
        let gradient = to_vec_f64(raw.val().grad(&gradients).expect("a leaf"))[0];
        let expected = base * -(-0.8f64).exp_m1();
        assert!((gradient - expected).abs() < 1e-12, "{gradient} {expected}");
    }

    #[test]
    fn only_a_fixed_scale_of_one_leaves_flat_space_as_it_is() {
        let flat = |scaled: Scaled<Euclidean>| scaled.is_ambient_flat();
        assert!(flat(Scaled::new(Euclidean::new(), 1.0)));
        assert!(!flat(Scaled::new(Euclidean::new(), 2.0)));
        let device = Device::flex();
        assert!(!flat(Scaled::learnable(Euclidean::new(), 1.0, &device)));
        assert!(!Scaled::new(PoincareBall::new(1.0), 1.0).is_ambient_flat());
    }

    #[test]
    fn scales_that_are_not_positive_are_refused() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let result = Scaled::try_new(PoincareBall::new(1.0), scale);
            assert!(matches!(result, Err(GeometryError::InvalidScale { .. })));
        }
    }
}
