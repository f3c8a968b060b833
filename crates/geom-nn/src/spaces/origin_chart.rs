//! Normal coordinates at the origin.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;
use geom_core::{
    Euclidean, Gyrovector, Hyperboloid, Manifold, ParallelTransport, PoincareBall, Stereographic,
};

/// A space with an origin $0$ and coordinates for the tangent space there.
///
/// Vectors at the origin are `[..., d]` for every model of a $d$-dimensional space; points have the
/// model's own `ambient_dim(d)` coordinates. Layers do their linear algebra on the former.
///
/// On the ball and the stereographic model, coordinates are those of the literature, in which the
/// metric at the origin is $4\langle v, w\rangle$: $\exp_0(v)$ is at distance $2\lVert v\rVert$. On
/// the hyperboloid it is at distance $\lVert v\rVert$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Hyperboloid;
/// use geom_nn::spaces::OriginChart;
///
/// let space = Hyperboloid::new(1.0);
/// let v = Tensor::<2>::from_floats([[0.3, -0.4]], &Device::flex());
/// let x = space.exp0(v.clone());
/// assert_eq!(x.dims(), [1, space.ambient_dim(2)]);
/// assert!((space.log0(x) - v).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), §3.2; Chami, Ying, Ré, Leskovec (2019), §3.2.
pub trait OriginChart: Module + ModuleDisplay {
    /// The number of coordinates of a point of the `dim`-dimensional space.
    fn ambient_dim(&self, dim: usize) -> usize;

    /// The point $\exp_0(v)$.
    ///
    /// # Shapes
    /// - `v`: `[..., d]`
    /// - returns: `[..., ambient_dim(d)]`
    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D>;

    /// The vector $\log_0(x)$, the inverse of [`exp0`](Self::exp0).
    ///
    /// # Shapes
    /// - `x`: `[..., ambient_dim(d)]`
    /// - returns: `[..., d]`
    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D>;

    /// `x` moved along the geodesic of `v`, carried from the origin:
    /// $\exp_x(P_{0\to x}v)$, which on gyrovector spaces is $x \oplus \exp_0(v)$.
    ///
    /// # Shapes
    /// - `x`: `[..., ambient_dim(d)]`
    /// - `v`: `[..., d]`, broadcast against `x`
    /// - returns: points like `x`
    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The geodesic distance, `[..., 1]`.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D>;

    /// $\exp_x(v)$ for an ambient tangent vector.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// $\log_x(y)$, an ambient tangent vector.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D>;
}

/// The verbs that every manifold has under the same name.
macro_rules! verbs_of_the_manifold {
    () => {
        fn ambient_dim(&self, dim: usize) -> usize {
            Manifold::ambient_dim(self, dim)
        }

        fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
            Manifold::distance(self, x, y)
        }

        fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
            Manifold::exp(self, x, v)
        }

        fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
            Manifold::log(self, x, y)
        }
    };
}

impl OriginChart for Euclidean {
    verbs_of_the_manifold!();

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        v
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        x
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        x + v
    }
}

macro_rules! gyrovector_chart {
    ($($manifold:ty),*) => {
        $(impl OriginChart for $manifold {
            verbs_of_the_manifold!();

            fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
                Gyrovector::exp0(self, v)
            }

            fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
                Gyrovector::log0(self, x)
            }

            fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
                self.mobius_add(x, Gyrovector::exp0(self, v))
            }
        })*
    };
}

gyrovector_chart!(PoincareBall, Stereographic);

impl OriginChart for Hyperboloid {
    verbs_of_the_manifold!();

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        Hyperboloid::exp0(self, v)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        Hyperboloid::log0(self, x)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // A tangent vector at the origin has no time component.
        let mut shape = v.dims();
        shape[D - 1] = 1;
        let v = Tensor::cat(
            vec![Tensor::zeros(shape, (&v.device(), v.dtype())), v],
            D - 1,
        );
        let mut at = v.dims();
        at[D - 1] = x.dims()[D - 1];
        let origin = self.origin(at, &x.device()).cast(x.dtype());
        let carried = self.parallel_transport(origin, x.clone(), v);
        Manifold::exp(self, x, carried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, normal};
    use burn::tensor::{DType, Device};

    fn check<S: OriginChart>(space: &S) {
        let [v, w]: [Tensor<2>; 2] = [1, 2].map(|seed| normal([7, 4], 0.5, seed, DType::F64));
        let x = space.exp0(v.clone());
        assert_equal(space.log0(x.clone()), v.clone());
        // From the origin, translating is the exponential map.
        let origin = space.exp0(v.zeros_like());
        assert_equal(
            space.translate(origin.clone(), w.clone()),
            space.exp0(w.clone()),
        );
        // An isometry moves every point as far as any other of its kind.
        let moved = space.translate(x.clone(), w.clone());
        assert_equal(
            space.distance(x, moved),
            space.distance(origin, space.exp0(w)),
        );
    }

    #[test]
    fn charts_undo_themselves_and_translations_keep_lengths() {
        check(&Euclidean::new());
        check(&PoincareBall::new(0.7));
        check(&Hyperboloid::new(0.7));
        check(&Stereographic::new(0.3));
        check(&Stereographic::new(-1.3));
    }

    #[test]
    fn one_bias_moves_every_point() {
        let space = Hyperboloid::new(1.0);
        let x = space.exp0(Tensor::<2>::ones([3, 2], &Device::flex()));
        let moved = space.translate(x, Tensor::<2>::ones([1, 2], &Device::flex()));
        assert_eq!(moved.dims(), [3, 3]);
    }
}
