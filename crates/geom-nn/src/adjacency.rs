//! The neighbors of every node of a graph, and distances by counting edges.

/// For each node its neighbors, in compressed sparse row form: those of node `u` are
/// `indices[offsets[u]..offsets[u + 1]]`. Loops and repeated neighbors are allowed, in any order; an
/// undirected graph holds every edge in both rows.
///
/// A view: it borrows what a loader holds, and copies as two pointers.
///
/// # Examples
/// ```
/// use geom_nn::Adjacency;
///
/// // A path of three nodes.
/// let graph = Adjacency::new(&[0, 1, 3, 4], &[1, 0, 2, 1]);
/// assert_eq!(graph.neighbors(1), [0, 2]);
/// assert_eq!(graph.hops(0), [Some(0), Some(1), Some(2)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Adjacency<'a> {
    offsets: &'a [usize],
    indices: &'a [u32],
}

/// The number of hops to a node that was not reached.
pub(crate) const UNREACHED: u32 = u32::MAX;

impl<'a> Adjacency<'a> {
    /// Wraps compressed sparse rows.
    ///
    /// # Panics
    /// If the offsets do not start at 0, decrease, or do not end at the number of neighbors; or if
    /// a neighbor is out of range.
    pub fn new(offsets: &'a [usize], indices: &'a [u32]) -> Self {
        assert_eq!(offsets.first(), Some(&0), "offsets start at 0");
        assert_eq!(
            offsets.last(),
            Some(&indices.len()),
            "offsets end at the number of neighbors"
        );
        if let Some(node) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
            panic!("offsets decrease at node {node}");
        }
        let nodes = offsets.len() - 1;
        if let Some(&other) = indices.iter().find(|&&other| other as usize >= nodes) {
            panic!("neighbor {other} is out of range for {nodes} nodes");
        }
        Self { offsets, indices }
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of entries, in which an undirected edge counts twice.
    pub fn entries(&self) -> usize {
        self.indices.len()
    }

    /// The neighbors of `node`.
    #[inline]
    pub fn neighbors(&self, node: u32) -> &'a [u32] {
        &self.indices[self.row(node)]
    }

    /// The places of the neighbors of `node` among all entries.
    #[inline]
    pub(crate) fn row(&self, node: u32) -> std::ops::Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// The node that an entry leads to.
    #[inline]
    pub(crate) fn entry(&self, place: usize) -> u32 {
        self.indices[place]
    }

    /// The least number of edges from `source` to every node, `None` where there is no path; breadth
    /// first, in $O(n + m)$.
    pub fn hops(&self, source: u32) -> Vec<Option<u32>> {
        let mut hops = Vec::new();
        self.hops_into(source, &mut hops, &mut Vec::new());
        hops.into_iter()
            .map(|hops| (hops != UNREACHED).then_some(hops))
            .collect()
    }

    /// As [`hops`](Self::hops), into buffers that are kept, with [`UNREACHED`] for `None`. Returns
    /// the largest number, the eccentricity of `source` in its component.
    pub(crate) fn hops_into(&self, source: u32, hops: &mut Vec<u32>, queue: &mut Vec<u32>) -> u32 {
        hops.clear();
        hops.resize(self.nodes(), UNREACHED);
        hops[source as usize] = 0;
        queue.clear();
        queue.push(source);
        let (mut farthest, mut next) = (0, 0);
        while let Some(&node) = queue.get(next) {
            next += 1;
            farthest = hops[node as usize];
            for &other in self.neighbors(node) {
                if hops[other as usize] == UNREACHED {
                    hops[other as usize] = farthest + 1;
                    queue.push(other);
                }
            }
        }
        farthest
    }

    /// The nodes of the largest connected component of an undirected graph, ascending; of several
    /// as large, the one with the first node.
    pub fn largest_component(&self) -> Vec<u32> {
        let mut seen = vec![false; self.nodes()];
        let mut largest = Vec::new();
        for start in 0..self.nodes() as u32 {
            if seen[start as usize] {
                continue;
            }
            seen[start as usize] = true;
            let mut component = vec![start];
            let mut next = 0;
            while let Some(&node) = component.get(next) {
                next += 1;
                for &other in self.neighbors(node) {
                    if !std::mem::replace(&mut seen[other as usize], true) {
                        component.push(other);
                    }
                }
            }
            if component.len() > largest.len() {
                largest = component;
            }
        }
        largest.sort_unstable();
        largest
    }

    /// An edge that is in one row only, if there is one; in $O(m\log m)$.
    pub(crate) fn one_way_edge(&self) -> Option<(u32, u32)> {
        let mut forth: Vec<(u32, u32)> = (0..self.nodes() as u32)
            .flat_map(|node| self.neighbors(node).iter().map(move |&other| (node, other)))
            .collect();
        forth.sort_unstable();
        forth.iter().copied().find(|&(node, other)| {
            let back = (other, node);
            forth.binary_search(&back).is_err()
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Rows of an undirected graph.
    #[derive(Clone, Debug)]
    pub(crate) struct Graph {
        pub(crate) offsets: Vec<usize>,
        pub(crate) indices: Vec<u32>,
    }

    impl Graph {
        pub(crate) fn new(nodes: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Self {
            let mut rows = vec![Vec::new(); nodes as usize];
            for (u, v) in edges {
                rows[u as usize].push(v);
                rows[v as usize].push(u);
            }
            let mut offsets = vec![0];
            for row in &rows {
                offsets.push(offsets[offsets.len() - 1] + row.len());
            }
            Self {
                offsets,
                indices: rows.concat(),
            }
        }

        pub(crate) fn cycle(nodes: u32) -> Self {
            Self::new(nodes, (0..nodes).map(|node| (node, (node + 1) % nodes)))
        }

        pub(crate) fn complete(nodes: u32) -> Self {
            Self::new(nodes, (0..nodes).flat_map(|v| (0..v).map(move |u| (u, v))))
        }

        pub(crate) fn grid(rows: u32, columns: u32) -> Self {
            let right = (0..rows * columns)
                .filter(|node| (node + 1) % columns != 0)
                .map(|node| (node, node + 1));
            let down = (0..(rows - 1) * columns).map(|node| (node, node + columns));
            Self::new(rows * columns, right.chain(down))
        }

        /// Each node but the first hangs on one of the `reach` before it.
        pub(crate) fn tree(nodes: u32, reach: u32) -> Self {
            Self::new(
                nodes,
                (1..nodes).map(|node| (node, node - 1 - (node * node) % reach.min(node))),
            )
        }

        pub(crate) fn view(&self) -> Adjacency<'_> {
            Adjacency::new(&self.offsets, &self.indices)
        }
    }

    #[test]
    fn hops_on_a_grid_are_the_distances_of_a_taxi() {
        let graph = Graph::grid(4, 5);
        let hops = graph.view().hops(7);
        for (node, hops) in hops.iter().enumerate() {
            let taxi = (node / 5).abs_diff(1) + (node % 5).abs_diff(2);
            assert_eq!(*hops, Some(taxi as u32));
        }
    }

    #[test]
    fn the_largest_component_is_found_and_others_are_out_of_reach() {
        let graph = Graph::new(7, [(0, 3), (1, 2), (2, 5), (5, 1)]);
        assert_eq!(graph.view().largest_component(), [1, 2, 5]);
        assert_eq!(graph.view().hops(0)[1], None);
        assert_eq!(graph.view().hops(4)[4], Some(0));
        assert!(Graph::new(0, []).view().largest_component().is_empty());
    }

    #[test]
    fn an_edge_in_one_row_only_is_named() {
        assert_eq!(Graph::cycle(5).view().one_way_edge(), None);
        let one_way = Adjacency::new(&[0, 2, 2], &[0, 1]);
        assert_eq!(one_way.one_way_edge(), Some((0, 1)));
    }

    #[test]
    #[should_panic(expected = "neighbor 9 is out of range for 2 nodes")]
    fn a_neighbor_out_of_range_is_refused() {
        Adjacency::new(&[0, 1, 1], &[9]);
    }
}
