//! One file per subcommand.

mod baseline;
pub(crate) mod bench_table;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod datasets;
pub(crate) mod delta;
pub(crate) mod distance;
pub(crate) mod embed;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod extend;
mod held_out;
pub(crate) mod info;
mod ledger;
pub(crate) mod list;
pub(crate) mod nearest;
mod node_list;
pub(crate) mod plot;
pub(crate) mod predict;
mod subprocesses;
pub(crate) mod train;
pub(crate) mod tune;

pub(crate) use subprocesses::{clear as clear_subprocesses, end as end_subprocesses};

use std::num::NonZeroUsize;
use std::path::Path;

use geom::train::embedding::EmbeddingCheckpoint;

use crate::dataset::Loaded;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::{RunDescription, RunFolder};

/// As many workers as there are processors.
fn all_processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Refuses numbers of runs that nobody can mean.
fn check_count(name: &'static str, value: usize) -> Result<(), CliError> {
    const MOST: usize = 100_000;
    if !(1..=MOST).contains(&value) {
        return Err(CliError::usage(
            format!("{name} = {value} is out of range: 1 to {MOST}"),
            "leave it out",
        ));
    }
    Ok(())
}

/// Refuses a file that could not be written after long work.
fn check_folder_of(path: &Path) -> Result<(), CliError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(CliError::usage(
            format!(
                "{}: there is no folder {}",
                path.display(),
                folder.display()
            ),
            "make it first, or name another file",
        )),
        None => Ok(()),
    }
}

/// The largest resident size so far, where the system tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Refuses to look for the data of an embedding, which has them in its folder.
pub(crate) fn refuse_dataset(dataset: Option<&str>) -> Result<(), CliError> {
    match dataset {
        Some(_) => Err(CliError::usage(
            "--dataset is for runs of geom train",
            "leave it out: a run of geom embed has its relations in its folder",
        )),
        None => Ok(()),
    }
}

/// A saved run with the relations it was trained on.
struct OpenRun {
    folder: RunFolder,
    description: RunDescription,
    checkpoint: EmbeddingCheckpoint,
    data: Loaded,
}

impl OpenRun {
    fn open(path: &Path, printer: Printer) -> Result<Self, CliError> {
        let (folder, description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let data = folder.data(&description, &checkpoint, printer)?;
        Ok(Self {
            folder,
            description,
            checkpoint,
            data,
        })
    }
}
