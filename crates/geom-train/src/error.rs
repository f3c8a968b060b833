//! What can go wrong in a training job.

use std::io;
use std::path::{Path, PathBuf};

/// An error of a training job. Each names the value, the rule it breaks, and a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting outside its range.
    #[error("{name} = {value} is out of range: {rule}")]
    Setting {
        /// The setting, named as its flag.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        rule: &'static str,
    },

    /// The graph leaves nothing to rank against.
    #[error(
        "\"{node}\" is related to every other node, so it has no negatives; add nodes that it is not related to"
    )]
    NoNegatives {
        /// The node.
        node: String,
    },

    /// A graph without a single relation.
    #[error("the graph has no relations; there is nothing to learn from it")]
    NoRelations,

    /// Training left the finite numbers.
    #[error(
        "training diverged in epoch {epoch}: row {row} (\"{name}\") is not finite; last good checkpoint: {}; \
         train again with a smaller --lr",
        checkpoint.as_ref().map_or("none".to_owned(), |path| path.display().to_string())
    )]
    Diverged {
        /// The epoch that ended with a number that is not finite, from 1.
        epoch: usize,
        /// The first such row.
        row: usize,
        /// The node of that row.
        name: String,
        /// The checkpoint that is still good.
        checkpoint: Option<PathBuf>,
    },

    /// A file that could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },

    /// A file that is no checkpoint, or is cut short or altered.
    #[error("{} is not a complete checkpoint: {reason}; use an earlier one, or train again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },

    /// A checkpoint from a newer program.
    #[error("{} has checkpoint version {found}, this program reads up to {supported}; update geom", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        supported: u32,
    },

    /// A run resumed under settings that contradict it.
    #[error("cannot resume {}: {}", path.display(), conflicts.join("; "))]
    Conflict {
        /// The run.
        path: PathBuf,
        /// Each contradiction: the flag, the run's value, the value now given.
        conflicts: Vec<String>,
    },

    /// A device that cannot do what was asked.
    #[error("{0}")]
    Device(String),
}

/// Attaches a path and an action to an I/O error.
pub fn io_error(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> TrainError {
    let path = path.to_path_buf();
    move |source| TrainError::Io {
        path,
        action,
        source,
    }
}
