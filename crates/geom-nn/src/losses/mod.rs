//! Training objectives.

mod ranking;

pub use ranking::ranking_loss;
