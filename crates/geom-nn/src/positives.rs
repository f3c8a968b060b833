//! The true relations of every node, as sorted sets.

/// For each node the nodes it is truly related to, in compressed sparse row form: the sets of
/// node `u` are `targets[offsets[u]..offsets[u + 1]]`, sorted ascending, without repeats and
/// without `u` itself.
///
/// A view: it borrows the data of a loader, and copying it copies two pointers.
#[derive(Clone, Copy, Debug)]
pub struct Positives<'a> {
    offsets: &'a [usize],
    targets: &'a [u32],
}

impl<'a> Positives<'a> {
    /// Wraps compressed sparse rows.
    ///
    /// # Panics
    /// If the offsets do not start at 0, decrease, or do not end at the number of targets; or if a
    /// row is not strictly ascending, names its own node, or a node out of range.
    pub fn new(offsets: &'a [usize], targets: &'a [u32]) -> Self {
        assert_eq!(offsets.first(), Some(&0), "offsets start at 0");
        assert_eq!(
            offsets.last(),
            Some(&targets.len()),
            "offsets end at the number of targets"
        );
        let nodes = offsets.len() - 1;
        for node in 0..nodes {
            assert!(
                offsets[node] <= offsets[node + 1],
                "offsets decrease at node {node}"
            );
            let row = &targets[offsets[node]..offsets[node + 1]];
            assert!(
                row.windows(2).all(|pair| pair[0] < pair[1]),
                "targets of node {node} are not strictly ascending"
            );
            assert!(
                row.last().is_none_or(|&last| (last as usize) < nodes),
                "node {node} has a target out of range"
            );
            assert!(
                row.binary_search(&(node as u32)).is_err(),
                "node {node} is related to itself"
            );
        }
        Self { offsets, targets }
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of relations.
    pub fn relations(&self) -> usize {
        self.targets.len()
    }

    /// The nodes that `node` is related to, ascending.
    #[inline]
    pub fn of(&self, node: u32) -> &'a [u32] {
        &self.targets[self.offsets[node as usize]..self.offsets[node as usize + 1]]
    }

    /// Whether `node` is related to `other`.
    #[inline]
    pub fn contains(&self, node: u32, other: u32) -> bool {
        self.of(node).binary_search(&other).is_ok()
    }

    /// The nodes that have at least one relation of their own.
    pub fn sources(&self) -> Vec<u32> {
        (0..self.nodes() as u32)
            .filter(|&node| !self.of(node).is_empty())
            .collect()
    }

    /// How often each node takes part in a relation, at either end.
    pub fn degrees(&self) -> Vec<u32> {
        let mut degrees: Vec<u32> = (0..self.nodes() as u32)
            .map(|node| self.of(node).len() as u32)
            .collect();
        for &target in self.targets {
            degrees[target as usize] += 1;
        }
        degrees
    }
}
