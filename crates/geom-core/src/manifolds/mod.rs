//! The manifolds, one file each.

pub mod any;
pub mod dynamic_product;
pub mod euclidean;
pub mod hyperboloid;
pub(crate) mod lorentz_frame;
pub mod poincare_ball;
pub mod power;
pub mod product;
pub mod scaled;

pub use any::AnyManifold;
pub use dynamic_product::{DynamicProduct, Factor};
pub use euclidean::Euclidean;
pub use hyperboloid::Hyperboloid;
pub use poincare_ball::PoincareBall;
pub use power::Power;
pub use product::Product;
pub use scaled::Scaled;
