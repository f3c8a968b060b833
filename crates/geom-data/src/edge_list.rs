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
//! [`Options`] may say otherwise: which columns of a wider table are read, what splits the fields, and whether
//! the first line is a header. A column that is called by its name needs one.
//!
//! # Repairs
//! These are repaired, counted, and returned as [`Repairs`]: self loops are dropped; lines with the
//! same pair are merged, and if their weights differ the largest is kept; blank lines (nothing but
//! white space), comments and repeated headers are skipped; white space around a field is cut off; quotes
//! are taken off the fields of a `.tsv`; a byte order mark is dropped; columns are swapped; columns that were
//! not asked for are passed over. What may not
//! be as it was meant is left, and listed as [`doubts`](Repairs::doubts). Everything else that is wrong is
//! an error.

mod columns;
mod delimiter;
mod pairs;

use crate::builder::Builder;
use crate::fields::{Field, has_controls};
use crate::header::{self, Header};
use crate::{DataError, Doubt, Limit, LineRule, Relations, Repairs, WeightRule, graphml, input};
use std::io::BufRead;
use std::path::Path;

use delimiter::STANDARD_INPUT;

pub use columns::{Column, Columns};
pub(crate) use delimiter::Delimiter;
pub use pairs::{Pairs, read_pairs};

/// How to read a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether to return the transitive closure of the file's relations. Default: no.
    pub closure: bool,
    /// Whether a line relates its second node to the first as well, as a link of a network does. Default:
    /// no.
    pub undirected: bool,
    /// Which columns hold what. Default: the first two, and a third for weights, of no more.
    pub columns: Option<Columns>,
    /// What splits the fields; a space stands for white space of any length. Default: as the name of the
    /// file says.
    pub delimiter: Option<char>,
    /// Whether the first line is a header. Default: if its words are those of one.
    pub header: Option<bool>,
}

/// Reads the table at `path`, or from standard input if that is `-`; the [module](self) describes its
/// format. A file that ends in `.graphml` is read as [GraphML](crate::graphml).
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
    if graphml::is_graphml(path) {
        return graphml::read_relations(path, options);
    }
    let delimiter = Delimiter::of(path, options.delimiter)?;
    if path == Path::new(STANDARD_INPUT) {
        return parse(std::io::stdin().lock(), path, delimiter, options);
    }
    parse(input::open(path)?, path, delimiter, options)
}

/// The header that a line is, if it is one.
fn header_of(fields: &[Field<'_>]) -> Option<Header> {
    let is_weight = |field: &Field<'_>| header::is_weight(&field.text);
    Header::of(&fields[0].text, &fields[1].text).filter(|_| fields.get(2).is_none_or(is_weight))
}

/// Whether the first line is a header because it was said to be one, or because columns are named in it.
fn is_told_header(options: &Options) -> bool {
    let have_names = options.columns.as_ref().is_some_and(Columns::have_names);
    options.header == Some(true) || have_names
}

/// The fields at some places, in their order.
fn picked<'a>(fields: Vec<Field<'a>>, places: &[usize]) -> Vec<Field<'a>> {
    let mut fields: Vec<Option<Field<'a>>> = fields.into_iter().map(Some).collect();
    // Places are different, and lines as long as the first.
    places
        .iter()
        .filter_map(|&place| fields.get_mut(place)?.take())
        .collect()
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
    let (has_weights, first) = lines(input, path, delimiter, &mut builder, options)?;
    let is_network = settle(first, &mut builder, options);
    if options.undirected {
        builder.both_ways();
    }
    let (relations, mut repairs) = builder.finish(has_weights);
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

/// Adds every line of a table to `builder`. Tells whether there is a column of weights, and what the first
/// line was.
fn lines(
    mut input: impl BufRead,
    path: &Path,
    mut delimiter: Delimiter,
    builder: &mut Builder,
    options: &Options,
) -> Result<(bool, First), DataError> {
    let mut columns = None;
    let mut places: Option<Vec<usize>> = None;
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
        delimiter = delimiter.detected(text);
        let fields = delimiter
            .split(text)
            .ok_or_else(|| malformed(LineRule::ClosedQuotes))?;
        let is_first = columns.is_none();
        match columns {
            None if options.columns.is_none() && !(2..=3).contains(&fields.len()) => {
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
        if let (true, Some(wanted)) = (is_first, &options.columns) {
            let found = wanted
                .places(&fields)
                .map_err(|column| DataError::NoColumn {
                    path: path.to_owned(),
                    line,
                    column,
                    found: shortened(text),
                })?;
            builder.repairs.unread_columns = fields.len() - found.len().min(fields.len());
            places = Some(found);
        }
        let fields = match &places {
            Some(places) => picked(fields, places),
            None => fields,
        };
        if is_first && is_told_header(options) {
            let header = header_of(&fields);
            builder.repairs.swapped_columns =
                options.columns.is_none() && header.is_some_and(|header| header.is_swapped);
            first = Some(First {
                line,
                names: [&fields[0], &fields[1]].map(|field| field.text.clone().into_owned()),
                header: Some(header.unwrap_or_default()),
            });
            continue;
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
                let mut header = header_of(&fields).filter(|_| options.header.is_none());
                if let Some(header) = &mut header {
                    // With a word for the weight there is no doubt.
                    header.is_short &= fields.len() == 2;
                    // Whoever says which column is which has decided.
                    header.is_swapped &= !header.is_short && options.columns.is_none();
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
                let is_known = is_told_header(options) || header_of(&fields).is_some();
                if is_header && first.names == names && is_known {
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
        (Some(columns), Some(first)) => {
            let has_weights = places.map_or(columns, |places| places.len()) == 3;
            Ok((has_weights, first))
        }
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
        // Whoever says that there is no header has decided.
        None if options.header == Some(false) => false,
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
mod column_tests;
#[cfg(test)]
mod tests;
