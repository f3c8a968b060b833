//! The manifolds, one file or folder each, by family.
//!
//! A folder holds a manifold in its `mod.rs`, and beside it what that manifold computes with.

pub(crate) mod composite;
pub(crate) mod flat;
pub(crate) mod hyperbolic;
pub(crate) mod simplex;
pub(crate) mod spherical;

pub use composite::{AnyManifold, DynamicProduct, Factor, Flattened, Power, Product, Scaled};
pub use flat::{Circle, Euclidean, Torus};
pub use hyperbolic::{HalfSpace, Hyperboloid, KleinBall, PoincareBall, Stereographic};
pub use simplex::{BirkhoffPolytope, PositiveOrthant, ProbabilitySimplex};
pub use spherical::{Oblique, Sphere, SphereSubspace};
