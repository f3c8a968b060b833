//! The manifolds, one file each.

pub mod euclidean;
pub mod hyperboloid;
pub(crate) mod lorentz_frame;
pub mod poincare_ball;
pub mod scaled;

pub use euclidean::Euclidean;
pub use hyperboloid::Hyperboloid;
pub use poincare_ball::PoincareBall;
pub use scaled::Scaled;
