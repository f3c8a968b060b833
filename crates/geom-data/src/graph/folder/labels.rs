//! Labels: the classes of nodes, by number or by name.

use crate::graph::names::{check, is_number};
use crate::graph::table::{Line, Table};
use crate::graph::{GraphProblem, Location};
use crate::{DataError, header};
use std::borrow::Cow;
use std::collections::BTreeSet;

use super::features::is_missing;
use super::nodes::{Listing, Nodes};
use super::remarks::Remarks;

const RULE: &str = "a class, or a node and its class";

/// One line, taken apart.
struct Entry<'a> {
    line: Line<'a>,
    /// None if the lines are those of the nodes in order.
    node: Option<Cow<'a, str>>,
    class: Cow<'a, str>,
}

/// The lines of a table of labels.
pub(super) struct LabelTable<'a> {
    table: &'a Table,
    entries: Vec<Entry<'a>>,
    /// The names of the classes in their order; none if they go by number.
    classes: Option<Vec<String>>,
}

/// Nodes and their classes.
pub(super) struct Listed {
    /// Each node at most once, ascending.
    pub(super) nodes: Vec<(u32, Option<u32>)>,
    /// Whether lines name no nodes, so that there must be one for each.
    pub(super) by_line: bool,
}

/// How the columns of labels are called, if the first line says so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    Unsaid,
    AsUsual,
    ClassFirst,
}

fn header_of(fields: &[Cow<'_, str>]) -> Columns {
    match fields {
        [class] if header::is_class(class) => Columns::AsUsual,
        [node, class] if header::is_node(node) && header::is_class(class) => Columns::AsUsual,
        [class, node] if header::is_node(node) && header::is_class(class) => Columns::ClassFirst,
        _ => Columns::Unsaid,
    }
}

impl<'a> LabelTable<'a> {
    pub(super) fn parse(table: &'a Table, remarks: &mut Remarks) -> Result<Self, DataError> {
        let mut lines = table.lines().peekable();
        let first = lines.peek().copied();
        let columns = first.map_or(Columns::Unsaid, |line| header_of(&line.fields()));
        if let (Some(line), false) = (first, columns == Columns::Unsaid) {
            remarks.skipped(table, line.text);
            lines.next();
        }
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for line in lines {
            let fields = line.fields();
            let before = entries.last().map(|entry| entry.node.is_some());
            if before.is_some_and(|two| two != (fields.len() == 2)) {
                return Err(line.wrong("as many fields as in the first line"));
            }
            let mut fields = fields.into_iter();
            let (node, class) = match (fields.next(), fields.next(), fields.next()) {
                (Some(class), None, None) => (None, class),
                (Some(a), Some(b), None) if columns == Columns::ClassFirst => (Some(b), a),
                (Some(node), Some(class), None) => (Some(node), class),
                _ => return Err(line.wrong(RULE)),
            };
            entries.push(Entry { line, node, class });
        }
        let classes = names_of(&entries, remarks)?;
        Ok(Self {
            table,
            entries,
            classes,
        })
    }

    /// Adds the nodes that have no edge.
    pub(super) fn add_nodes(
        &self,
        listing: &mut Listing,
        remarks: &mut Remarks,
    ) -> Result<(), DataError> {
        let before = listing.len();
        for entry in &self.entries {
            match &entry.node {
                Some(name) => listing.add(&entry.line, name).map(|_| ())?,
                None => {
                    let name = listing.names().first().cloned().unwrap_or_default();
                    let what = "labels";
                    let problem = GraphProblem::UnnamedRows { name, what };
                    return Err(entry.line.problem(problem));
                }
            }
        }
        let new = &listing.names()[before..];
        if !new.is_empty() {
            const SHOWN: usize = 3;
            let shown = new[..new.len().min(SHOWN)].join(", ");
            let more = if new.len() > SHOWN { ", …" } else { "" };
            let (nodes, have) = match new.len() {
                1 => ("node", "has"),
                _ => ("nodes", "have"),
            };
            remarks.note(format!(
                "{} {nodes} of {} {have} no edge: {shown}{more}",
                new.len(),
                self.table.file()
            ));
        }
        Ok(())
    }

    /// The class of every node that has one.
    pub(super) fn resolve(&self, nodes: &Nodes) -> Result<Listed, DataError> {
        let mut speech = None;
        let mut listed = Vec::with_capacity(self.entries.len());
        for Entry { line, node, class } in &self.entries {
            let node = match node {
                Some(field) => {
                    let speech = *speech.get_or_insert_with(|| nodes.speech(&[field]));
                    nodes.node(speech, line, field, RULE)?
                }
                None => {
                    let limit = match nodes {
                        Nodes::Numbered(limit) => *limit,
                        Nodes::Listed(listing) => listing.len(),
                    };
                    line.in_range(listed.len() as u64, limit)?
                }
            };
            listed.push((node, self.class(line, class)?));
        }
        listed.sort_unstable_by_key(|(node, _)| *node);
        match listed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(twice) => {
                let node = twice[0].0;
                Err(GraphProblem::RepeatedNode { node }.at(Location::file(self.table.path())))
            }
            None => Ok(Listed {
                nodes: listed,
                by_line: self
                    .entries
                    .first()
                    .is_some_and(|entry| entry.node.is_none()),
            }),
        }
    }

    fn class(&self, line: &Line<'_>, class: &str) -> Result<Option<u32>, DataError> {
        if class == "-1" {
            return Ok(None);
        }
        let number = match &self.classes {
            // An empty field is no class.
            Some(names) => names.binary_search_by(|name| name.as_str().cmp(class)).ok(),
            None => Some(line.number::<u32>(class, RULE)? as usize),
        };
        match number.map(u32::try_from) {
            Some(Ok(u32::MAX)) | Some(Err(_)) => Err(line.wrong("a class below 4294967295")),
            Some(Ok(number)) => Ok(Some(number)),
            None => Ok(None),
        }
    }

    pub(super) fn into_names(self) -> Option<Vec<String>> {
        self.classes
    }
}

/// The names of the classes, if half of the labels at least are no numbers. Where fewer are, one of them is
/// a mistake.
fn names_of(
    entries: &[Entry<'_>],
    remarks: &mut Remarks,
) -> Result<Option<Vec<String>>, DataError> {
    let is_name = |entry: &&Entry<'_>| !entry.class.is_empty() && !is_number(&entry.class);
    let count = entries.iter().filter(is_name).count();
    if count == 0 || 2 * count < entries.len() {
        return Ok(None);
    }
    let mut names = BTreeSet::new();
    let mut unlabeled = 0usize;
    for Entry { line, class, .. } in entries {
        match &**class {
            "" | "-1" => unlabeled += 1,
            name => {
                check(name).map_err(|rule| line.wrong(rule))?;
                names.insert(name);
            }
        }
    }
    if unlabeled > 0 {
        let nodes = if unlabeled == 1 {
            "node is"
        } else {
            "nodes are"
        };
        remarks.note(format!("{unlabeled} {nodes} listed without a label"));
    }
    for name in names.iter().filter(|name| is_missing(name)) {
        let nodes = entries.iter().filter(|entry| entry.class == *name).count();
        remarks.note(format!(
            "class {name:?} was taken for a class, with {nodes} nodes; -1 stands for no label"
        ));
    }
    Ok(Some(names.into_iter().map(str::to_owned).collect()))
}
