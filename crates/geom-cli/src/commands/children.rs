//! Many runs of `geom train`, each in a process of its own.
//!
//! Burn's random numbers belong to the process, so that two runs in one would disturb each other;
//! and the peak of memory is that of one run alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use geom::train::graph::{GraphSettings, to_toml};
use geom::train::io_error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::all_processors;
use super::ledger::Ledger;
use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::printer::Printer;

/// Tells the folders of children apart.
static CHILDREN: AtomicUsize = AtomicUsize::new(0);

/// The folders of children that are at work.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the folders of children, before the program ends at once.
pub(super) fn clear() {
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    for folder in folders.iter() {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// What `geom train --json` printed.
pub(super) struct TrainResult(Value);

impl TrainResult {
    /// One of its numbers.
    pub(super) fn number(&self, key: &str) -> Result<f64, String> {
        let value = self.0.get(key).and_then(Value::as_f64);
        value.ok_or_else(|| format!("the result has no {key}"))
    }
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

/// Trains with exactly these settings, and leaves nothing behind.
pub(super) fn train(
    dataset: &str,
    settings: &GraphSettings,
    pretrained: Option<&Pretrained>,
    threads: usize,
) -> Result<TrainResult, String> {
    let said = |error: std::io::Error| error.to_string();
    let program = std::env::current_exe().map_err(said)?;
    let number = CHILDREN.fetch_add(1, Ordering::Relaxed);
    let name = format!("geom-child-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    FOLDERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(folder.clone());
    std::fs::create_dir_all(&folder).map_err(said)?;
    let config = folder.join("settings.toml");
    let text = to_toml(settings).map_err(|error| error.to_string())?;
    std::fs::write(&config, text).map_err(said)?;
    let pretrained = pretrained
        .into_iter()
        .flat_map(|before| ["--pretrained", &before.run]);
    let output = Command::new(program)
        .args(["train", "--json", "--quiet"])
        .args(["--model", settings.model.name(), "--dataset", dataset])
        .args(["--task", settings.task.name()])
        .args(["--protocol", settings.protocol.name()])
        .args(["--seed", &settings.seed.to_string()])
        .args(["--split-seed", &settings.split_seed.to_string()])
        .args(["--threads", &threads.to_string()])
        // Nobody goes on with such a run.
        .args(["--checkpoint-every", &usize::MAX.to_string()])
        .args(pretrained)
        .arg("--config")
        .arg(config)
        .arg("--out")
        .arg(folder.join("run"))
        .stdin(Stdio::null())
        .output();
    let _ = std::fs::remove_dir_all(&folder);
    FOLDERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|other| *other != folder);
    let output = output.map_err(said)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let error = stderr.lines().find(|line| line.starts_with("error: "));
        return Err(match error {
            Some(line) => line.trim_start_matches("error: ").to_owned(),
            None => output.status.to_string(),
        });
    }
    let result = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    Ok(TrainResult(result))
}

/// A piece of work for some children.
pub(super) trait Work: Sync {
    /// What the ledger keeps.
    type Done: Serialize + DeserializeOwned + Send;

    /// In a line of progress.
    fn describe(&self) -> String;

    /// Whether this is the work that was done.
    fn is(&self, done: &Self::Done) -> bool;

    /// Does it with so many worker threads, or tells why not.
    fn work(&self, threads: usize) -> Result<Outcome<Self::Done>, String>;
}

/// What came of a piece of work.
pub(super) struct Outcome<T> {
    /// For the ledger.
    pub(super) done: T,
    /// For the line of progress.
    pub(super) said: String,
}

/// Does all that is not in the ledger, `jobs` at a time. Tells how many failed.
pub(super) fn work_off<W: Work>(
    all: &[W],
    ledger: &mut Ledger<W::Done>,
    jobs: usize,
    stop: &AtomicBool,
    printer: Printer,
) -> Result<usize, CliError> {
    let threads = (all_processors() / jobs).max(1);
    let is_pending = |work: &&W| ledger.find(|done| work.is(done)).is_none();
    let pending: Vec<&W> = all.iter().filter(is_pending).collect();
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
            let Some(work) = pending.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let result = work.work(threads);
            // A child that Ctrl-C ended is no failure.
            if stop.load(Ordering::Relaxed) && result.is_err() {
                return;
            }
            let count = 1 + done.fetch_add(1, Ordering::Relaxed);
            let head = format!("{count}/{} {}", all.len(), work.describe());
            match result {
                Ok(Outcome { done, said }) => {
                    printer.progress(format_args!("{head}: {said}"));
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
