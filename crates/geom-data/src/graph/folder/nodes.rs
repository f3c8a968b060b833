//! How the tables of a folder speak of nodes: by number, or by name.

use crate::graph::names::{check, is_number};
use crate::graph::table::{Line, Table};
use crate::graph::{GraphProblem, MAX_NODES};
use crate::{DataError, header, suggest};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use super::remarks::Remarks;

/// Nodes by name; the number of each is its place in the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Listing {
    /// These names, all different, in this order.
    pub(super) fn of(names: Vec<String>) -> Self {
        let numbers = names.iter().cloned().zip(0..).collect();
        Self { names, numbers }
    }

    /// The number of a name, which is new if it was not there yet.
    pub(super) fn add(&mut self, line: &Line<'_>, name: &str) -> Result<u32, DataError> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        check(name).map_err(|rule| line.wrong(rule))?;
        if self.names.len() == MAX_NODES {
            let (nodes, limit) = (MAX_NODES as u64 + 1, MAX_NODES);
            return Err(line.problem(GraphProblem::TooManyNodes { nodes, limit }));
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// A name that is not there yet.
    pub(super) fn add_new(&mut self, line: &Line<'_>, name: &str) -> Result<(), DataError> {
        let before = self.names.len();
        if (self.add(line, name)? as usize) < before {
            let name = name.to_owned();
            return Err(line.problem(GraphProblem::RepeatedName { name }));
        }
        Ok(())
    }

    /// The same in the bytewise order of the names, and where each one went.
    pub(super) fn sorted(self) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..self.names.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.names[a as usize].cmp(&self.names[b as usize]));
        let mut place = vec![0; order.len()];
        for (new, &old) in (0..).zip(&order) {
            place[old as usize] = new;
        }
        let mut names = self.names;
        names.sort_unstable();
        (Self::of(names), place)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The node of that name.
    pub(super) fn find(&self, line: &Line<'_>, name: &str) -> Result<u32, DataError> {
        self.get(name).ok_or_else(|| {
            let names = self.names.iter().map(String::as_str);
            line.problem(GraphProblem::UnknownNode {
                name: name.to_owned(),
                suggestion: suggest::nearest(name, names).map(str::to_owned),
            })
        })
    }

    /// Whether the names are the numbers in order, which then are no names.
    pub(super) fn is_numbers(&self) -> bool {
        let mut all = self.names.iter().zip(0u32..);
        all.all(|(name, number)| name.parse() == Ok(number) && *name == number.to_string())
    }
}

/// What nodes are called in a whole folder.
#[derive(Clone, Debug)]
pub(super) enum Nodes {
    /// By number, below this one.
    Numbered(usize),
    /// By name, or by the number of the place in the list.
    Listed(Listing),
}

/// How one table speaks of nodes, which its first line decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    Numbers,
    Names,
}

impl Nodes {
    /// How a table speaks whose first line of data names these nodes.
    pub(super) fn speech(&self, fields: &[&str]) -> Speech {
        match self {
            Self::Numbered(_) => Speech::Numbers,
            Self::Listed(listing) => {
                let is_known = |field: &&str| listing.get(field).is_some();
                let is_place = |field: &&str| field.parse().is_ok_and(|n: usize| n < listing.len());
                if !fields.iter().any(is_known) && fields.iter().all(is_place) {
                    Speech::Numbers
                } else {
                    Speech::Names
                }
            }
        }
    }

    /// The number of a node.
    pub(super) fn node(
        &self,
        speech: Speech,
        line: &Line<'_>,
        field: &str,
        rule: &'static str,
    ) -> Result<u32, DataError> {
        match (self, speech) {
            (Self::Listed(listing), Speech::Names) => listing.find(line, field),
            (Self::Listed(listing), Speech::Numbers) => {
                line.in_range(line.number(field, rule)?, listing.len())
            }
            (Self::Numbered(limit), _) => line.in_range(line.number(field, rule)?, *limit),
        }
    }

    /// Whether a first line of one field is a header, and no node.
    pub(super) fn is_header(&self, field: &str) -> bool {
        let is_node = match self {
            Self::Numbered(_) => is_number(field),
            Self::Listed(listing) => listing.get(field).is_some(),
        };
        header::is_node(field) && !is_node
    }
}

/// The names in the table of nodes, the first field of each line.
pub(super) fn read_list(path: &Path, remarks: &mut Remarks) -> Result<Listing, DataError> {
    let table = Table::read(path)?;
    let mut listing = Listing::default();
    let mut columns = 1;
    let mut lines = table.items().peekable();
    let Some(&first) = lines.peek() else {
        return Err(DataError::EmptyFile {
            path: path.to_owned(),
        });
    };
    let name = |line: &Line<'_>| line.fields().into_iter().next().map(Cow::into_owned);
    let begins = name(&first).unwrap_or_default();
    if header::is_node(&begins) {
        lines.next();
        // A list of nothing but that word is a list of one node.
        if lines.peek().is_some() {
            remarks.skipped(&table, first.text);
        } else {
            listing.add_new(&first, &begins)?;
        }
    }
    for line in lines {
        columns = columns.max(line.fields().len());
        listing.add_new(&line, &name(&line).unwrap_or_default())?;
    }
    if columns > 1 {
        remarks.note(format!(
            "of {} the first column is read, which names the nodes",
            table.file()
        ));
    }
    Ok(listing)
}
