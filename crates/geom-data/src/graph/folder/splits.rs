//! A split in a folder of node lists.

use crate::DataError;
use crate::graph::table::Table;
use crate::graph::{GraphProblem, Labels, Location, Names, NodeSplit};
use std::path::Path;

use super::files::find;
use super::nodes::Nodes;
use super::remarks::Remarks;

const RULE: &str = "one node number, or one name";

/// The split in the folder `directory`; none if there is no such folder.
pub(super) fn read(
    directory: &Path,
    (nodes, names): (&Nodes, &Names),
    num_nodes: usize,
    labels: Option<&Labels>,
    remarks: &mut Remarks,
) -> Result<Option<NodeSplit>, DataError> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let mut part = |name| {
        let path = find(directory, name)?.ok_or_else(|| {
            let file = format!("{name}.txt");
            GraphProblem::MissingFile { file }.at(Location::file(directory))
        })?;
        parse(&Table::read(&path)?, nodes, num_nodes, remarks)
    };
    let split = NodeSplit {
        train: part("train")?,
        val: part("val")?,
        test: part("test")?,
    };
    let checked = split.check(num_nodes, labels);
    checked.map_err(|problem| problem.with_name(names).at(Location::file(directory)))?;
    Ok(Some(split))
}

/// A list of nodes, one a line.
fn parse(
    table: &Table,
    nodes: &Nodes,
    num_nodes: usize,
    remarks: &mut Remarks,
) -> Result<Vec<u32>, DataError> {
    let mut speech = None;
    let mut list = Vec::new();
    for (index, line) in table.items().enumerate() {
        let [field] = line.exactly(RULE)?;
        if index == 0 && nodes.is_header(&field) {
            remarks.skipped(table, line.text);
            continue;
        }
        let speech = *speech.get_or_insert_with(|| nodes.speech(&[&field]));
        let node = nodes.node(speech, &line, &field, RULE)?;
        list.push(line.in_range(node.into(), num_nodes)?);
    }
    Ok(list)
}

/// A list of node numbers, one a line.
pub(in crate::graph) fn parse_nodes(
    table: &Table,
    num_nodes: usize,
) -> Result<Vec<u32>, DataError> {
    let nodes = Nodes::Numbered(num_nodes);
    parse(table, &nodes, num_nodes, &mut Remarks::default())
}
