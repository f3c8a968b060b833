//! What can go wrong in training a graph network.

use std::path::PathBuf;

use geom_data::graph::GraphProblem;
use geom_nn::decoders::FermiDiracError;
use geom_nn::metrics::MetricError;
use geom_nn::models::ModelError;
use geom_nn::sparse::GraphError;

use crate::error::TrainError;

/// An error of training a graph network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphTrainError {
    /// A setting, a file, or a run that diverged.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The data cannot serve the task.
    #[error(transparent)]
    Data(#[from] GraphProblem),
    /// The model does not exist as it was asked for.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The graph does not fit the device's indices.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The decoder's settings.
    #[error(transparent)]
    Decoder(#[from] FermiDiracError),
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
    Loss {
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// The graph of a run is not the one it was trained on.
    #[error("{} was trained on other data", path.display())]
    DataChanged {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A run whose embeddings cannot be features.
    #[error("the run cannot give features: {reason}")]
    Pretrained {
        /// Why not.
        reason: &'static str,
    },
    /// A file that does not hold settings.
    #[error("{name} does not hold settings: {reason}")]
    Defaults {
        /// Which.
        name: String,
        /// What does not fit.
        reason: String,
    },
}

impl GraphTrainError {
    /// What does not fit in the file `name`. Messages of the parser end with a line break.
    pub(super) fn defaults(name: &str, reason: impl std::fmt::Display) -> Self {
        Self::Defaults {
            name: name.to_owned(),
            reason: reason.to_string().trim_end().to_owned(),
        }
    }
}
