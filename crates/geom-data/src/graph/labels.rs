//! Classes of nodes, and the parts of a split.

use super::GraphProblem;

/// The class of each node; some may have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    classes: Vec<Option<u32>>,
    num_classes: usize,
}

impl Labels {
    /// The class of each node, numbered from 0; [`None`] for a node without a label.
    ///
    /// # Errors
    /// [`GraphProblem::ClassOutOfRange`], [`GraphProblem::EmptyClass`].
    ///
    /// # Examples
    /// ```
    /// use geom_data::graph::{GraphProblem, Labels};
    /// let labels = Labels::try_new(vec![Some(1), None, Some(0)], 2)?;
    /// assert_eq!(labels.counts(), [1, 1]);
    /// let empty = Labels::try_new(vec![Some(1)], 2).unwrap_err();
    /// assert_eq!(empty, GraphProblem::EmptyClass { class: 0, num_classes: 2 });
    /// # Ok::<(), GraphProblem>(())
    /// ```
    pub fn try_new(classes: Vec<Option<u32>>, num_classes: usize) -> Result<Self, GraphProblem> {
        // The first class without a node is at most the number of labels, however many are claimed.
        let mut seen = vec![false; num_classes.min(classes.len() + 1)];
        for &class in classes.iter().flatten() {
            if class as usize >= num_classes {
                let class = class.into();
                return Err(GraphProblem::ClassOutOfRange { class, num_classes });
            }
            if let Some(seen) = seen.get_mut(class as usize) {
                *seen = true;
            }
        }
        match seen.iter().position(|seen| !seen) {
            Some(class) => Err(GraphProblem::EmptyClass {
                class: class as u32,
                num_classes,
            }),
            None => Ok(Self {
                classes,
                num_classes,
            }),
        }
    }

    /// Labels with as many classes as the largest class number says.
    pub(crate) fn counted(classes: Vec<Option<u32>>) -> Result<Self, GraphProblem> {
        let num_classes = classes
            .iter()
            .flatten()
            .max()
            .map_or(0, |&class| class as usize + 1);
        Self::try_new(classes, num_classes)
    }

    /// The class of each node.
    pub fn classes(&self) -> &[Option<u32>] {
        &self.classes
    }

    /// Number of classes.
    pub fn num_classes(&self) -> usize {
        self.num_classes
    }

    /// Number of nodes of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.num_classes];
        for &class in self.classes.iter().flatten() {
            counts[class as usize] += 1;
        }
        counts
    }
}

/// Nodes to train on, to choose a model by, and to report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSplit {
    /// Nodes whose labels a model is trained on.
    pub train: Vec<u32>,
    /// Nodes by which a model is chosen.
    pub val: Vec<u32>,
    /// Nodes that the reported figure is about.
    pub test: Vec<u32>,
}

/// How far the parts of a [`NodeSplit`] overlap, in distinct nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitOverlaps {
    /// Nodes in train and in val.
    pub train_val: usize,
    /// Nodes in train and in test: labels seen in training and reported on.
    pub train_test: usize,
    /// Nodes in val and in test.
    pub val_test: usize,
    /// Entries of a part beyond its distinct nodes, all parts together.
    pub repeated: usize,
}

impl SplitOverlaps {
    /// Whether no node is in two parts or twice in one.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl NodeSplit {
    /// The parts by name.
    pub fn parts(&self) -> [(&'static str, &[u32]); 3] {
        [
            ("train", &self.train),
            ("val", &self.val),
            ("test", &self.test),
        ]
    }

    /// How far the parts overlap; nothing in a clean split.
    pub fn overlaps(&self) -> SplitOverlaps {
        let distinct = |part: &[u32]| {
            let mut nodes = part.to_vec();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        };
        let parts = [&self.train, &self.val, &self.test].map(|part| distinct(part));
        let common = |a: &[u32], b: &[u32]| a.iter().filter(|n| b.binary_search(n).is_ok()).count();
        let entries = self.train.len() + self.val.len() + self.test.len();
        SplitOverlaps {
            train_val: common(&parts[1], &parts[0]),
            train_test: common(&parts[2], &parts[0]),
            val_test: common(&parts[1], &parts[2]),
            repeated: entries - parts.iter().map(Vec::len).sum::<usize>(),
        }
    }

    /// Checks that the parts are disjoint, not empty, and made of labeled nodes.
    ///
    /// # Errors
    /// [`GraphProblem::EmptySplit`], [`GraphProblem::NodeOutOfRange`],
    /// [`GraphProblem::OverlappingSplit`], [`GraphProblem::UnlabeledSplit`].
    pub fn check(&self, num_nodes: usize, labels: Option<&Labels>) -> Result<(), GraphProblem> {
        let mut owner: Vec<Option<&'static str>> = vec![None; num_nodes];
        for (part, nodes) in self.parts() {
            if nodes.is_empty() {
                return Err(GraphProblem::EmptySplit { part });
            }
            for &node in nodes {
                let Some(owner) = owner.get_mut(node as usize) else {
                    let node = node.into();
                    return Err(GraphProblem::NodeOutOfRange { node, num_nodes });
                };
                if let Some(first) = owner.replace(part) {
                    let second = part;
                    return Err(GraphProblem::OverlappingSplit {
                        node,
                        first,
                        second,
                    });
                }
                let class = labels.map(|labels| labels.classes.get(node as usize));
                if matches!(class, Some(None | Some(None))) {
                    return Err(GraphProblem::UnlabeledSplit { node, part });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_counted_in_distinct_nodes() {
        let split = NodeSplit {
            train: vec![5, 1, 1, 2],
            val: vec![2, 3],
            test: vec![3, 1, 2],
        };
        let overlaps = split.overlaps();
        assert_eq!((overlaps.train_val, overlaps.train_test), (1, 2));
        assert_eq!((overlaps.val_test, overlaps.repeated), (2, 1));
        assert!(!overlaps.is_empty());
    }

    #[test]
    fn bad_splits_are_refused_each_with_its_problem() {
        let labels = Labels::try_new(vec![Some(0), Some(0), Some(0), None], 1).unwrap();
        let check = |train: &[u32], val: &[u32], test: &[u32]| {
            let split = NodeSplit {
                train: train.into(),
                val: val.into(),
                test: test.into(),
            };
            split.check(4, Some(&labels))
        };
        assert_eq!(check(&[0], &[1], &[2]), Ok(()));
        assert_eq!(
            check(&[0], &[], &[2]),
            Err(GraphProblem::EmptySplit { part: "val" })
        );
        assert!(matches!(
            check(&[0], &[1], &[4]),
            Err(GraphProblem::NodeOutOfRange { node: 4, .. })
        ));
        let overlap = GraphProblem::OverlappingSplit {
            node: 0,
            first: "train",
            second: "test",
        };
        assert_eq!(check(&[0], &[1], &[0]), Err(overlap));
        assert!(matches!(
            check(&[0, 3], &[1], &[2]),
            Err(GraphProblem::UnlabeledSplit { node: 3, .. })
        ));
    }

    #[test]
    fn a_huge_number_of_classes_is_refused_without_its_memory() {
        assert_eq!(
            Labels::try_new(vec![Some(7)], usize::MAX),
            Err(GraphProblem::EmptyClass {
                class: 0,
                num_classes: usize::MAX
            })
        );
    }
}
