//! Checkpoints of graph networks: one file with everything a run needs to go on.

use std::collections::HashMap;
use std::path::Path;

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device};
use geom_data::graph::SparseRows;
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
const VERSION: u32 = 4;
const DESCRIPTION: &str = "geom-graph";
const CHECKSUM: &str = "geom-sha256";
/// From this version on the checksum stands beside the description, and covers it.
const COVERED: u32 = 4;
const PARTS: [&str; 3] = ["model", "optimizer", "best"];
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
    version: u32,
    settings: GraphSettings,
    data: String,
    epochs: usize,
    seconds: f64,
    best: Option<BestEpoch>,
    /// Of the records alone, before version 4.
    #[serde(default, skip_serializing)]
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

    /// SHA-256 of settings, records and features: tells one state of a run from another.
    pub fn checksum(&self) -> String {
        let text = serde_json::to_string(&self.description).unwrap_or_default();
        let features = self.embeddings.as_ref().map(bytes_of).unwrap_or_default();
        let parts = self.parts().map(Vec::as_slice).into_iter();
        digest(parts.chain([features.as_slice(), text.as_bytes()]))
    }

    /// Writes the file; an earlier one stays whole until the new one is.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let failed = |error: String| io_error(path, "write")(std::io::Error::other(error));
        let embeddings = self.embeddings.as_ref().map(bytes_of);
        let text = serde_json::to_string(&self.description).map_err(|e| failed(e.to_string()))?;
        let parts = self.parts().map(Vec::as_slice).into_iter();
        let parts = parts.chain(embeddings.as_deref());
        let checksum = digest(parts.chain([text.as_bytes()]));
        let mut views = Vec::new();
        for (name, bytes) in PARTS.into_iter().zip(self.parts()) {
            let view = TensorView::new(Dtype::U8, vec![bytes.len()], bytes);
            views.push((name, view.map_err(|e| failed(e.to_string()))?));
        }
        if let (Some(rows), Some(bytes)) = (&self.embeddings, &embeddings) {
            let shape = vec![rows.num_rows(), rows.width()];
            let view = TensorView::new(Dtype::F32, shape, bytes);
            views.push((EMBEDDINGS, view.map_err(|e| failed(e.to_string()))?));
        }
        let metadata = HashMap::from([
            (DESCRIPTION.to_owned(), text),
            (CHECKSUM.to_owned(), checksum),
        ]);
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
        let entry = |key| header.metadata().as_ref().and_then(|all| all.get(key));
        let text = entry(DESCRIPTION)
            .ok_or_else(|| damaged("it is no run of a graph network".to_owned()))?;
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
        let [model, optimizer, best] = PARTS.map(part);
        let mut checkpoint = Self {
            model: model?,
            optimizer: optimizer?,
            best: best?,
            embeddings: None,
            description,
        };
        let embeddings = match file.tensor(EMBEDDINGS) {
            Ok(tensor) => Some((tensor.shape().to_vec(), tensor.data().to_vec())),
            Err(_) => None,
        };
        let parts = checkpoint.parts().map(Vec::as_slice).into_iter();
        let parts = parts.chain(embeddings.as_ref().map(|(_, bytes)| bytes.as_slice()));
        let (checksum, told) = match version.version {
            COVERED.. => (digest(parts.chain([text.as_bytes()])), entry(CHECKSUM)),
            _ => (digest(parts), Some(&checkpoint.description.sha256)),
        };
        if told != Some(&checksum) {
            return Err(damaged("its checksum does not fit its content".to_owned()));
        }
        if let Some((shape, bytes)) = embeddings {
            let width = shape.last().copied().unwrap_or(0);
            let numbers = bytes
                .as_chunks()
                .0
                .iter()
                .map(|&four| f32::from_le_bytes(four));
            let rows = SparseRows::from_dense(width, numbers);
            checkpoint.embeddings = Some(rows.map_err(|e| damaged(e.to_string()))?);
        }
        Ok(checkpoint)
    }

    fn parts(&self) -> [&Vec<u8>; 3] {
        [&self.model, &self.optimizer, &self.best]
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

/// The numbers of all rows, one after the other.
fn bytes_of(rows: &SparseRows) -> Vec<u8> {
    let numbers = rows.to_dense().into_iter();
    numbers.flat_map(f32::to_le_bytes).collect()
}

fn digest<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(hash)
}

/// The hash in hexadecimal.
pub(super) fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
    let mut text = hex(hash);
    text.truncate(32);
    text
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
            embeddings: self.data().embeddings().cloned(),
        })
    }

    /// A run that goes on where the checkpoint at `path` was made, under the given settings, which
    /// may have more epochs and patience. Features from an earlier run are in the checkpoint.
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
        let changed = || GraphTrainError::DataChanged {
            path: path.to_owned(),
        };
        let data = match checkpoint.embeddings {
            Some(embeddings) if embeddings.num_rows() != data.nodes() => return Err(changed()),
            Some(embeddings) => data.with_embeddings(embeddings),
            None => data,
        };
        let mut trainer = Self::new(data, settings, device)?;
        let Description { version, data, .. } = &checkpoint.description;
        if digest_of_data(trainer.data(), *version) != *data {
            return Err(changed());
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
