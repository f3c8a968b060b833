//! Flat manifolds.

mod euclidean;
mod torus;

pub use euclidean::Euclidean;
pub use torus::{Circle, Torus};
