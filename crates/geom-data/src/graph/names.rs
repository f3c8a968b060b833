//! [`Names`]: what nodes and classes are called.

use super::GraphProblem;
use crate::fields::has_controls;
use crate::suggest;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What the nodes and the classes of a graph are called; without names they go by their numbers.
///
/// # Examples
/// ```
/// use geom_data::graph::Names;
/// let names = Names::new(Some(vec!["ann".into(), "bob".into()]), None);
/// assert_eq!((names.node(1), names.class(3)), ("bob".into(), "3".into()));
/// assert_eq!(names.index(2).find("bob"), Some(1));
/// assert_eq!(Names::default().index(2).find("1"), Some(1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    nodes: Option<Vec<String>>,
    classes: Option<Vec<String>>,
}

impl Names {
    /// The names of all nodes, and of all classes, in the order of their numbers.
    pub fn new(nodes: Option<Vec<String>>, classes: Option<Vec<String>>) -> Self {
        Self { nodes, classes }
    }

    /// The names of the nodes, if they have any.
    pub fn nodes(&self) -> Option<&[String]> {
        self.nodes.as_deref()
    }

    /// The names of the classes, if they have any.
    pub fn classes(&self) -> Option<&[String]> {
        self.classes.as_deref()
    }

    /// Whether neither nodes nor classes have names.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_none() && self.classes.is_none()
    }

    /// The name of a node, or its number.
    pub fn node(&self, node: u32) -> Cow<'_, str> {
        called(self.nodes(), node)
    }

    /// The name of a class, or its number.
    pub fn class(&self, class: u32) -> Cow<'_, str> {
        called(self.classes(), class)
    }

    /// Finds nodes, of which there are `num_nodes`, by what they are called.
    pub fn index(&self, num_nodes: usize) -> NodeIndex<'_> {
        NodeIndex {
            numbers: self
                .nodes()
                .map(|names| names.iter().map(String::as_str).zip(0..).collect()),
            names: self.nodes(),
            num_nodes,
        }
    }
}

fn called(names: Option<&[String]>, number: u32) -> Cow<'_, str> {
    match names.and_then(|names| names.get(number as usize)) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(number.to_string()),
    }
}

/// Finds nodes by what they are called.
#[derive(Clone, Debug)]
pub struct NodeIndex<'a> {
    numbers: Option<HashMap<&'a str, u32>>,
    names: Option<&'a [String]>,
    num_nodes: usize,
}

impl NodeIndex<'_> {
    /// The node of that name; where nodes have none, of that number.
    pub fn find(&self, name: &str) -> Option<u32> {
        match &self.numbers {
            Some(numbers) => numbers.get(name).copied(),
            None => {
                let number: Option<u32> = name.parse().ok();
                number.filter(|&node| (node as usize) < self.num_nodes)
            }
        }
    }

    /// The name most like `name`, for "did you mean".
    pub fn suggest(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.names?.iter().map(String::as_str))
    }
}

/// Whether a field is a number of any kind, and so hardly a name.
pub(super) fn is_number(field: &str) -> bool {
    let begins = field.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    begins && field.parse::<f64>().is_ok()
}

/// Why a field cannot be a name, if it cannot.
pub(super) fn check(field: &str) -> Result<(), &'static str> {
    if field.is_empty() {
        Err("a name that is not empty")
    } else if has_controls(field) {
        Err("a name without control characters, which could control a terminal")
    } else {
        Ok(())
    }
}

/// Refuses names that are not as many, or not different.
pub(super) fn check_all(names: &Names, num_nodes: usize) -> Result<(), GraphProblem> {
    let Some(nodes) = names.nodes() else {
        return Ok(());
    };
    if nodes.len() != num_nodes {
        return Err(GraphProblem::NodeCount {
            what: "names",
            expected: num_nodes,
            found: nodes.len(),
        });
    }
    let mut seen = HashSet::with_capacity(nodes.len());
    match nodes.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(GraphProblem::RepeatedName { name: name.clone() }),
        None => Ok(()),
    }
}

impl GraphProblem {
    /// The same, with the name of the node that it is about, if nodes have names.
    pub(crate) fn with_name(self, names: &Names) -> Self {
        use GraphProblem::*;
        let node = match &self {
            RepeatedNode { node } | OverlappingSplit { node, .. } | UnlabeledSplit { node, .. } => {
                *node
            }
            _ => return self,
        };
        let Some(name) = names.nodes().and_then(|all| all.get(node as usize)) else {
            return self;
        };
        OfNamed {
            name: name.clone(),
            problem: Box::new(self),
            node,
        }
    }
}
