//! Training jobs on curved spaces.
//!
//! | job | trainer | its state in a file |
//! |---|---|---|
//! | embeddings of hierarchies | [`embedding::EmbeddingTrainer`] | [`embedding::EmbeddingCheckpoint`] |
//! | graph networks for classes of nodes or for links | [`graph::GraphTrainer`] | [`graph::GraphCheckpoint`] |
//!
//! [`embedding`] has two routes with one meaning: a closed-form CPU kernel, and Burn's automatic
//! differentiation on any device. [`graph`] trains every model of [`geom_nn::models`] on the whole
//! graph or on samples of it. Each run is one self-describing file, written [atomically](storage).
//! The loop stays with the caller: it decides between epochs when to save, draw or stop.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod chance;
mod conflict;
pub mod embedding;
mod format;
pub mod graph;
pub mod storage;
mod zero_is_none;

pub use conflict::SettingConflict;
pub use format::Format;
pub use geom_core::SettingError;
