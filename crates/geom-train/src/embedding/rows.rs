//! Pairs of nodes in compressed sparse rows.

use geom_nn::Positives;

/// Pairs in compressed sparse rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) offsets: Vec<usize>,
    pub(super) targets: Vec<u32>,
}

impl Rows {
    /// Of distinct pairs over `nodes` nodes, in any order.
    pub(super) fn of(nodes: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        let mut offsets = vec![0; nodes + 1];
        for &(node, _) in &pairs {
            offsets[node as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let targets = pairs.into_iter().map(|(_, target)| target).collect();
        Self { offsets, targets }
    }

    pub(super) fn positives(&self) -> Positives<'_> {
        Positives::new(&self.offsets, &self.targets)
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let rows = self.offsets.windows(2).zip(0..);
        rows.flat_map(|(range, node)| {
            let targets = &self.targets[range[0]..range[1]];
            targets.iter().map(move |&target| (node, target))
        })
    }
}
