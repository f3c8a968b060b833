//! Training jobs on curved spaces.
//!
//! [`embedding`] trains Poincaré embeddings on two routes with one meaning: a closed-form CPU
//! kernel, and Burn's automatic differentiation on any device. [`checkpoint`] stores a run in one
//! self-describing file, written atomically. The loop stays with the caller: it decides between
//! epochs when to save, draw or stop.

pub mod atomic;
pub mod checkpoint;
pub mod embedding;
mod error;
mod exact;
pub mod graph;

pub use error::{TrainError, io_error};
