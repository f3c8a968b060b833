//! What can go wrong in training a graph network.

use std::error::Error;

use geom_core::SettingError;
use geom_data::graph::GraphProblem;
use geom_nn::metrics::MetricError;
use geom_nn::models::ModelError;
use geom_nn::sparse::GraphError;

use crate::storage::StorageError;

/// An error of training a graph network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphTrainError {
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A file that could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The data cannot serve the task.
    #[error(transparent)]
    Data(#[from] GraphProblem),
    /// The model does not exist as it was asked for.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The graph does not fit the device's indices.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A score that is not a number.
    #[error("training diverged in epoch {epoch}: {source}")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// What the metric met.
        source: MetricError,
    },
    /// A loss that is not a number.
    #[error("training diverged in epoch {epoch}: the loss is {loss}")]
    NonFiniteLoss {
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// The checkpoint of a run is of another graph, or of the same one prepared otherwise.
    #[error("the checkpoint was made with other data")]
    OtherData,
    /// Burn could not write or read a record of the model or of its optimizer.
    #[error("cannot {action} the record of the {part}: {source}")]
    Record {
        /// What was attempted: `write` or `read`.
        action: &'static str,
        /// Whose record it is.
        part: &'static str,
        /// What Burn met.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A run whose embeddings cannot be features.
    #[error("the run cannot give features: {reason}")]
    Pretrained {
        /// Why not.
        reason: &'static str,
    },
    /// A file that does not hold settings.
    #[error("{name} does not hold settings: {reason}")]
    SettingsFile {
        /// Which.
        name: String,
        /// What does not fit.
        reason: String,
    },
}

impl GraphTrainError {
    /// What does not fit in the file `name`. Messages of the parser end with a line break.
    pub(super) fn settings_file(name: &str, reason: impl std::fmt::Display) -> Self {
        Self::SettingsFile {
            name: name.to_owned(),
            reason: reason.to_string().trim_end().to_owned(),
        }
    }

    /// A setting out of range in the file `name`, by the key that it has there.
    pub(super) fn setting_in_file(name: &str, error: &SettingError) -> Self {
        let SettingError { field, value, rule } = error;
        let key = field.replace('_', "-");
        Self::settings_file(name, format!("{key} = {value} is out of range: {rule}"))
    }
}
