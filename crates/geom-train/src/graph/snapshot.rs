//! The state of a run between two epochs, held without a copy of its numbers.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use burn::optim::ModuleOptimizer;

use super::best::Best;
use super::checkpoint::{GraphCheckpoint, digest_of_data};
use super::data::TaskData;
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::settings::GraphSettings;

/// The state of a run after a whole number of epochs.
///
/// A [checkpoint](Self::checkpoint) can be made of it at any later time and on any thread, while the run
/// goes on: this is how a program saves the last whole epoch when it is stopped in the middle of one.
/// Taking a snapshot costs next to nothing. It shares the numbers of the run, which an optimizer does not
/// change in place while they are shared.
#[derive(Clone)]
pub struct GraphSnapshot {
    pub(super) settings: GraphSettings,
    pub(super) data: SharedData,
    pub(super) model: NodeModel,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) best: Option<Best>,
    pub(super) epochs: usize,
    pub(super) seconds: f64,
}

impl GraphSnapshot {
    /// The settings of the run.
    pub fn settings(&self) -> &GraphSettings {
        &self.settings
    }

    /// The data of the run.
    pub fn data(&self) -> &TaskData {
        &self.data
    }

    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// The same as the content of a file.
    ///
    /// # Errors
    /// [`GraphTrainError::Record`] if Burn cannot write a record.
    pub fn checkpoint(&self) -> Result<GraphCheckpoint, GraphTrainError> {
        GraphCheckpoint::of(self)
    }
}

impl fmt::Debug for GraphSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphSnapshot")
            .field("settings", &self.settings)
            .field("data", &self.data.name())
            .field("epochs", &self.epochs)
            .field("seconds", &self.seconds)
            .field("best", &self.best.as_ref().map(|best| best.epoch))
            .finish_non_exhaustive()
    }
}

/// The data of a run, which its snapshots share, with their digest, which is computed when it is first needed.
#[derive(Clone)]
pub(super) struct SharedData(Arc<(TaskData, OnceLock<String>)>);

impl SharedData {
    pub(super) fn new(data: TaskData) -> Self {
        Self(Arc::new((data, OnceLock::new())))
    }

    /// Tells these data from others.
    pub(super) fn digest(&self) -> &str {
        let (data, digest) = &*self.0;
        digest.get_or_init(|| digest_of_data(data))
    }
}

impl Deref for SharedData {
    type Target = TaskData;

    fn deref(&self) -> &TaskData {
        &self.0.0
    }
}
