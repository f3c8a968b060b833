//! Coordinates at a distinguished point.

use burn::tensor::Tensor;
use geom_macros::half_precision;

use crate::manifold::Manifold;
#[cfg(doc)]
use crate::manifolds::{PoincareBall, Stereographic};

/// A manifold with coordinates $\mathbb R^d$ for the tangent space at its
/// [`origin`](Manifold::origin) $0$: what layers of neural networks do their linear algebra on.
///
/// On manifolds of vectors, coordinates are `[..., d]` for every model of a $d$-dimensional space; on
/// those of matrices they have [axes of their own](Self::coordinate_axes). Vectors as points have the
/// model's own [`width(d)`](Self::width) coordinates. The verbs of this trait end in
/// `0` or have names of their own, so that they never compete with those of [`Manifold`].
///
/// Coordinates are orthonormal: $\exp_0(v)$ is at distance $\lVert v\rVert$. The exceptions are
/// [`PoincareBall`] and [`Stereographic`], which keep the coordinates of the literature: the metric at
/// the origin is $4\langle v, w\rangle$, and $\exp_0(v)$ at distance $2\lVert v\rVert$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold, Pointed};
///
/// let space = Hyperboloid::new(1.0);
/// let v = Tensor::<2>::from_floats([[0.3, -0.4]], &Device::flex());
/// let x = space.exp0(v.clone());
/// assert_eq!(x.dims(), [1, space.width(2)]);
/// assert!((space.log0(x) - v).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §3.2; Chami, Ying, Ré, Leskovec
/// (2019), *Hyperbolic Graph Convolutional Neural Networks*, §3.2.
#[half_precision]
pub trait Pointed: Manifold {
    /// The axes of coordinates at the origin, for points with these axes: `[d]` for vectors. For
    /// matrices the coordinates have as many axes as the points.
    fn coordinate_axes(&self, point: &[usize]) -> Vec<usize> {
        vec![self.point_shape(point).dim()]
    }

    /// The coordinates of a point, for `dim` dimensions.
    ///
    /// # Panics
    /// If the manifold has no points of this dimension.
    fn width(&self, dim: usize) -> usize {
        self.point_shape(dim).coordinates()
    }

    /// The tangent vector at the origin with coordinates `v`.
    ///
    /// # Shapes
    /// - `v`: `[..., d]`
    /// - returns: `[..., width(d)]`
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D>;

    /// The coordinates of a tangent vector at the origin, the inverse of
    /// [`tangent0`](Self::tangent0).
    ///
    /// # Shapes
    /// - `u`: `[..., width(d)]`
    /// - returns: `[..., d]`
    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D>;

    /// The point $\exp_0(v)$.
    ///
    /// # Shapes
    /// - `v`: `[..., d]`
    /// - returns: `[..., width(d)]`
    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.tangent0(v);
        self.exp(origin_like(self, &v), v)
    }

    /// The vector $\log_0(x)$, the inverse of [`exp0`](Self::exp0) within the injectivity radius.
    ///
    /// # Shapes
    /// - `x`: `[..., width(d)]`
    /// - returns: `[..., d]`
    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.coordinates0(self.log(origin_like(self, &x), x))
    }

    /// `x` moved along the geodesic of `v`, carried from the origin:
    /// $\exp_x(P_{0\to x}v)$, which on gyrovector spaces is $x \oplus \exp_0(v)$.
    ///
    /// # Shapes
    /// - `x`: `[..., width(d)]`
    /// - `v`: `[..., d]`, broadcast against `x`
    /// - returns: points like `x`
    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = self.tangent0(v);
        let carried = self.transport(origin_like(self, &v), x.clone(), v);
        self.exp(x, carried)
    }
}

/// The origin in the number format and on the device of `x`, with its batch axes.
fn origin_like<M: Manifold, const D: usize>(manifold: &M, x: &Tensor<D>) -> Tensor<D> {
    let origin = manifold.origin(x.dims(), &x.device()).cast(x.dtype());
    // Made in the device's own format, which may be the coarser one.
    manifold.project(origin)
}

/// `[..., d]` behind a zero.
pub(crate) fn behind_zero<const D: usize>(v: Tensor<D>) -> Tensor<D> {
    let mut shape = v.dims();
    shape[D - 1] = 1;
    let zero = Tensor::zeros(shape, (&v.device(), v.dtype()));
    Tensor::cat(vec![zero, v], D - 1)
}

/// All coordinates but the first.
pub(crate) fn without_first<const D: usize>(u: Tensor<D>) -> Tensor<D> {
    let width = u.dims()[D - 1];
    u.narrow(D - 1, 1, width - 1)
}

/// For manifolds whose ambient coordinates are orthonormal at the origin.
macro_rules! coordinates_as_they_are {
    () => {
        fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
            v
        }

        fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
            u
        }
    };
}
pub(crate) use coordinates_as_they_are;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use crate::{
        AnyManifold, DynamicProduct, Euclidean, Factor, HalfSpace, Hyperboloid, KleinBall,
        PoincareBall, PositiveOrthant, ProbabilitySimplex, Sphere, SphereSubspace, Stereographic,
        Torus,
    };
    use burn::tensor::{DType, Device, TensorData};

    /// Of a few dozen operations on numbers of order one.
    const ROUNDING: f64 = 1e-12;
    /// The dimension of all of them but one.
    const DIM: usize = 3;

    fn vectors(dim: usize, phase: f64) -> Tensor<2> {
        let numbers: Vec<f64> = (0..4 * dim)
            .map(|k| 0.5 * (1.7 * (k * k) as f64 + phase).sin())
            .collect();
        Tensor::from_data(
            TensorData::new(numbers, [4, dim]),
            (&Device::flex(), DType::F64),
        )
    }

    fn assert_close(what: &str, left: Tensor<2>, right: Tensor<2>) {
        assert_eq!(left.dims(), right.dims(), "{what}");
        let error = to_vec_f64((left - right).abs().max())[0];
        assert!(error < ROUNDING, "{what}: off by {error:e}");
    }

    /// Every manifold of vectors, and how long a unit vector of coordinates is.
    fn all() -> Vec<(AnyManifold, usize, f64)> {
        let ones = Tensor::<2>::ones([1, DIM + 2], &Device::flex()).cast(DType::F64);
        let product = DynamicProduct::new(vec![
            Factor::new(Hyperboloid::new(0.7), 2),
            Factor::new(Sphere::new(), 2),
            Factor::new(Euclidean::new(), 1),
        ]);
        vec![
            (Euclidean::new().into(), DIM, 1.0),
            (PoincareBall::new(0.7).into(), DIM, 2.0),
            (Hyperboloid::new(0.7).into(), DIM, 1.0),
            (Stereographic::new(-1.3).into(), DIM, 2.0),
            (Stereographic::new(0.3).into(), DIM, 2.0),
            (HalfSpace::new(0.7).into(), DIM, 1.0),
            (KleinBall::new(0.7).into(), DIM, 1.0),
            (Sphere::new().into(), DIM, 1.0),
            (
                SphereSubspace::complement(ones.clone()).unwrap().into(),
                DIM,
                1.0,
            ),
            (
                SphereSubspace::intersection(vectors(5, 0.3))
                    .unwrap()
                    .into(),
                DIM,
                1.0,
            ),
            (Torus::new().into(), DIM, 1.0),
            (ProbabilitySimplex::new().into(), DIM, 1.0),
            (PositiveOrthant::new().into(), DIM, 1.0),
            (product.into(), 5, 1.0),
        ]
    }

    #[test]
    fn coordinates_are_those_of_tangent_vectors_of_their_length() {
        for (manifold, dim, unit) in all() {
            let name = manifold.name();
            // Small enough for every injectivity radius.
            let v = vectors(dim, 0.1).mul_scalar(0.3);
            let u = manifold.tangent0(v.clone());
            assert_eq!(u.dims(), [4, manifold.width(dim)], "{name}");
            let origin = manifold.exp0(v.zeros_like());
            assert_eq!(manifold.check_point(origin.clone()), Ok(()), "{name}");
            assert_eq!(
                manifold.check_tangent(origin.clone(), u.clone()),
                Ok(()),
                "{name}"
            );
            assert_close(name, manifold.coordinates0(u.clone()), v.clone());
            let length = v.square().sum_dim(1).sqrt().mul_scalar(unit);
            assert_close(name, manifold.norm(origin, u), length);
        }
    }

    #[test]
    fn charts_undo_themselves_and_translations_keep_lengths() {
        for (manifold, dim, unit) in all() {
            let name = manifold.name();
            let [v, w] = [0.1, 0.4].map(|phase| vectors(dim, phase).mul_scalar(0.3));
            let x = manifold.exp0(v.clone());
            assert_eq!(manifold.check_point(x.clone()), Ok(()), "{name}");
            assert_close(name, manifold.log0(x.clone()), v.clone());
            // From the origin, translating is the exponential map.
            let origin = manifold.exp0(v.zeros_like());
            let moved = manifold.translate(origin.clone(), w.clone());
            assert_close(name, moved, manifold.exp0(w.clone()));
            // What is carried in parallel keeps its length.
            let moved = manifold.translate(x.clone(), w.clone());
            let length = w.square().sum_dim(1).sqrt().mul_scalar(unit);
            assert_close(name, manifold.distance(x, moved), length);
        }
    }

    #[test]
    fn one_vector_moves_every_point() {
        for (manifold, dim, _) in all() {
            let x = manifold.exp0(vectors(dim, 0.1).mul_scalar(0.3));
            let v = vectors(dim, 0.4).narrow(0, 0, 1).mul_scalar(0.3);
            let each = manifold.translate(x.clone(), v.clone().repeat_dim(0, 4));
            assert_close(manifold.name(), manifold.translate(x, v), each);
        }
    }

    #[test]
    #[should_panic(expected = "this product has 3 dimensions, got coordinates of shape [4, 5]")]
    fn coordinates_of_another_width_than_the_product_are_refused() {
        let product = DynamicProduct::new(vec![Factor::new(Sphere::new(), 3)]);
        product.exp0(vectors(5, 0.1));
    }
}
