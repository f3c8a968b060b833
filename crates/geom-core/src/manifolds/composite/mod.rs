//! Manifolds made of others.

mod dynamic;
mod flattened;
mod power;
mod product;
mod scaled;

pub use dynamic::{AnyManifold, DynamicProduct, Factor};
pub use flattened::Flattened;
pub use power::Power;
pub use product::Product;
pub use scaled::Scaled;
