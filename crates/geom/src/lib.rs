#![doc = include_str!("../README.md")]
//!
//! # Where to look
//! - [`core`]: manifolds, [`ManifoldParam`](core::ManifoldParam), curvature, statistics, isometries.
//! - [`linalg`]: eigenvalues, functions, factors and equations of batches of matrices, with gradients.
//! - [`optim`]: optimizers, solvers, samplers.
//! - [`nn`]: layers, graph networks, losses, metrics.
//! - [`train`]: trainers of embeddings and graph networks, checkpoints.
//! - [`data`]: hierarchies, graphs, splits, downloads.
//! - [`prelude`]: what most programs need, in one import.
//! - [`guides`]: how to choose a manifold or an optimizer, how to use the layers, and more.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub use geom_core as core;
#[cfg(feature = "data")]
pub use geom_data as data;
pub use geom_kernels::allocator::keep_freed_memory;
pub use geom_linalg as linalg;
#[cfg(feature = "nn")]
pub use geom_nn as nn;
#[cfg(feature = "optim")]
pub use geom_optim as optim;
#[cfg(feature = "train")]
pub use geom_train as train;

#[cfg(all(any(doc, doctest), feature = "train"))]
pub mod guides;
pub mod prelude;

/// The code on the front page of the repository, as a test.
#[cfg(all(doctest, feature = "train"))]
#[doc = include_str!("../docs/front-page.md")]
mod front_page {}
