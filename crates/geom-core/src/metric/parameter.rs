//! The numbers that a metric depends on, where they are.
//!
//! A curvature or a scale that trains lives on the device. Within a step it is needed twice, before
//! and after it moves, and on a GPU reading it back would stall everything queued there. So a metric
//! is described by its parameters themselves, which are compared and used where they are;
//! [`MetricParameter::value`] brings one to the host, for records and messages.

use burn::tensor::{Bool, Device, Tensor};

use crate::metric::Coefficient;
use crate::numerics::{log1p, to_vec_f64};

/// One number that a metric depends on: a curvature, a scale.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::{Manifold, MetricParameter, PoincareBall};
///
/// let fixed = PoincareBall::new(2.0).metric();
/// assert!(matches!(fixed[..], [MetricParameter::Fixed(-2.0)]));
/// let learnable = PoincareBall::learnable(2.0, &Device::flex()).metric();
/// assert!((learnable[0].value() + 2.0).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
// A handful for each parameter; a box would cost an allocation apiece.
#[allow(clippy::large_enum_variant)]
pub enum MetricParameter {
    /// A number that never changes.
    Fixed(f64),
    /// A number that trains, on its device, off the tape.
    Learnable {
        /// What the optimizer steps.
        raw: Tensor<1>,
        /// How the number comes from it.
        map: ParameterMap,
    },
}

/// How a learnable number comes from its raw parameter $\rho$.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterMap {
    /// $\rho$ itself.
    Identity,
    /// $\operatorname{softplus}(\rho) = \log(1 + e^\rho)$.
    Softplus,
    /// $-\operatorname{softplus}(\rho)$.
    NegativeSoftplus,
}

impl From<f64> for MetricParameter {
    fn from(value: f64) -> Self {
        Self::Fixed(value)
    }
}

impl MetricParameter {
    /// A number that trains, with this raw parameter.
    pub fn learnable(raw: Tensor<1>, map: ParameterMap) -> Self {
        let raw = raw.without_autodiff();
        Self::Learnable { raw, map }
    }

    /// Whether it trains.
    pub fn is_learnable(&self) -> bool {
        matches!(self, Self::Learnable { .. })
    }

    /// The number with the other sign.
    ///
    /// # Panics
    /// For a learnable number of either sign, which has no such form.
    pub fn negated(self) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(-value),
            Self::Learnable { raw, map } => {
                let map = match map {
                    ParameterMap::Softplus => ParameterMap::NegativeSoftplus,
                    ParameterMap::NegativeSoftplus => ParameterMap::Softplus,
                    ParameterMap::Identity => panic!("a free parameter has a sign of its own"),
                };
                Self::Learnable { raw, map }
            }
        }
    }

    /// The number itself. Reads a learnable one back from its device.
    pub fn value(&self) -> f64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Learnable { raw, map } => {
                let raw = read_back(raw);
                match map {
                    ParameterMap::Identity => raw,
                    ParameterMap::Softplus => softplus_f64(raw),
                    ParameterMap::NegativeSoftplus => -softplus_f64(raw),
                }
            }
        }
    }

    /// The number as a factor for tensors like `x`, without a gradient.
    pub fn coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        match self {
            Self::Fixed(value) => Coefficient::Number(*value),
            Self::Learnable { raw, map } => {
                let raw = match raw.dtype() == x.dtype() {
                    true => raw.clone(),
                    false => raw.clone().cast(x.dtype()),
                };
                Coefficient::Tensor(map.apply(raw).reshape([1; D]))
            }
        }
    }

    /// The same number on a device.
    pub fn to_device(self, device: &Device) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(value),
            Self::Learnable { raw, map } => {
                // Off the tape, where tensors cannot move to a device with automatic differentiation.
                let raw = raw.to_device(&device.clone().without_autodiff());
                Self::Learnable { raw, map }
            }
        }
    }

    /// The parameter of a metric that has one.
    ///
    /// # Panics
    /// If there is none, or more than one.
    pub(crate) fn only(metric: &[Self]) -> &Self {
        match metric {
            [only] => only,
            _ => panic!("one curvature is one number, got {}", metric.len()),
        }
    }

    fn equals(&self, other: &Self) -> Comparison {
        match (self, other) {
            (Self::Fixed(left), Self::Fixed(right)) => Comparison::Known(left == right),
            (Self::Fixed(fixed), Self::Learnable { raw, map })
            | (Self::Learnable { raw, map }, Self::Fixed(fixed)) => {
                Comparison::OnDevice(map.apply(raw.clone()).equal_elem(*fixed))
            }
            (
                Self::Learnable { raw, map },
                Self::Learnable {
                    raw: other,
                    map: same,
                },
            ) if map == same && raw.dtype() == other.dtype() => {
                Comparison::OnDevice(raw.clone().to_device(&other.device()).equal(other.clone()))
            }
            (
                Self::Learnable { raw, map },
                Self::Learnable {
                    raw: other,
                    map: right,
                },
            ) => {
                let other = right.apply(other.clone());
                let value = map.apply(raw.clone()).cast(other.dtype());
                Comparison::OnDevice(value.to_device(&other.device()).equal(other))
            }
        }
    }
}

impl ParameterMap {
    fn apply(self, raw: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Identity => raw,
            Self::Softplus => softplus(raw),
            Self::NegativeSoftplus => softplus(raw).neg(),
        }
    }
}

/// Whether two numbers are equal, as far as the host knows.
// Lives on the stack of one comparison.
#[allow(clippy::large_enum_variant)]
enum Comparison {
    Known(bool),
    OnDevice(Tensor<1, Bool>),
}

/// `moved(x)` if the metric has changed from `previous` to `now`; otherwise `x`, bit for bit. Nothing
/// is read back: where the parameters are on a device, the choice is made there.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, metric};
///
/// let (old, new) = (PoincareBall::new(1.0), PoincareBall::new(4.0));
/// let x = Tensor::<1>::from_floats([0.5, 0.0], &Device::flex());
/// let moved = metric::follow_change(&old.metric(), &new.metric(), x, |x| new.follow_metric(&old.metric(), x));
/// assert_eq!(moved.into_data().to_vec::<f32>().unwrap(), [0.25, 0.0]);
/// ```
pub fn follow_change<const D: usize>(
    previous: &[MetricParameter],
    now: &[MetricParameter],
    x: Tensor<D>,
    moved: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    match compare(previous, now) {
        Comparison::Known(true) => x,
        Comparison::Known(false) => moved(x),
        Comparison::OnDevice(same) => {
            let dims = x.dims();
            let same = same.reshape([1; D]).expand(dims);
            moved(x.clone()).mask_where(same, x)
        }
    }
}

/// Whether it is known at once that nothing has changed: all numbers are fixed, and equal.
pub(crate) fn known_equal(previous: &[MetricParameter], now: &[MetricParameter]) -> bool {
    let learnable = |metric: &[MetricParameter]| metric.iter().any(MetricParameter::is_learnable);
    !learnable(previous)
        && !learnable(now)
        && matches!(compare(previous, now), Comparison::Known(true))
}

fn compare(previous: &[MetricParameter], now: &[MetricParameter]) -> Comparison {
    if previous.len() != now.len() {
        return Comparison::Known(false);
    }
    let mut all: Option<Tensor<1, Bool>> = None;
    for (previous, now) in previous.iter().zip(now) {
        match previous.equals(now) {
            Comparison::Known(true) => (),
            Comparison::Known(false) => return Comparison::Known(false),
            Comparison::OnDevice(same) => {
                all = Some(match all {
                    Some(all) => all.bool_and(same),
                    None => same,
                });
            }
        }
    }
    all.map_or(Comparison::Known(true), Comparison::OnDevice)
}

/// The number in a tensor, brought to the host. Every learnable parameter of a metric that leaves its
/// device does so here.
fn read_back(raw: &Tensor<1>) -> f64 {
    #[cfg(feature = "testing")]
    counter::count();
    to_vec_f64(raw.clone())[0]
}

/// Counts what is read back, for tests that hold a step to reading nothing.
#[cfg(feature = "testing")]
pub(crate) mod counter {
    use std::cell::Cell;

    thread_local! {
        static READ_BACKS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        READ_BACKS.set(READ_BACKS.get() + 1);
    }

    /// How many learnable numbers of metrics this thread has brought to the host so far.
    pub fn read_backs() -> usize {
        READ_BACKS.get()
    }
}

/// $\log(1 + e^x)$, accurate to rounding for small values too, which Burn's own is not on every
/// backend.
pub(crate) fn softplus(x: Tensor<1>) -> Tensor<1> {
    // From here on e^{-x} is below rounding in f64, and e^x still far from overflow in f32.
    const IDENTITY_ABOVE: f64 = 40.0;
    let large = x.clone().greater_elem(IDENTITY_ABOVE);
    log1p(x.clone().mask_fill(large.clone(), 0.0).exp()).mask_where(large, x)
}

fn softplus_f64(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;

    fn raw(value: f64, dtype: DType) -> Tensor<1> {
        Tensor::from_data([value], (&Device::flex(), dtype))
    }

    /// Whether points move when the metric goes from one list to another.
    fn moves(previous: &[MetricParameter], now: &[MetricParameter]) -> bool {
        let x = Tensor::<2>::zeros([2, 3], &Device::flex());
        let moved = follow_change(previous, now, x, |x| x.add_scalar(1.0));
        let moved = to_vec_f64(moved);
        assert!(moved.iter().all(|&x| x == moved[0]));
        moved[0] == 1.0
    }

    #[test]
    fn points_move_exactly_where_a_number_has_changed() {
        let free =
            |value| MetricParameter::learnable(raw(value, DType::F64), ParameterMap::Identity);
        let fixed = MetricParameter::Fixed;
        assert!(!moves(&[], &[]));
        assert!(!moves(&[fixed(1.0)], &[fixed(1.0)]));
        assert!(moves(&[fixed(1.0)], &[fixed(1.5)]));
        assert!(moves(&[fixed(1.0)], &[]));
        assert!(!moves(&[free(1.0), free(2.0)], &[free(1.0), free(2.0)]));
        assert!(moves(&[free(1.0), free(2.0)], &[free(1.0), free(2.5)]));
        assert!(!moves(&[fixed(0.25)], &[free(0.25)]));
        assert!(moves(&[free(0.25), fixed(3.0)], &[fixed(0.5), fixed(3.0)]));
    }

    #[test]
    fn numbers_of_different_form_are_compared_by_value() {
        let value = softplus_f64(0.3);
        let softplus = MetricParameter::learnable(raw(0.3, DType::F64), ParameterMap::Softplus);
        let negative = softplus.clone().negated();
        let [exact] = to_vec_f64(ParameterMap::Softplus.apply(raw(0.3, DType::F64)))[..] else {
            panic!("one number")
        };
        let free = MetricParameter::learnable(raw(exact, DType::F64), ParameterMap::Identity);
        assert!(!moves(std::slice::from_ref(&softplus), &[free]));
        assert!(moves(&[softplus], std::slice::from_ref(&negative)));
        assert!((negative.value() + value).abs() < 1e-15);
    }

    #[test]
    fn the_host_and_the_device_agree_on_a_number() {
        for value in [-30.0, -1.0, 0.0, 2.0, 50.0] {
            for map in [
                ParameterMap::Identity,
                ParameterMap::Softplus,
                ParameterMap::NegativeSoftplus,
            ] {
                let parameter = MetricParameter::learnable(raw(value, DType::F64), map);
                let x = Tensor::<2>::ones([1, 1], (&Device::flex(), DType::F64));
                let on_device = to_vec_f64(parameter.coefficient(&x).scale(x))[0];
                let error = (parameter.value() - on_device).abs();
                assert!(
                    error <= 4.0 * f64::EPSILON * on_device.abs(),
                    "{value}, {map:?}: {error:e}"
                );
            }
        }
    }
}
