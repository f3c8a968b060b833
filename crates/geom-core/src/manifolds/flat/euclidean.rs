//! Flat space.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::{squared_distance, table};
use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::Sample;
use crate::manifold::shape::assert_one_width;
use crate::manifold::transport::ParallelTransport;
use crate::numerics::{dot, norm, sqrt_or_zero, squared_norm};

/// Euclidean space $\mathbb R^d$.
///
/// | | |
/// |---|---|
/// | points | all of $\mathbb R^d$ |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\langle v, w\rangle$ |
/// | curvature | 0 |
/// | injectivity radius | $\infty$ |
/// | exact | everything |
///
/// Each verb is the plain tensor operation and nothing else, so that an optimizer on `Euclidean`
/// can equal the ordinary one bit for bit.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Euclidean, Manifold};
///
/// let x = Tensor::<1>::from_floats([0.0, 0.0], &Device::flex());
/// let y = Tensor::<1>::from_floats([3.0, 4.0], &Device::flex());
/// assert_eq!(Euclidean::new().distance(x, y).into_scalar::<f32>(), 5.0);
/// ```
#[derive(Module, Debug, Default)]
pub struct Euclidean;

impl Euclidean {
    /// Flat space of any dimension.
    pub fn new() -> Self {
        Self
    }
}

#[half_precision]
impl Manifold for Euclidean {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "euclidean"
    }

    /// $x + v$.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &v]);
        x + v
    }

    /// $y - x$.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        y - x
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &v]);
        dot(v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        x
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &u]);
        u
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &gradient]);
        gradient
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        // Zero, or NaN where a coordinate is not finite.
        squared_norm(x.clone() - x)
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        squared_norm(v.clone() - v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn is_ambient_flat(&self) -> bool {
        true
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        f64::INFINITY
    }

    /// Zero: geodesics are straight.
    fn acceleration_adjoint<const D: usize>(
        &self,
        _x: Tensor<D>,
        _v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        gradient.zeros_like()
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        norm(y - x)
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        sqrt_or_zero(squared_distance(table(x), table(y)))
    }
}

#[half_precision]
impl ParallelTransport for Euclidean {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        assert_one_width([&x, &y, &v]);
        v
    }
}

#[half_precision]
impl Pointed for Euclidean {
    coordinates_as_they_are!();

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

#[half_precision]
impl Sample for Euclidean {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, std), options)
    }

    fn tangent_from_normal<const D: usize>(&self, _x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;

    #[test]
    fn every_verb_is_the_flat_operation_bit_for_bit() {
        let device = Device::flex();
        let flat = Euclidean::new();
        let x = flat.random_normal([7, 3], 1.0, &device);
        let v = flat.random_tangent(x.clone(), 0.1);
        let equal = |a: Tensor<2>, b: Tensor<2>| assert_eq!(to_vec_f64(a), to_vec_f64(b));
        equal(flat.exp(x.clone(), v.clone()), x.clone() + v.clone());
        equal(flat.retract(x.clone(), v.clone()), x.clone() + v.clone());
        equal(flat.riemannian_gradient(x.clone(), v.clone()), v.clone());
        equal(flat.transport(x.clone(), x.clone(), v.clone()), v.clone());
        equal(flat.project(x.clone()), x);
    }

    #[test]
    fn infinite_points_are_refused() {
        let x = Tensor::<2>::from_floats([[0.0, 1.0], [f32::INFINITY, 0.0]], &Device::flex());
        assert_eq!(Euclidean::new().check_point(x).map_err(|e| e.row), Err(1));
    }
}
