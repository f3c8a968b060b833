//! How a tangent vector becomes the next point.

use serde::{Deserialize, Serialize};

/// The map that turns a step in the tangent space into the next point.
///
/// Both agree to second order in the step length on every manifold whose
/// [`retract`](geom_core::Manifold::retract) says so, and both are `x + v` on flat space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepMap {
    /// Along the geodesic: $\exp_x(v)$.
    #[default]
    ExponentialMap,
    /// Along the manifold's retraction $R_x(v)$, which is cheaper where the manifold has one of its
    /// own.
    Retraction,
}
