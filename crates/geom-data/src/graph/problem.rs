//! What can be wrong with a graph.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where in the data a problem is: file, line, both or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The file or directory; none for data made in memory.
    pub path: Option<PathBuf>,
    /// Line of the file, from 1.
    pub line: Option<u64>,
}

impl Location {
    /// A file as a whole.
    pub fn file(path: &Path) -> Self {
        Self {
            path: Some(path.to_owned()),
            line: None,
        }
    }

    /// A line of a file, from 1.
    pub fn line(path: &Path, line: u64) -> Self {
        Self {
            path: Some(path.to_owned()),
            line: Some(line),
        }
    }
}

/// `file:line: `, or what is known of it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(f, "{}:{line}: ", path.display()),
            (Some(path), None) => write!(f, "{}: ", path.display()),
            (None, Some(line)) => write!(f, "line {line}: "),
            (None, None) => Ok(()),
        }
    }
}

/// What is wrong with a graph; [`hint`](Self::hint) has the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphProblem {
    /// A node number has no node.
    #[error("node {node} is out of range: there are {num_nodes} nodes, numbered from 0")]
    NodeOutOfRange {
        /// The number.
        node: u64,
        /// Number of nodes.
        num_nodes: usize,
    },
    /// Something in a folder has the name of a table, and is none that can be read.
    #[error("{file} is named like a table but is not one that is read")]
    UnreadTable {
        /// Its name.
        file: String,
    },
    /// A table speaks of a node that the table of nodes, or of features, does not list.
    #[error("no node is called {name:?}{}", suggestion.as_ref().map_or(String::new(), |name| format!("; did you mean {name:?}?")))]
    UnknownNode {
        /// The name.
        name: String,
        /// The listed name that is the most like it.
        suggestion: Option<String>,
    },
    /// A node is listed twice.
    #[error("node {name:?} is listed twice")]
    RepeatedName {
        /// Its name.
        name: String,
    },
    /// Features come one row a node, and nothing tells which row is whose.
    #[error("nodes go by name, as {name:?}, and nothing tells which {what} are whose")]
    UnnamedRows {
        /// A name.
        name: String,
        /// What has no names: `features` or `labels`.
        what: &'static str,
    },
    /// A problem that a node by its number has, and what the node is called.
    #[error("{problem}; node {node} is called {name:?}")]
    OfNamed {
        /// The problem.
        problem: Box<GraphProblem>,
        /// The number of the node.
        node: u32,
        /// Its name.
        name: String,
    },
    /// There are more nodes than this library numbers.
    #[error("{nodes} nodes are more than {limit}, the most for these data")]
    TooManyNodes {
        /// Number of nodes found.
        nodes: u64,
        /// The largest number accepted.
        limit: usize,
    },
    /// A part of the data speaks of another number of nodes than the rest.
    #[error("expected {what} of {expected} nodes, found {found}")]
    NodeCount {
        /// The part: `features`, `labels`, …
        what: &'static str,
        /// Number of nodes.
        expected: usize,
        /// Number found.
        found: usize,
    },
    /// A node has two entries in a table of one line a node.
    #[error("node {node} comes twice")]
    RepeatedNode {
        /// The node.
        node: u32,
    },
    /// A class number is too large.
    #[error("class {class} is out of range: there are {num_classes} classes, numbered from 0")]
    ClassOutOfRange {
        /// The class.
        class: u64,
        /// Number of classes.
        num_classes: usize,
    },
    /// A class has no node.
    #[error("no node has class {class} of {num_classes}")]
    EmptyClass {
        /// The class.
        class: u32,
        /// Number of classes.
        num_classes: usize,
    },
    /// A row of features has another width than the rest.
    #[error("expected {expected} features, found {found}")]
    FeatureWidth {
        /// Width of the other rows.
        expected: usize,
        /// Width of this one.
        found: usize,
    },
    /// A column of sparse features is so large that the table would be nearly empty.
    #[error("{found} columns are more than the {limit} that so few numbers can tell of")]
    TooManyColumns {
        /// Number of columns found.
        found: usize,
        /// The largest number accepted.
        limit: usize,
    },
    /// A graph is a folder of tables, or a GraphML file.
    #[error("a file, where a folder of tables or a .graphml file is meant")]
    NotAFolder,
    /// A table is there twice, under two endings.
    #[error("{file} beside it holds the same table")]
    SecondTable {
        /// The other file.
        file: String,
    },
    /// A row of sparse features is not well formed.
    #[error("row {row} of the sparse rows: {reason}")]
    SparseRow {
        /// The row, from 0.
        row: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A feature is NaN or infinite.
    #[error("feature {column} of node {node} is {value}, no finite number")]
    FeatureNotFinite {
        /// The node.
        node: usize,
        /// The column.
        column: u32,
        /// `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// A part of a split has no node.
    #[error("the {part} part of the split is empty")]
    EmptySplit {
        /// `train`, `val` or `test`.
        part: &'static str,
    },
    /// A node is in two parts of a split, or in one part twice.
    #[error("node {node} is in {first} and again in {second}")]
    OverlappingSplit {
        /// The node.
        node: u32,
        /// The part that had it.
        first: &'static str,
        /// The part that has it too.
        second: &'static str,
    },
    /// A node of a split has no label.
    #[error("node {node} of the {part} part has no label")]
    UnlabeledSplit {
        /// The node.
        node: u32,
        /// The part.
        part: &'static str,
    },
    /// A split that was kept is not one of this graph.
    #[error("the split is one of another graph")]
    OtherSplit,
    /// The graph has no edges.
    #[error("the graph has no edges")]
    NoEdges,
    /// The data lack what a task needs.
    #[error("the data cannot serve {task}: {reason}")]
    TaskNotServed {
        /// The task.
        task: &'static str,
        /// What is missing.
        reason: String,
    },
    /// A line of a table does not fit.
    #[error("expected {expected}, found {found:?}")]
    Syntax {
        /// The rule.
        expected: &'static str,
        /// The text, cut after 80 characters.
        found: String,
    },
    /// A line is delimited otherwise than the first.
    #[error("expected fields split by {expected} as in the first line, found {found:?}")]
    Delimiter {
        /// The first line's delimiter.
        expected: &'static str,
        /// The text, cut after 80 characters.
        found: String,
    },
    /// A folder lacks a file.
    #[error("there is no {file} in it")]
    MissingFile {
        /// The file.
        file: String,
    },
    /// A parameter of a generator or a split is out of its range.
    #[error("{name} is {value}, expected {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// Its range.
        expected: &'static str,
    },
}

impl GraphProblem {
    /// What to do about it, as one sentence for the user.
    pub fn hint(&self) -> &'static str {
        use GraphProblem::*;
        match self {
            NodeOutOfRange { .. } => {
                "number nodes from 0 without gaps, in the edges, features, labels and splits alike; \
                 or list their names in nodes.txt"
            }
            UnknownNode { .. } => {
                "correct the name, or list the node where all are: in nodes.*, or with its features"
            }
            RepeatedName { .. } => "list each node once",
            UnnamedRows { .. } => {
                "begin each line with the name of its node, or list the names in nodes.txt, one a line, \
                 in the order of the rows"
            }
            OfNamed { problem, .. } => problem.hint(),
            TooManyNodes { .. } => {
                "number nodes from 0 without gaps, list their names in nodes.txt, or split the graph"
            }
            NodeCount { .. } => "give features and labels for every node, one line each",
            RepeatedNode { .. } => "keep one line for each node",
            ClassOutOfRange { .. } | EmptyClass { .. } => {
                "number classes from 0 without gaps; -1 stands for a node without a label"
            }
            FeatureWidth { .. } => {
                "give every node as many features, or write them as column:value"
            }
            TooManyColumns { .. } => "number columns from 0 without large gaps",
            NotAFolder => "name the folder that holds it, or a file that ends in .graphml",
            SecondTable { .. } => "keep one of the two",
            UnreadTable { .. } => {
                "write it as lines of text in a .tsv, .csv or .txt (features also as .npy or .npz, edges as \
                 .mtx), or call it something else"
            }
            SparseRow { .. } => "the columns of a row ascend and stay below the width",
            FeatureNotFinite { .. } => "replace missing values by a number, 0 for instance",
            EmptySplit { .. } => {
                "links need at least 20 edges; for classes, give each of train, val and test a \
                 labeled node"
            }
            OverlappingSplit { .. } => "list each node in at most one of train, val and test, once",
            UnlabeledSplit { .. } => "label the node, or take it out of the split",
            OtherSplit => "put the graph back as it was when it was split",
            NoEdges => "give at least one line with two different nodes",
            TaskNotServed { .. } => "choose another task or protocol, or complete the data",
            Syntax { .. } => {
                "edges are two nodes a line, by number or all by name; labels a class, or node and class; \
                 features values, or node and column:value pairs"
            }
            Delimiter { .. } => "use one of tab, comma or space in the whole file",
            MissingFile { .. } => {
                "a graph folder has edges.tsv (or .csv, .txt, with or without .gz) and, as far as \
                 there are any, features.*, labels.* and splits/{train,val,test}.txt"
            }
            Parameter { .. } => "choose a value in that range",
        }
    }
}

/// The beginning of a text, for messages.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    text.chars().take(SHOWN).collect()
}
