//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use geom_data::Limit;

/// An error of reading or writing a file. Each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A file that could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted: `read`, `write`, `create`.
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },

    /// A file that is not a checkpoint, or is cut short or altered.
    #[error("{} is not a complete checkpoint: {reason}; use an earlier one, or train again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },

    /// A file larger than is meant.
    #[error("{}: {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is read at most.
        limit: Limit,
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
}

/// Attaches a path and an action to an I/O error.
pub fn io_error(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> StorageError {
    let path = path.to_path_buf();
    move |source| StorageError::Io {
        path,
        action,
        source,
    }
}
