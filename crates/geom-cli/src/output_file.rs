//! The file that a command writes its result to: never one that a run needs; `-` is standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use geom::train::storage;

use crate::claim::{is_of_a_run, same_file};
use crate::error::CliError;
use crate::printer;

/// The names of standard output.
const STANDARD_OUTPUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutputFile {
    StandardOutput,
    Path(PathBuf),
}

impl OutputFile {
    /// Takes the path that the user gave, and refuses one whose old content is needed: a file of a run,
    /// or one of `data`, which are files, or folders of them.
    pub(crate) fn new(path: &Path, data: &[&Path]) -> Result<Self, CliError> {
        if STANDARD_OUTPUT.iter().any(|name| Path::new(name) == path) {
            return Ok(Self::StandardOutput);
        }
        check(path, data)?;
        Ok(Self::Path(path.to_path_buf()))
    }

    /// Whether the result leaves no room for anything else on standard output.
    pub(crate) fn is_standard_output(&self) -> bool {
        *self == Self::StandardOutput
    }

    /// Writes the file in one atomic replacement, or to standard output.
    pub(crate) fn write(
        &self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        match self {
            Self::Path(path) => Ok(storage::write(path, content)?),
            Self::StandardOutput => {
                let mut out = io::BufWriter::new(io::stdout().lock());
                let written = content(&mut out).and_then(|()| out.flush());
                printer::keep_output_error(written);
                Ok(())
            }
        }
    }
}

/// Refuses to overwrite a file of a run, or one of `data`.
pub(crate) fn check(path: &Path, data: &[&Path]) -> Result<(), CliError> {
    if is_of_a_run(path) {
        return Err(CliError::Needed {
            path: path.to_path_buf(),
            by: "the run in its folder",
        });
    }
    let is_data = |data: &&Path| {
        same_file(path, data)
            || std::fs::read_dir(data)
                .is_ok_and(|files| files.flatten().any(|file| same_file(path, &file.path())))
    };
    if data.iter().any(is_data) {
        return Err(CliError::Needed {
            path: path.to_path_buf(),
            by: "the run, which was trained on it",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_standard_output_is_standard_output() {
        for name in STANDARD_OUTPUT {
            let target = OutputFile::new(Path::new(name), &[]).unwrap();
            assert!(target.is_standard_output(), "{name}");
        }
        let file = OutputFile::new(Path::new("./-"), &[]).unwrap();
        assert_eq!(file, OutputFile::Path("./-".into()));
    }
}
