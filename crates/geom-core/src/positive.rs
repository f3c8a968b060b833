//! A positive number that is fixed, or trains behind a softplus.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};

use crate::curvature::Coefficient;
use crate::numerics::{log1p, to_vec_f64};

/// A positive number. A learnable one stores a raw parameter $\rho$ with
/// $p = \operatorname{softplus}(\rho) = \log(1 + e^\rho)$.
#[derive(Module, Debug)]
pub(crate) enum Positive {
    Fixed(f64),
    Learnable(Param<Tensor<1>>),
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
        let raw = Param::from_tensor(Tensor::from_data([raw], options));
        Some(Self::Learnable(raw))
    }

    /// Reads a learnable one back from its device.
    pub(crate) fn value(&self) -> f64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Learnable(raw) => {
                let raw = to_vec_f64(raw.val())[0];
                raw.max(0.0) + (-raw.abs()).exp().ln_1p()
            }
        }
    }

    pub(crate) fn is_learnable(&self) -> bool {
        matches!(self, Self::Learnable(_))
    }

    /// Whether it is 1 and stays so.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self, Self::Fixed(value) if *value == 1.0)
    }

    pub(crate) fn coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<D> {
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

/// $\log(1 + e^x)$, accurate to rounding for small values too, which Burn's own is not on every
/// backend.
fn softplus(x: Tensor<1>) -> Tensor<1> {
    // From here on e^{-x} is below rounding in f64, and e^x still far from overflow in f32.
    const IDENTITY_ABOVE: f64 = 40.0;
    let large = x.clone().greater_elem(IDENTITY_ABOVE);
    log1p(x.clone().mask_fill(large.clone(), 0.0).exp()).mask_where(large, x)
}
