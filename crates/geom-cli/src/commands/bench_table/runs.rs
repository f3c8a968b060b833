//! The runs of a table: each a `geom train` in a process of its own.
//!
//! Burn's random numbers belong to the process, so that two runs in one would disturb each other;
//! and the peak of memory is that of one run alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use geom::nn::models::ModelKind;
use geom::train::graph::{GraphSettings, GraphTask, Protocol, defaults};
use serde_json::Value;

use super::datasets::Dataset;
use super::ledger::{Finished, Ledger};
use crate::error::CliError;
use crate::printer::Printer;

/// The seed of the first split.
const FIRST_SPLIT: u32 = 1234;

/// One run.
pub(super) struct Run {
    dataset: String,
    nodes: usize,
    edges: usize,
    settings: GraphSettings,
    /// The result's key of the published number.
    score: &'static str,
}

impl Run {
    /// The `seed`-th run of a model on a dataset.
    pub(super) fn new(
        dataset: &Dataset,
        model: ModelKind,
        task: GraphTask,
        protocol: Protocol,
        seed: u32,
        epochs: Option<usize>,
    ) -> Result<Self, CliError> {
        let mut settings = defaults(model, dataset.graph.name(), task)?;
        settings.protocol = protocol;
        settings.seed = seed.into();
        if dataset.varies_split(task) {
            settings.split_seed = FIRST_SPLIT.wrapping_add(seed);
        }
        if let Some(epochs) = epochs {
            settings.epochs = epochs;
        }
        let classes = dataset
            .graph
            .labels()
            .map_or(0, |labels| labels.num_classes());
        Ok(Self {
            dataset: dataset.name.clone(),
            nodes: dataset.graph.num_nodes(),
            edges: dataset.graph.edges().len(),
            settings,
            score: match task {
                GraphTask::Lp => "test_roc_auc",
                GraphTask::Nc if classes == 2 => "test_f1",
                GraphTask::Nc => "test_accuracy",
            },
        })
    }

    /// Whether this is the run that was finished.
    pub(super) fn is(&self, done: &Finished) -> bool {
        self.settings == done.settings
            && (&self.dataset, self.nodes, self.edges) == (&done.dataset, done.nodes, done.edges)
    }

    fn describe(&self) -> String {
        let GraphSettings { model, seed, .. } = self.settings;
        format!("{model} on {}, seed {seed}", self.dataset)
    }

    /// The command line that trains it into `folder`.
    fn arguments(&self, folder: PathBuf) -> Vec<OsString> {
        let settings = &self.settings;
        let mut arguments: Vec<OsString> = ["train", "--json", "--quiet"].map(Into::into).into();
        let options = [
            ("--model", settings.model.to_string()),
            ("--dataset", self.dataset.clone()),
            ("--task", settings.task.name().to_owned()),
            ("--protocol", settings.protocol.name().to_owned()),
            ("--seed", settings.seed.to_string()),
            ("--split-seed", settings.split_seed.to_string()),
            ("--epochs", settings.epochs.to_string()),
            // Nobody goes on with a run of a table.
            ("--checkpoint-every", usize::MAX.to_string()),
        ];
        for (option, value) in options {
            arguments.extend([option.into(), value.into()]);
        }
        arguments.extend(["--out".into(), folder.into()]);
        arguments
    }

    /// Trains it.
    fn train(&self, number: usize) -> Result<Finished, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let name = format!("geom-bench-table-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let output = Command::new(program)
            .args(self.arguments(folder.clone()))
            .stdin(Stdio::null())
            .output();
        let _ = std::fs::remove_dir_all(&folder);
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let said = stderr.lines().find(|line| line.starts_with("error: "));
            return Err(match said {
                Some(line) => line.trim_start_matches("error: ").to_owned(),
                None => output.status.to_string(),
            });
        }
        let result: Value = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
        let number = |key: &str| {
            let value = result.get(key).and_then(Value::as_f64);
            value.ok_or_else(|| format!("the result has no {key}"))
        };
        Ok(Finished {
            dataset: self.dataset.clone(),
            nodes: self.nodes,
            edges: self.edges,
            settings: self.settings.clone(),
            test: number(self.score)?,
            best_epoch: number("best_epoch")? as usize,
            epochs: number("epochs")? as usize,
            seconds_per_epoch: number("seconds_per_epoch")?,
            peak_rss_mb: number("peak_rss_mb").ok(),
        })
    }
}

/// Trains all runs that are not in the ledger, `jobs` at a time. Tells how many failed.
pub(super) fn all(
    runs: &[Run],
    ledger: &mut Ledger,
    jobs: usize,
    stop: &AtomicBool,
    printer: Printer,
) -> Result<usize, CliError> {
    let pending: Vec<&Run> = runs
        .iter()
        .filter(|run| ledger.find(run).is_none())
        .collect();
    let known = runs.len() - pending.len();
    if known > 0 {
        printer.note(format_args!(
            "{known} of {} runs are finished already",
            runs.len()
        ));
    }
    let (next, done, failed) = (
        AtomicUsize::new(0),
        AtomicUsize::new(known),
        AtomicUsize::new(0),
    );
    let ledger = Mutex::new(ledger);
    let broken = Mutex::new(None);
    let worker = || {
        while !stop.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = pending.get(number) else {
                return;
            };
            let result = run.train(number);
            // A child that Ctrl-C ended is no failure.
            if stop.load(Ordering::Relaxed) && result.is_err() {
                return;
            }
            let count = 1 + done.fetch_add(1, Ordering::Relaxed);
            let head = format!("{count}/{} {}", runs.len(), run.describe());
            match result {
                Ok(finished) => {
                    printer.progress(format_args!(
                        "{head}: {:.4} ({} of {} epochs, {:.1} ms each)",
                        finished.test,
                        finished.best_epoch,
                        finished.epochs,
                        1e3 * finished.seconds_per_epoch
                    ));
                    let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(error) = ledger.add(finished) {
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
    if stop.load(Ordering::Relaxed) && done < runs.len() {
        return Err(CliError::TableInterrupted {
            done,
            all: runs.len(),
        });
    }
    Ok(failed.into_inner())
}
