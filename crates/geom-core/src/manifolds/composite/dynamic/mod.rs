//! Manifolds chosen at run time.
//!
//! [`AnyManifold`] may be a product, and a product holds [`AnyManifold`]s: its two files know each
//! other.

mod any;
mod pointed;
mod product;

pub use any::AnyManifold;
pub use product::{DynamicProduct, Factor};
