//! A graph in a folder of tables.
//!
//! # Format
//! Text in UTF-8. Each table ends in `.tsv`, `.csv` or `.txt`, gzipped or not; its fields are split by
//! tabs, commas or spaces, whichever the first line uses. Blank lines and lines that begin with `#`
//! are skipped. Nodes, columns and classes are numbered from 0.
//!
//! | Table | Lines | |
//! |---|---|---|
//! | `edges.*` | `u v` | required; any order and direction; a header such as `source,target` is skipped |
//! | `self_loops.*` | `u u` | optional; self loops may stand among the edges as well |
//! | `features.*` | `x0 x1 …`, one line a node in order | dense |
//! | | `node col:value col:value …`, one line a node in order | sparse; told by the colons |
//! | `labels.*` | `node class`, or `class`, one line a node in order | class -1: no label |
//! | `splits/{train,val,test}.txt` | `node` | all three or none; disjoint |
//! | `meta.tsv` | `features width` | optional: the width of sparse features whose last columns are 0 |
//!
//! Anything else that is called like one of these, such as `features.npy`, is an error; other files are
//! listed in a [note](GraphData::notes).
//!
//! There are as many nodes as features; without features, as many as the largest number tells.

use super::data::COLUMNS_PER_ENTRY;
use super::table::Table;
use super::{GraphData, GraphProblem, Labels, Location, MAX_NODES, NodeSplit, SparseRows};
use crate::DataError;
use crate::header::Header;
use std::path::{Path, PathBuf};

/// Reads the graph in the folder `directory`; the [module](self) tells the format.
///
/// # Errors
/// [`DataError::Graph`] with file, line and problem; those of reading files.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("edges.csv"), "source,target\n0,1\n1,2\n")?;
/// std::fs::write(folder.path().join("labels.txt"), "0\n1\n-1\n")?;
/// let graph = geom_data::graph::folder::read(folder.path())?;
/// assert_eq!((graph.num_nodes(), graph.edges().len()), (3, 2));
/// assert_eq!(graph.labels().unwrap().classes()[2], None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(directory: impl AsRef<Path>) -> Result<GraphData, DataError> {
    let directory = directory.as_ref();
    let name = directory.file_name().unwrap_or(directory.as_os_str());
    let edges_path = find(directory, "edges")?.ok_or_else(|| {
        let file = "edges.{tsv,csv,txt}[.gz]".to_owned();
        GraphProblem::MissingFile { file }.at(Location::file(directory))
    })?;
    let features = match find(directory, "features")? {
        Some(path) => Some(parse_features(
            &Table::read(&path)?,
            meta_width(directory)?,
        )?),
        None => None,
    };
    let rows = features.as_ref().map(SparseRows::num_rows);
    let limit = rows.unwrap_or(MAX_NODES);
    let mut edges = parse_edges(&Table::read(&edges_path)?, limit)?;
    if let Some(path) = find(directory, "self_loops")? {
        edges.extend(parse_loops(&Table::read(&path)?, limit)?);
    }
    let labels_path = find(directory, "labels")?;
    let listed = match &labels_path {
        Some(path) => Some(parse_labels(&Table::read(path)?, limit)?),
        None => None,
    };
    let labeled = listed.iter().flat_map(|listed| &listed.nodes);
    let labeled = labeled.map(|(node, _)| node);
    let largest = edges.iter().flatten().chain(labeled).max();
    let num_nodes = rows.unwrap_or(largest.map_or(0, |&node| node as usize + 1));
    let entries = edges.len() + listed.as_ref().map_or(0, |listed| listed.nodes.len());
    let sparsest = NODES_PER_ENTRY * (entries + 1);
    if rows.is_none() && num_nodes > sparsest {
        let nodes = num_nodes as u64;
        let limit = sparsest;
        return Err(GraphProblem::TooManyNodes { nodes, limit }.at(Location::file(&edges_path)));
    }
    let labels = match (listed, labels_path) {
        (
            Some(Listed {
                by_line: true,
                nodes,
            }),
            Some(path),
        ) if nodes.len() != num_nodes => {
            let (what, found) = ("labels", nodes.len());
            let problem = GraphProblem::NodeCount {
                what,
                expected: num_nodes,
                found,
            };
            return Err(problem.at(Location::file(&path)));
        }
        (Some(Listed { nodes: listed, .. }), Some(path)) => {
            let mut classes = vec![None; num_nodes];
            for (node, class) in listed {
                classes[node as usize] = class;
            }
            let labels = Labels::counted(classes);
            Some(labels.map_err(|problem| problem.at(Location::file(&path)))?)
        }
        _ => None,
    };
    let splits = directory.join("splits");
    let split = read_split(&splits, num_nodes, labels.as_ref())?;
    let mut not_read = survey(directory, &TABLES)?;
    if splits.is_dir() {
        let of_splits = survey(&splits, &PARTS)?;
        not_read.extend(of_splits.iter().map(|name| format!("splits/{name}")));
    }
    let mut builder = GraphData::builder(name.to_string_lossy(), num_nodes)
        .edges(edges)
        .features(features)
        .labels(labels)
        .split(split)
        .note(format!("read from {}", directory.display()));
    if !not_read.is_empty() {
        builder = builder.note(format!("not read: {}", not_read.join(", ")));
    }
    builder
        .build()
        .map_err(|problem| problem.at(Location::file(&edges_path)))
}

/// Where no features tell the number of nodes: how many there may be for each edge and label, so that
/// one large number does not cost the memory of all below it.
const NODES_PER_ENTRY: usize = 100;

/// The endings of tables.
const ENDINGS: [&str; 6] = ["tsv", "csv", "txt", "tsv.gz", "csv.gz", "txt.gz"];

/// What is read in a folder, without endings.
const TABLES: [&str; 6] = [
    "edges",
    "self_loops",
    "features",
    "labels",
    "splits",
    "meta",
];

/// What is read in the folder of splits, without endings.
const PARTS: [&str; 3] = ["train", "val", "test"];

/// The names of what is in a folder and none of its tables.
///
/// Something called like a table that is not read, such as `features.npy`, is an error: the graph would
/// be another one without it.
fn survey(directory: &Path, stems: &[&str]) -> Result<Vec<String>, DataError> {
    let failed = |error| DataError::io(directory, "read", error);
    let mut not_read = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
        if stem.is_empty() {
            // Hidden by the user's wish.
            continue;
        }
        let lower = stem.to_lowercase();
        let Some(known) = stems.iter().find(|known| **known == lower) else {
            not_read.push(name);
            continue;
        };
        let is_read = match *known {
            "splits" => entry.path().is_dir() && ending.is_empty(),
            "meta" => ending == "tsv" && entry.path().is_file(),
            _ => ENDINGS.contains(&ending) && entry.path().is_file(),
        };
        if !(is_read && stem == lower) {
            let file = name.clone();
            return Err(GraphProblem::UnreadTable { file }.at(Location::file(directory)));
        }
    }
    not_read.sort_unstable();
    Ok(not_read)
}

/// The table called `stem`, whatever its ending; of two, none is the right one.
fn find(directory: &Path, stem: &str) -> Result<Option<PathBuf>, DataError> {
    let paths = ENDINGS.map(|ending| directory.join(format!("{stem}.{ending}")));
    let mut found = paths.into_iter().filter(|path| path.is_file());
    let (first, second) = (found.next(), found.next());
    match second.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())) {
        Some(file) => {
            let place = Location::file(first.as_deref().unwrap_or(directory));
            Err(GraphProblem::SecondTable { file }.at(place))
        }
        None => Ok(first),
    }
}

/// The edges of a table, for nodes below `num_nodes`.
pub(super) fn parse_edges(table: &Table, num_nodes: usize) -> Result<Vec<[u32; 2]>, DataError> {
    const RULE: &str = "two node numbers split by a tab, a comma or a space";
    let mut edges = Vec::new();
    for (index, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(RULE)?;
        if index == 0 && Header::of(u, v).is_some() {
            continue;
        }
        let (u, v) = (line.number(u, RULE)?, line.number(v, RULE)?);
        edges.push([line.in_range(u, num_nodes)?, line.in_range(v, num_nodes)?]);
    }
    Ok(edges)
}

/// Self loops, for nodes below `num_nodes`.
fn parse_loops(table: &Table, num_nodes: usize) -> Result<Vec<[u32; 2]>, DataError> {
    const RULE: &str = "a node number and the same again, which makes a self loop";
    for (index, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(RULE)?;
        if u != v && !(index == 0 && Header::of(u, v).is_some()) {
            return Err(line.wrong(RULE));
        }
    }
    parse_edges(table, num_nodes)
}

/// Nodes and their classes.
struct Listed {
    /// Each node at most once, ascending.
    nodes: Vec<(u32, Option<u32>)>,
    /// Whether lines name no nodes, so that there must be one for each.
    by_line: bool,
}

fn parse_labels(table: &Table, limit: usize) -> Result<Listed, DataError> {
    const RULE: &str = "a class, or a node and its class";
    let mut columns = None;
    let mut listed: Vec<(u32, Option<u32>)> = Vec::new();
    for line in table.lines() {
        let fields = line.fields();
        if *columns.get_or_insert(fields.len()) != fields.len() {
            return Err(line.wrong("as many fields as in the first line"));
        }
        let (node, class) = match fields[..] {
            [class] => (listed.len() as u64, class),
            [node, class] => (line.number(node, RULE)?, class),
            _ => return Err(line.wrong(RULE)),
        };
        let node = line.in_range(node, limit)?;
        let class = match class {
            "-1" => None,
            class => Some(line.number(class, RULE)?),
        };
        if class == Some(u32::MAX) {
            return Err(line.wrong("a class below 4294967295"));
        }
        listed.push((node, class));
    }
    listed.sort_unstable_by_key(|(node, _)| *node);
    match listed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(twice) => {
            let node = twice[0].0;
            Err(GraphProblem::RepeatedNode { node }.at(Location::file(table.path())))
        }
        None => Ok(Listed {
            nodes: listed,
            by_line: columns == Some(1),
        }),
    }
}

/// The features of a table; sparse ones have at least `width` columns.
pub(super) fn parse_features(table: &Table, width: usize) -> Result<SparseRows, DataError> {
    // Of data, not of remarks; the first nodes may have none.
    if table.lines().any(|line| line.text.contains(':')) {
        parse_sparse(table, width)
    } else {
        parse_dense(table)
    }
}

fn parse_dense(table: &Table) -> Result<SparseRows, DataError> {
    let mut rows: Option<SparseRows> = None;
    for line in table.lines() {
        let rule = "numbers, one feature each";
        let fields = line.fields();
        let values: Result<Vec<f32>, _> = fields.iter().map(|field| value(field, rule)).collect();
        let values = values.map_err(|rule| line.wrong(rule))?;
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
    rows.ok_or_else(|| DataError::EmptyFile {
        path: table.path().to_owned(),
    })
}

fn parse_sparse(table: &Table, width: usize) -> Result<SparseRows, DataError> {
    const RULE: &str = "a node, then column:value pairs";
    let mut lines = Vec::new();
    let (told, mut width, mut entries) = (width, width, 0);
    let mut widest = None;
    for line in table.lines() {
        let mut tokens = line
            .text
            .split([' ', '\t', ','])
            .filter(|it| !it.is_empty());
        let node: u64 = line.number(tokens.next().unwrap_or_default(), RULE)?;
        if node != lines.len() as u64 {
            return Err(line.wrong("one line a node, in order from 0"));
        }
        let mut row = Vec::new();
        for token in tokens {
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
    Ok(rows)
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
fn meta_width(directory: &Path) -> Result<usize, DataError> {
    let path = directory.join("meta.tsv");
    if !path.is_file() {
        return Ok(0);
    }
    for line in Table::read(&path)?.lines() {
        if let ["features", width] = line.fields()[..] {
            return Ok(line.number::<u32>(width, "the number of features")? as usize);
        }
    }
    Ok(0)
}

/// The split in a folder of node lists; none if there is no such folder.
pub(super) fn read_split(
    directory: &Path,
    num_nodes: usize,
    labels: Option<&Labels>,
) -> Result<Option<NodeSplit>, DataError> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let part = |name| {
        let path = find(directory, name)?.ok_or_else(|| {
            let file = format!("{name}.txt");
            GraphProblem::MissingFile { file }.at(Location::file(directory))
        })?;
        parse_nodes(&Table::read(&path)?, num_nodes)
    };
    let split = NodeSplit {
        train: part("train")?,
        val: part("val")?,
        test: part("test")?,
    };
    let checked = split.check(num_nodes, labels);
    checked.map_err(|problem| problem.at(Location::file(directory)))?;
    Ok(Some(split))
}

/// A list of nodes, one a line.
pub(super) fn parse_nodes(table: &Table, num_nodes: usize) -> Result<Vec<u32>, DataError> {
    let node = |line: super::table::Line<'_>| {
        let [field] = line.exactly("one node number")?;
        line.node(field, num_nodes)
    };
    table.lines().map(node).collect()
}

#[cfg(test)]
mod tests;
