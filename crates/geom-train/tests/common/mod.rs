//! A graph small enough for tests.

use geom_nn::Positives;
use geom_train::embedding::Graph;

/// The transitive closure of a complete binary tree, with the names of its nodes.
pub(crate) struct Tree {
    names: Vec<String>,
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

impl Tree {
    pub(crate) fn new(nodes: usize) -> Self {
        let mut offsets = vec![0];
        let mut targets = Vec::new();
        for node in 0..nodes {
            let mut ancestor = node;
            let mut row = Vec::new();
            while ancestor > 0 {
                ancestor = (ancestor - 1) / 2;
                row.push(ancestor as u32);
            }
            row.reverse();
            targets.extend(row);
            offsets.push(targets.len());
        }
        Self {
            names: (0..nodes).map(|node| format!("node-{node}")).collect(),
            offsets,
            targets,
        }
    }

    pub(crate) fn graph(&self) -> Graph<'_> {
        Graph {
            names: &self.names,
            positives: Positives::new(&self.offsets, &self.targets),
            weights: None,
            fingerprint: "binary tree",
        }
    }
}
