//! Embeddings of hierarchies: one point for every node, distances that rank relations first.
//!
//! | what | where |
//! |---|---|
//! | settings that work, by name | [`Recipe`] |
//! | what a run is asked to do | [`EmbeddingSettings`] |
//! | one epoch at a time, and how good the result is | [`EmbeddingTrainer`] |
//! | the state of a run in a file | [`EmbeddingCheckpoint`] |
//! | relations kept from the training, and how well it predicts them | [`HoldoutSettings`], [`predict_links`] |
//! | those told from pairs that are none, by a threshold | [`ClassificationTask`] |
//! | entailment cones, from the points of a trained embedding | [`EmbeddingModel`], [`cone_start`] |
//! | new nodes in a trained embedding | [`Extension`] |
//! | the best epoch by them | [`EarlyStopping`] |
//! | settings drawn at random | [`SearchSpace`] |

mod autodiff;
mod batch;
mod chance;
mod checkpoint;
mod classification;
mod cone_negatives;
mod cones;
mod direct;
mod early_stopping;
mod error;
mod evaluation;
mod extension;
mod fast;
mod growth;
mod held_out;
mod holdout;
mod holdout_split;
mod initial;
mod link_prediction;
mod points;
mod recipe;
mod rows;
mod schedule;
mod search;
mod settings;
mod stored_holdout;
mod stored_relations;
mod table;
mod trainer;
mod visits;

pub use chance::{Chance, chance};
pub use checkpoint::EmbeddingCheckpoint;
pub use classification::{Classification, ClassificationTask};
pub use cone_negatives::{ConeNegatives, MissingNegatives};
pub use cones::cone_start;
pub use direct::DirectRelations;
pub use early_stopping::{BestEpoch, EarlyStopping, ValidatedEpoch};
pub use error::EmbeddingTrainError;
pub use evaluation::{Evaluation, Extent, distance_table, evaluate, evaluate_filtered};
pub use extension::{Extension, ExtensionReport, ExtensionSettings};
pub use held_out::{HeldOut, HeldOutPart};
pub use holdout::{HoldoutRule, HoldoutSettings};
pub use link_prediction::{LinkPrediction, predict_links};
pub use recipe::Recipe;
pub use schedule::Schedule;
pub use search::SearchSpace;
pub use settings::{EmbeddingModel, EmbeddingSettings, Route, Space, UnsupportedSpace};
pub use stored_holdout::{load_held_out, save_held_out};
pub use stored_relations::{load_relations, save_relations};
pub use table::Table;
pub use trainer::{EmbeddingTrainer, EpochReport};
