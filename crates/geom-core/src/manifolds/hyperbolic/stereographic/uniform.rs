//! The uniform distribution, which the stereographic model has where it is a sphere.

use burn::tensor::{Distribution, Tensor, TensorCreationOptions};

use super::Stereographic;
use crate::error::GeometryError;
use crate::gyro::domain;
use crate::numerics::norm;

impl Stereographic {
    /// Independent points, uniform on the sphere that the model of $\kappa > 0$ is.
    ///
    /// [`SampleUniform`](crate::SampleUniform) is for manifolds that have the distribution at every
    /// parameter.
    ///
    /// # Shapes
    /// - returns: `shape`
    ///
    /// # Errors
    /// [`GeometryError::InfiniteVolume`] for $\kappa \le 0$.
    pub fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Tensor<D>, GeometryError> {
        let curvature = self.curvature.value();
        if curvature <= 0.0 {
            return Err(GeometryError::InfiniteVolume { curvature });
        }
        let dim = shape[D - 1];
        let mut lifted = shape;
        lifted[D - 1] = dim + 1;
        let normal = Tensor::random(lifted, Distribution::Normal(0.0, 1.0), options);
        let length = norm(normal.clone());
        let height = normal.clone().narrow(D - 1, 0, 1);
        let rest = normal.narrow(D - 1, 1, dim);
        Ok(domain::quotient(
            &self.curvature.coefficient(&rest),
            rest.div_scalar(curvature.sqrt()),
            // Not below zero by rounding, next to the pole at infinity.
            (length + height).clamp_min(0.0),
        ))
    }
}
