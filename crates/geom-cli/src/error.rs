//! What the program tells when it fails, and with which exit code.

use std::path::PathBuf;

use geom::data::DataError;
use geom::train::TrainError;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{0}")]
    Usage(String, Option<String>),

    #[error(transparent)]
    Data(#[from] DataError),

    #[error(transparent)]
    Train(#[from] TrainError),

    #[error("{} is no run: {reason}", path.display())]
    NoRun { path: PathBuf, reason: String },

    #[error("unknown node \"{name}\" in {}", run.display())]
    UnknownNode { name: String, run: PathBuf, suggestion: Option<String> },

    #[error("cannot draw {}: {reason}", path.display())]
    Drawing { path: PathBuf, reason: String },

    #[error("interrupted after epoch {epoch} of {epochs}; the run is saved in {}", run.display())]
    Interrupted { epoch: usize, epochs: usize, run: PathBuf },
}

impl CliError {
    /// A mistake on the command line that the parser cannot see.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(message.into(), Some(hint.into()))
    }

    /// 2 for a mistake in what was asked, 130 after Ctrl-C (as shells have it), 1 for the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(..)
            | Self::UnknownNode { .. }
            | Self::Data(DataError::UnknownDataset { .. })
            | Self::Train(TrainError::Setting { .. } | TrainError::Conflict { .. }) => 2,
            Self::Interrupted { .. } => 130,
            _ => 1,
        }
    }

    /// What to do about it, where there is more to say than the message does.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Usage(_, hint) => hint.clone(),
            Self::Data(error) => error.hint(),
            Self::NoRun { .. } => Some("name the folder that `geom embed` printed as \"saved\"".to_owned()),
            Self::UnknownNode { suggestion, .. } => suggestion.as_ref().map(|name| format!("did you mean \"{name}\"?")),
            Self::Interrupted { run, .. } => Some(format!("go on with: geom embed --resume {}", run.display())),
            Self::Train(TrainError::Conflict { .. }) => {
                Some("leave these flags out to resume, or start a new run with --out".to_owned())
            }
            _ => None,
        }
    }
}
