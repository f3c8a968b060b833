//! Points and tangent vectors that know their geometry.

use std::fmt;
use std::ops::Neg;
use std::sync::Arc;

use burn::tensor::Tensor;

use crate::error::GeometryError;
use crate::manifold::Manifold;

/// Points that know their manifold.
///
/// Operations between points of manifolds of two types do not compile; between two manifolds of one
/// type (balls of different curvature), between devices and between dtypes they return an error. The
/// results share the manifold of their operands, so that comparing them is comparing two pointers:
/// an operation costs what the raw call on [`Manifold`] costs.
///
/// This is a thin layer for the edge of a program. Layers and optimizers work on plain tensors.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{GeometryError, ManifoldTensor, PoincareBall};
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let x = ManifoldTensor::new(Tensor::<2>::from_floats([[0.1, 0.2]], &device), ball.clone())?;
/// let y = x.with_points(Tensor::from_floats([[-0.3, 0.4]], &device))?;
/// let v = x.log(&y)?;
/// assert!((v.norm() - x.distance(&y)?).abs().into_scalar::<f32>() < 1e-6);
///
/// let other = ManifoldTensor::new(y.points(), PoincareBall::new(0.5))?;
/// assert!(matches!(x.distance(&other), Err(GeometryError::DifferentManifolds { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Points of a ball and of a hyperboloid do not mix:
/// ```compile_fail
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, ManifoldTensor, PoincareBall};
///
/// let device = Device::flex();
/// let x = ManifoldTensor::project(Tensor::<2>::zeros([1, 3], &device), PoincareBall::new(1.0));
/// let y = ManifoldTensor::project(Tensor::<2>::zeros([1, 3], &device), Hyperboloid::new(1.0));
/// let _ = x.distance(&y);
/// ```
#[derive(Clone, Debug)]
pub struct ManifoldTensor<const D: usize, M: Manifold> {
    // Shared by clones, so that the pointer tells base points apart.
    points: Arc<Tensor<D>>,
    manifold: Arc<M>,
}

impl<const D: usize, M: Manifold> ManifoldTensor<D, M> {
    /// Points of `manifold`, checked.
    ///
    /// # Errors
    /// - those of [`Manifold::check_shape`] if the manifold has no points of this shape
    /// - [`GeometryError::NotOnManifold`], naming the worst row
    pub fn new(points: Tensor<D>, manifold: M) -> Result<Self, GeometryError> {
        check(&manifold, &points)?;
        Ok(Self::unchecked(points, Arc::new(manifold)))
    }

    /// The points of `manifold` next to ambient ones.
    pub fn project(ambient: Tensor<D>, manifold: M) -> Self {
        Self::unchecked(manifold.project(ambient), Arc::new(manifold))
    }

    /// Other points of the same manifold, checked.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_points<const E: usize>(
        &self,
        points: Tensor<E>,
    ) -> Result<ManifoldTensor<E, M>, GeometryError> {
        check(self.manifold(), &points)?;
        Ok(ManifoldTensor::unchecked(points, self.manifold.clone()))
    }

    fn unchecked(points: Tensor<D>, manifold: Arc<M>) -> Self {
        Self {
            points: Arc::new(points),
            manifold,
        }
    }

    /// The coordinates.
    pub fn points(&self) -> Tensor<D> {
        Tensor::clone(&self.points)
    }

    /// The manifold.
    pub fn manifold(&self) -> &M {
        &self.manifold
    }

    /// A tangent vector at these points, checked.
    ///
    /// # Errors
    /// - [`GeometryError::VectorShape`] if the vectors do not fit the points in shape or number
    /// - [`GeometryError::NotTangent`], naming the worst row
    /// - if device or dtype differ from those of the points
    pub fn tangent(&self, vector: Tensor<D>) -> Result<TangentTensor<D, M>, GeometryError> {
        same_place(&self.points, &vector)?;
        check_vector_shape::<M, D>(self.points.dims(), vector.dims())?;
        self.manifold.check_tangent(self.points(), vector.clone())?;
        Ok(self.tangent_unchecked(vector))
    }

    /// The tangential part of an ambient vector.
    pub fn project_tangent(&self, ambient: Tensor<D>) -> TangentTensor<D, M> {
        let vector = self.manifold.project_tangent(self.points(), ambient);
        self.tangent_unchecked(vector)
    }

    /// The Riemannian gradient from the one that automatic differentiation returns.
    pub fn riemannian_gradient(&self, gradient: Tensor<D>) -> TangentTensor<D, M> {
        let vector = self.manifold.riemannian_gradient(self.points(), gradient);
        self.tangent_unchecked(vector)
    }

    fn tangent_unchecked(&self, vector: Tensor<D>) -> TangentTensor<D, M> {
        TangentTensor {
            base: self.clone(),
            vector,
        }
    }

    /// The velocity at `self` of the geodesic that reaches `other` after unit time.
    ///
    /// # Errors
    /// If the two differ in manifold, device or dtype.
    pub fn log(&self, other: &Self) -> Result<TangentTensor<D, M>, GeometryError> {
        self.compatible(other)?;
        let vector = self.manifold.log(self.points(), other.points());
        Ok(self.tangent_unchecked(vector))
    }

    /// The geodesic distance, the point axes reduced to 1.
    ///
    /// # Errors
    /// If the two differ in manifold, device or dtype.
    pub fn distance(&self, other: &Self) -> Result<Tensor<D>, GeometryError> {
        self.compatible(other)?;
        Ok(self.manifold.distance(self.points(), other.points()))
    }

    /// The distances of all pairs, `[n, m]`.
    ///
    /// # Errors
    /// If the two differ in manifold, device or dtype.
    pub fn pairwise_distance(&self, other: &Self) -> Result<Tensor<2>, GeometryError> {
        self.compatible(other)?;
        let distances = self
            .manifold
            .pairwise_distance(self.points(), other.points());
        Ok(distances)
    }

    /// The point at parameter `t` of the geodesic from `self` (at 0) to `other` (at 1).
    ///
    /// # Errors
    /// If the two differ in manifold, device or dtype.
    pub fn geodesic(&self, other: &Self, t: f64) -> Result<Self, GeometryError> {
        self.compatible(other)?;
        let points = self.manifold.geodesic(self.points(), other.points(), t);
        Ok(Self::unchecked(points, self.manifold.clone()))
    }

    /// The midpoint of the geodesic to `other`.
    ///
    /// # Errors
    /// If the two differ in manifold, device or dtype.
    pub fn midpoint(&self, other: &Self) -> Result<Self, GeometryError> {
        self.geodesic(other, 0.5)
    }

    fn compatible(&self, other: &Self) -> Result<(), GeometryError> {
        same_manifold(&self.manifold, &other.manifold)?;
        same_place(&self.points, &other.points)
    }
}

/// Tangent vectors that know their base points.
///
/// Two tangent vectors add up only at the same base points, which is the same
/// [`ManifoldTensor`] or a clone of it; [`transport`](Self::transport) moves one elsewhere.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{GeometryError, ManifoldTensor, PoincareBall};
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let x = ManifoldTensor::new(Tensor::<1>::from_floats([0.1, 0.2], &device), ball)?;
/// let v = x.tangent(Tensor::from_floats([0.3, 0.0], &device))?;
/// let y = v.exp();
/// let w = v.transport(&y)?;
/// assert!(matches!(v.add(&w), Err(GeometryError::DifferentBasePoints)));
/// assert!((w.norm() - v.norm()).abs().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TangentTensor<const D: usize, M: Manifold> {
    base: ManifoldTensor<D, M>,
    vector: Tensor<D>,
}

impl<const D: usize, M: Manifold> TangentTensor<D, M> {
    /// The base points.
    pub fn base(&self) -> &ManifoldTensor<D, M> {
        &self.base
    }

    /// The vectors, in ambient coordinates.
    pub fn vector(&self) -> Tensor<D> {
        self.vector.clone()
    }

    fn manifold(&self) -> &M {
        &self.base.manifold
    }

    /// The end of the geodesic with this velocity.
    pub fn exp(&self) -> ManifoldTensor<D, M> {
        let points = self.manifold().exp(self.base.points(), self.vector());
        ManifoldTensor::unchecked(points, self.base.manifold.clone())
    }

    /// The end of the retraction of this vector.
    pub fn retract(&self) -> ManifoldTensor<D, M> {
        let points = self.manifold().retract(self.base.points(), self.vector());
        ManifoldTensor::unchecked(points, self.base.manifold.clone())
    }

    /// The Riemannian norm, the point axes reduced to 1.
    pub fn norm(&self) -> Tensor<D> {
        self.manifold().norm(self.base.points(), self.vector())
    }

    /// The Riemannian inner product, the point axes reduced to 1.
    ///
    /// # Errors
    /// [`GeometryError::DifferentBasePoints`], or if device or dtype differ.
    pub fn inner(&self, other: &Self) -> Result<Tensor<D>, GeometryError> {
        self.compatible(other)?;
        let inner = self
            .manifold()
            .inner(self.base.points(), self.vector(), other.vector());
        Ok(inner)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`GeometryError::DifferentBasePoints`], or if device or dtype differ.
    pub fn add(&self, other: &Self) -> Result<Self, GeometryError> {
        self.compatible(other)?;
        Ok(self.with_vector(self.vector() + other.vector()))
    }

    /// The difference.
    ///
    /// # Errors
    /// [`GeometryError::DifferentBasePoints`], or if device or dtype differ.
    pub fn sub(&self, other: &Self) -> Result<Self, GeometryError> {
        self.compatible(other)?;
        Ok(self.with_vector(self.vector() - other.vector()))
    }

    /// The multiple by a number.
    pub fn scale(&self, factor: f64) -> Self {
        self.with_vector(self.vector().mul_scalar(factor))
    }

    /// The vector moved to other base points ([`Manifold::transport`]).
    ///
    /// # Errors
    /// If the base points differ from `to` in manifold, device or dtype.
    pub fn transport(&self, to: &ManifoldTensor<D, M>) -> Result<Self, GeometryError> {
        self.base.compatible(to)?;
        let vector = self
            .manifold()
            .transport(self.base.points(), to.points(), self.vector());
        Ok(to.tangent_unchecked(vector))
    }

    fn with_vector(&self, vector: Tensor<D>) -> Self {
        Self {
            base: self.base.clone(),
            vector,
        }
    }

    fn compatible(&self, other: &Self) -> Result<(), GeometryError> {
        same_place(&self.vector, &other.vector)?;
        match Arc::ptr_eq(&self.base.points, &other.base.points) {
            true => Ok(()),
            false => Err(GeometryError::DifferentBasePoints),
        }
    }
}

/// The vector in the opposite direction.
impl<const D: usize, M: Manifold> Neg for TangentTensor<D, M> {
    type Output = Self;

    fn neg(self) -> Self {
        self.with_vector(self.vector().neg())
    }
}

/// The points, and the manifold they are on with its parameters.
impl<const D: usize, M: Manifold> fmt::Display for ManifoldTensor<D, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, parameters) = (self.manifold.name(), self.manifold.metric_parameters());
        write!(f, "{} on {name} {parameters:?}", self.points)
    }
}

fn check<const D: usize, M: Manifold>(
    manifold: &M,
    points: &Tensor<D>,
) -> Result<(), GeometryError> {
    manifold.check_shape(&points.dims())?;
    manifold.check_point(points.clone())?;
    Ok(())
}

/// Whether vectors broadcast against the points that they are at.
fn check_vector_shape<M: Manifold, const D: usize>(
    points: [usize; D],
    vectors: [usize; D],
) -> Result<(), GeometryError> {
    let batch_axes = D.saturating_sub(M::POINT_RANK);
    let fits = (0..D).all(|axis| {
        let (p, v) = (points[axis], vectors[axis]);
        p == v || axis < batch_axes && (p == 1 || v == 1)
    });
    match fits {
        true => Ok(()),
        false => Err(GeometryError::VectorShape {
            vectors: vectors.to_vec(),
            points: points.to_vec(),
        }),
    }
}

fn same_manifold<M: Manifold>(left: &Arc<M>, right: &Arc<M>) -> Result<(), GeometryError> {
    if Arc::ptr_eq(left, right) {
        return Ok(());
    }
    let describe = |manifold: &M| (manifold.name(), manifold.metric_parameters());
    let (left, right) = (describe(left), describe(right));
    match left == right {
        true => Ok(()),
        false => Err(GeometryError::DifferentManifolds {
            left: format!("{} {:?}", left.0, left.1),
            right: format!("{} {:?}", right.0, right.1),
        }),
    }
}

fn same_place<const D: usize>(left: &Tensor<D>, right: &Tensor<D>) -> Result<(), GeometryError> {
    if left.dtype() != right.dtype() {
        return Err(GeometryError::DifferentDtypes {
            left: left.dtype(),
            right: right.dtype(),
        });
    }
    let (left, right) = (left.device(), right.device());
    match left == right {
        true => Ok(()),
        false => Err(GeometryError::DifferentDevices {
            left: format!("{left:?}"),
            right: format!("{right:?}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use crate::{Curvature, PoincareBall, Sample};
    use burn::tensor::{DType, Device};

    fn points(c: f64, dtype: DType) -> ManifoldTensor<2, PoincareBall> {
        let ball = PoincareBall::new(c);
        let points = ball.random_normal([4, 3], 0.5, (&Device::flex(), dtype));
        ManifoldTensor::new(points, ball).expect("drawn on the ball")
    }

    fn equal(left: Tensor<2>, right: Tensor<2>) {
        assert_eq!(to_vec_f64(left), to_vec_f64(right));
    }

    #[test]
    fn every_operation_is_the_raw_call() {
        let x = points(0.7, DType::F64);
        let ball = x.manifold();
        let drawn = ball.random_normal([4, 3], 0.5, (&Device::flex(), DType::F64));
        let y = x.with_points(drawn).expect("drawn on the ball");
        let (px, py) = (x.points(), y.points());
        let v = x.log(&y).expect("one manifold");
        let raw = ball.log(px.clone(), py.clone());
        equal(v.vector(), raw.clone());
        equal(
            x.distance(&y).expect("one manifold"),
            ball.distance(px.clone(), py.clone()),
        );
        equal(v.exp().points(), ball.exp(px.clone(), raw.clone()));
        equal(v.retract().points(), ball.retract(px.clone(), raw.clone()));
        equal(v.norm(), ball.norm(px.clone(), raw.clone()));
        let twice = v.add(&v).expect("one base");
        equal(twice.vector(), v.scale(2.0).vector());
        equal(twice.sub(&v).expect("one base").vector(), v.vector());
        equal((-v.clone()).vector(), v.scale(-1.0).vector());
        equal(
            x.midpoint(&y).expect("one manifold").points(),
            ball.midpoint(px.clone(), py.clone()),
        );
        equal(
            v.transport(&y).expect("one manifold").vector(),
            ball.transport(px.clone(), py.clone(), raw),
        );
        equal(
            x.pairwise_distance(&y).expect("one manifold"),
            ball.pairwise_distance(px, py),
        );
    }

    #[test]
    fn points_are_shown_with_their_manifold() {
        let text = points(2.0, DType::F64).to_string();
        assert!(text.ends_with(" on poincare-ball [-2.0]"), "{text}");
    }

    #[test]
    fn balls_of_two_curvatures_do_not_mix() {
        let (x, y) = (points(1.0, DType::F64), points(2.0, DType::F64));
        let error = x.distance(&y).expect_err("two curvatures");
        let message = error.to_string();
        assert!(
            message.contains("[-1.0]") && message.contains("[-2.0]"),
            "{message}"
        );
        assert!(x.log(&y).is_err() && x.midpoint(&y).is_err());
    }

    #[test]
    fn separately_built_manifolds_of_equal_curvature_mix() {
        let (x, y) = (points(1.0, DType::F64), points(1.0, DType::F64));
        assert!(x.distance(&y).is_ok());
    }

    #[test]
    fn dtypes_do_not_mix() {
        let (x, y) = (points(1.0, DType::F64), points(1.0, DType::F32));
        assert!(matches!(
            x.distance(&y),
            Err(GeometryError::DifferentDtypes { .. })
        ));
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(deprecated, reason = "the second device that every machine has")]
    fn devices_do_not_mix() {
        let x = points(1.0, DType::F64);
        let elsewhere = x.points().to_device(&Device::ndarray());
        let y = x.with_points(elsewhere).expect("the same points");
        assert!(matches!(
            x.distance(&y),
            Err(GeometryError::DifferentDevices { .. })
        ));
    }

    #[test]
    fn vectors_at_other_base_points_do_not_add_up() {
        let x = points(1.0, DType::F64);
        let y = x.with_points(x.points()).expect("the same points");
        let v = x.project_tangent(x.points());
        let w = y.project_tangent(x.points());
        assert!(matches!(v.add(&w), Err(GeometryError::DifferentBasePoints)));
        assert!(matches!(
            v.inner(&w),
            Err(GeometryError::DifferentBasePoints)
        ));
        let clone = x.clone().project_tangent(x.points());
        assert!(v.add(&clone).is_ok());
    }

    #[test]
    fn points_and_vectors_are_checked_where_they_enter() {
        let x = points(4.0, DType::F32);
        let outside = x.points().zeros_like().add_scalar(0.5);
        assert!(x.with_points(outside).is_err());
        let not_finite = x.points().zeros_like().div_scalar(0.0);
        assert!(x.tangent(not_finite).is_err());
        for shape in [[3, 3], [4, 2], [4, 1]] {
            let vectors = Tensor::zeros(shape, (&Device::flex(), DType::F32));
            let error = x.tangent(vectors).expect_err("another shape");
            assert!(
                matches!(error, GeometryError::VectorShape { .. }),
                "{error}"
            );
        }
        let shared = Tensor::zeros([1, 3], (&Device::flex(), DType::F32));
        assert!(x.tangent(shared).is_ok());
    }

    #[test]
    fn gradients_flow_through() {
        let device = Device::flex().autodiff();
        let curvature = Curvature::learnable(1.0, &device);
        let start = Tensor::<2>::from_floats([[0.1, 0.2]], &device).require_grad();
        let x = ManifoldTensor::project(start.clone(), PoincareBall::with_curvature(curvature));
        let y = x.with_points(Tensor::<2>::from_floats([[0.3, -0.2]], &device));
        let loss = x.distance(&y.expect("inside")).expect("one manifold").sum();
        assert!(start.grad(&loss.backward()).is_some());
    }
}
