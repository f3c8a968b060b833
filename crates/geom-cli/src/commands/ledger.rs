//! A file that keeps finished work, so that an interrupted command goes on where it was.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use geom::train::storage::{self, io_error};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::CliError;
use crate::printer::Printer;

/// All that was ever finished, one JSON object a line.
pub(super) struct Ledger<T> {
    path: PathBuf,
    file: File,
    finished: Vec<T>,
}

impl<T: Serialize + DeserializeOwned> Ledger<T> {
    /// Opens the file, or makes it. A last line that was cut off while it was written is dropped.
    pub(super) fn open(path: &Path, printer: Printer) -> Result<Self, CliError> {
        if path.exists() && !path.is_file() {
            return Err(CliError::usage(
                format!("{} is not a regular file", path.display()),
                "name a file that can be read and written",
            ));
        }
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
                Err(_) if !line.ends_with('\n') && is_cut_off(line) => {
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
            storage::write(path, |out| {
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

    /// The latest of those that `is_it`.
    pub(super) fn find(&self, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        self.finished.iter().rev().find(|done| is_it(done))
    }

    /// Keeps a piece of work, on the disk before anything else happens.
    pub(super) fn add(&mut self, done: T) -> Result<(), CliError> {
        let written = serde_json::to_vec(&done)
            .map_err(std::io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                self.file.write_all(&line)
            });
        written.map_err(io_error(&self.path, "write"))?;
        self.finished.push(done);
        Ok(())
    }
}

/// Whether a line can be the beginning of an object: all that a write that was stopped leaves.
fn is_cut_off(line: &str) -> bool {
    match serde_json::from_str::<serde_json::Value>(line) {
        Err(error) => line.starts_with('{') && error.is_eof(),
        Ok(_) => false,
    }
}
