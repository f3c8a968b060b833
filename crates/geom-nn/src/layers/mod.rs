//! Layers of neural networks on curved spaces.

pub mod graph;
pub(crate) mod init;
