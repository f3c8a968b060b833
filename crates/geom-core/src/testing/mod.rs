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

pub mod checks;
pub mod configurations;
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
pub use configurations::{
    SampleVisitor, TransportVisitor, any_manifolds, build_sample, build_transport, configurations,
    example_size,
};
use sampling::{Case, REGIMES, Regime};

/// The worst error of one law in one regime.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The law, as a sentence.
    pub law: &'static str,
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
            regime,
            error,
            tolerance,
        } = self;
        write!(
            f,
            "{law} [{regime}]: error {error:.2e}, tolerance {tolerance:.2e}"
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
        measurements.extend(laws::distance(&case));
        measurements.extend(laws::inner(&case));
        measurements.extend(checks::shares(&case));
        measurements.extend(checks::violations(&case));
        measurements.extend(laws::batches(&case));
        measurements.push(laws::isolation(&case));
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
    let generic = Regime {
        name: "generic",
        radius: 1.0,
    };
    let case = Case {
        manifold,
        size,
        device: device.clone(),
        dtype,
        regime: generic,
    };
    measurements.extend(laws::finite_gradients(&case));
    if dtype == DType::F64 {
        measurements.push(laws::retraction_slope(&case));
    }
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
