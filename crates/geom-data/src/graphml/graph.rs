//! A document as a graph with classes and features.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use crate::DataError;
use crate::graph::{GraphData, GraphProblem, Labels, Location, Names, SparseRows};

use super::document::{Document, Key, Kind, Value};
use super::parser::listed;
use super::title;
use super::xml::shortened;

pub(super) fn of(path: &Path, document: Document) -> Result<GraphData, DataError> {
    let at_file = |problem: GraphProblem| problem.at(Location::file(path));
    let (names, called) = document.names();
    let Document {
        keys,
        nodes,
        edges,
        mut remarks,
    } = document;
    let num_nodes = nodes.len();
    if let Some(key) = called {
        let key = shortened(&keys[key].name);
        remarks.push(format!("nodes are called by their attribute {key:?}"));
    }
    let classes = Classes::find(&keys, called, num_nodes);
    if let Some(classes) = &classes {
        remarks.push(classes.remark());
    }
    let of_nodes = keys.iter().enumerate().filter(|(place, key)| {
        let is_used = Some(*place) == called
            || classes
                .as_ref()
                .is_some_and(|classes| classes.key == *place);
        !is_used && !key.values.is_empty()
    });
    let columns = Columns::of(of_nodes.map(|(_, key)| key), num_nodes);
    remarks.extend(columns.remarks());
    let directed = edges.iter().filter(|edge| edge.is_directed).count();
    if directed > 0 && directed < edges.len() {
        remarks.push(format!(
            "{directed} of {} edges have a direction, which does not count",
            edges.len()
        ));
    }
    if edges.iter().any(|edge| edge.weight.is_some()) {
        remarks.push("weights of edges are not read: each counts the same".to_owned());
    }
    let features = columns.rows(num_nodes).map_err(at_file)?;
    let (labels, class_names) = match classes {
        Some(classes) => {
            let (labels, names) = classes.into_labels(num_nodes);
            (Some(labels.map_err(at_file)?), names)
        }
        None => (None, None),
    };
    let names = (!are_numbers(&names)).then_some(names);
    let given = edges.iter().filter(|edge| edge.ends[0] != edge.ends[1]);
    let given = given.count();
    let mut builder = GraphData::builder(title(path), num_nodes)
        .edges(edges.iter().map(|edge| edge.ends))
        .features(features)
        .labels(labels)
        .names(Names::new(names, class_names))
        .note(format!("read from {}", path.display()));
    for remark in remarks {
        builder = builder.note(remark);
    }
    let mut graph = builder.build().map_err(at_file)?;
    let again = given - graph.edges().len();
    if again > 0 {
        let plural = if again == 1 { "" } else { "s" };
        graph.note(format!(
            "{again} edge{plural} given again, in the same direction or the other: each counts once"
        ));
    }
    Ok(graph)
}

/// Whether the names are just the numbers in order.
fn are_numbers(names: &[String]) -> bool {
    let mut all = names.iter().zip(0u32..);
    all.all(|(name, number)| *name == number.to_string())
}

/// The classes of the nodes.
struct Classes {
    /// The place of their key.
    key: usize,
    name: String,
    /// What each node has; none without a class.
    of_nodes: Vec<Option<Rc<str>>>,
    /// The classes in their order.
    all: Vec<String>,
}

impl Classes {
    /// The first attribute that can hold classes: some nodes share a value.
    fn find(keys: &[Key], called: Option<usize>, num_nodes: usize) -> Option<Self> {
        const CLASSES: [&str; 5] = ["class", "label", "category", "group", "community"];
        CLASSES.iter().find_map(|name| {
            let mut keys = keys.iter().enumerate();
            keys.find_map(|(place, key)| {
                let is_meant =
                    Some(place) != called && key.of_nodes && key.name.eq_ignore_ascii_case(name);
                is_meant.then(|| Self::of(place, key, num_nodes)).flatten()
            })
        })
    }

    fn of(place: usize, key: &Key, num_nodes: usize) -> Option<Self> {
        let default = match &key.default {
            Some(value) => class(value)?,
            None => None,
        };
        let mut given = Vec::with_capacity(key.values.len());
        for (node, value) in &key.values {
            given.push((*node, class(value)?));
        }
        // Nothing as long as the nodes before it is clear that these are classes: a file can have many
        // attributes that are not.
        let by_default = (default.is_some()).then_some(num_nodes - given.len());
        let named = given.iter().filter_map(|(_, class)| class.as_ref());
        let labeled = named.clone().count() + by_default.unwrap_or(0);
        let all: BTreeSet<&Rc<str>> = named
            .chain(default.as_ref().filter(|_| by_default != Some(0)))
            .collect();
        if all.is_empty() || all.len() == labeled && labeled > 1 {
            return None;
        }
        let mut all: Vec<String> = all.into_iter().map(|class| class.to_string()).collect();
        let mut of_nodes = vec![default.clone(); num_nodes];
        for (node, class) in given.iter().cloned() {
            of_nodes[node as usize] = class;
        }
        if key.kind != Kind::Text {
            // As numbers: 2 before 10.
            all.sort_by_key(|class| class.parse::<i64>().unwrap_or(i64::MAX));
        }
        Some(Self {
            key: place,
            name: shortened(&key.name),
            of_nodes,
            all,
        })
    }

    fn remark(&self) -> String {
        let without = self.of_nodes.iter().filter(|class| class.is_none()).count();
        let without = match without {
            0 => String::new(),
            1 => ", which 1 node has not".to_owned(),
            nodes => format!(", which {nodes} nodes have not"),
        };
        format!(
            "the {} classes are the attribute {:?}{without}",
            self.all.len(),
            self.name
        )
    }

    /// The labels, and the names of the classes unless these are the numbers in order.
    fn into_labels(self, num_nodes: usize) -> (Result<Labels, GraphProblem>, Option<Vec<String>>) {
        let numbers: HashMap<&str, u32> = self.all.iter().map(String::as_str).zip(0..).collect();
        let mut classes = Vec::with_capacity(num_nodes);
        for class in &self.of_nodes {
            let number = class.as_deref().and_then(|class| numbers.get(class));
            classes.push(number.copied());
        }
        let labels = Labels::try_new(classes, self.all.len());
        let names = (!are_numbers(&self.all)).then_some(self.all);
        (labels, names)
    }
}

/// The class that a value names, or `Some(None)` for no class; `None` if the value cannot be a class.
fn class(value: &Value) -> Option<Option<Rc<str>>> {
    match value {
        Value::Text(text) if text.is_empty() || text == "-1" => Some(None),
        Value::Text(text) => {
            (!crate::fields::has_controls(text)).then(|| Some(Rc::from(text.as_str())))
        }
        Value::Number(number) if *number == -1.0 => Some(None),
        Value::Number(number) => {
            let is_whole = number.fract() == 0.0 && number.abs() < 9e15;
            is_whole.then(|| Some(Rc::from((*number as i64).to_string())))
        }
    }
}

/// The features of the nodes: attributes that are numbers.
struct Columns<'a> {
    read: Vec<&'a Key>,
    /// The names of those that are texts.
    texts: Vec<String>,
    /// The names of those that are missing at too many nodes.
    lacking: Vec<String>,
}

impl<'a> Columns<'a> {
    fn of(keys: impl Iterator<Item = &'a Key>, num_nodes: usize) -> Self {
        let mut columns = Self {
            read: Vec::new(),
            texts: Vec::new(),
            lacking: Vec::new(),
        };
        for key in keys {
            let has_all = key.values.len() == num_nodes;
            // A default of 0 takes no memory, and any other no more than the values do.
            let is_filled = match &key.default {
                Some(Value::Number(0.0)) => true,
                Some(_) => 2 * key.values.len() >= num_nodes,
                None => false,
            };
            if key.kind == Kind::Text {
                columns.texts.push(shortened(&key.name));
            } else if has_all || is_filled {
                columns.read.push(key);
            } else {
                columns.lacking.push(shortened(&key.name));
            }
        }
        columns
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.read.is_empty() {
            let names: Vec<String> = self.read.iter().map(|key| shortened(&key.name)).collect();
            remarks.push(format!(
                "features are the attributes of nodes {}",
                listed(&names)
            ));
        }
        if !self.texts.is_empty() {
            remarks.push(format!(
                "attributes of nodes that are texts, and not read: {}",
                listed(&self.texts)
            ));
        }
        if !self.lacking.is_empty() {
            remarks.push(format!(
                "attributes of nodes that some nodes lack, and not read: {}",
                listed(&self.lacking)
            ));
        }
        remarks
    }

    /// A row for each node; none without features.
    fn rows(&self, num_nodes: usize) -> Result<Option<SparseRows>, GraphProblem> {
        if self.read.is_empty() {
            return Ok(None);
        }
        let mut entries: Vec<Vec<(u32, f32)>> = vec![Vec::new(); num_nodes];
        for (column, key) in (0u32..).zip(&self.read) {
            let mut values = key.values.iter().peekable();
            let default = match &key.default {
                Some(Value::Number(default)) => *default,
                _ => 0.0,
            };
            if default == 0.0 {
                for (node, value) in values {
                    push(&mut entries[*node as usize], column, value);
                }
                continue;
            }
            for (node, row) in (0u32..).zip(&mut entries) {
                match values.next_if(|(of, _)| *of == node) {
                    Some((_, value)) => push(row, column, value),
                    None => row.push((column, default as f32)),
                }
            }
        }
        let mut rows = SparseRows::with_width(self.read.len());
        for row in &entries {
            rows.push_row(row)?;
        }
        Ok(Some(rows))
    }
}

/// Adds a value to a row.
fn push(row: &mut Vec<(u32, f32)>, column: u32, value: &Value) {
    if let Value::Number(number) = value {
        row.push((column, *number as f32));
    }
}
