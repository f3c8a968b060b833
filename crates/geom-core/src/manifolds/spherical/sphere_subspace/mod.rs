//! The unit sphere of a linear subspace.

use std::f64::consts::PI;

mod orthonormal;

use burn::module::Module;
use burn::tensor::{DType, Device, Distribution, Tensor, TensorCreationOptions, TensorData};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::Sphere;
use crate::manifolds::spherical::sphere::great_circle::{self, tangential, unit};
use crate::module::Constant;
use crate::numerics::{Limits, divide_by_largest, mask_select, norm, to_vec_f64};
use orthonormal::Subspace;

/// How many roundings a vector's part in the subspace may be of its length and count as none.
const NORMAL_ROUNDINGS: f64 = 4.0;

const SPHERE: Sphere = Sphere;

/// The unit vectors of a linear subspace $V \subseteq \mathbb R^n$: a great subsphere of [`Sphere`].
///
/// | | |
/// |---|---|
/// | points | unit vectors of $V$, $\dim V \ge 2$, in coordinates of $\mathbb R^n$ |
/// | tangent space | $\\{v \in V : \langle x, v\rangle = 0\\}$ |
/// | metric | $\langle v, w\rangle$ |
/// | curvature | $+1$ |
/// | injectivity radius | $\pi$; the cut locus of $x$ is its antipode $-x$ |
/// | origin | the projection of the coordinate axis closest to $V$ |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// $V$ is given by vectors that span it, or by vectors it is orthogonal to. Geodesics, distances and
/// transport are those of the whole sphere; only projections, gradients and random points know $V$.
/// Between antipodes, geodesics leave along the origin or along a second coordinate axis close
/// to $V$, whichever is further from the endpoints.
///
/// The subspace is a constant of the module: it moves with it between devices, is not trained, and is
/// not saved, as the dimension of a manifold is not. Points loaded from a record belong to the
/// subspace they were saved with; [`check_point`](Manifold::check_point) tells whether that is
/// this one.
///
/// # Numerics
/// An operation that projects costs $2nk$ multiplications for each point, with $k$ the number of
/// vectors given: name the smaller side. The constants have the dtype of these vectors and are cast
/// to that of the points.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, SphereSubspace};
///
/// // Unit vectors whose coordinates sum to zero.
/// let ones = Tensor::<2>::ones([1, 4], &Device::flex());
/// let centered = SphereSubspace::complement(ones)?;
/// let x = centered.project(Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0], &Device::flex()));
/// assert!(x.clone().sum().into_scalar::<f32>().abs() < 1e-6);
/// assert!((x.square().sum().into_scalar::<f32>() - 1.0).abs() < 1e-6);
/// assert_eq!(centered.point_shape([4]).dim(), 2);
/// # Ok::<(), geom_core::GeometryError>(())
/// ```
#[derive(Module, Debug)]
pub struct SphereSubspace {
    /// Orthonormal rows, `[k, n]`.
    rows: Constant<2>,
    /// Whether the rows span the subspace, or what is orthogonal to it.
    spanned: bool,
    /// Two orthonormal vectors of the subspace, `[2, n]`; the first is the origin.
    axes: Constant<2>,
    dimension: usize,
    ambient: usize,
}

impl SphereSubspace {
    /// The unit vectors in the span of `vectors`.
    ///
    /// # Shapes
    /// - `vectors`: `[k, n]`, one vector a row
    ///
    /// # Errors
    /// [`GeometryError::DependentVectors`] if they are linearly dependent to rounding, or not finite;
    /// [`GeometryError::SubspaceTooSmall`] if there are fewer than two.
    pub fn intersection(vectors: Tensor<2>) -> Result<Self, GeometryError> {
        Self::new(vectors, true)
    }

    /// The unit vectors orthogonal to all `vectors`.
    ///
    /// # Shapes
    /// - `vectors`: `[k, n]`, one vector a row
    ///
    /// # Errors
    /// [`GeometryError::DependentVectors`] if they are linearly dependent to rounding, or not finite;
    /// [`GeometryError::SubspaceTooSmall`] if fewer than two dimensions are left.
    pub fn complement(vectors: Tensor<2>) -> Result<Self, GeometryError> {
        Self::new(vectors, false)
    }

    fn new(vectors: Tensor<2>, spanned: bool) -> Result<Self, GeometryError> {
        let ambient = vectors.dims()[1];
        let options = (vectors.device().without_autodiff(), vectors.dtype());
        let subspace = Subspace::new(vectors, spanned)?;
        let dimension = subspace.dimension();
        if dimension < 2 {
            return Err(GeometryError::SubspaceTooSmall { dimension, ambient });
        }
        let constant = |rows: &[Vec<f64>]| {
            let data = TensorData::new(rows.concat(), [rows.len(), ambient]);
            Constant::new(Tensor::from_data(data, (&options.0, options.1)))
        };
        Ok(Self {
            rows: constant(&subspace.rows),
            axes: constant(&subspace.axes()),
            spanned,
            dimension,
            ambient,
        })
    }

    /// The orthogonal projection of `u` onto the subspace.
    fn within<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let shape = u.dims();
        assert_eq!(
            shape[D - 1],
            self.ambient,
            "the subspace lies in {} dimensions, got shape {shape:?}",
            self.ambient
        );
        let rows = self.rows.cast(u.dtype());
        let points = shape[..D - 1].iter().product::<usize>();
        let coordinates = u
            .clone()
            .reshape([points, self.ambient])
            .matmul(rows.clone().transpose());
        let along = coordinates.matmul(rows).reshape(shape);
        match self.spanned {
            true => along,
            false => u - along,
        }
    }

    /// The two axes, as points `[1, ..., 1, n]` like `x`.
    fn axes<const D: usize>(&self, dtype: DType) -> [Tensor<D>; 2] {
        let mut shape = [1; D];
        shape[D - 1] = self.ambient;
        let axes = self.axes.cast(dtype);
        [0, 1].map(|row| axes.clone().narrow(0, row, 1).reshape(shape))
    }
}

#[half_precision]
impl Manifold for SphereSubspace {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "sphere-subspace"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        SPHERE.exp(x, v)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let axes = self.axes(x.dtype());
        let v = great_circle::log(x.clone(), y, axes);
        // Between close points as much of it as their rounding is outside the subspace.
        self.project_tangent(x, v)
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        SPHERE.retract(x, v)
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        SPHERE.inverse_retract(x, y)
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        SPHERE.inner(x, v, w)
    }

    /// $P_V x/\lVert P_V x\rVert$; the [`origin`](Manifold::origin) where $x$ is orthogonal to $V$
    /// to rounding.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let x = divide_by_largest(x);
        let inside = self.within(x.clone());
        let rounding = NORMAL_ROUNDINGS * Limits::of(x.dtype()).epsilon;
        let normal = norm(inside.clone()).lower_equal(norm(x).mul_scalar(rounding));
        let [origin, _] = self.axes(inside.dtype());
        // What is left of a vector almost normal to V is as large as the rounding of its
        // projection: it takes a second one.
        let nearby = unit(mask_select(normal, origin, inside));
        unit(self.within(nearby))
    }

    /// $P_V u - \langle x, P_V u\rangle x$.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        // Twice, as on the sphere.
        let once = tangential(&x, self.within(u));
        tangential(&x, self.within(once))
    }

    /// The tangential part of the gradient.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, gradient)
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        SPHERE.acceleration_adjoint(x, v, gradient)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.project(Tensor::zeros(shape, device))
    }

    /// $|\lVert x\rVert - 1| + \lVert x - P_V x\rVert$.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let outside = norm(x.clone() - self.within(x.clone()));
        SPHERE.point_violation(x) + outside
    }

    /// The length of what is normal to $x$ and of what is normal to $V$, relative to that of `v`.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = divide_by_largest(v);
        let length = norm(v.clone());
        let zero = length.clone().equal_elem(0.0);
        let outside = norm(v.clone() - self.within(v.clone())) / length.mask_fill(zero, 1.0);
        SPHERE.tangent_violation(x, v) + outside
    }

    fn sectional_curvature(&self) -> Option<f64> {
        SPHERE.sectional_curvature()
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        PI
    }

    /// $n$ coordinates, whatever the dimension asked for: the subspace has its own, $\dim V - 1$.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_one_size(self.name(), &size, self.ambient, self.dimension - 1)
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        SPHERE.distance(x, y)
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        SPHERE.pairwise_distance(x, y)
    }
}

#[half_precision]
impl ParallelTransport for SphereSubspace {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let axes = self.axes(x.dtype());
        great_circle::parallel_transport(x, y, v, axes)
    }
}

#[half_precision]
impl Sample for SphereSubspace {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let u = Tensor::random(shape, Distribution::Normal(0.0, std), options);
        let [origin, _] = self.axes(u.dtype());
        let v = self.project_tangent(origin.clone(), u);
        self.exp(origin, v)
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        self.project_tangent(x, noise)
    }
}

/// In an orthonormal basis that is found anew in every call, from the vectors that give the subspace:
/// it is not kept, as it may be much larger than they are.
#[half_precision]
impl Pointed for SphereSubspace {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let basis = self.basis0(&v);
        times(v, basis)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let basis = self.basis0(&u);
        times(u, basis.transpose())
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.tangent0(v);
        let [origin, _] = self.axes(v.dtype());
        self.exp(origin, v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [origin, _] = self.axes(x.dtype());
        self.coordinates0(self.log(origin, x))
    }

    // In these three the origin is that of the basis, in the number format of the points:
    // `Manifold::origin` has it in the device's own, and rounding within the subspace stays.
    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = self.tangent0(v);
        let [origin, _] = self.axes(v.dtype());
        let carried = self.transport(origin, x.clone(), v);
        self.exp(x, carried)
    }
}

impl SphereSubspace {
    /// What together with the origin is an orthonormal basis of the subspace, `[dimension - 1, n]`,
    /// where and as precise as `x` is.
    fn basis0<const D: usize>(&self, x: &Tensor<D>) -> Tensor<2> {
        let rows = |constant: &Constant<2>| -> Vec<Vec<f64>> {
            let numbers = to_vec_f64(constant.cast(DType::F64));
            numbers.chunks(self.ambient).map(<[f64]>::to_vec).collect()
        };
        let subspace = Subspace::from_orthonormal(rows(&self.rows), self.spanned, self.ambient);
        let origin = rows(&self.axes).swap_remove(0);
        let basis = subspace.complete(origin);
        let data = TensorData::new(basis.concat(), [basis.len(), self.ambient]);
        Tensor::from_data(data, (&x.device(), x.dtype()))
    }
}

/// The product of every row with a matrix.
fn times<const D: usize>(x: Tensor<D>, matrix: Tensor<2>) -> Tensor<D> {
    let mut shape = x.dims();
    let rows = shape[..D - 1].iter().product::<usize>();
    let product = x.reshape([rows, shape[D - 1]]).matmul(matrix);
    shape[D - 1] = product.dims()[1];
    product.reshape(shape)
}

impl SampleUniform for SphereSubspace {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        self.project(Tensor::random(
            shape,
            Distribution::Normal(0.0, 1.0),
            options,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManifoldParam;
    use crate::numerics::to_vec_f64;

    /// Rounding of a few dozen operations on numbers of order one, in `f64`.
    const ROUNDING: f64 = 1e-14;

    fn table<const K: usize, const N: usize>(values: [[f64; N]; K]) -> Tensor<2> {
        Tensor::from_data(values, (&Device::flex(), DType::F64))
    }

    /// The plane spanned by (1, 1, 0) and (0, 1, 1), and what is orthogonal to its normal.
    fn plane() -> [SphereSubspace; 2] {
        [
            SphereSubspace::intersection(table([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])),
            SphereSubspace::complement(table([[2.0, -2.0, 2.0]])),
        ]
        .map(|subspace| subspace.expect("independent vectors"))
    }

    fn assert_close(left: Tensor<2>, right: Tensor<2>) {
        for (a, b) in to_vec_f64(left).iter().zip(to_vec_f64(right)) {
            assert!((a - b).abs() < ROUNDING, "{a} and {b}");
        }
    }

    #[test]
    fn a_subspace_and_the_complement_of_its_complement_are_the_same() {
        let [spanned, orthogonal] = plane();
        let x = table([[0.3, -0.8, 0.1], [2.0, 0.0, 0.0]]);
        let point = spanned.project(x.clone());
        assert_close(point.clone(), orthogonal.project(x.clone()));
        assert_close(
            spanned.project_tangent(point.clone(), x.clone()),
            orthogonal.project_tangent(point, x),
        );
        for subspace in [spanned, orthogonal] {
            assert_eq!(subspace.point_shape(7).axes(), [3]);
            assert_eq!(subspace.point_shape([3]).dim(), 1);
        }
    }

    #[test]
    fn a_vector_normal_to_the_subspace_projects_to_the_origin() {
        for subspace in plane() {
            let origin = subspace.project(table([[0.0, 0.0, 0.0]]));
            assert!(subspace.check_point(origin.clone()).is_ok());
            for length in [1e-200, 1.0, 1e200] {
                let normal = table([[length, -length, length]]);
                assert_close(subspace.project(normal), origin.clone());
            }
        }
    }

    #[test]
    fn points_and_vectors_outside_the_subspace_are_named() {
        for subspace in plane() {
            let x = subspace.project(table([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]));
            assert!(subspace.check_point(x.clone()).is_ok());
            let off = x.clone() + table([[0.0, 0.0, 0.0], [1e-6, -1e-6, 1e-6]]);
            assert_eq!(subspace.check_point(off).map_err(|e| e.row), Err(1));
            let normal = table([[0.0, 0.0, 0.0], [1.0, -1.0, 1.0]]);
            assert_eq!(subspace.check_tangent(x, normal).map_err(|e| e.row), Err(1));
        }
    }

    #[test]
    fn antipodes_are_joined_within_the_subspace() {
        for subspace in plane() {
            let x = subspace.project(table([[0.2, 0.9, -0.1]]));
            let v = subspace.log(x.clone(), x.clone().neg());
            assert!(subspace.check_tangent(x.clone(), v.clone()).is_ok());
            assert_close(subspace.exp(x.clone(), v), x.neg());
        }
    }

    #[test]
    fn subspaces_without_a_circle_are_refused() {
        let line = SphereSubspace::intersection(table([[1.0, 2.0, 3.0]]));
        let normal = SphereSubspace::complement(table([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]));
        for result in [line, normal] {
            let error = result.map(|_| ()).expect_err("one dimension");
            assert_eq!(
                error,
                GeometryError::SubspaceTooSmall {
                    dimension: 1,
                    ambient: 3
                }
            );
        }
    }

    #[test]
    fn the_subspace_moves_with_a_model_and_is_no_parameter() {
        let [spanned, _] = plane();
        let points = spanned.project(table([[0.2, 0.9, -0.1]]));
        let model = ManifoldParam::new(points.clone(), spanned);
        assert_eq!(model.num_params(), 3);
        let device = Device::flex().autodiff();
        let model = model.fork(&device).train();
        assert_eq!(model.devices().len(), 1);
        let x = model.val();
        let length = model.manifold().project(x.clone()).sum();
        assert!(model.param().val().grad(&length.backward()).is_some());
        let back = model.valid();
        assert!(back.manifold().check_point(back.val()).is_ok());
    }
}
