//! What the program tells when it fails, and with which exit code.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use geom::core::{Backend, BackendError};
use geom::data::DataError;
use geom::data::graph::GraphProblem;
use geom::train::embedding::EmbeddingTrainError;
use geom::train::graph::GraphTrainError;
use geom::train::storage::StorageError;
use geom::train::{SettingConflict, SettingError};
use serde::{Deserialize, Serialize};

use crate::flags::{contradiction, out_of_range};
use crate::numbers::counted;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{0}")]
    Usage(String, Option<String>),

    #[error(transparent)]
    Backend(#[from] BackendError),

    #[error(transparent)]
    Data(#[from] DataError),

    #[error(transparent)]
    Storage(#[from] StorageError),

    #[error("{}", out_of_range(.0))]
    Setting(#[from] SettingError),

    #[error("cannot resume {}: {}", path.display(), conflicts.join("; "))]
    Conflict {
        path: PathBuf,
        /// By their flags.
        conflicts: Vec<String>,
    },

    #[error(transparent)]
    EmbeddingTrain(EmbeddingTrainError),

    #[error("{error}; last good checkpoint: {}", checkpoint.display())]
    Diverged {
        error: EmbeddingTrainError,
        checkpoint: PathBuf,
    },

    #[error(transparent)]
    GraphTrain(GraphTrainError),

    #[error("{} is not a run folder: it has neither run.json nor graph.json", path.display())]
    NoRun { path: PathBuf },

    #[error("{} is damaged: {reason}", path.display())]
    DamagedDescription { path: PathBuf, reason: String },

    #[error("{} has version {found}, this program reads up to {supported}", path.display())]
    NewerDescription {
        path: PathBuf,
        found: u32,
        supported: u32,
    },

    #[error("the run {} has no checkpoint; it was stopped before its first", path.display())]
    NoCheckpoint { path: PathBuf },

    #[error("the run {} was stopped in its first epochs, before its first checkpoint with a model", run.display())]
    NoEpoch { run: PathBuf },

    #[error("{dataset} is not what {} was trained on; it has changed since", run.display())]
    DatasetChanged { dataset: String, run: PathBuf },

    #[error("unknown node \"{name}\" in {}", run.display())]
    UnknownNode {
        name: String,
        run: PathBuf,
        suggestion: Option<String>,
    },

    #[error("{} is being trained by another program", run.display())]
    Busy { run: PathBuf },

    #[error("{} is used by {by} and will not be overwritten", path.display())]
    Needed { path: PathBuf, by: &'static str },

    #[error("cannot draw {}: {reason}", path.display())]
    Drawing { path: PathBuf, reason: String },

    #[error("the log {} cannot be read: {reason}", path.display())]
    DamagedLog { path: PathBuf, reason: String },

    #[error("line {line} of {} is not a finished run: {reason}", path.display())]
    DamagedLedger {
        path: PathBuf,
        line: usize,
        reason: String,
    },

    #[error("{} of {} failed", count, counted(*all as u64, "run"))]
    RunsFailed { count: usize, all: usize },

    #[error("standard output cannot be written: {reason}")]
    OutputLost { reason: String },

    #[error("what the model says of {what} is not finite")]
    NotFinite { what: String },

    #[error("the published figures cannot be read: {reason}")]
    PublishedFigures { reason: String },

    #[error("interrupted after {done} of {all} runs")]
    TableInterrupted { done: usize, all: usize },

    #[error("interrupted while {what}")]
    Left {
        what: &'static str,
        /// A run that is finished and saved.
        run: Option<PathBuf>,
    },

    #[error("interrupted after epoch {epoch} of {epochs}; the run is saved in {}", run.display())]
    Interrupted {
        epoch: usize,
        epochs: usize,
        command: &'static str,
        run: PathBuf,
    },
}

/// What `--json` prints of a failure.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) error: FailureText,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FailureText {
    /// Of a few words for programs, which docs/json.md lists.
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) exit_code: i32,
}

impl Failure {
    pub(crate) fn of(error: &CliError) -> Self {
        Self {
            error: FailureText {
                kind: error.kind().to_owned(),
                message: error.to_string(),
                hint: error.hint(),
                exit_code: error.exit_code().into(),
            },
        }
    }

    /// That of the parser, from its text: a paragraph that says what is wrong, tips, and the usage.
    pub(crate) fn of_parser(text: &str, exit_code: i32) -> Self {
        let lines = |paragraph: &str| {
            let lines = paragraph.lines().map(str::trim);
            lines.collect::<Vec<_>>().join(" ")
        };
        let mut paragraphs = text.split("\n\n").map(lines);
        let message = paragraphs.next().unwrap_or_default();
        let tip = paragraphs.find_map(|text| text.strip_prefix("tip: ").map(str::to_owned));
        Self {
            error: FailureText {
                kind: "usage".to_owned(),
                message: message
                    .strip_prefix("error: ")
                    .unwrap_or(&message)
                    .to_owned(),
                hint: tip.or_else(|| Some("see geom --help".to_owned())),
                exit_code,
            },
        }
    }
}

impl From<GraphTrainError> for CliError {
    fn from(error: GraphTrainError) -> Self {
        match error {
            GraphTrainError::Setting(error) => Self::Setting(error),
            GraphTrainError::Storage(error) => Self::Storage(error),
            error => Self::GraphTrain(error),
        }
    }
}

impl From<EmbeddingTrainError> for CliError {
    fn from(error: EmbeddingTrainError) -> Self {
        match error {
            EmbeddingTrainError::Setting(error) => Self::Setting(error),
            EmbeddingTrainError::Storage(error) => Self::Storage(error),
            error => Self::EmbeddingTrain(error),
        }
    }
}

impl CliError {
    /// Flags that contradict the run at `path`, if there are any.
    pub(crate) fn check_conflicts(path: &Path, conflicts: &[SettingConflict]) -> Result<(), Self> {
        if conflicts.is_empty() {
            return Ok(());
        }
        Err(Self::Conflict {
            path: path.to_path_buf(),
            conflicts: conflicts.iter().map(contradiction).collect(),
        })
    }

    /// A mistake on the command line that the parser cannot see.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(message.into(), Some(hint.into()))
    }

    /// The name of its kind, for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Usage(..) => "usage",
            Self::Backend(_) => "backend",
            Self::Data(_) => "data",
            Self::Storage(_) => "storage",
            Self::Setting(_) => "setting",
            Self::Conflict { .. } => "conflict",
            Self::EmbeddingTrain(_) | Self::GraphTrain(_) => "training",
            Self::Diverged { .. } => "diverged",
            Self::NoRun { .. } => "no-run",
            Self::DamagedDescription { .. }
            | Self::DamagedLedger { .. }
            | Self::DamagedLog { .. } => "damaged",
            Self::NewerDescription { .. } => "newer-version",
            Self::NoCheckpoint { .. } | Self::NoEpoch { .. } => "no-checkpoint",
            Self::DatasetChanged { .. } => "dataset-changed",
            Self::UnknownNode { .. } => "unknown-node",
            Self::Busy { .. } => "busy",
            Self::Needed { .. } => "needed",
            Self::Drawing { .. } => "drawing",
            Self::RunsFailed { .. } => "runs-failed",
            Self::OutputLost { .. } => "output-lost",
            Self::NotFinite { .. } => "not-finite",
            Self::PublishedFigures { .. } => "published-figures",
            Self::TableInterrupted { .. } | Self::Left { .. } | Self::Interrupted { .. } => {
                "interrupted"
            }
        }
    }

    /// 2 for a mistake in what was asked, 130 after Ctrl-C (as shells have it), 1 for the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(..)
            | Self::Busy { .. }
            | Self::Needed { .. }
            | Self::UnknownNode { .. }
            | Self::Backend(BackendError::NotCompiledIn { .. })
            | Self::Data(
                DataError::UnknownDataset { .. }
                | DataError::RandomGraphName { .. }
                | DataError::NoDataDirectory { .. }
                | DataError::Graph {
                    problem: GraphProblem::Parameter { .. },
                    ..
                },
            )
            | Self::GraphTrain(
                GraphTrainError::Model(_)
                | GraphTrainError::SettingsFile { .. }
                | GraphTrainError::Pretrained { .. }
                | GraphTrainError::Data(GraphProblem::Parameter { .. }),
            )
            | Self::EmbeddingTrain(
                EmbeddingTrainError::Holdout { .. }
                | EmbeddingTrainError::SearchSpace { .. }
                | EmbeddingTrainError::NoNewNodes
                | EmbeddingTrainError::Unconnected { .. },
            )
            | Self::Setting(_)
            | Self::Conflict { .. } => 2,
            Self::Interrupted { .. } | Self::TableInterrupted { .. } | Self::Left { .. } => 130,
            _ => 1,
        }
    }

    /// What to do about it, where there is more to say than the message does.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Usage(_, hint) => hint.clone(),
            Self::Backend(error) => backend_hint(error),
            Self::Data(DataError::DatasetMissing { name, .. }) => Some(format!(
                "fetch it with: geom datasets fetch {name}; or let GEOM_DATA_DIR name a directory that holds the files"
            )),
            Self::Data(DataError::Altered { dataset, .. }) => Some(format!(
                "put the published file back; what is in the user's cache is repaired by: geom datasets fetch {dataset}"
            )),
            Self::Data(error) => error.hint(),
            Self::NoRun { .. } => Some("name the folder that `geom embed` or `geom train` printed as \"saved\"".to_owned()),
            Self::DamagedDescription { .. } => Some(
                "restore it from a copy, or train again with another --out; what was trained is safe in checkpoint.safetensors"
                    .to_owned(),
            ),
            Self::NewerDescription { .. } => Some("update geom".to_owned()),
            Self::NoCheckpoint { .. } => Some("remove the folder and train again".to_owned()),
            Self::NoEpoch { run } => Some(format!("resume it with: geom train --resume {}", run.display())),
            Self::GraphTrain(GraphTrainError::Data(problem)) => Some(problem.hint().to_owned()),
            Self::GraphTrain(GraphTrainError::SettingsFile { .. }) => Some(
                "settings stand at the top without sections, as geom tune --out writes them; a space to search has \
                 sections with lists of values"
                    .to_owned(),
            ),
            Self::GraphTrain(GraphTrainError::Pretrained { .. }) => Some(
                "name a run of --task lp on the same data; to predict links, one of the same --protocol and --split-seed"
                    .to_owned(),
            ),
            Self::EmbeddingTrain(EmbeddingTrainError::Holdout { .. }) => Some(
                "give smaller shares by --holdout; where only direct relations are listed, take the closure by \
                 --closure"
                    .to_owned(),
            ),
            Self::EmbeddingTrain(EmbeddingTrainError::SearchSpace { .. }) => Some(
                "a space to search lists values of flags of geom embed in [all], as in: lr = [0.02, 0.1]".to_owned(),
            ),
            Self::EmbeddingTrain(EmbeddingTrainError::NoNewNodes) => {
                Some("to train relations between nodes of the run, train a new one".to_owned())
            }
            Self::EmbeddingTrain(EmbeddingTrainError::Unconnected { .. }) => Some(
                "add a relation that joins them to the run, or take them out of the file".to_owned(),
            ),
            Self::DatasetChanged { .. } => {
                Some("put the data back as it was, or train again with another --out".to_owned())
            }
            Self::UnknownNode { suggestion, .. } => suggestion.as_ref().map(|name| format!("did you mean \"{name}\"?")),
            Self::Left { run, .. } => run.as_ref().map(|run| {
                let run = run.display();
                format!("the run is trained and saved: geom eval {run}; geom plot {run}")
            }),
            Self::Busy { .. } => Some("wait for it to end, or choose another --out".to_owned()),
            Self::Needed { .. } => Some("name another file".to_owned()),
            Self::Interrupted { command, run, .. } => {
                Some(format!("go on with: geom {command} --resume {}", run.display()))
            }
            Self::DamagedLog { .. } => Some("the curves of that run cannot be drawn; leave it out, or --plot".to_owned()),
            Self::DamagedLedger { .. } => Some("remove that line, or name another file with --resume".to_owned()),
            Self::RunsFailed { count, all } if count == all => {
                Some("see the notes above for the reasons; the same command tries again".to_owned())
            }
            Self::RunsFailed { .. } => {
                Some("the result is of the others; the same command tries the failed ones again".to_owned())
            }
            Self::OutputLost { .. } => Some("what the command saved is saved; check where its output goes".to_owned()),
            Self::NotFinite { .. } => Some("the features of such a node are too large; train with others".to_owned()),
            Self::GraphTrain(GraphTrainError::Diverged { .. } | GraphTrainError::NonFiniteLoss { .. }) => Some(
                "train again with a smaller --lr, or, if that is small, with settings and features of ordinary size"
                    .to_owned(),
            ),
            Self::Diverged { .. } => Some(
                "go back to an earlier run, or train again with a smaller --lr and another --out".to_owned(),
            ),
            Self::TableInterrupted { .. } => Some("the same command continues with the rest".to_owned()),
            Self::Storage(StorageError::Io { source, .. }) => match source.kind() {
                ErrorKind::StorageFull => Some("free some space on that disk and try again".to_owned()),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    Some("check the permissions of that path, or choose another".to_owned())
                }
                ErrorKind::AlreadyExists => Some("a file is where the folder should be; choose another".to_owned()),
                ErrorKind::IsADirectory => Some("name a file in it".to_owned()),
                ErrorKind::InvalidData => Some("it has to be text in UTF-8".to_owned()),
                ErrorKind::NotFound | ErrorKind::NotADirectory => Some("check the spelling of the path".to_owned()),
                _ => None,
            },
            Self::Conflict { .. } => {
                Some("leave these flags out to resume, or start a new run with --out".to_owned())
            }
            _ => None,
        }
    }
}

fn backend_hint(error: &BackendError) -> Option<String> {
    match error {
        BackendError::NotCompiledIn { backend } => Some(format!(
            "build it with: cargo build --release -p geom-cli --features {backend}"
        )),
        BackendError::NoDevice { backend, .. } => {
            let others: Vec<_> = Backend::compiled_in()
                .filter(|other| other != backend)
                .map(Backend::name)
                .collect();
            let others = others.join(", ");
            (!others.is_empty()).then(|| format!("this program also has --backend {others}"))
        }
        _ => None,
    }
}

/// What the system said, if it did.
pub(crate) fn io_kind(error: &StorageError) -> Option<ErrorKind> {
    match error {
        StorageError::Io { source, .. } => Some(source.kind()),
        _ => None,
    }
}
