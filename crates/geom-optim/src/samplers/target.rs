//! The density of a sampler: its value and Riemannian gradient.

use burn::tensor::Tensor;
use geom_core::Manifold;

use crate::geometry::Geometry;

/// A log-density at the points of all chains.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation<const D: usize> {
    /// $\log p(x)$, the point axes of size 1.
    pub(crate) log_density: Tensor<D>,
    /// $\operatorname{grad}\log p(x)$, tangent at $x$.
    pub(crate) gradient: Tensor<D>,
}

impl<const D: usize> Evaluation<D> {
    /// Evaluates `log_density` at `x`, off the tape.
    ///
    /// # Panics
    /// If the log-density does not have one number per point.
    pub(crate) fn at<M: Manifold>(
        manifold: &M,
        x: &Tensor<D>,
        mut log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Self {
        let tracked = Tensor::from_inner(x.clone()).require_grad();
        let value = log_density(tracked.clone());
        let (found, expected) = (value.dims(), one_per_point::<M, D>(x.dims()));
        assert_eq!(
            found, expected,
            "a log-density has one number per point: expected shape {expected:?}, got {found:?}"
        );
        // A uniform density does not depend on the point, and then there is no tape.
        let gradient = match value.is_tracked() {
            true => tracked.grad(&value.clone().sum().backward()),
            false => None,
        };
        let gradient = gradient.unwrap_or_else(|| x.zeros_like());
        Self {
            log_density: value.without_autodiff(),
            gradient: Geometry::of(manifold).riemannian_gradient(x, gradient),
        }
    }
}

/// `shape` with the point axes reduced to 1.
pub(crate) fn one_per_point<M: Manifold, const D: usize>(mut shape: [usize; D]) -> [usize; D] {
    assert!(
        M::POINT_RANK <= D,
        "points have {} axes, got shape {shape:?}",
        M::POINT_RANK
    );
    shape[D - M::POINT_RANK..].fill(1);
    shape
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Euclidean, PoincareBall};

    use super::*;

    fn points() -> Tensor<2> {
        let rows = [[0.3, -0.4], [0.0, 0.5]];
        Tensor::from_data(rows, (&Device::default(), DType::F64))
    }

    #[test]
    fn the_gradient_is_riemannian_and_off_the_tape() {
        let ball = PoincareBall::new(1.0);
        let evaluation = Evaluation::at(&ball, &points(), |x| x.sum_dim(1).mul_scalar(3.0));
        let expected = ball.riemannian_gradient(points(), points().ones_like().mul_scalar(3.0));
        assert_eq!(
            to_vec_f64(evaluation.gradient.clone()),
            to_vec_f64(expected)
        );
        assert!(!evaluation.gradient.is_autodiff() && !evaluation.log_density.is_autodiff());
    }

    #[test]
    fn a_uniform_density_has_gradient_zero() {
        let constant = |x: Tensor<2>| x.zeros_like().sum_dim(1);
        let evaluation = Evaluation::at(&Euclidean::new(), &points(), constant);
        assert_eq!(to_vec_f64(evaluation.gradient), [0.0; 4]);
        let elsewhere = Tensor::<2>::ones([2, 1], (&Device::default(), DType::F64));
        let evaluation = Evaluation::at(&Euclidean::new(), &points(), |_| elsewhere.clone());
        assert_eq!(to_vec_f64(evaluation.gradient), [0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "expected shape [2, 1], got [2, 2]")]
    fn a_log_density_of_the_wrong_shape_is_refused() {
        Evaluation::at(&Euclidean::new(), &points(), |x| x.square());
    }
}
