//! A curvature of either sign: fixed, or learnable.

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::error::GeometryError;
use crate::metric::Coefficient;
use crate::metric::bounded::Bounded;
use crate::metric::{MetricParameter, ParameterMap};

/// A sectional curvature $\kappa$ of any sign, zero included.
///
/// A learnable one is its own raw parameter, without a constraint, so gradient steps carry it
/// across zero; they stop at a magnitude of $10^{30}$. Where the sign is known to be negative, [`Curvature`](crate::Curvature) keeps it so.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::SignedCurvature;
///
/// let curvature = SignedCurvature::learnable(-0.5, &Device::flex());
/// assert_eq!(curvature.value(), -0.5);
/// assert!(SignedCurvature::try_fixed(f64::NAN).is_err());
/// ```
#[derive(Module, Debug)]
pub struct SignedCurvature {
    value: Value,
}

#[derive(Module, Debug)]
enum Value {
    Fixed(f64),
    Learnable(Bounded),
}

impl SignedCurvature {
    /// A constant curvature.
    ///
    /// # Panics
    /// If `kappa` is not finite; [`try_fixed`](Self::try_fixed) is for values from outside.
    pub fn fixed(kappa: f64) -> Self {
        Self::try_fixed(kappa).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A constant curvature, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidSignedCurvature`] if `kappa` is not finite.
    pub fn try_fixed(kappa: f64) -> Result<Self, GeometryError> {
        let value = Value::Fixed(finite(kappa)?);
        Ok(Self { value })
    }

    /// A curvature that trains with the model, starting at `kappa`.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If `kappa` is not finite.
    pub fn learnable(kappa: f64, options: impl Into<TensorCreationOptions>) -> Self {
        Self::try_learnable(kappa, options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A curvature that trains with the model, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidSignedCurvature`] if `kappa` is not finite.
    pub fn try_learnable(
        kappa: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, GeometryError> {
        let raw = Tensor::from_data([finite(kappa)?], options);
        let value = Value::Learnable(Bounded::new(raw, [-LARGEST, LARGEST]));
        Ok(Self { value })
    }

    /// The curvature. Reads a learnable one back from its device.
    pub fn value(&self) -> f64 {
        self.parameter().value()
    }

    /// The curvature as a number that the metric depends on. It stays on its device.
    pub fn parameter(&self) -> MetricParameter {
        match &self.value {
            Value::Fixed(kappa) => MetricParameter::Fixed(*kappa),
            Value::Learnable(raw) => MetricParameter::learnable(raw.val(), ParameterMap::Identity),
        }
    }

    /// Whether gradient steps move it.
    pub fn is_learnable(&self) -> bool {
        matches!(self.value, Value::Learnable(_))
    }

    /// The curvature as a factor for tensors like `x`.
    pub fn coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        match &self.value {
            Value::Fixed(kappa) => Coefficient::Number(*kappa),
            Value::Learnable(raw) => {
                let raw = raw.val();
                let raw = if raw.dtype() == x.dtype() {
                    raw
                } else {
                    raw.cast(x.dtype())
                };
                Coefficient::Tensor(raw.reshape([1; D]))
            }
        }
    }
}

/// The largest magnitude that training reaches: its root and its inverse have squares in `f32`.
const LARGEST: f64 = 1e30;

fn finite(kappa: f64) -> Result<f64, GeometryError> {
    match kappa.is_finite() {
        true => Ok(kappa),
        false => Err(GeometryError::InvalidSignedCurvature { value: kappa }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::{DType, Device};

    #[test]
    fn every_finite_number_is_a_curvature_and_no_other() {
        for kappa in [-100.0, -1e-6, 0.0, 1e-6, 100.0] {
            assert_eq!(SignedCurvature::fixed(kappa).value(), kappa);
        }
        for kappa in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(SignedCurvature::try_fixed(kappa).is_err());
            assert!(SignedCurvature::try_learnable(kappa, &Device::flex()).is_err());
        }
    }

    #[test]
    fn a_learnable_curvature_is_its_own_parameter() {
        let device = Device::flex().autodiff();
        let curvature = SignedCurvature::learnable(-0.25, (&device, DType::F64));
        let x = Tensor::<1>::from_data([3.0], (&device, DType::F64));
        let gradients = curvature.coefficient(&x).scale(x).backward();
        let Value::Learnable(raw) = &curvature.value else {
            unreachable!("constructed learnable")
        };
        let gradient = raw.val().grad(&gradients).expect("a leaf");
        assert_eq!(
            (curvature.value(), to_vec_f64(gradient)),
            (-0.25, vec![3.0])
        );
    }
}
