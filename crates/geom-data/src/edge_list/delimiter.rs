//! What splits the fields of a line.

use crate::DataError;
use crate::fields::{Field, split_quoted};
use std::borrow::Cow;
use std::path::Path;

/// The separator of the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    Comma,
    Tab,
    /// White space, however much.
    Space,
    /// Another character, with quotes as between commas.
    Other(char),
    /// A tab if the first line of data holds one, else a comma.
    Detect,
}

impl Delimiter {
    /// That of a file, which its name says unless it was `given`.
    pub(super) fn of(path: &Path, given: Option<char>) -> Result<Self, DataError> {
        match given {
            Some(',') => return Ok(Delimiter::Comma),
            Some('\t') => return Ok(Delimiter::Tab),
            Some(' ') => return Ok(Delimiter::Space),
            Some(other) => return Ok(Delimiter::Other(other)),
            None => {}
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.') {
            Some((_, "csv")) => Ok(Delimiter::Comma),
            Some((_, "tsv")) => Ok(Delimiter::Tab),
            // A stream has no name that says so.
            _ if is_stream(path) => Ok(Delimiter::Detect),
            _ => Err(DataError::UnknownExtension {
                path: path.to_owned(),
            }),
        }
    }

    /// The same, settled by the first line of data.
    pub(super) fn detected(self, line: &str) -> Self {
        match self {
            Delimiter::Detect if line.contains('\t') => Delimiter::Tab,
            Delimiter::Detect => Delimiter::Comma,
            known => known,
        }
    }

    /// The fields of a line, untrimmed where quoted; none if a quoted field is not well formed.
    pub(super) fn split(self, line: &str) -> Option<Vec<Field<'_>>> {
        let word = |text| Field {
            text: Cow::Borrowed(text),
            trimmed: false,
            unquoted: false,
        };
        match self {
            Delimiter::Detect => self.detected(line).split(line),
            Delimiter::Tab => Some(line.split('\t').map(Field::of_tabs).collect()),
            Delimiter::Comma => split_quoted(line, ','),
            Delimiter::Space => Some(line.split_whitespace().map(word).collect()),
            Delimiter::Other(character) => split_quoted(line, character),
        }
    }
}

/// The name of standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// Whether a path names something that is read once, as `/dev/stdin` does, whatever is behind it.
fn is_stream(path: &Path) -> bool {
    let is_of_the_system = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    path == Path::new(STANDARD_INPUT)
        || path.exists() && !path.is_dir() && (is_of_the_system || !path.is_file())
}
