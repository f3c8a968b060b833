//! The file that keeps finished runs, so that an interrupted table goes on where it was.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use geom::train::graph::GraphSettings;
use geom::train::{atomic, io_error};
use serde::{Deserialize, Serialize};

use super::runs::Run;
use crate::error::CliError;
use crate::printer::Printer;

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    /// The name that `geom train` takes.
    pub(super) dataset: String,
    /// Tell one form of the data from another, as a tree that was generated from a published one.
    pub(super) nodes: usize,
    pub(super) edges: usize,
    pub(super) settings: GraphSettings,
    /// The published number on the test part: ROC AUC, F1 or accuracy.
    pub(super) test: f64,
    pub(super) best_epoch: usize,
    pub(super) epochs: usize,
    pub(super) seconds_per_epoch: f64,
    pub(super) peak_rss_mb: Option<f64>,
}

/// All runs that were ever finished, one JSON object a line.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    finished: Vec<Finished>,
}

impl Ledger {
    /// Opens the file, or makes it. A last line that was cut off while it was written is dropped.
    pub(super) fn open(path: &Path, printer: Printer) -> Result<Self, CliError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io_error(path, "read")(error).into()),
        };
        let mut finished = Vec::new();
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = index + 1;
            match serde_json::from_str(line) {
                Ok(run) => finished.push(run),
                Err(_) if !line.ends_with('\n') => {
                    let at = path.display();
                    printer.note(format_args!(
                        "{at}: line {number} was cut off; it is dropped"
                    ));
                }
                Err(error) => {
                    return Err(CliError::DamagedLedger {
                        path: path.to_path_buf(),
                        line: number,
                        reason: error.to_string(),
                    });
                }
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            atomic::write(path, |out| {
                for run in &finished {
                    serde_json::to_writer(&mut *out, run)?;
                    out.write_all(b"\n")?;
                }
                Ok(())
            })?;
        }
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(io_error(folder, "create"))?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self {
            file: file.map_err(io_error(path, "write"))?,
            path: path.to_path_buf(),
            finished,
        })
    }

    /// What came of a run, if it is finished: the latest, where there are several.
    pub(super) fn find(&self, run: &Run) -> Option<&Finished> {
        self.finished.iter().rev().find(|done| run.is(done))
    }

    /// Keeps a run, on the disk before anything else happens.
    pub(super) fn add(&mut self, run: Finished) -> Result<(), CliError> {
        let written = serde_json::to_vec(&run)
            .map_err(std::io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                self.file.write_all(&line)
            });
        written.map_err(io_error(&self.path, "write"))?;
        self.finished.push(run);
        Ok(())
    }
}
