//! Tables of a folder: lines, their delimiter, and errors that name both.

use super::problem::shortened;
use super::{GraphProblem, Location};
use crate::fields::{Field, split_quoted};
use crate::{DataError, input};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// What splits the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Tab,
    Comma,
    Space,
    /// The line is one field, spaces and all.
    None,
}

impl Delimiter {
    fn of(line: &str) -> Self {
        if line.contains('\t') {
            Delimiter::Tab
        } else if line.contains(',') {
            Delimiter::Comma
        } else {
            Delimiter::Space
        }
    }

    fn name(self) -> &'static str {
        match self {
            Delimiter::Tab => "tabs",
            Delimiter::Comma => "commas",
            Delimiter::Space => "spaces",
            Delimiter::None => "nothing",
        }
    }

    /// The fields of a line; a quoted one that is not closed makes it one field, which no rule allows.
    fn split(self, line: &str) -> Vec<Cow<'_, str>> {
        match self {
            Delimiter::Tab => line.split('\t').map(|it| Field::of_tabs(it).text).collect(),
            Delimiter::Comma => match split_quoted(line, ',') {
                Some(fields) => fields.into_iter().map(|field| field.text).collect(),
                None => vec![Cow::Borrowed(line)],
            },
            Delimiter::Space => line.split_whitespace().map(Cow::Borrowed).collect(),
            Delimiter::None => vec![Field::of_tabs(line).text],
        }
    }
}

/// A text file, read whole.
pub(super) struct Table {
    path: PathBuf,
    text: String,
}

/// A line that is neither blank nor a comment.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    path: &'a Path,
    pub(super) number: u64,
    pub(super) text: &'a str,
    delimiter: Delimiter,
}

impl Table {
    /// Reads a file, unpacking it if its name ends in `.gz`.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        Self::parse(path, input::read(path)?)
    }

    /// Takes the bytes of a file; `path` is for messages.
    pub(super) fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, DataError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..valid];
            DataError::NotUtf8 {
                path: path.to_owned(),
                line: before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1,
                byte: valid as u64,
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the file without its folder.
    pub(super) fn file(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// The lines that hold data, all delimited as the first; lines that begin with `#` hold none.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.delimited(Delimiter::of)
    }

    /// The lines of a list: split as those of a table if the file says so, by its ending or by a tab, else
    /// each one field with the spaces in it.
    pub(super) fn items(&self) -> impl Iterator<Item = Line<'_>> {
        let file = self.file().to_lowercase();
        let is_csv = file.trim_end_matches(".gz").ends_with(".csv");
        self.delimited(move |line| match Delimiter::of(line) {
            Delimiter::Tab => Delimiter::Tab,
            Delimiter::Comma if is_csv => Delimiter::Comma,
            _ => Delimiter::None,
        })
    }

    fn delimited(&self, of: impl Fn(&str) -> Delimiter) -> impl Iterator<Item = Line<'_>> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let numbered = (1..).zip(text.lines());
        let data = numbered
            .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let mut first = None;
        data.map(move |(number, text)| Line {
            path: &self.path,
            number,
            text,
            delimiter: *first.get_or_insert_with(|| of(text)),
        })
    }
}

impl<'a> Line<'a> {
    /// The fields of the line.
    pub(super) fn fields(&self) -> Vec<Cow<'a, str>> {
        self.delimiter.split(self.text)
    }

    /// `count` fields, or an error that says what was `expected`.
    pub(super) fn exactly<const N: usize>(
        &self,
        expected: &'static str,
    ) -> Result<[Cow<'a, str>; N], DataError> {
        let fields = self.fields();
        fields.try_into().map_err(|_| self.wrong(expected))
    }

    /// A field as a number that is not negative.
    pub(super) fn number<T: TryFrom<u64>>(
        &self,
        field: &str,
        expected: &'static str,
    ) -> Result<T, DataError> {
        let number = field.parse::<u64>().ok();
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.wrong(expected))
    }

    /// A number as a node below `num_nodes`.
    pub(super) fn in_range(&self, node: u64, num_nodes: usize) -> Result<u32, DataError> {
        match u32::try_from(node) {
            Ok(small) if (small as usize) < num_nodes => Ok(small),
            _ => Err(self.problem(GraphProblem::NodeOutOfRange { node, num_nodes })),
        }
    }

    /// A problem of this line.
    pub(super) fn problem(&self, problem: GraphProblem) -> DataError {
        problem.at(Location::line(self.path, self.number))
    }

    /// The error of a line that is not what was `expected`; tells if it is the delimiter.
    pub(super) fn wrong(&self, expected: &'static str) -> DataError {
        let found = shortened(self.text);
        let other = Delimiter::of(self.text);
        self.problem(
            if other == self.delimiter || self.delimiter == Delimiter::None {
                GraphProblem::Syntax { expected, found }
            } else {
                let expected = self.delimiter.name();
                GraphProblem::Delimiter { expected, found }
            },
        )
    }
}
