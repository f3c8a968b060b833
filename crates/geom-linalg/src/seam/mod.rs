//! How operations on matrices reach the backends of Burn, and how their gradients come back.
//!
//! An [`Operation`](operation::Operation) computes on slices of `f32` or `f64`, with kernels of
//! `geom-kernels`, and knows its gradient. A [`Call`] is one of them with the sizes at hand, and
//! [`LinalgOps`] takes it to a backend: `flex.rs` hands over the memory of the tensors, `host.rs` reads
//! them back from any other device, and `backward.rs` is the one rule of differentiation for all. A new
//! operation is one file with one implementation of the trait; nothing here changes. A kernel that runs on
//! a GPU is one more implementation of [`LinalgOps`].

mod backward;
mod batch;
mod call;
mod evaluate;
#[cfg(feature = "flex")]
mod flex;
mod host;
mod operation;
mod ops;

pub(crate) use batch::{Batch, Matrices, Size, largest, threads};
pub use call::Call;
pub(crate) use call::Report;
pub(crate) use evaluate::{evaluate, in_single, shape_of, size, square};
pub(crate) use operation::{Kept, Number, Operation};
pub use ops::LinalgOps;
