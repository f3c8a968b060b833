//! The sphere, and manifolds made of spheres.

mod oblique;
pub(crate) mod sphere;
mod sphere_subspace;

pub use oblique::Oblique;
pub use sphere::Sphere;
pub use sphere_subspace::SphereSubspace;
