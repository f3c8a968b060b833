//! The folder of a run: what it was asked, its checkpoint, its log, its result.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use geom::core::Backend;
use geom::train::embedding::{
    EmbeddingCheckpoint, EpochReport, HoldoutSettings, load_held_out, load_relations,
    save_held_out, save_relations,
};
use geom::train::storage::{self, StorageError};
use serde::{Deserialize, Serialize};

use crate::claim::{Lock, claim};
use crate::dataset::{DatasetSpec, Loaded};
use crate::error::{CliError, io_kind};
use crate::graph_run::GraphRun;
use crate::origin::Origin;
use crate::printer::Printer;

/// The version of `run.json`.
const VERSION: u32 = 1;

/// The description of a run that its checkpoint does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunDescription {
    pub(crate) version: u32,
    pub(crate) dataset: DatasetSpec,
    /// How relations were kept from the training, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) holdout: Option<HoldoutSettings>,
    pub(crate) backend: Backend,
    pub(crate) checkpoint_every: usize,
    /// What began the run; earlier versions did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
    /// The run whose points this one started from, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) init: Option<String>,
    /// By what an earlier run was extended to this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) extensions: Vec<ExtensionRecord>,
}

/// What `geom extend` added to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExtensionRecord {
    /// The run that was extended.
    pub(crate) run: String,
    pub(crate) dataset: String,
    pub(crate) new_nodes: usize,
    pub(crate) new_relations: usize,
    pub(crate) epochs: usize,
    pub(crate) thawed_epochs: usize,
    pub(crate) lr: f64,
    pub(crate) seed: u64,
}

/// Enough of any description to tell its version.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

/// A folder that holds a run.
#[derive(Clone, Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// Held while it is trained.
    lock: Option<Lock>,
}

impl RunFolder {
    /// Claims the folder `path`, or the first `runs/stem-N` that does not exist yet.
    pub(crate) fn create(
        path: Option<PathBuf>,
        stem: &str,
        description: &RunDescription,
    ) -> Result<Self, CliError> {
        let (path, lock) = claim(path, stem)?;
        let folder = Self {
            path,
            lock: Some(lock),
        };
        folder.write_json("run.json", description)?;
        Ok(folder)
    }

    /// Keeps other programs from training this run, until this one ends.
    pub(crate) fn lock(&mut self) -> Result<(), CliError> {
        self.lock = Some(Lock::take(&self.path)?);
        storage::remove_partial(&self.path);
        Ok(())
    }

    /// Opens a folder that holds a run.
    pub(crate) fn open(path: &Path) -> Result<(Self, RunDescription), CliError> {
        let folder = Self {
            path: path.to_path_buf(),
            lock: None,
        };
        let file = folder.description_path();
        let bytes = storage::read(&file).map_err(|error| match io_kind(&error) {
            Some(ErrorKind::NotFound) if GraphRun::is_at(path) => CliError::usage(
                format!(
                    "{} is a run of geom train, not of geom embed",
                    path.display()
                ),
                format!(
                    "geom eval, predict, nearest, export and plot read it; go on with it by: geom train --resume {}",
                    path.display()
                ),
            ),
            Some(ErrorKind::NotFound | ErrorKind::NotADirectory) => CliError::NoRun {
                path: path.to_path_buf(),
            },
            _ => error.into(),
        })?;
        let damaged = |error: serde_json::Error| CliError::DamagedDescription {
            path: file.clone(),
            reason: error.to_string(),
        };
        let VersionOnly { version } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version > VERSION {
            return Err(CliError::NewerDescription {
                path: file,
                found: version,
                supported: VERSION,
            });
        }
        let description = serde_json::from_slice(&bytes).map_err(damaged)?;
        Ok((folder, description))
    }

    pub(crate) fn describe(
        dataset: DatasetSpec,
        holdout: Option<HoldoutSettings>,
        backend: Backend,
        checkpoint_every: usize,
    ) -> RunDescription {
        RunDescription {
            version: VERSION,
            dataset,
            holdout,
            backend,
            checkpoint_every,
            origin: Some(Origin::now()),
            init: None,
            extensions: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn description_path(&self) -> PathBuf {
        self.path.join("run.json")
    }

    /// Where the latest checkpoint is.
    pub(crate) fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    fn data_path(&self) -> PathBuf {
        self.path.join("data.safetensors")
    }

    fn held_out_path(&self) -> PathBuf {
        self.path.join("holdout.safetensors")
    }

    /// Keeps the relations, so that nothing but the folder is needed to go on or look at the run.
    pub(crate) fn keep(&self, data: &Loaded) -> Result<(), StorageError> {
        if let Some(held_out) = &data.held_out {
            save_held_out(held_out, &data.relations, &self.held_out_path())?;
        }
        save_relations(&data.relations, &self.data_path())
    }

    /// The relations that `checkpoint` was trained on: those the run has kept, or else those of its data.
    pub(crate) fn data(
        &self,
        description: &RunDescription,
        checkpoint: &EmbeddingCheckpoint,
        printer: Printer,
    ) -> Result<Loaded, CliError> {
        if let Some(data) = self.kept(description, checkpoint)? {
            return Ok(data);
        }
        let mut data = description.dataset.load(printer)?;
        if let Some(holdout) = &description.holdout {
            data = data.hold_out(holdout)?;
        }
        if data.fingerprint != checkpoint.graph {
            return Err(CliError::DatasetChanged {
                dataset: description.dataset.name.clone(),
                run: self.path.clone(),
            });
        }
        Ok(data)
    }

    /// The relations that the run has kept; runs of earlier versions have not.
    pub(crate) fn kept(
        &self,
        description: &RunDescription,
        checkpoint: &EmbeddingCheckpoint,
    ) -> Result<Option<Loaded>, CliError> {
        let path = self.data_path();
        if !path.exists() {
            return Ok(None);
        }
        let mut data = Loaded::kept(load_relations(&path)?);
        if data.fingerprint != checkpoint.graph {
            return Err(CliError::DatasetChanged {
                dataset: path.display().to_string(),
                run: self.path.clone(),
            });
        }
        if description.holdout.is_some() {
            data.held_out = Some(load_held_out(&data.relations, &self.held_out_path())?);
        }
        Ok(Some(data))
    }

    /// The latest checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<EmbeddingCheckpoint, CliError> {
        let path = self.checkpoint_path();
        if !path.exists() {
            return Err(CliError::NoCheckpoint {
                path: self.path.clone(),
            });
        }
        Ok(EmbeddingCheckpoint::load(&path)?)
    }

    /// Writes a result as JSON.
    pub(crate) fn write_json(
        &self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<(), StorageError> {
        let path = self.path.join(name);
        storage::write(&path, |out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            out.write_all(b"\n")
        })
    }

    /// Writes the log of all epochs since `reports` began; earlier lines of a resumed run are kept.
    pub(crate) fn write_log(
        &self,
        earlier: &[String],
        reports: &[EpochReport],
    ) -> Result<(), StorageError> {
        let mut text = String::from("epoch,loss,rate,seconds\n");
        for line in earlier {
            text.push_str(line);
            text.push('\n');
        }
        for report in reports {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{},{},{},{:.4}",
                report.epoch, report.loss, report.rate, report.seconds
            );
        }
        storage::write(&self.path.join("log.csv"), |out| {
            out.write_all(text.as_bytes())
        })
    }

    /// The log lines of the first `epochs` epochs.
    pub(crate) fn earlier_log(&self, epochs: usize) -> Vec<String> {
        std::fs::read_to_string(self.path.join("log.csv"))
            .unwrap_or_default()
            .lines()
            .skip(1)
            .take(epochs)
            .map(str::to_owned)
            .collect()
    }
}
