//! A graph that has a name.

use crate::graph::GraphFacts;
use serde::Serialize;

/// A named graph and its facts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GraphDataset {
    /// The name by which it is loaded.
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Number of nodes; of the published graph where it may be generated.
    pub nodes: usize,
    /// Number of edges between different nodes.
    pub edges: usize,
    /// Number of features.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// The license.
    pub license: &'static str,
    /// Size of its download in bytes; 0 for what is generated.
    pub download_bytes: u64,
    #[serde(skip)]
    pub(super) facts: GraphFacts,
}

impl GraphDataset {
    /// What is known of it beyond its data.
    pub fn facts(&self) -> &GraphFacts {
        &self.facts
    }
}
