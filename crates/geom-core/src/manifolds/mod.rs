//! The manifolds, one file each.

pub mod any;
pub mod dynamic_product;
pub mod euclidean;
pub(crate) mod great_circle;
pub mod hyperboloid;
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
pub use hyperboloid::Hyperboloid;
pub use oblique::Oblique;
pub use poincare_ball::PoincareBall;
pub use power::Power;
pub use product::Product;
pub use scaled::Scaled;
pub use sphere::Sphere;
pub use sphere_subspace::SphereSubspace;
pub use torus::{Circle, Torus};
