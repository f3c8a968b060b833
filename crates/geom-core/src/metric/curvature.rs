//! The curvature magnitude of a hyperbolic manifold: fixed, or learnable.

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::error::GeometryError;
pub use crate::metric::Coefficient;
use crate::metric::MetricParameter;
use crate::metric::Positive;

/// A curvature magnitude $c > 0$, for the sectional curvature $-c$.
///
/// A learnable one stores a raw parameter $\rho$ with
///
/// $$ c = \operatorname{softplus}(\rho) = \log(1 + e^{\rho}), \qquad \rho = \log(e^{c} - 1), $$
///
/// so the *effective* value starts at what was given, and gradient steps on $\rho$ keep it
/// positive, and between $10^{-30}$ and $10^{30}$. A fixed one costs nothing: multiplying by $c = 1$ returns the tensor unchanged.
///
/// # Numerics
/// The parameter has the dtype it is created with; the effective value of $c$ is off by about
/// $|\log c|\\,\varepsilon$, which is 2e-6 of it for $c = 10^{-6}$ in `f32`.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::Curvature;
///
/// let curvature = Curvature::learnable(0.5, &Device::flex());
/// assert!((curvature.value() - 0.5).abs() < 1e-6);
/// assert!(Curvature::try_fixed(-1.0).is_err());
/// ```
#[derive(Module, Debug)]
pub struct Curvature {
    magnitude: Positive,
}

impl Curvature {
    /// A constant curvature magnitude.
    ///
    /// # Panics
    /// If `c` is not positive and finite; [`try_fixed`](Self::try_fixed) is for values that come
    /// from outside.
    pub fn fixed(c: f64) -> Self {
        Self::try_fixed(c).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A constant curvature magnitude, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidCurvature`] if `c` is not positive and finite.
    pub fn try_fixed(c: f64) -> Result<Self, GeometryError> {
        Self::checked(c, Positive::fixed(c))
    }

    /// A curvature magnitude that trains with the model, starting at `c`.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Panics
    /// If `c` is not positive and finite.
    pub fn learnable(c: f64, options: impl Into<TensorCreationOptions>) -> Self {
        Self::try_learnable(c, options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A curvature magnitude that trains with the model, checked.
    ///
    /// # Errors
    /// [`GeometryError::InvalidCurvature`] if `c` is not positive and finite.
    pub fn try_learnable(
        c: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Self, GeometryError> {
        Self::checked(c, Positive::learnable(c, options))
    }

    fn checked(c: f64, magnitude: Option<Positive>) -> Result<Self, GeometryError> {
        match magnitude {
            Some(magnitude) => Ok(Self { magnitude }),
            None => Err(GeometryError::InvalidCurvature { value: c }),
        }
    }

    /// The effective magnitude. Reads a learnable one back from its device.
    pub fn value(&self) -> f64 {
        self.magnitude.value()
    }

    /// Whether gradient steps move it.
    pub fn is_learnable(&self) -> bool {
        self.magnitude.is_learnable()
    }

    /// The magnitude as a factor for tensors like `x`.
    pub fn coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        self.magnitude.coefficient(x)
    }

    /// The signed curvature $-c$, as a number that the metric depends on. It stays on its device.
    pub fn parameter(&self) -> MetricParameter {
        self.magnitude.parameter().negated()
    }

    /// $\sqrt{c_{\text{previous}}/c}$, by which lengths scale when the curvature moves and the
    /// geometry in units of $1/\sqrt c$ stays; `previous` holds the one former curvature, signed or
    /// not, as [`Manifold::metric`](crate::Manifold::metric) gave it.
    ///
    /// # Panics
    /// If `previous` does not hold one parameter.
    pub fn rescaling<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: &Tensor<D>,
    ) -> Coefficient<Tensor<D>> {
        let previous = MetricParameter::only(previous).coefficient(x);
        match (previous, self.coefficient(x)) {
            (Coefficient::Number(previous), Coefficient::Number(c)) => {
                Coefficient::Number((previous.abs() / c).sqrt())
            }
            (Coefficient::Number(previous), Coefficient::Tensor(c)) => {
                Coefficient::Tensor(c.recip().mul_scalar(previous.abs()).sqrt())
            }
            (Coefficient::Tensor(previous), c) => {
                Coefficient::Tensor(c.divide(previous.abs())).sqrt()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::{DType, Device};

    #[test]
    fn the_effective_value_is_the_one_given() {
        let device = Device::flex();
        for c in [1e-6, 0.5, 1.0, 100.0] {
            assert_eq!(Curvature::fixed(c).value(), c);
            for (dtype, tolerance) in [(DType::F32, 2e-6), (DType::F64, 4e-15)] {
                let curvature = Curvature::learnable(c, (&device, dtype));
                assert!((curvature.value() / c - 1.0).abs() < tolerance);
                let x = Tensor::<2>::ones([1, 1], (&device, dtype));
                let scaled = to_vec_f64(curvature.coefficient(&x).scale(x))[0];
                assert!(
                    (scaled / c - 1.0).abs() < tolerance,
                    "{dtype:?} {c}: {scaled}"
                );
            }
        }
    }

    #[test]
    fn values_that_are_no_curvature_are_refused() {
        for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Curvature::try_fixed(c).is_err());
            assert!(Curvature::try_learnable(c, &Device::flex()).is_err());
        }
    }

    #[test]
    fn a_learnable_curvature_has_the_softplus_gradient() {
        let device = Device::flex().autodiff();
        for c in [1e-6, 1.0, 100.0] {
            let curvature = Curvature::learnable(c, (&device, DType::F64));
            let x = Tensor::<1>::ones([1], (&device, DType::F64));
            let gradients = curvature.coefficient(&x).scale(x).backward();
            let Positive::Learnable(raw) = &curvature.magnitude else {
                unreachable!()
            };
            let gradient = to_vec_f64(raw.val().grad(&gradients).expect("a leaf"))[0];
            // d softplus / d rho = 1 - exp(-c)
            assert!(
                (gradient / -(-c).exp_m1() - 1.0).abs() < 1e-12,
                "{c}: {gradient}"
            );
        }
    }
}
