//! Linear algebra of many small matrices.

mod batches;
mod factors;
mod failures;
mod gradients;
mod oracle;
mod rotations;
mod support;
