//! The conformance suite: every law a manifold must satisfy, for manifolds defined anywhere.
//!
//! ```
//! use burn::tensor::{DType, Device};
//! use geom_core::PoincareBall;
//! use geom_core::testing::{check_manifold, check_parallel_transport, check_sample};
//!
//! let ball = PoincareBall::new(1.0);
//! check_manifold(&ball, 3, &Device::flex(), DType::F64);
//! check_parallel_transport(&ball, 3, &Device::flex(), DType::F64);
//! check_sample(&ball, 3, &Device::flex(), DType::F64);
//! ```
//!
//! A manifold that has a retraction but no geodesics in closed form goes through [`check_retraction`].

mod as_retraction;
pub mod checks;
pub mod configurations;
mod ellipsoid;
pub mod laws;
pub mod sampling;
pub mod toys;

use std::fmt;

use burn::tensor::{DType, Device};

use crate::manifold::Manifold;
use crate::manifold::point_size::PointSize;
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
pub use crate::metric::counter::read_backs;
use as_retraction::AsRetraction;
pub use configurations::{
    SampleVisitor, TransportVisitor, any_manifolds, build_sample, build_transport, configurations,
    example_size,
};
pub use ellipsoid::Ellipsoid;
use sampling::{Case, REGIMES, Regime};

/// The worst error of one law in one regime.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The law, as a sentence.
    pub law: &'static str,
    /// The verb, if the law is about several and this is one of them.
    pub verb: Option<&'static str>,
    /// Where it was tried.
    pub regime: &'static str,
    /// The worst error; infinite if anything was not a number.
    pub error: f64,
    /// The largest error that passes.
    pub tolerance: f64,
}

impl Measurement {
    /// Whether the error is within tolerance.
    pub fn passes(&self) -> bool {
        self.error <= self.tolerance
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            law,
            verb,
            regime,
            error,
            tolerance,
        } = self;
        write!(f, "{law}")?;
        if let Some(verb) = verb {
            write!(f, ", {verb}")?;
        }
        write!(
            f,
            " [{regime}]: error {error:.2e}, tolerance {tolerance:.2e}"
        )
    }
}

/// Tries every law of [`Manifold`] on points of this size, in every regime.
///
/// # Panics
/// If a law fails: with the law, the regime, the worst error and the tolerance of each failure.
pub fn check_manifold<M: Manifold>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) {
    verdict(
        manifold,
        dtype,
        measure_manifold(manifold, size, device, dtype),
    );
}

/// Tries the laws of a manifold that has a retraction but no geodesics in closed form, such as an ellipsoid: those of
/// [`check_manifold`] that mention neither `exp` and `log` nor distances, and what a retraction promises.
///
/// [`retract`](Manifold::retract) and [`inverse_retract`](Manifold::inverse_retract) are what points are drawn and
/// moved by; `exp`, `log` and what is made of them are not called. Such a manifold implements `exp` and `log` by the
/// retraction and its inverse, or panics there, and documents which. Optimizers and solvers move by the retraction;
/// if `exp` and `log` are the retraction and its inverse, then so are the geodesics that distances, means, Hessians
/// and samplers use.
///
/// # Panics
/// If a law fails, as [`check_manifold`].
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device};
/// use geom_core::testing::{Ellipsoid, check_retraction};
///
/// check_retraction(&Ellipsoid, 4, &Device::flex(), DType::F64);
/// ```
pub fn check_retraction<M: Manifold>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) {
    verdict(
        manifold,
        dtype,
        measure_retraction(manifold, size, device, dtype),
    );
}

/// Tries every law of [`ParallelTransport`].
///
/// # Panics
/// If a law fails, as [`check_manifold`].
pub fn check_parallel_transport<M: ParallelTransport>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) {
    verdict(
        manifold,
        dtype,
        measure_parallel_transport(manifold, size, device, dtype),
    );
}

/// Tries every law of [`Sample`].
///
/// # Panics
/// If a law fails, as [`check_manifold`].
pub fn check_sample<M: Sample>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) {
    verdict(
        manifold,
        dtype,
        measure_sample(manifold, size, device, dtype),
    );
}

/// The measurements behind [`check_manifold`].
pub fn measure_manifold<M: Manifold>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) -> Vec<Measurement> {
    let mut measurements = Vec::new();
    let size = size.into();
    for case in cases(manifold, &size, device, dtype) {
        measurements.extend(laws::closure(&case));
        measurements.extend(laws::maps(&case));
        measurements.push(laws::speed(&case));
        measurements.extend(laws::distance(&case));
        measurements.extend(laws::inner(&case));
        measurements.extend(checks::shares(&case));
        measurements.extend(checks::violations(&case));
        measurements.extend(laws::batches(&case));
        measurements.extend(laws::isolation(&case));
        measurements.extend(laws::retractions(&case));
        measurements.extend(laws::ambient_flatness(&case));
        measurements.push(laws::pairwise(&case));
        if dtype == DType::F32 {
            measurements.extend(laws::half_precision(&case));
        }
        // Finite differences need the digits of f64.
        if dtype == DType::F64 {
            measurements.push(laws::gradient(&case));
            measurements.extend(laws::hessian(&case));
        }
    }
    let case = generic(manifold, size, device, dtype);
    measurements.extend(laws::finite_gradients(&case));
    if dtype == DType::F64 {
        measurements.push(laws::retraction_slope(&case));
    }
    measurements
}

/// The measurements behind [`check_retraction`].
pub fn measure_retraction<M: Manifold>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) -> Vec<Measurement> {
    let manifold = &AsRetraction::new(manifold);
    let mut measurements = Vec::new();
    let size = size.into();
    for case in cases(manifold, &size, device, dtype) {
        measurements.extend(laws::closure(&case));
        measurements.extend(laws::retraction(&case));
        measurements.extend(laws::inner(&case));
        measurements.extend(checks::shares(&case));
        measurements.extend(checks::violations(&case));
        measurements.extend(laws::batches(&case));
        measurements.extend(laws::isolation(&case));
        measurements.extend(laws::retractions(&case));
        measurements.extend(laws::ambient_flatness(&case));
        if dtype == DType::F32 {
            measurements.extend(laws::half_precision(&case));
        }
        if dtype == DType::F64 {
            measurements.push(laws::gradient(&case));
        }
    }
    let case = generic(manifold, size, device, dtype);
    measurements.extend(laws::finite_gradients(&case));
    measurements.retain(as_retraction::is_of_retraction);
    measurements
}

/// The measurements behind [`check_parallel_transport`].
pub fn measure_parallel_transport<M: ParallelTransport>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) -> Vec<Measurement> {
    cases(manifold, &size.into(), device, dtype)
        .flat_map(|case| laws::transport(&case))
        .collect()
}

/// The measurements behind [`check_sample`].
pub fn measure_sample<M: Sample>(
    manifold: &M,
    size: impl Into<PointSize>,
    device: &Device,
    dtype: DType,
) -> Vec<Measurement> {
    cases(manifold, &size.into(), device, dtype)
        .flat_map(|case| laws::tangent_noise(&case))
        .collect()
}

fn generic<'a, M>(manifold: &'a M, size: PointSize, device: &Device, dtype: DType) -> Case<'a, M> {
    Case {
        manifold,
        size,
        device: device.clone(),
        dtype,
        regime: Regime {
            name: "generic",
            radius: 1.0,
        },
    }
}

fn cases<'a, M: Manifold>(
    manifold: &'a M,
    size: &'a PointSize,
    device: &'a Device,
    dtype: DType,
) -> impl Iterator<Item = Case<'a, M>> {
    REGIMES.iter().map(move |&regime| Case {
        manifold,
        size: size.clone(),
        device: device.clone(),
        dtype,
        regime,
    })
}

fn verdict<M: Manifold>(manifold: &M, dtype: DType, measurements: Vec<Measurement>) {
    let failures: Vec<String> = measurements
        .iter()
        .filter(|m| !m.passes())
        .map(ToString::to_string)
        .collect();
    assert!(
        failures.is_empty(),
        "{} with curvature {:?} in {dtype:?} breaks {} of {} laws:\n  {}",
        manifold.name(),
        manifold.sectional_curvature(),
        failures.len(),
        measurements.len(),
        failures.join("\n  "),
    );
}
