//! Many runs of `geom train` or `geom embed`, each in a process of its own.
//!
//! Burn's random numbers belong to the process, so that two runs in one would disturb each other;
//! and the peak of memory is that of one run alone.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use geom::train::graph::{GraphSettings, GraphTrainError, to_toml};
use geom::train::storage::io_error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::all_processors;
use super::ledger::Ledger;
use super::train::Summary;
use crate::error::{CliError, Failure};
use crate::graph_run::GraphRun;
use crate::printer::Printer;

/// Tells the folders of subprocesses apart.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A subprocess that is running.
struct Running {
    /// What it writes is in here.
    folder: PathBuf,
    child: Arc<Mutex<Child>>,
}

/// All of them.
struct Subprocesses {
    running: Vec<Running>,
    /// No more are started.
    are_ended: bool,
}

static SUBPROCESSES: Mutex<Subprocesses> = Mutex::new(Subprocesses {
    running: Vec::new(),
    are_ended: false,
});

fn subprocesses() -> MutexGuard<'static, Subprocesses> {
    SUBPROCESSES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the subprocesses, whose work is lost: a signal need not have reached them.
pub(crate) fn end() {
    let mut all = subprocesses();
    all.are_ended = true;
    for Running { child, .. } in &all.running {
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended already cannot be killed.
        let _ = child.kill();
    }
}

/// Ends the subprocesses and removes their folders, before the program ends at once.
pub(crate) fn clear() {
    end();
    for Running { folder, .. } in &subprocesses().running {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// The output of a command at its end, which [`end`] brings about before its time.
fn output(command: &mut Command, folder: &Path) -> io::Result<Output> {
    let mut all = subprocesses();
    if all.are_ended {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    all.running.push(Running {
        folder: folder.to_path_buf(),
        child: Arc::clone(&child),
    });
    drop(all);
    let (stdout, stderr) = std::thread::scope(|scope| {
        let stderr = scope.spawn(|| all_of(err));
        let stdout = all_of(out);
        let broken = |_| Err(io::Error::other("its standard error was lost"));
        (stdout, stderr.join().unwrap_or_else(broken))
    });
    // It has closed both, or is gone: this is a matter of no time.
    let status = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    let is_other = |other: &Running| !Arc::ptr_eq(&other.child, &child);
    subprocesses().running.retain(is_other);
    Ok(Output {
        status: status?,
        stdout: stdout?,
        stderr: stderr?,
    })
}

/// Everything that comes through a pipe.
fn all_of(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Why a subprocess has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubprocessError {
    #[error(transparent)]
    Settings(#[from] GraphTrainError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Failed(String),
    #[error("it ended with {0}")]
    Ended(ExitStatus),
    #[error("its result cannot be read: {0}")]
    Result(#[from] serde_json::Error),
}

/// A run whose embeddings are features: which it was, to tell work with it from work without it or
/// with another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pretrained {
    /// Its absolute path.
    run: String,
    /// Of its checkpoint.
    sha256: String,
}

impl Pretrained {
    pub(super) fn of(path: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(path) = path else {
            return Ok(None);
        };
        let (run, _) = GraphRun::open(path)?;
        let sha256 = run.checkpoint()?.checksum();
        let path = path.canonicalize().map_err(io_error(path, "read"))?;
        let run = path.display().to_string();
        Ok(Some(Self { run, sha256 }))
    }
}

/// Trains a graph network with exactly these settings, and leaves nothing behind.
pub(super) fn train(
    dataset: &str,
    settings: &GraphSettings,
    pretrained: Option<&Pretrained>,
    threads: usize,
) -> Result<Summary, SubprocessError> {
    let pretrained = pretrained
        .into_iter()
        .flat_map(|before| ["--pretrained", &before.run]);
    result_of("train", &to_toml(settings)?, |command| {
        command
            .args(["--model", settings.model.name(), "--dataset", dataset])
            .args(["--task", settings.task.name()])
            .args(["--protocol", settings.protocol.name()])
            .args(["--seed", &settings.seed.to_string()])
            .args(["--split-seed", &settings.split_seed.to_string()])
            .args(["--threads", &threads.to_string()])
            .args(pretrained);
    })
}

/// What a command of this program that trains prints with `--json`, when it has the settings of `config` and the
/// flags that `more` adds; nothing of it is left behind.
pub(super) fn result_of<T: DeserializeOwned>(
    subcommand: &str,
    config: &str,
    more: impl FnOnce(&mut Command),
) -> Result<T, SubprocessError> {
    let program = std::env::current_exe()?;
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let name = format!("geom-child-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("settings.toml");
    std::fs::write(&path, config)?;
    let mut command = Command::new(program);
    command
        .args([subcommand, "--json", "--quiet"])
        // Nobody goes on with such a run.
        .args(["--checkpoint-every", &usize::MAX.to_string()])
        .arg("--config")
        .arg(path)
        .arg("--out")
        .arg(folder.join("run"));
    more(&mut command);
    let output = output(&mut command, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    let output = output?;
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout)?);
    }
    // The last line of standard error says why.
    let said = output.stderr.trim_ascii_end();
    let last = said
        .rsplit(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    Err(match serde_json::from_slice(last) {
        Ok(Failure { error }) => SubprocessError::Failed(error.message),
        // It was killed, or never came to say why.
        Err(_) => SubprocessError::Ended(output.status),
    })
}

/// A piece of work for some subprocesses.
pub(super) trait Job: Sync {
    /// What the ledger keeps.
    type Done: Serialize + DeserializeOwned + Send;

    /// In a line of progress.
    fn describe(&self) -> String;

    /// Whether this is the work that was done.
    fn is(&self, done: &Self::Done) -> bool;

    /// Does it with so many worker threads.
    fn run(&self, threads: usize) -> Result<Outcome<Self::Done>, SubprocessError>;
}

/// What came of a piece of work.
pub(super) struct Outcome<T> {
    /// For the ledger.
    pub(super) done: T,
    /// For the line of progress.
    pub(super) progress: String,
}

/// Does all that is not in the ledger, `jobs` at a time. Tells how many failed.
pub(super) fn run_jobs<J: Job>(
    all: &[J],
    ledger: &mut Ledger<J::Done>,
    jobs: usize,
    stop: &AtomicBool,
    printer: Printer,
) -> Result<usize, CliError> {
    let threads = (all_processors() / jobs).max(1);
    let is_pending = |job: &&J| ledger.find(|done| job.is(done)).is_none();
    let pending: Vec<&J> = all.iter().filter(is_pending).collect();
    let known = all.len() - pending.len();
    if known > 0 {
        printer.note(format_args!(
            "{known} of {} are finished already",
            all.len()
        ));
    }
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(known));
    let failed = AtomicUsize::new(0);
    let ledger = Mutex::new(ledger);
    let broken = Mutex::new(None);
    let worker = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(job) = pending.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let result = job.run(threads);
            // One that Ctrl-C ended has not failed.
            if stop.load(Ordering::Relaxed) && result.is_err() {
                return;
            }
            let count = 1 + done.fetch_add(1, Ordering::Relaxed);
            let head = format!("{count}/{} {}", all.len(), job.describe());
            match result {
                Ok(Outcome { done, progress }) => {
                    printer.progress(format_args!("{head}: {progress}"));
                    let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(error) = ledger.add(done) {
                        *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        return;
                    }
                }
                Err(reason) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    printer.note(format_args!("{head} failed: {reason}"));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(pending.len()) {
            scope.spawn(worker);
        }
    });
    if let Some(error) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let done = done.into_inner();
    if stop.load(Ordering::Relaxed) && done < all.len() {
        return Err(CliError::TableInterrupted {
            done,
            all: all.len(),
        });
    }
    Ok(failed.into_inner())
}
