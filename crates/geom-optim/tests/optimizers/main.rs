//! The optimizers, by subject. One program, because each takes long to link.

mod adaptive_steps;
mod broken_gradients;
#[path = "../common/mod.rs"]
mod common;
mod euclidean_equivalence;
mod foreign_manifold;
mod half_precision;
mod learnable_curvature;
mod manifold_steps;
mod matrices;
mod no_points;
mod resume;
mod row_sparse;
