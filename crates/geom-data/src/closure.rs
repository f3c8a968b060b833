//! Compressed sparse rows and their transitive closure.

/// A closure with more pairs than this is refused (its targets alone would fill 2 GiB).
pub(crate) const MAX_CLOSURE: usize = 1 << 29;

/// Directed pairs over nodes `0..n`: the targets of a node are one ascending slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Csr {
    pub(crate) offsets: Vec<usize>,
    pub(crate) targets: Vec<u32>,
}

/// Why a closure does not exist.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ClosureError {
    /// The nodes of one cycle, each pointing to the next and the last to the first.
    Cycle(Vec<u32>),
    /// It has more than [`MAX_CLOSURE`] pairs.
    TooLarge,
}

impl Csr {
    /// Rows from pairs over `0..num_nodes`, in any order; duplicates are merged.
    pub(crate) fn from_pairs(num_nodes: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0; num_nodes + 1];
        for &(u, _) in &pairs {
            offsets[u as usize + 1] += 1;
        }
        for u in 0..num_nodes {
            offsets[u + 1] += offsets[u];
        }
        let targets = pairs.into_iter().map(|(_, v)| v).collect();
        Self { offsets, targets }
    }

    pub(crate) fn from_rows(rows: &[Vec<u32>]) -> Self {
        let mut offsets = vec![0];
        let mut targets = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        for row in rows {
            targets.extend_from_slice(row);
            offsets.push(targets.len());
        }
        Self { offsets, targets }
    }

    pub(crate) fn num_nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(crate) fn num_pairs(&self) -> usize {
        self.targets.len()
    }

    pub(crate) fn all_targets(&self) -> &[u32] {
        &self.targets
    }

    pub(crate) fn range(&self, u: u32) -> std::ops::Range<usize> {
        self.offsets[u as usize]..self.offsets[u as usize + 1]
    }

    pub(crate) fn row(&self, u: u32) -> &[u32] {
        &self.targets[self.range(u)]
    }

    /// All pairs, sorted.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.num_nodes() as u32).flat_map(|u| self.row(u).iter().map(move |&v| (u, v)))
    }

    /// Every pair `(u, v)` with a path of one or more steps from `u` to `v`.
    ///
    /// Costs time and memory in proportion to the pairs it visits, O(sum over `u -> t` of the
    /// ancestors of `t`), plus a sort of each row.
    pub(crate) fn closure(&self) -> Result<Csr, ClosureError> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.num_nodes()];
        let mut reached = Reached::new(self.num_nodes());
        let mut total = 0;
        for u in self.ancestors_first().map_err(ClosureError::Cycle)? {
            reached.start();
            let mut row = Vec::new();
            for &t in self.row(u) {
                for &v in std::iter::once(&t).chain(&rows[t as usize]) {
                    reached.collect(v, &mut row);
                }
            }
            row.sort_unstable();
            total += row.len();
            if total > MAX_CLOSURE {
                return Err(ClosureError::TooLarge);
            }
            rows[u as usize] = row;
        }
        Ok(Csr::from_rows(&rows))
    }

    /// [`closure`](Self::closure) with weights: a pair of these rows keeps its own, and any other has
    /// that of the strongest path, which is as strong as the weakest pair on it.
    pub(crate) fn weighted_closure(
        &self,
        weights: &[f32],
    ) -> Result<(Csr, Vec<f32>), ClosureError> {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.num_nodes()];
        let mut reached = Reached::new(self.num_nodes());
        let mut strength = vec![0f32; self.num_nodes()];
        let mut total = 0;
        for u in self.ancestors_first().map_err(ClosureError::Cycle)? {
            reached.start();
            let mut row = Vec::new();
            let mut reach = |v: u32, path: f32| {
                let before = row.len();
                reached.collect(v, &mut row);
                let best = &mut strength[v as usize];
                *best = if row.len() > before {
                    path
                } else {
                    best.max(path)
                };
            };
            for at in self.range(u) {
                let (t, weight) = (self.targets[at], weights[at]);
                reach(t, weight);
                for &(v, path) in &rows[t as usize] {
                    reach(v, weight.min(path));
                }
            }
            for at in self.range(u) {
                strength[self.targets[at] as usize] = weights[at];
            }
            row.sort_unstable();
            total += row.len();
            if total > MAX_CLOSURE {
                return Err(ClosureError::TooLarge);
            }
            let weighted = row.into_iter().map(|v| (v, strength[v as usize]));
            rows[u as usize] = weighted.collect();
        }
        let pairs = rows.iter().enumerate();
        let pairs = pairs.flat_map(|(u, row)| row.iter().map(move |&(v, _)| (u as u32, v)));
        let weights = rows.iter().flatten().map(|&(_, weight)| weight).collect();
        Ok((Csr::from_sorted(self.num_nodes(), pairs, total), weights))
    }

    /// Rows from pairs that are sorted and distinct, `count` of them.
    fn from_sorted(
        num_nodes: usize,
        pairs: impl Iterator<Item = (u32, u32)>,
        count: usize,
    ) -> Self {
        let mut offsets = vec![0; num_nodes + 1];
        let mut targets = Vec::with_capacity(count);
        for (u, v) in pairs {
            offsets[u as usize + 1] += 1;
            targets.push(v);
        }
        for u in 0..num_nodes {
            offsets[u + 1] += offsets[u];
        }
        Self { offsets, targets }
    }

    /// The nodes, each after all its targets; or the nodes of a cycle.
    ///
    /// A depth-first search with its own stack, so that long chains do not overflow the thread's.
    fn ancestors_first(&self) -> Result<Vec<u32>, Vec<u32>> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            OnPath,
            Done,
        }
        let mut mark = vec![Mark::New; self.num_nodes()];
        let mut order = Vec::with_capacity(self.num_nodes());
        let mut path: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
        for root in 0..self.num_nodes() as u32 {
            if mark[root as usize] != Mark::New {
                continue;
            }
            mark[root as usize] = Mark::OnPath;
            path.push((root, self.range(root)));
            while let Some((u, rest)) = path.last_mut() {
                let Some(next) = rest.next() else {
                    mark[*u as usize] = Mark::Done;
                    order.push(*u);
                    path.pop();
                    continue;
                };
                let v = self.targets[next];
                match mark[v as usize] {
                    Mark::Done => {}
                    Mark::New => {
                        mark[v as usize] = Mark::OnPath;
                        path.push((v, self.range(v)));
                    }
                    Mark::OnPath => {
                        return Err(path
                            .iter()
                            .map(|(w, _)| *w)
                            .skip_while(|&w| w != v)
                            .collect());
                    }
                }
            }
        }
        Ok(order)
    }
}

/// A set of nodes that is emptied in constant time: a node is in it if it carries the current stamp.
pub(crate) struct Reached {
    stamps: Vec<u32>,
    current: u32,
}

impl Reached {
    pub(crate) fn new(num_nodes: usize) -> Self {
        Self {
            stamps: vec![0; num_nodes],
            current: 0,
        }
    }

    /// Empties the set. At most `u32::MAX` times, which one call per node cannot exceed.
    pub(crate) fn start(&mut self) {
        self.current += 1;
    }

    /// Adds `v` to the set, and to `row` if it was not there.
    pub(crate) fn collect(&mut self, v: u32, row: &mut Vec<u32>) {
        let stamp = &mut self.stamps[v as usize];
        if *stamp != self.current {
            *stamp = self.current;
            row.push(v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chain_closes_to_all_ordered_pairs_without_recursion() {
        let n = 2_000;
        let chain = Csr::from_pairs(n, (1..n as u32).map(|u| (u, u - 1)).collect());
        assert_eq!(chain.closure().unwrap().num_pairs(), n * (n - 1) / 2);
        let deep = 1_000_000;
        let chain = Csr::from_pairs(deep, (1..deep as u32).map(|u| (u, u - 1)).collect());
        assert_eq!(chain.ancestors_first().unwrap().len(), deep);
    }

    #[test]
    fn a_cycle_is_named_without_the_path_that_led_to_it() {
        let graph = Csr::from_pairs(4, vec![(0, 1), (1, 2), (2, 3), (3, 1)]);
        assert_eq!(graph.closure(), Err(ClosureError::Cycle(vec![1, 2, 3])));
    }

    /// Reachability by Warshall's algorithm on a dense matrix.
    fn naive(n: usize, pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut reach = vec![vec![false; n]; n];
        for &(u, v) in pairs {
            reach[u as usize][v as usize] = true;
        }
        for k in 0..n {
            for u in 0..n {
                for v in 0..n {
                    reach[u][v] |= reach[u][k] && reach[k][v];
                }
            }
        }
        let all = (0..n).flat_map(|u| (0..n).map(move |v| (u, v)));
        all.filter(|&(u, v)| reach[u][v])
            .map(|(u, v)| (u as u32, v as u32))
            .collect()
    }

    proptest! {
        #[test]
        fn closure_of_a_random_dag_equals_naive_reachability(
            raw in prop::collection::vec((0u32..24, 0u32..24), 0..80),
            order in Just((0u32..24).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let pairs: Vec<_> = raw.into_iter().filter(|(a, b)| a != b)
                .map(|(a, b)| (a.min(b), a.max(b)))
                .map(|(a, b)| (order[a as usize], order[b as usize])).collect();
            let closure = Csr::from_pairs(24, pairs.clone()).closure().unwrap();
            prop_assert_eq!(closure.pairs().collect::<Vec<_>>(), naive(24, &pairs));
            prop_assert_eq!(closure.closure().unwrap(), closure);
        }

        #[test]
        fn a_graph_has_a_closure_or_a_genuine_cycle(
            raw in prop::collection::vec((0u32..12, 0u32..12), 0..30),
        ) {
            let pairs: Vec<_> = raw.into_iter().filter(|(a, b)| a != b).collect();
            let graph = Csr::from_pairs(12, pairs.clone());
            let cyclic = naive(12, &pairs).iter().any(|(u, v)| u == v);
            match graph.closure() {
                Ok(_) => prop_assert!(!cyclic),
                Err(ClosureError::Cycle(nodes)) => {
                    for (i, &u) in nodes.iter().enumerate() {
                        prop_assert!(graph.row(u).contains(&nodes[(i + 1) % nodes.len()]));
                    }
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
