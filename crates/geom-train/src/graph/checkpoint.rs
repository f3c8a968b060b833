//! Checkpoints of graph networks: one file with everything a run needs to go on.

use std::collections::HashMap;
use std::path::Path;

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::data::{Targets, TaskData};
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::scores::Scores;
use super::settings::GraphSettings;
use super::trainer::{Best, GraphTrainer};
use crate::atomic;
use crate::error::{TrainError, io_error};

/// The version written; older ones are read, newer ones refused.
const VERSION: u32 = 2;
const DESCRIPTION: &str = "geom-graph";

/// The state of a run after a whole number of epochs.
#[derive(Clone, Debug)]
pub struct GraphCheckpoint {
    description: Description,
    model: Vec<u8>,
    optimizer: Vec<u8>,
    best: Vec<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Description {
    version: u32,
    settings: GraphSettings,
    data: String,
    epochs: usize,
    seconds: f64,
    best: Option<BestEpoch>,
    sha256: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BestEpoch {
    epoch: usize,
    val: Scores,
    test: Scores,
    loss: f64,
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

    /// Writes the file; an earlier one stays whole until the new one is.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let failed = |error: String| io_error(path, "write")(std::io::Error::other(error));
        let mut description = self.description.clone();
        description.sha256 = digest([&self.model, &self.optimizer, &self.best]);
        let text = serde_json::to_string(&description).map_err(|e| failed(e.to_string()))?;
        let parts = [
            ("best", &self.best),
            ("model", &self.model),
            ("optimizer", &self.optimizer),
        ];
        let mut views = Vec::new();
        for (name, bytes) in parts {
            let view = TensorView::new(Dtype::U8, vec![bytes.len()], bytes);
            views.push((name, view.map_err(|e| failed(e.to_string()))?));
        }
        let metadata = HashMap::from([(DESCRIPTION.to_owned(), text)]);
        let bytes = serialize(views, Some(metadata)).map_err(|e| failed(e.to_string()))?;
        atomic::write(path, |out| out.write_all(&bytes))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`TrainError::Io`], [`TrainError::Damaged`], [`TrainError::NewerVersion`].
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let bytes = std::fs::read(path).map_err(io_error(path, "read"))?;
        let damaged = |reason: String| TrainError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(e.to_string()))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(DESCRIPTION));
        let text = text.ok_or_else(|| damaged("it is no run of a graph network".to_owned()))?;
        let version: VersionOnly =
            serde_json::from_str(text).map_err(|e| damaged(e.to_string()))?;
        if version.version > VERSION {
            return Err(TrainError::NewerVersion {
                path: path.to_owned(),
                found: version.version,
                supported: VERSION,
            });
        }
        let description: Description =
            serde_json::from_str(text).map_err(|e| damaged(e.to_string()))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
        let part = |name: &str| match file.tensor(name) {
            Ok(tensor) => Ok(tensor.data().to_vec()),
            Err(error) => Err(damaged(error.to_string())),
        };
        let checkpoint = Self {
            model: part("model")?,
            optimizer: part("optimizer")?,
            best: part("best")?,
            description,
        };
        let parts = [&checkpoint.model, &checkpoint.optimizer, &checkpoint.best];
        if digest(parts) != checkpoint.description.sha256 {
            return Err(damaged("its checksum does not fit its content".to_owned()));
        }
        Ok(checkpoint)
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

fn digest(parts: [&Vec<u8>; 3]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Tells one set of data from another; version 1 does not see where a node's features end.
fn digest_of_data(data: &TaskData, version: u32) -> String {
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
    if version > 1 {
        let offsets = data.features().indptr().iter();
        numbers(&offsets.map(|&offset| offset as u32).collect::<Vec<_>>());
    }
    let bits = data.features().values().iter().map(|value| value.to_bits());
    numbers(&bits.collect::<Vec<_>>());
    match data.targets() {
        Targets::Classes { labels, split, .. } => {
            numbers(labels);
            split.parts().iter().for_each(|(_, nodes)| numbers(nodes));
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
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl GraphTrainer {
    /// The state now.
    ///
    /// # Errors
    /// [`TrainError::Device`] if Burn cannot write a record.
    pub fn checkpoint(&self) -> Result<GraphCheckpoint, GraphTrainError> {
        let failed =
            |error: String| TrainError::Device(format!("cannot record the model: {error}"));
        let record = |model: &NodeModel| match model.clone().into_record().into_bytes() {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) => Err(failed(error.to_string())),
        };
        let optimizer = self
            .optimizer
            .into_bytes()
            .map_err(|e| failed(e.to_string()))?;
        let best = self.best.as_ref();
        Ok(GraphCheckpoint {
            description: Description {
                version: VERSION,
                settings: self.settings().clone(),
                data: digest_of_data(self.data(), VERSION),
                epochs: self.epochs,
                seconds: self.seconds,
                best: best.map(|best| BestEpoch {
                    epoch: best.epoch,
                    val: best.val,
                    test: best.test,
                    loss: best.loss,
                }),
                sha256: String::new(),
            },
            model: record(&self.model)?,
            optimizer: optimizer.to_vec(),
            best: best.map_or(Ok(Vec::new()), |best| record(&best.model))?,
        })
    }

    /// A run that goes on where the checkpoint at `path` was made, under the given settings, which
    /// may have more epochs and patience.
    ///
    /// # Errors
    /// [`GraphTrainError::DataChanged`] if the data is other, [`TrainError::Damaged`] if a record does not
    /// fit, and those of [`new`](Self::new).
    pub fn resume(
        data: TaskData,
        settings: GraphSettings,
        checkpoint: GraphCheckpoint,
        path: &Path,
        device: &Device,
    ) -> Result<Self, GraphTrainError> {
        let mut trainer = Self::new(data, settings, device)?;
        let Description { version, data, .. } = &checkpoint.description;
        if digest_of_data(trainer.data(), *version) != *data {
            return Err(GraphTrainError::DataChanged {
                path: path.to_owned(),
            });
        }
        let damaged = |reason: String| TrainError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let read = |model: NodeModel, bytes: Vec<u8>| -> Result<NodeModel, TrainError> {
            let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes));
            let record = record.map_err(|error| damaged(error.to_string()))?;
            model
                .try_load_record(record)
                .map_err(|error| damaged(error.to_string()))
        };
        let fresh = trainer.model.clone();
        trainer.model = read(fresh.clone(), checkpoint.model)?;
        let optimizer = Bytes::from_bytes_vec(checkpoint.optimizer);
        trainer.optimizer = (trainer.optimizer)
            .from_bytes(optimizer)
            .map_err(|error| damaged(error.to_string()))?;
        if let Some(best) = checkpoint.description.best {
            trainer.best = Some(Best {
                epoch: best.epoch,
                val: best.val,
                test: best.test,
                loss: best.loss,
                model: read(fresh, checkpoint.best)?.valid(),
            });
        }
        trainer.epochs = checkpoint.description.epochs;
        trainer.seconds = checkpoint.description.seconds;
        Ok(trainer)
    }
}
