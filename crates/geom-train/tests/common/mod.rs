//! A graph small enough for tests.

use geom_data::Relations;

/// The transitive closure of a complete binary tree with the nodes `node-000`, `node-001`, …
pub(crate) fn tree(nodes: usize) -> Relations {
    let name = |node: usize| format!("node-{node:03}");
    let pairs = (1..nodes).map(|node| (name(node), name((node - 1) / 2)));
    let tree = Relations::from_pairs(pairs);
    tree.closure().expect("a tree has no cycle")
}
