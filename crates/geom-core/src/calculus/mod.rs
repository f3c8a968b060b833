//! Derivatives, and what is computed from distances and geodesics of any manifold.

pub mod dual;
pub(crate) mod hessian;
pub mod ladder;
pub mod pairwise;
