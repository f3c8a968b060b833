//! The laws, each with the tolerance it is held to.
//!
//! Errors are lengths in units of the curvature radius, or relative.

mod batches;
mod derivatives;
mod formats;
mod maps;
mod retraction;
mod vectors;

use burn::tensor::Tensor;

use super::Measurement;
use super::sampling::{Case, RANK};
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;
pub use batches::{batches, isolation, pairwise};
pub use derivatives::{finite_gradients, gradient, hessian, retraction_slope};
pub use formats::half_precision;
pub use maps::{ambient_flatness, closure, distance, maps, retractions, speed};
pub use retraction::retraction;
pub use vectors::{inner, tangent_noise, transport};

/// Roundings in a chain of two or three maps: some thirty operations whose errors partly cancel.
const ROUNDINGS: f64 = 16.0;
/// Length of the tangent vectors, in units.
pub(super) const STEP: f64 = 0.7;

fn worst(values: Tensor<RANK>) -> f64 {
    let largest = |worst: f64, x: f64| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            worst.max(x.abs())
        }
    };
    to_vec_f64(values).into_iter().fold(0.0, largest)
}

impl<M: Manifold> Case<'_, M> {
    pub(super) fn measurement(&self, law: &'static str, error: f64, tolerance: f64) -> Measurement {
        Measurement {
            law,
            verb: None,
            regime: self.regime.name,
            error,
            tolerance,
        }
    }

    /// The same law of one verb among several.
    fn measurement_of(
        &self,
        law: &'static str,
        verb: &'static str,
        error: f64,
        tolerance: f64,
    ) -> Measurement {
        Measurement {
            verb: Some(verb),
            ..self.measurement(law, error, tolerance)
        }
    }

    pub(super) fn rounding(&self) -> f64 {
        ROUNDINGS * self.limits().epsilon * self.amplification()
    }

    fn length(&self, x: &Tensor<RANK>, v: Tensor<RANK>) -> f64 {
        worst(self.manifold.norm(x.clone(), v)) / self.unit()
    }

    fn apart(&self, x: Tensor<RANK>, y: Tensor<RANK>) -> f64 {
        worst(self.manifold.distance(x, y)) / self.unit()
    }
}
