//! Embeddings of hierarchies: one point for every node, distances that rank relations first.

mod autodiff;
mod batch;
mod fast;
mod growth;
mod recipe;
mod schedule;
mod settings;
mod trainer;

pub use batch::{Graph, Group};
pub use recipe::Recipe;
pub use schedule::Schedule;
pub use settings::{Format, Route, Settings, Space};
pub use trainer::{EmbeddingTrainer, EpochReport, scan_table};
