//! A positive number that is fixed, or trains behind a softplus.

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::metric::Coefficient;
use crate::metric::bounded::Bounded;
use crate::metric::{MetricParameter, ParameterMap, softplus};

/// Bounds of the raw parameter for values between $10^{-30}$ and $10^{30}$, whose roots and inverses
/// have squares in `f32`: below 1, $\log(e^p - 1)$ is $\log p$ to rounding.
const RAW_BOUNDS: [f64; 2] = [-30.0 * std::f64::consts::LN_10, 1e30];

/// A positive number. A learnable one stores a raw parameter $\rho$ with
/// $p = \operatorname{softplus}(\rho) = \log(1 + e^\rho)$.
#[derive(Module, Debug)]
pub(crate) enum Positive {
    Fixed(f64),
    Learnable(Bounded),
}

impl Positive {
    /// `None` unless `value` is positive and finite.
    pub(crate) fn fixed(value: f64) -> Option<Self> {
        valid(value).map(Self::Fixed)
    }

    /// `None` unless `value` is positive and finite.
    pub(crate) fn learnable(value: f64, options: impl Into<TensorCreationOptions>) -> Option<Self> {
        // log(e^p - 1) without overflow for large p and without cancellation for small.
        let value = valid(value)?;
        let raw = value + (-(-value).exp_m1()).ln();
        let raw = Bounded::new(Tensor::from_data([raw], options), RAW_BOUNDS);
        Some(Self::Learnable(raw))
    }

    /// Reads a learnable one back from its device.
    pub(crate) fn value(&self) -> f64 {
        self.parameter().value()
    }

    /// As a number that a metric depends on. It stays on its device.
    pub(crate) fn parameter(&self) -> MetricParameter {
        match self {
            Self::Fixed(value) => MetricParameter::Fixed(*value),
            Self::Learnable(raw) => MetricParameter::learnable(raw.val(), ParameterMap::Softplus),
        }
    }

    pub(crate) fn is_learnable(&self) -> bool {
        matches!(self, Self::Learnable(_))
    }

    /// Whether it is 1 and stays so.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self, Self::Fixed(value) if *value == 1.0)
    }

    pub(crate) fn coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        match self {
            Self::Fixed(value) => Coefficient::Number(*value),
            Self::Learnable(raw) => {
                let raw = raw.val();
                let raw = if raw.dtype() == x.dtype() {
                    raw
                } else {
                    raw.cast(x.dtype())
                };
                Coefficient::Tensor(softplus(raw).reshape([1; D]))
            }
        }
    }
}

fn valid(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}
