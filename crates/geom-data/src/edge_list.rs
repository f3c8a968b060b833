//! Tables of relations: one line a pair, `child,parent` or `child,parent,weight`.
//!
//! # Format
//! - UTF-8 text. Fields are split by commas in `.csv`, by tabs in `.tsv`; either may be gzipped and
//!   then ends in `.gz`. A stream, such as `/dev/stdin`, is split by tabs if its first line of data holds
//!   one, else by commas. Lines end in LF or CRLF, and are no longer than [`Limit::LINE`].
//! - A field may be in double quotes. In `.csv` it can then contain commas and doubled quotes, and does
//!   not run over the end of its line. In `.tsv` a quote is a character like any, unless the whole field
//!   is in quotes, which are then taken off.
//! - All lines have as many columns as the first: two, or three with a weight. A weight is a
//!   decimal number, finite and above 0. Only the proportions of weights count.
//! - Lines that begin with `#` before the first line of data are comments. After it such a line is an
//!   error; a name that begins with `#` stands in double quotes.
//! - The first line of data is a header if its first two fields are words that tables of hierarchies or
//!   networks have there, such as `child,parent` · `hyponym,hypernym` · `term,broader` · `id1,id2` ·
//!   `source,target` · `from,to` · `node1,node2`, and its third, if there is one, is `weight`, `count` or
//!   the like. Case, spaces, hyphens and underscores do not matter. Where it names the parent first, as
//!   `parent,child` does, the columns are swapped. Any other first line is data, and so is `u,v` if either
//!   occurs again.
//!
//! # Repairs
//! These are repaired, counted, and returned as [`Repairs`]: self loops are dropped; lines with the
//! same pair are merged, and if their weights differ the largest is kept; blank lines (nothing but
//! white space), comments and repeated headers are skipped; white space around a field is cut off; quotes
//! are taken off the fields of a `.tsv`; a byte order mark is dropped; columns are swapped. What may not
//! be as it was meant is left, and listed as [`doubts`](Repairs::doubts). Everything else that is wrong is
//! an error.

mod pairs;

pub use pairs::{Pairs, read_pairs};

use crate::builder::Builder;
use crate::header::{self, Header};
use crate::{DataError, Doubt, Limit, LineRule, Relations, Repairs, WeightRule, input};
use std::borrow::Cow;
use std::io::BufRead;
use std::path::Path;

/// How to read a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether to return the transitive closure of the file's relations. Default: no.
    pub closure: bool,
    /// Whether a line relates its second node to the first as well, as a link of a network does. Default:
    /// no.
    pub undirected: bool,
}

/// Reads the table at `path`; the [module](self) describes its format.
///
/// # Errors
/// A [`DataError`] that names the file and, where it applies, the line.
///
/// # Examples
/// ```no_run
/// use geom_data::edge_list::{self, Options};
/// let (relations, repairs) = edge_list::read("taxonomy.csv", &Options { closure: true, ..Options::default() })?;
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
    /// A tab if the first line of data holds one, else a comma.
    Told,
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
            // A stream has no name that says so.
            _ if is_stream(path) => Ok(Delimiter::Told),
            _ => Err(DataError::UnknownExtension {
                path: path.to_owned(),
            }),
        }
    }

    /// The fields of a line, untrimmed where quoted; none if a quoted field is not well formed.
    fn split(self, line: &str) -> Option<Vec<Field<'_>>> {
        match self {
            Delimiter::Told if line.contains('\t') => Delimiter::Tab.split(line),
            Delimiter::Told => Delimiter::Comma.split(line),
            Delimiter::Tab => Some(line.split('\t').map(Field::of_tabs).collect()),
            Delimiter::Comma if !line.contains('"') => {
                Some(line.split(',').map(Field::plain).collect())
            }
            Delimiter::Comma => split_quoted(line),
        }
    }
}

/// Whether a path names something that is read once, as `/dev/stdin` does, whatever is behind it.
fn is_stream(path: &Path) -> bool {
    let is_of_the_system = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    path.exists() && !path.is_dir() && (is_of_the_system || !path.is_file())
}

struct Field<'a> {
    text: Cow<'a, str>,
    trimmed: bool,
    /// Whether quotes were taken off where they need not be.
    unquoted: bool,
}

impl<'a> Field<'a> {
    fn plain(raw: &'a str) -> Self {
        let text = raw.trim();
        Self {
            text: Cow::Borrowed(text),
            trimmed: text.len() < raw.len(),
            unquoted: false,
        }
    }

    /// Of a table split by tabs: quotes around the whole field are those of a program that quotes all,
    /// with the quotes inside doubled.
    fn of_tabs(raw: &'a str) -> Self {
        let field = Self::plain(raw);
        let inside = field
            .text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        match inside.filter(|text| !text.replace("\"\"", "").contains('"')) {
            Some(text) => Self {
                text: Cow::Owned(text.replace("\"\"", "\"")),
                trimmed: field.trimmed,
                unquoted: true,
            },
            None => field,
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
            unquoted: false,
        });
        match outside.strip_prefix(',') {
            Some(after) => rest = after,
            None if outside.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// The header that a line is, if it is one.
fn header_of(fields: &[Field<'_>]) -> Option<Header> {
    let is_weight = |field: &Field<'_>| header::is_weight(&field.text);
    Header::of(&fields[0].text, &fields[1].text).filter(|_| fields.get(2).is_none_or(is_weight))
}

/// Whether a name has characters that no name needs, and that a terminal would obey.
fn has_controls(name: &str) -> bool {
    let is_obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.contains(is_obeyed)
}

/// The first line of data, whatever it turns out to be.
struct First {
    line: u64,
    names: [String; 2],
    header: Option<Header>,
}

/// Reads a table from memory or a stream; `path` is for messages.
pub(crate) fn parse(
    input: impl BufRead,
    path: &Path,
    delimiter: Delimiter,
    options: &Options,
) -> Result<(Relations, Repairs), DataError> {
    let mut builder = Builder::default();
    let (columns, first) = lines(input, path, delimiter, &mut builder)?;
    let is_network = settle(first, &mut builder, options);
    if options.undirected {
        builder.both_ways();
    }
    let (relations, mut repairs) = builder.finish(columns == 3);
    if relations.num_relations() == 0 {
        let self_loops = repairs.self_loops;
        return Err(DataError::NoRelations {
            path: path.to_owned(),
            self_loops,
        });
    }
    let is_both_ways = || relations.pairs().any(|(u, v)| relations.contains(v, u));
    if is_network && !options.undirected && !is_both_ways() {
        repairs.doubts.push(Doubt::OneWay);
    }
    let relations = if options.closure {
        relations.closure()?
    } else {
        relations
    };
    Ok((relations, repairs))
}

/// Adds every line of a table to `builder`. Tells how many columns there are, and what the first line was.
fn lines(
    mut input: impl BufRead,
    path: &Path,
    mut delimiter: Delimiter,
    builder: &mut Builder,
) -> Result<(usize, First), DataError> {
    let mut columns = None;
    let mut first: Option<First> = None;
    let mut bytes = Vec::new();
    let (mut line, mut start) = (0, 0);
    loop {
        let read = input::read_line(&mut input, &mut bytes);
        let is_whole = read.map_err(|error| input::read_error(path, error))?;
        if bytes.is_empty() {
            break;
        }
        line += 1;
        let over_limit = |limit: Limit| DataError::OverLimit {
            path: path.to_owned(),
            line: Some(line),
            limit,
        };
        if !is_whole {
            return Err(over_limit(Limit::LINE));
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| DataError::NotUtf8 {
            path: path.to_owned(),
            line,
            byte: start + error.valid_up_to() as u64,
        })?;
        start += bytes.len() as u64;
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
        if text.trim_start().starts_with('#') {
            if columns.is_some() {
                return Err(malformed(LineRule::LateComment));
            }
            builder.repairs.comments += 1;
            continue;
        }
        if delimiter == Delimiter::Told {
            let has_tab = text.contains('\t');
            delimiter = if has_tab {
                Delimiter::Tab
            } else {
                Delimiter::Comma
            };
        }
        let fields = delimiter
            .split(text)
            .ok_or_else(|| malformed(LineRule::ClosedQuotes))?;
        match columns {
            None if !(2..=3).contains(&fields.len()) => {
                return Err(malformed(LineRule::TwoOrThreeColumns {
                    found: fields.len(),
                }));
            }
            None => columns = Some(fields.len()),
            Some(columns) if columns != fields.len() => {
                return Err(malformed(LineRule::SameColumns {
                    expected: columns,
                    found: fields.len(),
                }));
            }
            Some(_) => {}
        }
        let names = [&*fields[0].text, &*fields[1].text];
        if names.iter().any(|name| name.is_empty()) {
            return Err(malformed(LineRule::TwoNames));
        }
        if names.iter().any(|name| has_controls(name)) {
            return Err(malformed(LineRule::NoControls));
        }
        match &first {
            None => {
                let mut header = header_of(&fields);
                if let Some(header) = &mut header {
                    // With a word for the weight there is no doubt.
                    header.is_short &= fields.len() == 2;
                    header.is_swapped &= !header.is_short;
                }
                first = Some(First {
                    line,
                    names: names.map(str::to_owned),
                    header,
                });
                if let Some(header) = header {
                    builder.repairs.swapped_columns = header.is_swapped;
                    continue;
                }
            }
            Some(first) => {
                let is_header = first.header.is_some_and(|header| !header.is_short);
                if is_header && first.names == names && header_of(&fields).is_some() {
                    builder.repairs.repeated_headers += 1;
                    continue;
                }
            }
        }
        let weight = match fields.get(2) {
            None => 1.0,
            Some(field) => parse_weight(&field.text).map_err(|expected| DataError::BadWeight {
                path: path.to_owned(),
                line,
                expected,
                found: shortened(&field.text),
            })?,
        };
        let count = |is: fn(&Field<'_>) -> bool| fields.iter().filter(|field| is(field)).count();
        builder.repairs.trimmed_fields += count(|field| field.trimmed);
        builder.repairs.unquoted_fields += count(|field| field.unquoted);
        let [child, parent] = match builder.repairs.swapped_columns {
            true => [names[1], names[0]],
            false => names,
        };
        if !builder.add(child, parent, weight) {
            return Err(DataError::TooManyNodes {
                path: path.to_owned(),
            });
        }
        if let Some(limit) = builder.over_limit() {
            return Err(over_limit(limit));
        }
    }
    match (columns, first) {
        (Some(columns), Some(first)) => Ok((columns, first)),
        _ => Err(DataError::EmptyFile {
            path: path.to_owned(),
        }),
    }
}

/// Decides what the first line was, now that all others are known; whether it is the header of a network.
fn settle(first: First, builder: &mut Builder, options: &Options) -> bool {
    let First {
        line,
        names: [left, right],
        header,
    } = first;
    let occurs_again = |builder: &Builder| builder.knows(&left) || builder.knows(&right);
    match header {
        Some(header) if header.is_short && occurs_again(builder) => {
            // There was room for others, so there is for these.
            builder.add(&left, &right, 1.0);
            false
        }
        Some(header) => header.is_network && !options.closure,
        None => {
            let is_alone = |name: &str| builder.degree(name) == 1;
            if builder.num_nodes() > 2 && is_alone(&left) && is_alone(&right) {
                builder.repairs.doubts.push(Doubt::Header {
                    line,
                    first: left,
                    second: right,
                });
            }
            false
        }
    }
}

fn parse_weight(text: &str) -> Result<f32, WeightRule> {
    let weight: f64 = text.parse().map_err(|_| WeightRule::Number)?;
    // Of a number beyond the longest format, the digits alone say that it is finite and not 0.
    let is_beyond = |digits: &str| digits.contains(|c: char| ('1'..='9').contains(&c));
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    if weight.is_nan() || text.starts_with('-') || !is_beyond(mantissa) {
        return Err(WeightRule::Positive);
    }
    let weight = weight as f32;
    if weight.is_normal() {
        Ok(weight)
    } else {
        Err(WeightRule::InRange)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
