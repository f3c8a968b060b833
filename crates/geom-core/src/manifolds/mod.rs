//! The manifolds, one file each.

pub mod any;
pub mod dynamic_product;
pub(crate) mod einstein;
pub mod euclidean;
pub(crate) mod great_circle;
pub mod half_space;
pub(crate) mod half_space_frame;
pub mod hyperboloid;
mod hyperboloid_ops;
pub mod klein_ball;
pub(crate) mod klein_frame;
pub(crate) mod lorentz_frame;
pub mod oblique;
pub(crate) mod orthonormal;
pub mod poincare_ball;
pub mod power;
pub mod product;
pub mod scaled;
pub mod sphere;
pub mod sphere_subspace;
pub mod torus;

pub use any::AnyManifold;
pub use dynamic_product::{DynamicProduct, Factor};
pub use euclidean::Euclidean;
pub use half_space::HalfSpace;
pub use hyperboloid::Hyperboloid;
pub use klein_ball::KleinBall;
pub use oblique::Oblique;
pub use poincare_ball::PoincareBall;
pub use power::Power;
pub use product::Product;
pub use scaled::Scaled;
pub use sphere::Sphere;
pub use sphere_subspace::SphereSubspace;
pub use torus::{Circle, Torus};
