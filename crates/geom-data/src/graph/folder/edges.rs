//! Edges and self loops.

use crate::DataError;
use crate::graph::names::is_number;
use crate::graph::table::{Line, Table};
use crate::header::Header;
use std::borrow::Cow;

use super::nodes::{Listing, Nodes};
use super::remarks::Remarks;

pub(super) const RULE: &str = "two node numbers split by a tab, a comma or a space; names instead of \
     numbers throughout, or listed in nodes.txt";
const LOOP: &str = "a node number and the same again, which makes a self loop; or twice a name";

/// The edges of a table, for nodes numbered below `num_nodes`.
pub(in crate::graph) fn parse_numbered(
    table: &Table,
    num_nodes: usize,
) -> Result<Vec<[u32; 2]>, DataError> {
    parse(table, &Nodes::Numbered(num_nodes), &mut Remarks::default())
}

/// Whether the table goes by name: half of its fields at least are no numbers. Where fewer are, one of
/// them is a mistake.
pub(super) fn goes_by_name(tables: &[&Table]) -> bool {
    let (mut fields, mut names) = (0usize, 0usize);
    for table in tables {
        for (index, line) in table.lines().enumerate() {
            let ends = line.fields();
            if let (0, [u, v]) = (index, &ends[..])
                && Header::of(u, v).is_some()
            {
                continue;
            }
            fields += ends.len();
            // One field alone is a line that is not split as it was meant.
            let is_name =
                |field: &&Cow<'_, str>| ends.len() == 2 && !field.is_empty() && !is_number(field);
            names += ends.iter().filter(is_name).count();
        }
    }
    names > 0 && 2 * names >= fields
}

/// The edges of a table; its header is skipped.
pub(super) fn parse(
    table: &Table,
    nodes: &Nodes,
    remarks: &mut Remarks,
) -> Result<Vec<[u32; 2]>, DataError> {
    let mut speech = None;
    let mut edges = Vec::new();
    for (index, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(RULE)?;
        if index == 0 && is_header(table, &u, &v) {
            remarks.skipped(table, line.text);
            continue;
        }
        let speech = *speech.get_or_insert_with(|| nodes.speech(&[&u, &v]));
        let node = |field: &str| nodes.node(speech, &line, field, RULE);
        edges.push([node(&u)?, node(&v)?]);
    }
    Ok(edges)
}

/// Edges between nodes whose names are collected on the way.
pub(super) fn parse_open(
    table: &Table,
    listing: &mut Listing,
    remarks: &mut Remarks,
) -> Result<Vec<[u32; 2]>, DataError> {
    let mut edges = Vec::new();
    let mut first = None;
    for (index, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(RULE)?;
        if index == 0 && is_header(table, &u, &v) {
            remarks.skipped(table, line.text);
            continue;
        }
        if index == 0 {
            first = Some((line.number, [u.to_string(), v.to_string()]));
        }
        edges.push([listing.add(&line, &u)?, listing.add(&line, &v)?]);
    }
    let again = |end: u32| edges.iter().skip(1).flatten().any(|&other| other == end);
    if let (Some((number, [u, v])), Some(&[a, b])) = (first, edges.first())
        && edges.len() > 1
        && !again(a)
        && !again(b)
    {
        remarks.note(format!(
            "line {number} of {} was read as an edge between {u:?} and {v:?}, neither of which occurs again; if it \
             is a header, remove it",
            table.file()
        ));
    }
    Ok(edges)
}

/// Whether the first line, of these fields, is a header; words of one or two letters that occur again
/// are names.
fn is_header(table: &Table, u: &str, v: &str) -> bool {
    let Some(header) = Header::of(u, v) else {
        return false;
    };
    let again = |line: Line<'_>| line.fields().iter().any(|field| field == u || field == v);
    !header.is_short || !table.lines().skip(1).any(again)
}

/// Refuses self loops between two nodes.
pub(super) fn check_loops(table: &Table) -> Result<(), DataError> {
    for (index, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(LOOP)?;
        if u != v && !(index == 0 && Header::of(&u, &v).is_some()) {
            return Err(line.wrong(LOOP));
        }
    }
    Ok(())
}

/// The first line whose nodes are no numbers, as an error.
pub(super) fn not_numbers(table: &Table) -> DataError {
    let mut lines = table.lines().enumerate();
    let wrong = lines.find(|(index, line)| match &line.fields()[..] {
        [u, v] if *index == 0 && Header::of(u, v).is_some() => false,
        fields => !fields.iter().all(|field| is_number(field)),
    });
    match wrong {
        Some((_, line)) => line.wrong(RULE),
        None => DataError::EmptyFile {
            path: table.path().to_owned(),
        },
    }
}
