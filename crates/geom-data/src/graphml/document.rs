//! What a GraphML file says, before it is known what it is for.

use std::path::Path;

use crate::DataError;

use super::parser;

/// A file, checked: all nodes are there, and different.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) keys: Vec<Key>,
    /// The ids of the nodes, in the order in which they are listed.
    pub(super) nodes: Vec<String>,
    pub(super) edges: Vec<Edge>,
    /// Notes about the file.
    pub(super) remarks: Vec<String>,
}

/// An attribute of nodes or edges.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: String,
    /// What it is called: `attr.name`, or the id.
    pub(super) name: String,
    pub(super) of_nodes: bool,
    pub(super) of_edges: bool,
    pub(super) kind: Kind,
    pub(super) default: Option<Value>,
    /// The values of the nodes that have one, in the order of the document.
    pub(super) values: Vec<(u32, Value)>,
    /// Whether an edge has a value.
    pub(super) is_at_edges: bool,
}

/// What the values of an attribute are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Whole,
    Real,
    Text,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Truth values are 0 and 1.
    Number(f64),
    Text(String),
}

/// An edge, in the numbers of the nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) ends: [u32; 2],
    pub(super) is_directed: bool,
    pub(super) weight: Option<f64>,
    pub(super) line: u64,
}

impl Document {
    /// Takes the bytes of a file; `path` is for messages.
    pub(super) fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, DataError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = &error.as_bytes()[..valid];
            DataError::NotUtf8 {
                path: path.to_owned(),
                line: before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1,
                byte: valid as u64,
            }
        })?;
        parser::parse(path, &text)
    }

    /// The names of the nodes: their ids, or the values of an attribute for names. In the second case also the place of
    /// that attribute among the keys.
    pub(super) fn names(&self) -> (Vec<String>, Option<usize>) {
        const CALLED: [&str; 3] = ["name", "label", "title"];
        let found = CALLED.iter().find_map(|called| {
            let mut keys = self.keys.iter().enumerate();
            keys.find(|(_, key)| {
                key.of_nodes && key.name.eq_ignore_ascii_case(called) && self.tells_apart(key)
            })
        });
        let Some((place, key)) = found else {
            return (self.nodes.clone(), None);
        };
        let mut names = self.nodes.clone();
        for (node, value) in &key.values {
            if let Value::Text(text) = value {
                names[*node as usize] = text.clone();
            }
        }
        (names, Some(place))
    }

    /// Whether every node has a text that can be a name, and all texts differ.
    fn tells_apart(&self, key: &Key) -> bool {
        let texts = key.values.iter().filter_map(|(_, value)| match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Number(_) => None,
        });
        let mut texts: Vec<&str> = texts.filter(|text| is_name(text)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.len() == self.nodes.len()
    }
}

/// Whether a text can be a name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !crate::fields::has_controls(text)
}
