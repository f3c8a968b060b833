//! Folders of runs, claimed before anything is written into them: nothing of anybody else is overwritten,
//! and one program at a time works in each.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use geom::train::storage::io_error;

use crate::error::CliError;

/// By which a run is told.
pub(crate) const DESCRIPTIONS: [&str; 2] = ["run.json", "graph.json"];

/// What makes a folder the folder of a run.
const OF_A_RUN: [&str; 3] = ["run.json", "graph.json", "checkpoint.safetensors"];

/// Everything else that a run, or a command on it, writes into its folder.
const BESIDE: [&str; 10] = [
    "data.safetensors",
    "holdout.safetensors",
    "log.csv",
    "result.json",
    "disk.svg",
    "disk.png",
    "embedding.svg",
    "embedding.png",
    "curves.svg",
    "curves.png",
];

/// The lock on the folder of a run, held by the program that trains it. The system lets go of it when
/// that program ends, however it does.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    /// None where the file system has no locks.
    _file: Option<Arc<File>>,
}

impl Lock {
    /// Takes the lock, or refuses because another program has it.
    pub(crate) fn take(folder: &Path) -> Result<Self, CliError> {
        let file = lockable(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                _file: Some(Arc::new(file)),
            }),
            Err(TryLockError::WouldBlock) => Err(CliError::Busy {
                run: folder.to_path_buf(),
            }),
            // Some network file systems have none; that is no reason not to train on them.
            Err(TryLockError::Error(_)) => Ok(Self { _file: None }),
        }
    }
}

/// The folder itself, so that no file of the lock stays behind.
#[cfg(unix)]
fn lockable(folder: &Path) -> Result<File, CliError> {
    Ok(File::open(folder).map_err(io_error(folder, "read"))?)
}

/// A file in it, where folders cannot be opened.
#[cfg(not(unix))]
fn lockable(folder: &Path) -> Result<File, CliError> {
    let path = folder.join(".lock");
    Ok(File::create(&path).map_err(io_error(&path, "create"))?)
}

/// Claims the folder `path` for a new run, or the first `runs/stem-N` that does not exist yet.
pub(crate) fn claim(path: Option<PathBuf>, stem: &str) -> Result<(PathBuf, Lock), CliError> {
    let path = match path {
        Some(path) => path,
        None => numbered(stem)?,
    };
    // Before the folder is made, so that a refusal leaves nothing behind; and again under the lock.
    check_free(&path)?;
    std::fs::create_dir_all(&path).map_err(io_error(&path, "create"))?;
    let lock = Lock::take(&path)?;
    check_free(&path)?;
    Ok((path, lock))
}

/// Refuses a folder that holds a run, or a file that a run would overwrite.
pub(crate) fn check_free(path: &Path) -> Result<(), CliError> {
    let holds = |name: &&str| path.join(name).symlink_metadata().is_ok();
    let at = path.display();
    if OF_A_RUN.iter().any(holds) {
        return Err(CliError::usage(
            format!("{at} already holds a run"),
            format!("go on with it by --resume {at}, or choose another --out"),
        ));
    }
    match BESIDE.iter().find(|name| holds(name)) {
        Some(name) => Err(CliError::usage(
            format!("{at} holds a {name}, which the run would overwrite"),
            "choose another --out",
        )),
        None => Ok(()),
    }
}

fn numbered(stem: &str) -> Result<PathBuf, CliError> {
    let runs = Path::new("runs");
    std::fs::create_dir_all(runs).map_err(io_error(runs, "create"))?;
    let mut number = 0usize;
    loop {
        let path = runs.join(format!("{stem}-{number}"));
        // Making the folder is what claims the number, also between two programs.
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(io_error(&path, "create")(error).into()),
        }
    }
}

/// Whether `path` is a file that a run needs: of the folder it is in, under whatever name it is reached.
pub(crate) fn is_of_a_run(path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let Some(folder) = path.parent() else {
        return false;
    };
    let is_run = DESCRIPTIONS.iter().any(|name| folder.join(name).exists());
    let needed = OF_A_RUN
        .iter()
        .chain(&["data.safetensors", "holdout.safetensors"])
        .chain(&["log.csv", "result.json"]);
    let mut needed = needed.map(|name| folder.join(name));
    is_run && needed.any(|file| file == path || same_file(&file, &path))
}

/// Whether two paths name one file, through links of either kind.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (a.metadata(), b.metadata()) {
        use std::os::unix::fs::MetadataExt;
        return (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
