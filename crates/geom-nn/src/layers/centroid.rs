//! The weighted mean of points.

use burn::tensor::Tensor;
use geom_core::{Euclidean, Gyrovector, Hyperboloid, PoincareBall, Pointed, Stereographic};

/// A space with a closed-form weighted mean: the projection of the weighted sum in the space around
/// the model.
///
/// For one curvature it is the same point in every model: the weighted gyro-midpoint of the ball and
/// of the stereographic model, the Lorentz centroid of the hyperboloid, the mean of vectors.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, PoincareBall};
/// use geom_nn::layers::Centroid;
/// use geom_core::Pointed;
///
/// fn middle<S: Centroid>(space: &S) -> f32 {
///     let v = Tensor::<2>::from_floats([[0.5, 0.0], [-0.5, 0.0]], &Device::flex());
///     let weights = Tensor::ones([2, 1], &v.device());
///     let middle = space.log0(space.centroid(space.exp0(v), weights, 0));
///     middle.abs().max().into_scalar()
/// }
/// assert!(middle(&PoincareBall::new(1.0)) < 1e-6);
/// assert!(middle(&Hyperboloid::new(1.0)) < 1e-6);
/// ```
///
/// # References
/// Ungar (2008), def. 6.86; Law, Liao, Snell, Zemel (2019), theorem 3.3; Shimizu, Mukuta, Harada
/// (2021), §3.5, for their being one.
pub trait Centroid: Pointed {
    /// The weighted mean over `axis`, which is kept at size 1.
    ///
    /// # Shapes
    /// - `x`: `[..., width(d)]`
    /// - `weights`: `[..., 1]`, broadcast against `x`; none is negative, and only their ratios matter
    /// - returns: points like `x`, `axis` at size 1
    ///
    /// # Numerics
    /// Where the weights are all 0, the origin.
    ///
    /// # Panics
    /// If `axis` is the last one, which holds the coordinates.
    fn centroid<const D: usize>(&self, x: Tensor<D>, weights: Tensor<D>, axis: usize) -> Tensor<D>;
}

impl Centroid for Euclidean {
    fn centroid<const D: usize>(&self, x: Tensor<D>, weights: Tensor<D>, axis: usize) -> Tensor<D> {
        assert!(
            axis + 1 < D,
            "a mean is taken over one of the {} batch axes of vectors of shape {:?}, got axis {axis}",
            D - 1,
            x.dims()
        );
        // The ones are spread out first: weights may be fewer than points.
        let ones = x.clone().narrow(D - 1, 0, 1).ones_like();
        let weights = weights * ones;
        let total = weights.clone().sum_dim(axis);
        let none = total.clone().equal_elem(0.0);
        (x * weights).sum_dim(axis) / total.mask_fill(none, 1.0)
    }
}

macro_rules! gyro_midpoint {
    ($($manifold:ty),*) => {
        $(impl Centroid for $manifold {
            fn centroid<const D: usize>(
                &self,
                x: Tensor<D>,
                weights: Tensor<D>,
                axis: usize,
            ) -> Tensor<D> {
                self.weighted_midpoint(x, weights, axis)
            }
        })*
    };
}

gyro_midpoint!(PoincareBall, Stereographic);

impl Centroid for Hyperboloid {
    fn centroid<const D: usize>(&self, x: Tensor<D>, weights: Tensor<D>, axis: usize) -> Tensor<D> {
        // Points without weight get equal ones, and their mean is moved to the origin.
        let none = weights.clone().sum_dim(axis).equal_elem(0.0);
        let weights = weights + none.clone().float().cast(x.dtype());
        let centroid = Hyperboloid::centroid(self, x, weights, axis);
        let width = centroid.dims()[D - 1];
        let origin = self.exp0(centroid.clone().narrow(D - 1, 1, width - 1).zeros_like());
        let shape = centroid.dims();
        centroid.mask_where(none.expand(shape), origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_close, wave};

    /// Rounding of a few dozen operations on numbers of order one.
    const ROUNDING: f64 = 1e-12;

    fn in_tangent_coordinates<S: Centroid>(space: &S, unit: f64) -> Tensor<3> {
        let x = space.exp0(wave([2, 5, 3], 0.2).mul_scalar(unit));
        let weights = wave([1, 5, 1], 0.8).abs();
        space
            .log0(space.centroid(x, weights, 1))
            .mul_scalar(1.0 / unit)
    }

    #[test]
    fn it_is_one_point_in_every_model() {
        // Coordinates of the ball are half the length.
        let expected = in_tangent_coordinates(&PoincareBall::new(1.3), 0.5);
        let on_hyperboloid = in_tangent_coordinates(&Hyperboloid::new(1.3), 1.0);
        let stereographic = in_tangent_coordinates(&Stereographic::new(-1.3), 0.5);
        assert_close(on_hyperboloid, expected.clone(), ROUNDING);
        assert_close(stereographic, expected, ROUNDING);
    }

    #[test]
    fn without_curvature_it_is_the_mean() {
        let expected = in_tangent_coordinates(&Euclidean::new(), 1.0);
        let weights = wave([1, 5, 1], 0.8).abs();
        let mean = (wave([2, 5, 3], 0.2) * weights.clone()).sum_dim(1) / weights.sum_dim(1);
        assert_close(expected.clone(), mean, ROUNDING);
        let nearly_flat = in_tangent_coordinates(&Hyperboloid::new(1e-10), 1.0);
        // The first order in the curvature.
        assert_close(nearly_flat, expected, 1e-9);
    }

    #[test]
    fn without_weight_it_is_the_origin() {
        fn check<S: Centroid>(space: &S) {
            let x = space.exp0(wave([4, 3], 0.0));
            let centroid = space.centroid(x, wave([4, 1], 0.0).zeros_like(), 0);
            assert_close(space.log0(centroid), wave([1, 3], 0.0).zeros_like(), 0.0);
        }
        check(&Euclidean::new());
        check(&PoincareBall::new(0.7));
        check(&Stereographic::new(0.7));
        check(&Hyperboloid::new(0.7));
    }
}
