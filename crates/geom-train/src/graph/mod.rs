//! Training graph networks: node classification and link prediction.
//!
//! [`GraphSettings`] say what to train, [`TaskData`] is a graph prepared for it, and a
//! [`GraphTrainer`] goes through the epochs, one at a time, under the caller's control.
//!
//! | what | where |
//! |---|---|
//! | settings to start from, whatever the data | [`GraphSettings::new`] |
//! | those tuned for a model on a dataset | [`defaults()`] |
//! | settings from a file, and to one | [`overridden`], [`to_toml`] |
//! | settings drawn at random | [`SearchSpace`] |
//! | the best epoch, its scores and its model | [`GraphTrainer::best`], [`Best`] |
//! | what guessing scores on the task | [`TaskData::chance`] |
//! | what is to be known of the scores | [`GraphTrainer::remarks`], [`Remark`] |
//! | the most probable links that a graph lacks | [`GraphTrainer::missing_links`] |
//! | features from an earlier run | [`TaskData::with_embeddings_of`] |
//! | how a run parted its graph, and names, in a file | [`KeptData`] |
//! | the state of a run in a file | [`GraphTrainer::checkpoint`], [`GraphCheckpoint`] |
//! | the state of a run, to be saved while it goes on | [`GraphTrainer::snapshot`], [`GraphSnapshot`] |
//!
//! # Examples
//! ```
//! use burn::tensor::Device;
//! use geom_data::graph::disease;
//! use geom_nn::models::ModelKind;
//! use geom_train::graph::{GraphSettings, GraphTask, GraphTrainer, TaskData};
//!
//! let tree = disease::generate(&disease::Config::node_classification(), 0).unwrap();
//! let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
//! settings.epochs = 3;
//! let data = TaskData::new(&tree, &settings).unwrap();
//! let mut trainer = GraphTrainer::new(data, settings, &Device::flex()).unwrap();
//! while !trainer.is_finished() {
//!     trainer.epoch().unwrap();
//! }
//! assert!(trainer.best().is_some());
//! ```

mod batches;
mod best;
mod chance;
mod checkpoint;
mod data;
mod defaults;
mod error;
mod ignored;
mod kept;
mod learner;
mod missing;
mod model;
mod objective;
mod optimizer;
mod pretrained;
mod remarks;
mod scores;
mod search;
mod settings;
mod snapshot;
mod targets;
mod trainer;

pub use best::Best;
pub use checkpoint::GraphCheckpoint;
pub use data::{Inputs, TaskData};
pub use defaults::{defaults, overridden, to_toml};
pub use error::GraphTrainError;
pub use geom_data::graph::{GraphTask, SplitProtocol};
pub use kept::KeptData;
pub use missing::{MissingLink, MissingLinks};
pub use model::NodeModel;
pub use remarks::Remark;
pub use scores::{LinkScores, NodeScores, Scores};
pub use search::SearchSpace;
pub use settings::{Batching, GraphSettings};
pub use snapshot::GraphSnapshot;
pub use targets::{ClassTargets, Targets};
pub use trainer::{GraphEpoch, GraphTrainer};
