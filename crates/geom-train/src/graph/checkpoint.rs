//! Checkpoints of graph networks: one file with everything a run needs to go on.

use std::error::Error;
use std::path::Path;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use geom_data::graph::SparseRows;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::best::Best;
use super::data::TaskData;
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::scores::Scores;
use super::settings::GraphSettings;
use super::snapshot::GraphSnapshot;
use super::targets::Targets;
use crate::storage::{FileKind, Frame, Part, StorageError, hex, numbers, read};

const KIND: FileKind = FileKind {
    key: "geom-graph",
    version: 1,
};
const EMBEDDINGS: &str = "embeddings";

/// The state of a run after a whole number of epochs.
#[derive(Clone, Debug)]
pub struct GraphCheckpoint {
    description: Description,
    model: Vec<u8>,
    optimizer: Vec<u8>,
    best: Vec<u8>,
    /// Features from an earlier run.
    embeddings: Option<SparseRows>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Description {
    settings: GraphSettings,
    data: String,
    epochs: usize,
    seconds: f64,
    best: Option<BestEpoch>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BestEpoch {
    epoch: usize,
    val: Scores,
    test: Scores,
    loss: f64,
}

/// What a trainer goes on with. The optimizer's state is loaded into one that is made for `model`.
pub(super) struct Restored<F> {
    pub(super) model: NodeModel,
    pub(super) optimizer: F,
    pub(super) best: Option<Best>,
    pub(super) epochs: usize,
    pub(super) seconds: f64,
}

impl GraphCheckpoint {
    /// The settings of the run.
    pub fn settings(&self) -> &GraphSettings {
        &self.description.settings
    }

    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.description.epochs
    }

    /// Seconds spent on them.
    pub fn seconds(&self) -> f64 {
        self.description.seconds
    }

    /// The best epoch so far, with its scores on the validation and on the test part.
    pub fn best(&self) -> Option<(usize, Scores, Scores)> {
        let best = self.description.best.as_ref()?;
        Some((best.epoch, best.val, best.test))
    }

    /// SHA-256 of settings, records and features: tells one state of a run from another.
    pub fn checksum(&self) -> String {
        let embeddings = self.embeddings.as_ref().map(bytes_of);
        self.frame(embeddings.as_deref()).checksum()
    }

    /// Writes the file; an earlier one stays whole until the new one is.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), StorageError> {
        let embeddings = self.embeddings.as_ref().map(bytes_of);
        self.frame(embeddings.as_deref()).write(path)
    }

    fn frame<'a>(&'a self, embeddings: Option<&'a [u8]>) -> Frame<'a> {
        let mut parts = vec![
            Part::bytes("model", &self.model),
            Part::bytes("optimizer", &self.optimizer),
            Part::bytes("best", &self.best),
        ];
        if let (Some(rows), Some(bytes)) = (&self.embeddings, embeddings) {
            parts.push(Part {
                name: EMBEDDINGS,
                dtype: Dtype::F32,
                shape: vec![rows.num_rows(), rows.width()],
                bytes,
            });
        }
        Frame::new(&KIND, &self.description, parts)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`StorageError::Io`], [`StorageError::Damaged`], [`StorageError::NewerVersion`].
    pub fn load(path: &Path) -> Result<Self, StorageError> {
        let bytes = read(path)?;
        let damaged = |reason: String| StorageError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let (description, file): (Description, _) = Frame::read(&KIND, &bytes, path)?;
        let sound = description.settings.check();
        sound.map_err(|error| damaged(error.to_string()))?;
        if description.epochs > description.settings.epochs {
            return Err(damaged(
                "it has done more epochs than its settings ask for".to_owned(),
            ));
        }
        let part = |name: &str| match file.tensor(name) {
            Ok(tensor) => Ok(tensor.data().to_vec()),
            Err(error) => Err(damaged(error.to_string())),
        };
        let embeddings = match file.tensor(EMBEDDINGS) {
            Ok(tensor) => {
                let width = tensor.shape().last().copied().unwrap_or(0);
                let values = numbers(tensor.data(), f32::from_le_bytes);
                let rows = SparseRows::from_dense(width, values);
                Some(rows.map_err(|error| damaged(error.to_string()))?)
            }
            Err(_) => None,
        };
        Ok(Self {
            model: part("model")?,
            optimizer: part("optimizer")?,
            best: part("best")?,
            embeddings,
            description,
        })
    }

    /// The state of a run.
    pub(super) fn of(state: &GraphSnapshot) -> Result<Self, GraphTrainError> {
        let record = |part, model: &NodeModel| match model.clone().into_record().into_bytes() {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) => Err(record_error("write", part)(error)),
        };
        let optimizer = state.optimizer.into_bytes();
        let optimizer = optimizer.map_err(record_error("write", "optimizer"))?;
        let best = state.best.as_ref();
        Ok(Self {
            description: Description {
                settings: state.settings.clone(),
                data: state.data.digest().to_owned(),
                epochs: state.epochs,
                seconds: state.seconds,
                best: best.map(|best| BestEpoch {
                    epoch: best.epoch,
                    val: best.val,
                    test: best.test,
                    loss: best.loss,
                }),
            },
            model: record("model", &state.model)?,
            optimizer: optimizer.to_vec(),
            best: best.map_or(Ok(Vec::new()), |best| record("best model", &best.model))?,
            embeddings: state.data.embeddings().cloned(),
        })
    }

    /// The data that the run was trained on: `data`, with the features from an earlier run if it had
    /// any.
    pub(super) fn data_with_embeddings(&self, data: TaskData) -> Result<TaskData, GraphTrainError> {
        let data = match &self.embeddings {
            Some(embeddings) if embeddings.num_rows() != data.nodes() => {
                return Err(GraphTrainError::OtherData);
            }
            Some(embeddings) => data.with_embeddings(embeddings.clone()),
            None => data,
        };
        if digest_of_data(&data) != self.description.data {
            return Err(GraphTrainError::OtherData);
        }
        Ok(data)
    }

    /// What a trainer goes on with, the models read into copies of `fresh`.
    pub(super) fn restore(
        self,
        fresh: NodeModel,
    ) -> Result<
        Restored<impl FnOnce(ModuleOptimizer) -> Result<ModuleOptimizer, GraphTrainError>>,
        GraphTrainError,
    > {
        let read = |part, bytes: Vec<u8>| -> Result<NodeModel, GraphTrainError> {
            let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes));
            let record = record.map_err(record_error("read", part))?;
            let model = fresh.clone().try_load_record(record);
            model.map_err(record_error("read", part))
        };
        let best = match self.description.best {
            Some(best) => Some(Best {
                epoch: best.epoch,
                val: best.val,
                test: best.test,
                loss: best.loss,
                model: read("best model", self.best)?.valid(),
            }),
            None => None,
        };
        let optimizer = Bytes::from_bytes_vec(self.optimizer);
        Ok(Restored {
            model: read("model", self.model)?,
            optimizer: move |fresh: ModuleOptimizer| {
                let optimizer = fresh.from_bytes(optimizer);
                optimizer.map_err(record_error("read", "optimizer"))
            },
            best,
            epochs: self.description.epochs,
            seconds: self.description.seconds,
        })
    }
}

fn record_error<E: Error + Send + Sync + 'static>(
    action: &'static str,
    part: &'static str,
) -> impl FnOnce(E) -> GraphTrainError {
    move |error| GraphTrainError::Record {
        action,
        part,
        source: error.into(),
    }
}

/// The numbers of all rows, one after the other.
fn bytes_of(rows: &SparseRows) -> Vec<u8> {
    let numbers = rows.to_dense().into_iter();
    numbers.flat_map(f32::to_le_bytes).collect()
}

/// Tells one set of data from another.
pub(super) fn digest_of_data(data: &TaskData) -> String {
    let mut hash = Sha256::new();
    hash.update((data.nodes() as u64).to_le_bytes());
    hash.update((data.width() as u64).to_le_bytes());
    let mut numbers = |numbers: &[u32]| {
        hash.update((numbers.len() as u64).to_le_bytes());
        numbers
            .iter()
            .for_each(|number| hash.update(number.to_le_bytes()));
    };
    numbers(data.edges().as_flattened());
    numbers(data.features().indices());
    let offsets = data.features().offsets().iter();
    numbers(&offsets.map(|&offset| offset as u32).collect::<Vec<_>>());
    let bits = data.features().values().iter().map(|value| value.to_bits());
    numbers(&bits.collect::<Vec<_>>());
    match data.targets() {
        Targets::Classes(targets) => {
            numbers(&targets.labels);
            let parts = targets.split.parts();
            parts.iter().for_each(|(_, nodes)| numbers(nodes));
        }
        Targets::Links(split) => {
            let parts = [
                split.val_pos(),
                split.val_neg(),
                split.test_pos(),
                split.test_neg(),
            ];
            parts.iter().for_each(|pairs| numbers(pairs.as_flattened()));
        }
    }
    let mut text = hex(hash);
    text.truncate(32);
    text
}
