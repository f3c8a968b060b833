//! Tables of relations: one line a pair, `child,parent` or `child,parent,weight`.
//!
//! # Format
//! - UTF-8 text. Fields are split by commas in `.csv`, by tabs in `.tsv`; either may be gzipped and
//!   then ends in `.gz`. Lines end in LF or CRLF.
//! - In `.csv` a field may be in double quotes, and then contain commas and doubled quotes. A
//!   quoted field does not run over the end of its line. In `.tsv` a quote is a character like any.
//! - All lines have as many columns as the first: two, or three with a weight. A weight is a
//!   decimal number, finite and above 0. There are no comments.
//! - The first line that is not blank is a header if its first two fields, in lower case, are one of
//!   `id1,id2` · `child,parent` · `child,ancestor` · `hyponym,hypernym` · `source,target` ·
//!   `from,to`, and its third, if there is one, is `weight`. Any other first line is data.
//!
//! # Repairs
//! These are repaired, counted, and returned as [`Repairs`]: self loops are dropped; lines with the
//! same pair are merged, and if their weights differ the largest is kept; blank lines (nothing but
//! white space) are skipped; white space around a field is cut off; a byte order mark is dropped.
//! Everything else that is wrong is an error.

use crate::builder::Builder;
use crate::{DataError, LineRule, Relations, Repairs, input};
use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

/// How to read a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether to return the transitive closure of the file's relations. Default: no.
    pub closure: bool,
}

/// Reads the table at `path`; the [module](self) describes its format.
///
/// # Errors
/// A [`DataError`] that names the file and, where it applies, the line.
///
/// # Examples
/// ```no_run
/// use geom_data::edge_list::{self, Options};
/// let (relations, repairs) = edge_list::read("taxonomy.csv", &Options { closure: true })?;
/// println!("{} relations; mended: {repairs}", relations.num_relations());
/// # Ok::<(), geom_data::DataError>(())
/// ```
pub fn read(path: impl AsRef<Path>, options: &Options) -> Result<(Relations, Repairs), DataError> {
    let path = path.as_ref();
    let delimiter = Delimiter::of(path)?;
    parse(input::open(path)?, path, delimiter, options)
}

/// The separator of the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    Comma,
    Tab,
}

impl Delimiter {
    fn of(path: &Path) -> Result<Self, DataError> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.') {
            Some((_, "csv")) => Ok(Delimiter::Comma),
            Some((_, "tsv")) => Ok(Delimiter::Tab),
            _ => Err(DataError::UnknownExtension {
                path: path.to_owned(),
            }),
        }
    }

    /// The fields of a line, untrimmed where quoted; none if a quoted field is not well formed.
    fn split(self, line: &str) -> Option<Vec<Field<'_>>> {
        match self {
            Delimiter::Tab => Some(line.split('\t').map(Field::plain).collect()),
            Delimiter::Comma if !line.contains('"') => {
                Some(line.split(',').map(Field::plain).collect())
            }
            Delimiter::Comma => split_quoted(line),
        }
    }
}

struct Field<'a> {
    text: Cow<'a, str>,
    trimmed: bool,
}

impl<'a> Field<'a> {
    fn plain(raw: &'a str) -> Self {
        let text = raw.trim();
        Self {
            text: Cow::Borrowed(text),
            trimmed: text.len() < raw.len(),
        }
    }
}

/// Splits at commas outside double quotes.
fn split_quoted(line: &str) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let Some(mut quoted) = rest.trim_start().strip_prefix('"') else {
            let (raw, after) = rest
                .split_once(',')
                .map_or((rest, None), |(a, b)| (a, Some(b)));
            fields.push(Field::plain(raw));
            match after {
                Some(after) => rest = after,
                None => return Some(fields),
            }
            continue;
        };
        let mut text = String::new();
        loop {
            let (before, after) = quoted.split_once('"')?;
            text.push_str(before);
            match after.strip_prefix('"') {
                Some(next) => {
                    text.push('"');
                    quoted = next;
                }
                None => {
                    quoted = after;
                    break;
                }
            }
        }
        let outside = quoted.trim_start();
        let trimmed = outside.len() < quoted.len() || rest.starts_with(char::is_whitespace);
        fields.push(Field {
            text: Cow::Owned(text),
            trimmed,
        });
        match outside.strip_prefix(',') {
            Some(after) => rest = after,
            None if outside.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

const HEADERS: [[&str; 2]; 6] = [
    ["id1", "id2"],
    ["child", "parent"],
    ["child", "ancestor"],
    ["hyponym", "hypernym"],
    ["source", "target"],
    ["from", "to"],
];

fn is_header(fields: &[Field<'_>]) -> bool {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| field.text.to_lowercase())
        .collect();
    HEADERS.iter().any(|header| fields[..2] == header[..])
        && fields.get(2).is_none_or(|weight| weight == "weight")
}

/// Reads a table from memory or a stream; `path` is for messages.
pub(crate) fn parse(
    mut input: impl BufRead,
    path: &Path,
    delimiter: Delimiter,
    options: &Options,
) -> Result<(Relations, Repairs), DataError> {
    let mut builder = Builder::default();
    let mut columns = None;
    let mut bytes = Vec::new();
    let (mut line, mut start) = (0, 0);
    loop {
        bytes.clear();
        let read = input.read_until(b'\n', &mut bytes);
        let length = read.map_err(|error| input::read_error(path, error))?;
        if length == 0 {
            break;
        }
        line += 1;
        let text = std::str::from_utf8(&bytes).map_err(|error| DataError::NotUtf8 {
            path: path.to_owned(),
            line,
            byte: start + error.valid_up_to() as u64,
        })?;
        start += length as u64;
        let text = text
            .strip_suffix('\n')
            .map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) if line == 1 => {
                builder.repairs.byte_order_mark = true;
                rest
            }
            _ => text,
        };
        if text.trim().is_empty() {
            builder.repairs.blank_lines += 1;
            continue;
        }
        let malformed = |expected: LineRule| DataError::MalformedLine {
            path: path.to_owned(),
            line,
            expected,
            found: shortened(text),
        };
        let fields = delimiter
            .split(text)
            .ok_or_else(|| malformed(LineRule::ClosedQuotes))?;
        match columns {
            None if !(2..=3).contains(&fields.len()) => {
                return Err(malformed(LineRule::TwoOrThreeColumns {
                    found: fields.len(),
                }));
            }
            None => {
                columns = Some(fields.len());
                if is_header(&fields) {
                    continue;
                }
            }
            Some(columns) if columns != fields.len() => {
                return Err(malformed(LineRule::SameColumns {
                    expected: columns,
                    found: fields.len(),
                }));
            }
            Some(_) => {}
        }
        if fields[0].text.is_empty() || fields[1].text.is_empty() {
            return Err(malformed(LineRule::TwoNames));
        }
        let weight = match fields.get(2) {
            None => 1.0,
            Some(field) => parse_weight(&field.text).ok_or_else(|| DataError::BadWeight {
                path: path.to_owned(),
                line,
                found: shortened(&field.text),
            })?,
        };
        builder.repairs.trimmed_fields += fields.iter().filter(|field| field.trimmed).count();
        if !builder.add(&fields[0].text, &fields[1].text, weight) {
            return Err(DataError::TooManyNodes {
                path: path.to_owned(),
            });
        }
    }
    let Some(columns) = columns else {
        return Err(DataError::EmptyFile {
            path: path.to_owned(),
        });
    };
    let (relations, repairs) = builder.finish(columns == 3);
    if relations.num_relations() == 0 {
        let self_loops = repairs.self_loops;
        return Err(DataError::NoRelations {
            path: path.to_owned(),
            self_loops,
        });
    }
    let relations = if options.closure {
        relations.closure()?
    } else {
        relations
    };
    Ok((relations, repairs))
}

fn parse_weight(text: &str) -> Option<f32> {
    text.parse()
        .ok()
        .filter(|weight: &f32| weight.is_finite() && *weight > 0.0)
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
