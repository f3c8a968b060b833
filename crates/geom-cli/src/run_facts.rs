//! What is to be known of a run in a folder, of either kind.

use std::path::Path;

use geom::train::storage;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::origin::Origin;
use crate::run_folder::RunFolder;

/// The command that trained a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RunKind {
    Embed,
    Train,
}

impl RunKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Train => "train",
        }
    }
}

/// A file in the folder of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunFile {
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// What is to be known of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunFacts {
    pub(crate) run: String,
    pub(crate) kind: RunKind,
    /// None in runs of earlier versions.
    pub(crate) origin: Option<Origin>,
    pub(crate) dataset: String,
    pub(crate) backend: &'static str,
    pub(crate) checkpoint_every: usize,
    /// Whether the result is that of the last epoch.
    pub(crate) finished: bool,
    pub(crate) epochs: usize,
    pub(crate) seconds: f64,
    /// Of the run, by their names in its checkpoint; those of the data among them.
    pub(crate) settings: Map<String, Value>,
    /// What `result.json` holds.
    pub(crate) result: Option<Map<String, Value>>,
    pub(crate) files: Vec<RunFile>,
}

/// The scores, as results name them, and as people do.
pub(crate) const SCORES: [(&str, &str); 11] = [
    ("mean_rank", "mean rank"),
    ("map", "MAP"),
    ("classification.f1", "F1 of pairs"),
    ("val_accuracy", "val accuracy"),
    ("val_f1", "val F1"),
    ("val_roc_auc", "val ROC AUC"),
    ("val_ap", "val average precision"),
    ("test_accuracy", "test accuracy"),
    ("test_f1", "test F1"),
    ("test_roc_auc", "test ROC AUC"),
    ("test_ap", "test average precision"),
];

impl RunFacts {
    /// Reads the run in a folder.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let mut facts = if GraphRun::is_at(path) {
            Self::of_network(path)?
        } else {
            Self::of_embedding(path)?
        };
        facts.result = result(path)?;
        let of_result = facts
            .result
            .as_ref()
            .and_then(|result| result.get("epochs"));
        facts.finished = of_result.and_then(Value::as_u64) == Some(facts.epochs as u64);
        facts.files = files(path)?;
        Ok(facts)
    }

    fn of_embedding(path: &Path) -> Result<Self, CliError> {
        let (folder, description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let mut settings = object(&checkpoint.settings);
        let of_data = object(&description.dataset).into_iter();
        settings.extend(of_data.filter(|(name, _)| name != "name"));
        Ok(Self {
            run: path.display().to_string(),
            kind: RunKind::Embed,
            origin: description.origin,
            dataset: description.dataset.name,
            backend: description.backend.name(),
            checkpoint_every: description.checkpoint_every,
            finished: false,
            epochs: checkpoint.epochs,
            seconds: checkpoint.seconds,
            settings,
            result: None,
            files: Vec::new(),
        })
    }

    fn of_network(path: &Path) -> Result<Self, CliError> {
        let (run, description) = GraphRun::open(path)?;
        let checkpoint = run.checkpoint()?;
        let named = object(checkpoint.settings()).into_iter();
        Ok(Self {
            run: path.display().to_string(),
            kind: RunKind::Train,
            dataset: description.dataset.clone(),
            backend: description.backend.name(),
            checkpoint_every: description.checkpoint_every,
            finished: false,
            epochs: checkpoint.epochs(),
            seconds: checkpoint.seconds(),
            settings: named
                .map(|(name, value)| (name.replace('-', "_"), value))
                .collect(),
            result: None,
            files: Vec::new(),
            origin: description.origin,
        })
    }

    /// A number of the result; a point stands between the names of one in an object of it.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let result = self.result.as_ref()?;
        match name.split_once('.') {
            Some((object, name)) => result.get(object)?.get(name)?.as_f64(),
            None => result.get(name)?.as_f64(),
        }
    }

    /// The scores by their names in words.
    pub(crate) fn scores(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> {
        let found =
            |&(name, words): &(&'static str, &'static str)| Some((name, words, self.number(name)?));
        SCORES.iter().filter_map(found)
    }

    /// The scores that count, in a line.
    pub(crate) fn headline(&self) -> String {
        let counts = |name: &str| !name.starts_with("val_");
        let scores = self.scores().filter(|(name, ..)| counts(name));
        let said: Vec<String> = scores
            .map(|(_, words, score)| format!("{words} {score:.4}"))
            .collect();
        match (said.is_empty(), self.finished) {
            (true, true) => "not evaluated".to_owned(),
            (true, false) => "not finished".to_owned(),
            (false, true) => said.join(", "),
            (false, false) => format!("{}, not finished since", said.join(", ")),
        }
    }

    /// A setting in words.
    pub(crate) fn setting(&self, name: &str) -> String {
        self.settings.get(name).map_or_else(String::new, unquoted)
    }

    /// What was trained, in a few words.
    pub(crate) fn model(&self) -> String {
        let (manifold, dim) = (self.setting("manifold"), self.setting("dim"));
        match self.kind {
            RunKind::Embed if self.setting("model") == "cones" => {
                format!("cones {manifold} {dim}d")
            }
            RunKind::Embed => format!("{manifold} {dim}d"),
            RunKind::Train => format!(
                "{} {} {manifold} {dim}d",
                self.setting("model"),
                self.setting("task")
            ),
        }
    }
}

/// A value without quotes.
pub(crate) fn unquoted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// The result, if there is one.
fn result(path: &Path) -> Result<Option<Map<String, Value>>, CliError> {
    let file = path.join("result.json");
    if !file.exists() {
        return Ok(None);
    }
    let text = storage::read_text(&file)?;
    let read = serde_json::from_str(&text);
    read.map(Some)
        .map_err(|error: serde_json::Error| CliError::DamagedDescription {
            path: file,
            reason: error.to_string(),
        })
}

/// The plain files of a folder, by name.
fn files(path: &Path) -> Result<Vec<RunFile>, CliError> {
    let read = storage::io_error(path, "read");
    let entries = std::fs::read_dir(path).map_err(read)?;
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some(RunFile {
            name: entry.file_name().to_string_lossy().into_owned(),
            bytes: metadata.len(),
        })
    };
    let mut files: Vec<RunFile> = entries.filter_map(file).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}
