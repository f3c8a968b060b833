//! The unrelated pairs that cones are trained on: which end of a relation is replaced, and how many were not found.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Which end of a relation is replaced by another node, to make an unrelated pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConeNegatives {
    /// Half of the pairs have another parent, half another child, as in the paper.
    #[default]
    Both,
    /// All have another child, as in the best runs of the authors' program.
    Child,
}

impl ConeNegatives {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Both, Self::Child];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Child => "child",
        }
    }

    /// How many of `count` pairs have another parent; the rest have another child.
    pub(super) fn other_parents(self, count: usize) -> usize {
        match self {
            Self::Both => count / 2,
            Self::Child => 0,
        }
    }
}

/// Negatives that an epoch of cones did not find, because there are hardly any: a node above nearly all others leaves
/// hardly any node that is not below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MissingNegatives {
    /// How many there were to be.
    pub wanted: u64,
    /// How many of them were not found.
    pub missing: u64,
    /// The nodes with too few.
    pub nodes: usize,
}

/// Counts them while they are drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    wanted: u64,
    missing: u64,
    nodes: HashSet<u32>,
}

impl Count {
    /// That `drawn` of `wanted` were found for `node`.
    pub(super) fn add(&mut self, node: u32, wanted: usize, drawn: usize) {
        self.wanted += wanted as u64;
        if drawn < wanted {
            self.missing += (wanted - drawn) as u64;
            self.nodes.insert(node);
        }
    }

    pub(super) fn missing(&self) -> MissingNegatives {
        MissingNegatives {
            wanted: self.wanted,
            missing: self.missing,
            nodes: self.nodes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_with_too_few_are_counted_once() {
        let mut count = Count::default();
        count.add(1, 5, 5);
        count.add(2, 5, 3);
        count.add(2, 5, 0);
        let expected = MissingNegatives {
            wanted: 15,
            missing: 7,
            nodes: 1,
        };
        assert_eq!(count.missing(), expected);
    }

    #[test]
    fn an_odd_one_has_another_child() {
        assert_eq!(ConeNegatives::Both.other_parents(5), 2);
        assert_eq!(ConeNegatives::Child.other_parents(5), 0);
    }
}
