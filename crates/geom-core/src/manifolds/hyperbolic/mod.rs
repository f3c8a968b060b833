//! The models of hyperbolic space, and the stereographic model of every curvature.

mod constructors;
pub(crate) mod half_space;
pub(crate) mod hyperboloid;
pub(crate) mod klein_ball;
pub(crate) mod poincare_ball;
mod stereographic;

pub use half_space::HalfSpace;
pub use hyperboloid::Hyperboloid;
pub use klein_ball::KleinBall;
pub use poincare_ball::PoincareBall;
pub use stereographic::Stereographic;
