//! Features: lines of text, or an array of NumPy.

use crate::graph::data::COLUMNS_PER_ENTRY;
use crate::graph::scipy::rows;
use crate::graph::table::{Line, Table};
use crate::graph::{GraphProblem, Location, SparseRows};
use crate::numpy::{Array, ArrayProblem, npy, npz};
use crate::{DataError, header, input};
use std::borrow::Cow;
use std::path::Path;

use super::nodes::Listing;
use super::remarks::Remarks;

/// The features of a folder, in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct FeatureTable {
    pub(super) rows: SparseRows,
    /// Whose rows they are; none if they are those of the nodes in order.
    pub(super) nodes: Option<Listing>,
}

/// What stands where a number is missing.
pub(super) const MISSING: [&str; 9] = ["", "na", "n/a", "nan", "null", "none", "?", "-", "unknown"];

/// Whether a field says that there is nothing.
pub(super) fn is_missing(field: &str) -> bool {
    MISSING.contains(&field.to_lowercase().as_str())
}

/// Reads features; sparse ones have at least `width` columns.
pub(super) fn read(
    path: &Path,
    width: usize,
    remarks: &mut Remarks,
) -> Result<FeatureTable, DataError> {
    let unnamed = |rows| FeatureTable { rows, nodes: None };
    let of_array = |problem| DataError::Array {
        path: path.to_owned(),
        problem,
    };
    let at_file = |problem: GraphProblem| problem.at(Location::file(path));
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("npy") => {
            let array = npy::parse(&input::read(path)?).map_err(of_array)?;
            dense(array)
                .map_err(of_array)?
                .map(unnamed)
                .map_err(at_file)
        }
        Some("npz") => {
            let read = match npz::parse(&input::read(path)?).map_err(of_array)? {
                npz::Matrix::Dense(array) => dense(array).map_err(of_array)?,
                npz::Matrix::Csr(matrix) => rows(matrix),
            };
            read.map(unnamed).map_err(at_file)
        }
        _ => parse(&Table::read(path)?, width, remarks),
    }
}

/// An array of two axes, or of one, which is a column.
fn dense(array: Array) -> Result<Result<SparseRows, GraphProblem>, ArrayProblem> {
    let width = match array.shape[..] {
        [_] => 1,
        [_, width] => width,
        _ => return Err(ArrayProblem::Kind("an array of one or two axes")),
    };
    let values = array.floats()?.into_iter();
    // A number beyond single precision becomes infinite here, and is refused with its place.
    Ok(SparseRows::from_dense(
        width,
        values.map(|value| value as f32),
    ))
}

/// The features of a table of text.
pub(super) fn parse(
    table: &Table,
    width: usize,
    remarks: &mut Remarks,
) -> Result<FeatureTable, DataError> {
    // Of data, not of remarks; the first nodes may have none.
    let has_pairs = |line: Line<'_>| {
        let pair = |field: &str| {
            let number = field
                .split_once(':')
                .map(|(column, _)| column.parse::<u32>());
            matches!(number, Some(Ok(_)))
        };
        tokens(line.text).any(pair)
    };
    if table.lines().any(has_pairs) {
        parse_sparse(table, width)
    } else {
        parse_dense(table, remarks)
    }
}

/// The parts of a line of sparse features, however it is split.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t', ',']).filter(|it| !it.is_empty())
}

fn is_value(field: &str) -> bool {
    field.parse::<f64>().is_ok()
}

/// Whether a first line of dense features is a header: none of its fields is a number, or stands for a
/// missing one.
fn is_header(fields: &[Cow<'_, str>]) -> bool {
    let is_word = |field: &Cow<'_, str>| !is_value(field) && !is_missing(field);
    let is_named = fields.len() > 1 && header::is_node(&fields[0]);
    // Columns may be called by numbers, as years are.
    fields.iter().all(is_word) || (is_named && !fields.iter().any(|field| is_missing(field)))
}

fn parse_dense(table: &Table, remarks: &mut Remarks) -> Result<FeatureTable, DataError> {
    let empty = || DataError::EmptyFile {
        path: table.path().to_owned(),
    };
    let first = table.lines().next().ok_or_else(empty)?;
    let (fields, lines) = (first.fields(), table.lines().count());
    let second = table.lines().nth(1);
    // A name alone makes no header: the line below it has names too, and numbers beside them.
    let has_header = lines > 1 && is_header(&fields);
    let data = || table.lines().skip(usize::from(has_header));
    let is_name = |line: &Line<'_>| {
        let fields = line.fields();
        fields.len() > 1 && !is_value(&fields[0]) && !is_missing(&fields[0])
    };
    let says_node = has_header && fields.len() > 1 && header::is_node(&fields[0]);
    // Where fewer than half are names, one of them is a mistyped number.
    let is_named = says_node
        || data().next().is_some_and(|line| is_name(&line))
            && 2 * data().filter(is_name).count() >= data().count();
    if has_header {
        remarks.skipped(table, first.text);
    }
    let mut nodes = is_named.then(Listing::default);
    let mut rows: Option<SparseRows> = None;
    let mut counts = second.is_some() && !is_named && fields.len() > 1;
    for (index, line) in data().enumerate() {
        let rule = "numbers, one feature each";
        let fields = line.fields();
        let values = match &mut nodes {
            Some(nodes) => {
                nodes.add_new(&line, fields.first().map_or("", |name| name))?;
                &fields[1..]
            }
            None => &fields[..],
        };
        let values: Result<Vec<f32>, _> = values.iter().map(|field| value(field, rule)).collect();
        let values = values.map_err(|rule| line.wrong(rule))?;
        counts &= fields
            .first()
            .is_some_and(|field| field.parse() == Ok(index));
        let rows = rows.get_or_insert_with(|| SparseRows::with_width(values.len()));
        if rows.width() != values.len() {
            return Err(line.problem(GraphProblem::FeatureWidth {
                expected: rows.width(),
                found: values.len(),
            }));
        }
        let row: Vec<(u32, f32)> = (0..).zip(values).collect();
        rows.push_row(&row)
            .map_err(|problem| line.problem(problem))?;
    }
    if counts {
        remarks.note(format!(
            "the first column of {} counts the nodes, and was taken for a feature; a header that begins with \
             node says that it is none",
            table.file()
        ));
    }
    Ok(FeatureTable {
        rows: rows.ok_or_else(empty)?,
        nodes,
    })
}

fn parse_sparse(table: &Table, width: usize) -> Result<FeatureTable, DataError> {
    const RULE: &str = "a node, then column:value pairs";
    let mut lines = Vec::new();
    let (told, mut width, mut entries) = (width, width, 0);
    let mut widest = None;
    let by_number = |line: &Line<'_>| {
        let node = tokens(line.text).next();
        node.is_some_and(|node| node.parse::<u64>().is_ok())
    };
    let names = table.lines().filter(|line| !by_number(line)).count();
    // Where fewer than half are names, one of them is a mistyped number.
    let mut nodes = (names > 0 && 2 * names >= table.lines().count()).then(Listing::default);
    for line in table.lines() {
        let fields = line.fields();
        // A name may hold what splits pairs, but not what splits fields.
        let pairs: Vec<&str> = match &mut nodes {
            Some(nodes) => {
                nodes.add_new(&line, fields.first().map_or("", |name| name))?;
                fields[1..].iter().flat_map(|field| tokens(field)).collect()
            }
            None => {
                let mut tokens = tokens(line.text);
                let node: u64 = line.number(tokens.next().unwrap_or_default(), RULE)?;
                if node != lines.len() as u64 {
                    return Err(line.wrong("one line a node, in order from 0"));
                }
                tokens.collect()
            }
        };
        let mut row = Vec::new();
        for token in pairs {
            let (column, text) = token.split_once(':').ok_or_else(|| line.wrong(RULE))?;
            let column = line.number::<u32>(column, RULE)?;
            row.push((column, value(text, RULE).map_err(|rule| line.wrong(rule))?));
            if column as usize >= width {
                width = column as usize + 1;
                widest = Some(line);
            }
        }
        entries += row.len();
        lines.push((line, row));
    }
    let found = width;
    if let Some(line) = widest.filter(|_| told > 0) {
        let expected = told;
        return Err(line.problem(GraphProblem::FeatureWidth { expected, found }));
    }
    let limit = COLUMNS_PER_ENTRY * (entries + 1);
    if let Some(line) = widest.filter(|_| width > limit) {
        return Err(line.problem(GraphProblem::TooManyColumns { found, limit }));
    }
    let mut rows = SparseRows::with_width(width);
    for (line, row) in lines {
        rows.push_row(&row)
            .map_err(|problem| line.problem(problem))?;
    }
    Ok(FeatureTable { rows, nodes })
}

/// A number, or the rule that it breaks, which is `rule` for what is none. NaN and the infinities are
/// numbers here, and refused with node and column.
fn value(text: &str, rule: &'static str) -> Result<f32, &'static str> {
    let wide: f64 = text.parse().map_err(|_| rule)?;
    let value = wide as f32;
    if value.is_infinite() && wide.is_finite() {
        return Err("features of at most 3.4e38, the largest number of single precision");
    }
    Ok(value)
}

/// The width that `meta.tsv` tells; 0 without one.
pub(super) fn told_width(directory: &Path) -> Result<usize, DataError> {
    let path = directory.join("meta.tsv");
    if !path.is_file() {
        return Ok(0);
    }
    for line in Table::read(&path)?.lines() {
        if let [key, width] = &line.fields()[..]
            && key == "features"
        {
            return Ok(line.number::<u32>(width, "the number of features")? as usize);
        }
    }
    Ok(0)
}
