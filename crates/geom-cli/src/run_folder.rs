//! The folder of a run: what it was asked, its checkpoint, its log, its result.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use geom::core::Backend;
use geom::train::embedding::{EmbeddingCheckpoint, EpochReport};
use geom::train::storage::{self, StorageError, io_error};
use serde::{Deserialize, Serialize};

use crate::dataset::DatasetSpec;
use crate::error::CliError;
use crate::graph_run::GraphRun;

/// The version of `run.json`.
const VERSION: u32 = 1;

/// The description of a run that its checkpoint does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunDescription {
    pub(crate) version: u32,
    pub(crate) dataset: DatasetSpec,
    pub(crate) backend: Backend,
    pub(crate) checkpoint_every: usize,
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
}

impl RunFolder {
    /// Makes a new folder at `path`, which may exist but hold no run.
    pub(crate) fn create(path: PathBuf, description: &RunDescription) -> Result<Self, CliError> {
        let folder = Self { path };
        if folder.description_path().exists() || folder.checkpoint_path().exists() {
            return Err(CliError::usage(
                format!("{} already holds a run", folder.path.display()),
                format!(
                    "go on with it by --resume {}, or choose another --out",
                    folder.path.display()
                ),
            ));
        }
        std::fs::create_dir_all(&folder.path).map_err(io_error(&folder.path, "create"))?;
        folder.write_json("run.json", description)?;
        Ok(folder)
    }

    /// Makes the first folder `stem-N` under `runs/` that does not exist yet.
    pub(crate) fn create_numbered(
        stem: &str,
        description: &RunDescription,
    ) -> Result<Self, CliError> {
        let runs = Path::new("runs");
        std::fs::create_dir_all(runs).map_err(io_error(runs, "create"))?;
        let mut number = 0usize;
        loop {
            let path = runs.join(format!("{stem}-{number}"));
            // Making the folder is what claims the number, also between two programs.
            match std::fs::create_dir(&path) {
                Ok(()) => return Self::create(path, description),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(io_error(&path, "create")(error).into()),
            }
        }
    }

    /// Opens a folder that holds a run.
    pub(crate) fn open(path: &Path) -> Result<(Self, RunDescription), CliError> {
        let folder = Self {
            path: path.to_path_buf(),
        };
        let file = folder.description_path();
        let bytes = std::fs::read(&file).map_err(|error| match error.kind() {
            ErrorKind::NotFound if GraphRun::is_at(path) => CliError::usage(
                format!(
                    "{} is a run of geom train, not of geom embed",
                    path.display()
                ),
                format!(
                    "geom eval, predict and plot read it; go on with it by: geom train --resume {}",
                    path.display()
                ),
            ),
            ErrorKind::NotFound | ErrorKind::NotADirectory => CliError::NoRun {
                path: path.to_path_buf(),
            },
            _ => io_error(&file, "read")(error).into(),
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
        backend: Backend,
        checkpoint_every: usize,
    ) -> RunDescription {
        RunDescription {
            version: VERSION,
            dataset,
            backend,
            checkpoint_every,
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
