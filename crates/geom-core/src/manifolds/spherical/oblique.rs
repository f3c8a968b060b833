//! Matrices with columns of unit length.

use std::f64::consts::PI;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::shape::assert_one_point;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::Sphere;
use crate::numerics::{largest_coordinate, norm, sqrt_or_zero};

const SPHERE: Sphere = Sphere;

/// The oblique manifold $\mathrm{OB}(n, k) = \\{X \in \mathbb R^{n\times k} :
/// \operatorname{diag}(X^\top X) = \mathbb 1\\}$: matrices whose columns are unit vectors, a product of
/// $k$ spheres.
///
/// | | |
/// |---|---|
/// | points | `[n, k]`, columns of norm 1, $n \ge 2$ |
/// | tangent space | $\\{V : \operatorname{diag}(X^\top V) = 0\\}$ |
/// | metric | $\langle V, W\rangle = \operatorname{tr}(V^\top W)$ |
/// | curvature | between 0 and 1: 1 in planes of one column, 0 across columns |
/// | injectivity radius | $\pi$; the cut locus of $X$ is where a column is at its antipode |
/// | origin | the first unit vector in every column |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// Every verb is that of [`Sphere`] on each column, with its conduct at antipodes and at 0;
/// distances are $d(X, Y)^2 = \sum_j d(x_j, y_j)^2$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, Oblique};
///
/// let oblique = Oblique::new();
/// let x = oblique.project(Tensor::<2>::from_floats([[3.0, 0.0], [4.0, -2.0]], &Device::flex()));
/// assert_eq!(x.clone().into_data().to_vec::<f32>().unwrap(), [0.6, 0.0, 0.8, -1.0]);
/// let origin = oblique.origin([2, 2], &Device::flex());
/// let distance = oblique.distance(x, origin).into_scalar::<f32>();
/// let angles = [0.6f32.acos(), std::f32::consts::FRAC_PI_2];
/// assert!((distance - angles[0].hypot(angles[1])).abs() < 1e-6);
/// ```
///
/// # References
/// Absil, Gallivan (2006), *Joint Diagonalization on the Oblique Manifold for Independent Component
/// Analysis*, §2.
#[derive(Module, Debug, Default)]
pub struct Oblique;

impl Oblique {
    /// Matrices of any size.
    pub fn new() -> Self {
        Self
    }
}

/// Columns as rows, of tensors of matrices of one size.
fn flipped<const N: usize, const D: usize>(tensors: [Tensor<D>; N]) -> [Tensor<D>; N] {
    assert_one_point(2, tensors.each_ref());
    tensors.map(flip)
}

/// Columns as rows, and back.
fn flip<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    assert!(
        D >= 2,
        "oblique points are matrices [n, k], got shape {:?}",
        x.dims()
    );
    x.swap_dims(D - 2, D - 1)
}

#[half_precision]
impl Manifold for Oblique {
    const POINT_RANK: usize = 2;

    fn name(&self) -> &'static str {
        "oblique"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = flipped([x, v]);
        flip(SPHERE.exp(x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = flipped([x, y]);
        flip(SPHERE.log(x, y))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let [x, v] = flipped([x, v]);
        flip(SPHERE.retract(x, v))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = flipped([x, y]);
        flip(SPHERE.inverse_retract(x, y))
    }

    /// $\sum_j \langle v_j, w_j\rangle$, `[..., 1, 1]`.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.inner_by_factor(x, v, w).sum_dim(D - 1)
    }

    /// $\langle v_j, w_j\rangle$ for every column, `[..., 1, k]`.
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let [x, v, w] = flipped([x, v, w]);
        flip(SPHERE.inner(x, v, w))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        flip(SPHERE.project(flip(x)))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let [x, u] = flipped([x, u]);
        flip(SPHERE.project_tangent(x, u))
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let [x, gradient] = flipped([x, gradient]);
        flip(SPHERE.riemannian_gradient(x, gradient))
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let [x, v, gradient] = flipped([x, v, gradient]);
        flip(SPHERE.acceleration_adjoint(x, v, gradient))
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.project(Tensor::zeros(shape, device))
    }

    /// The root of the sum of the squared violations of the columns, `[..., 1, 1]`.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        norm(flip(SPHERE.point_violation(flip(x))))
    }

    /// The length of the normal part relative to that of `v`, `[..., 1, 1]`.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let largest = largest_coordinate(&flip(largest_coordinate(&v)));
        let zero = largest.clone().equal_elem(0.0);
        let v = v / largest.mask_fill(zero, 1.0);
        let normal = norm(self.inner_by_factor(x.clone(), x.clone(), v.clone()));
        let length = self.norm(x, v);
        let zero = length.clone().equal_elem(0.0);
        normal / length.mask_fill(zero, 1.0)
    }

    /// `None`: it varies with the plane.
    fn sectional_curvature(&self) -> Option<f64> {
        None
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        PI
    }

    /// $[n, k]$, with $(n - 1)k$ dimensions.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        let [rows, columns] = size.axes(self.name())?;
        let dim = rows.saturating_sub(1) * columns;
        PointShape::new(self.name(), vec![rows, columns], dim)
    }

    /// The root of the sum of the squared angles between columns, `[..., 1, 1]`.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let [x, y] = flipped([x, y]);
        norm(flip(SPHERE.distance(x, y)))
    }

    /// [`distance`](Manifold::distance), one column after the other: under automatic
    /// differentiation the tape keeps n × m numbers for each column.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        assert!(
            D == 3 && x.dims()[1..] == y.dims()[1..],
            "pairwise distances take matrices of one size, [m, n, k], got shapes {:?} and {:?}",
            x.dims(),
            y.dims()
        );
        let column = |t: &Tensor<D>, j: usize| {
            let (points, rows) = (t.dims()[0], t.dims()[D - 2]);
            t.clone().narrow(D - 1, j, 1).reshape([points, rows])
        };
        let zero = Tensor::zeros([x.dims()[0], y.dims()[0]], (&x.device(), x.dtype()));
        let squares = (0..x.dims()[D - 1])
            .map(|j| {
                SPHERE
                    .pairwise_distance(column(&x, j), column(&y, j))
                    .square()
            })
            .fold(zero, |sum, square| sum + square);
        sqrt_or_zero(squares)
    }
}

#[half_precision]
impl ParallelTransport for Oblique {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let [x, y, v] = flipped([x, y, v]);
        flip(SPHERE.parallel_transport(x, y, v))
    }
}

/// Coordinates `[..., n - 1, k]`: at the origin the first row of a tangent vector is 0.
#[half_precision]
impl Pointed for Oblique {
    fn coordinate_axes(&self, point: &[usize]) -> Vec<usize> {
        let shape = self.point_shape(point);
        vec![shape.axes()[0] - 1, shape.axes()[1]]
    }

    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        flip(SPHERE.tangent0(flip(v)))
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        flip(SPHERE.coordinates0(flip(u)))
    }
}

#[half_precision]
impl Sample for Oblique {
    fn random_normal<const D: usize>(
        &self,
        mut shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        shape.swap(D - 2, D - 1);
        flip(SPHERE.random_normal(shape, std, options))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let [x, noise] = flipped([x, noise]);
        flip(SPHERE.tangent_from_normal(x, noise))
    }
}

impl SampleUniform for Oblique {
    fn random_uniform<const D: usize>(
        &self,
        mut shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        shape.swap(D - 2, D - 1);
        flip(SPHERE.random_uniform(shape, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::{DType, TensorData};

    /// Rounding of a few dozen operations on numbers of order one, in `f64`.
    const ROUNDING: f64 = 1e-13;

    fn sample(seed: usize) -> Tensor<3> {
        let values: Vec<f64> = (0..24).map(|i| ((i * 7 + seed) as f64).sin()).collect();
        let data = TensorData::new(values, [2, 4, 3]);
        Oblique::new().project(Tensor::from_data(data, (&Device::flex(), DType::F64)))
    }

    fn column(x: &Tensor<3>, j: usize) -> Tensor<2> {
        x.clone().narrow(2, j, 1).reshape([2, 4])
    }

    fn assert_close<const D: usize>(left: Tensor<D>, right: Tensor<D>) {
        assert_eq!(left.dims(), right.dims());
        for (a, b) in to_vec_f64(left).iter().zip(to_vec_f64(right)) {
            assert!((a - b).abs() < ROUNDING, "{a} and {b}");
        }
    }

    #[test]
    fn every_column_is_a_point_of_the_sphere() {
        let (oblique, sphere) = (Oblique::new(), Sphere::new());
        let (x, y) = (sample(1), sample(2));
        let v = oblique.log(x.clone(), y.clone());
        let end = oblique.exp(x.clone(), v.mul_scalar(0.3));
        for j in 0..3 {
            let geodesic = sphere.geodesic(column(&x, j), column(&y, j), 0.3);
            assert_close(column(&end, j), geodesic);
        }
    }

    #[test]
    fn squared_distances_and_inner_products_sum_over_columns() {
        let (oblique, sphere) = (Oblique::new(), Sphere::new());
        let (x, y) = (sample(1), sample(2));
        let (v, w) = (
            oblique.log(x.clone(), y.clone()),
            oblique.log(x.clone(), sample(5)),
        );
        let distances = (0..3)
            .map(|j| sphere.distance(column(&x, j), column(&y, j)).square())
            .reduce(|sum, d| sum + d)
            .expect("three columns");
        let whole = oblique.distance(x.clone(), y).reshape([2, 1]);
        assert_close(whole.square(), distances);
        let parts = oblique.inner_by_factor(x.clone(), v.clone(), w.clone());
        assert_eq!(parts.dims(), [2, 1, 3]);
        assert_close(parts.sum_dim(2), oblique.inner(x, v, w));
    }

    #[test]
    fn three_columns_of_four_rows_have_nine_dimensions() {
        let oblique = Oblique::new();
        assert_eq!(oblique.point_shape([4, 3]).dim(), 9);
        for size in [PointSize::Dim(9), [1, 3].into(), [4, 0].into(), [4].into()] {
            assert!(oblique.try_point_shape(size.clone()).is_err(), "{size:?}");
        }
    }

    #[test]
    fn a_matrix_with_one_long_column_is_named() {
        let mut x = to_vec_f64(sample(1));
        x[13] *= 1.1;
        let data = TensorData::new(x, [2, 4, 3]);
        let x = Tensor::<3>::from_data(data, (&Device::flex(), DType::F64));
        assert_eq!(Oblique::new().check_point(x).map_err(|e| e.row), Err(1));
    }
}
