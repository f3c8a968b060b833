//! The files of a run: replaced whole or not at all, and known to be whole when they are read.
//!
//! [`write()`] replaces a file atomically. The checkpoints of both trainers are framed alike: a
//! `safetensors` file whose metadata hold a JSON description with a version, and a checksum over
//! everything. `docs/checkpoint-format.md` has the details.

mod digest;
mod error;
mod frame;
mod whole;

use std::io::{self, Write};
use std::path::Path;

pub use error::{StorageError, io_error};
#[doc(hidden)]
pub use geom_files::failpoint;
pub use geom_files::{remove_partial, remove_unfinished};
pub use whole::{read, read_text};

pub(crate) use digest::{digest, hex};
pub(crate) use frame::{FileKind, Frame, Part, numbers};

/// Writes `path` completely or not at all, as [`geom_files::write`] does.
///
/// # Errors
/// [`StorageError::Io`] with the path, for instance on a full disk or in a folder that cannot be
/// written. What was at `path` before is then still there.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StorageError> {
    geom_files::write(path, content).map_err(io_error(path, "write"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let failed = write(&path, |_| Err(io::Error::other("the disk is full")));
        let message = failed.unwrap_err().to_string();
        assert!(
            message.contains("a.txt") && message.ends_with("the disk is full"),
            "{message}"
        );
    }
}
