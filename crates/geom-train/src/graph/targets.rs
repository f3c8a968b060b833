//! What is asked of a graph.

use std::sync::Arc;

use geom_data::graph::{LinkSplit, NodeSplit};

/// What is asked. Copies share it.
#[derive(Clone, Debug)]
pub enum Targets {
    /// The classes of nodes.
    Classes(Arc<ClassTargets>),
    /// Links.
    Links(Arc<LinkSplit>),
}

/// The classes of nodes.
#[derive(Clone, Debug)]
pub struct ClassTargets {
    /// Of every node; those without a class are in no part of the split.
    pub labels: Vec<u32>,
    /// How many there are.
    pub count: usize,
    /// Which nodes are for what.
    pub split: NodeSplit,
}

impl ClassTargets {
    /// The classes of some nodes.
    pub(super) fn labels_of(&self, nodes: &[u32]) -> Vec<u32> {
        nodes
            .iter()
            .map(|&node| self.labels[node as usize])
            .collect()
    }
}
