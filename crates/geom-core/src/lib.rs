//! Riemannian manifolds on Burn tensors.

pub mod manifold;
pub mod param;
pub mod scope;
