//! Geometry in Burn's modules: parameters on manifolds, the scope they open, records.

mod constant;
pub mod constrain;
pub mod param;
pub mod record;
pub mod scope;
pub mod unique;

pub(crate) use constant::Constant;
