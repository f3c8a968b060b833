//! Embeddings of hierarchies: one point for every node, distances that rank relations first.
//!
//! | what | where |
//! |---|---|
//! | settings that work, by name | [`Recipe`] |
//! | what a run is asked to do | [`EmbeddingSettings`] |
//! | one epoch at a time, and how good the result is | [`EmbeddingTrainer`] |
//! | the state of a run in a file | [`EmbeddingCheckpoint`] |

mod autodiff;
mod batch;
mod chance;
mod checkpoint;
mod direct;
mod error;
mod evaluation;
mod fast;
mod growth;
mod initial;
mod points;
mod recipe;
mod schedule;
mod settings;
mod stored_relations;
mod trainer;
mod visits;

pub use chance::{Chance, chance};
pub use checkpoint::EmbeddingCheckpoint;
pub use direct::DirectRelations;
pub use error::EmbeddingTrainError;
pub use evaluation::{Evaluation, Extent, distance_table, evaluate};
pub use points::Table;
pub use recipe::Recipe;
pub use schedule::Schedule;
pub use settings::{EmbeddingSettings, Route, Space};
pub use stored_relations::{load_relations, save_relations};
pub use trainer::{EmbeddingTrainer, EpochReport};
