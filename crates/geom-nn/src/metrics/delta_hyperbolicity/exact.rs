//! The exact hyperbolicity of a small graph.

use super::{component, twice_delta};
use crate::adjacency::Adjacency;
use crate::metrics::MetricError;

/// The largest component that [`delta_hyperbolicity`] takes: its table of distances has 512 MiB.
pub const EXACT_LIMIT: usize = 1 << 14;

/// The hyperbolicity of a graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperbolicity {
    /// Gromov's $\delta$, a multiple of one half.
    pub delta: f64,
    /// The largest distance.
    pub diameter: u32,
    /// The nodes of the component that was measured.
    pub nodes: usize,
}

/// Gromov's $\delta$ of the largest component, exactly.
///
/// Where $\delta > 0$ it is attained by two *far-apart* pairs, such that no neighbor of either node
/// is farther from the other one. They are taken by descending distance, each against those before it,
/// and as two pairs give at most half the shorter distance, the search ends when that cannot improve
/// on what was found.
///
/// Memory is $2n^2$ bytes, time $O(n m)$ for the distances and $O(f^2)$ for $f$ far-apart pairs that
/// are not cut off: from $O(n^2)$ on long cycles, where they are few, to $O(n^4)$ where nearly all pairs
/// are far apart and $\delta$ is small. A few hundred nodes take well below a second, or some seconds
/// at worst; a citation graph of 2,500 nodes half a minute.
///
/// # Errors
/// [`MetricError::OneWay`] if the graph is directed, [`MetricError::TooLarge`] above [`EXACT_LIMIT`]
/// nodes, and [`MetricError::Empty`] if it has none.
///
/// # Examples
/// ```
/// use geom_nn::{Adjacency, metrics::delta_hyperbolicity};
///
/// let square = Adjacency::new(&[0, 2, 4, 6, 8], &[1, 3, 0, 2, 1, 3, 0, 2]);
/// assert_eq!(delta_hyperbolicity(square).unwrap().delta, 1.0);
/// ```
///
/// # References
/// Cohen, Coudert, Lancien (2015), §3.
pub fn delta_hyperbolicity(graph: Adjacency<'_>) -> Result<Hyperbolicity, MetricError> {
    let component = component(graph)?;
    if component.len() > EXACT_LIMIT {
        return Err(MetricError::TooLarge {
            nodes: component.len(),
            limit: EXACT_LIMIT,
        });
    }
    let table = Distances::new(graph, &component);
    let pairs = table.far_apart_pairs(graph, &component);
    Ok(Hyperbolicity {
        delta: f64::from(table.largest_twice_delta(&pairs)) / 2.0,
        diameter: pairs.first().map_or(0, |pair| pair.distance.into()),
        nodes: component.len(),
    })
}

/// Distances of all pairs of a component, by places in it.
struct Distances {
    nodes: usize,
    table: Vec<u16>,
}

#[derive(Clone, Copy)]
struct Pair {
    distance: u16,
    x: u16,
    y: u16,
}

impl Distances {
    fn new(graph: Adjacency<'_>, component: &[u32]) -> Self {
        let mut table = Vec::with_capacity(component.len() * component.len());
        let mut hops = Vec::new();
        let mut queue = Vec::new();
        for &source in component {
            graph.hops_into(source, &mut hops, &mut queue);
            // At most EXACT_LIMIT hops, which fit.
            table.extend(component.iter().map(|&node| hops[node as usize] as u16));
        }
        Self {
            nodes: component.len(),
            table,
        }
    }

    fn row(&self, x: u16) -> &[u16] {
        &self.table[usize::from(x) * self.nodes..][..self.nodes]
    }

    /// Descending by distance.
    fn far_apart_pairs(&self, graph: Adjacency<'_>, component: &[u32]) -> Vec<Pair> {
        // extreme[x n + y]: no neighbor of y is farther from x than y is.
        let mut extreme = vec![false; self.table.len()];
        let mut place = vec![0u16; graph.nodes()];
        for (index, &node) in component.iter().enumerate() {
            place[node as usize] = index as u16;
        }
        for x in 0..self.nodes as u16 {
            let row = self.row(x);
            let marks = &mut extreme[usize::from(x) * self.nodes..][..self.nodes];
            for (y, &node) in component.iter().enumerate() {
                marks[y] = graph
                    .neighbors(node)
                    .iter()
                    .all(|&other| row[usize::from(place[other as usize])] <= row[y]);
            }
        }
        let mut pairs = Vec::new();
        for x in 0..self.nodes {
            for y in 0..x {
                if extreme[x * self.nodes + y] && extreme[y * self.nodes + x] {
                    pairs.push(Pair {
                        distance: self.table[x * self.nodes + y],
                        x: x as u16,
                        y: y as u16,
                    });
                }
            }
        }
        pairs.sort_unstable_by_key(|pair| std::cmp::Reverse(pair.distance));
        pairs
    }

    fn largest_twice_delta(&self, pairs: &[Pair]) -> u32 {
        // Two edges without a common node give nothing: the other sums are at least 2 as well.
        let longer = pairs.partition_point(|pair| pair.distance > 1);
        let mut best = 0;
        for (index, pair) in pairs.iter().enumerate() {
            let distance = u32::from(pair.distance);
            if distance <= best {
                break;
            }
            let (to_x, to_y) = (self.row(pair.x), self.row(pair.y));
            for other in &pairs[..index.min(longer)] {
                let (u, v) = (usize::from(other.x), usize::from(other.y));
                let sums = [
                    distance + u32::from(other.distance),
                    u32::from(to_x[u]) + u32::from(to_y[v]),
                    u32::from(to_x[v]) + u32::from(to_y[u]),
                ];
                best = best.max(twice_delta(sums));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjacency::tests::Graph;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn delta(graph: &Graph) -> f64 {
        delta_hyperbolicity(graph.view()).unwrap().delta
    }

    fn over_all_quadruples(graph: &Graph) -> f64 {
        let graph = graph.view();
        let nodes = graph.largest_component();
        let hops: Vec<_> = nodes.iter().map(|&node| graph.hops(node)).collect();
        let d = |a: usize, b: usize| hops[a][nodes[b] as usize].unwrap();
        let mut best = 0;
        for a in 0..nodes.len() {
            for b in 0..a {
                for c in 0..b {
                    for e in 0..c {
                        let mut sums = [d(a, b) + d(c, e), d(a, c) + d(b, e), d(a, e) + d(b, c)];
                        sums.sort_unstable();
                        best = best.max(sums[2] - sums[1]);
                    }
                }
            }
        }
        f64::from(best) / 2.0
    }

    #[test]
    fn random_graphs_have_the_maximum_over_all_quadruples() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..150 {
            let nodes = rng.random_range(1..16);
            let edges = rng.random_range(0..2 * nodes);
            let edges: Vec<_> = (0..edges)
                .map(|_| (rng.random_range(0..nodes), rng.random_range(0..nodes)))
                .collect();
            let graph = Graph::new(nodes, edges);
            let expected = over_all_quadruples(&graph);
            assert_eq!(delta(&graph), expected, "{graph:?}");
            seen.insert((2.0 * expected) as u32);
        }
        assert!(seen.len() >= 4, "too few different values: {seen:?}");
    }

    #[test]
    fn trees_and_complete_graphs_have_none() {
        assert_eq!(delta(&Graph::tree(200, 3)), 0.0);
        assert_eq!(delta(&Graph::tree(200, 1)), 0.0);
        assert_eq!(delta(&Graph::complete(300)), 0.0);
        assert_eq!(delta(&Graph::new(1, [])), 0.0);
    }

    #[test]
    fn cycles_have_a_quarter_of_their_length_rounded_as_known() {
        for nodes in 3..60 {
            let quarter = f64::from(nodes / 4);
            let expected = if nodes % 4 == 1 {
                quarter - 0.5
            } else {
                quarter
            };
            let measured = delta_hyperbolicity(Graph::cycle(nodes).view()).unwrap();
            assert_eq!(measured.delta, expected, "cycle of {nodes}");
            assert_eq!(measured.diameter, nodes / 2);
        }
    }

    #[test]
    fn grids_have_one_less_than_their_shorter_side() {
        for (rows, columns) in [(2, 2), (2, 9), (3, 5), (6, 6), (5, 40)] {
            let expected = f64::from(rows.min(columns) - 1);
            assert_eq!(delta(&Graph::grid(rows, columns)), expected);
        }
    }

    #[test]
    fn the_largest_component_counts() {
        let edges = (0..8).map(|node| (node, (node + 1) % 8));
        let graph = Graph::new(12, edges.chain([(9, 10), (10, 11)]));
        let measured = delta_hyperbolicity(graph.view()).unwrap();
        assert_eq!((measured.delta, measured.nodes), (2.0, 8));
    }

    #[test]
    fn what_has_no_hyperbolicity_is_an_error() {
        let one_way = Adjacency::new(&[0, 1, 1], &[1]);
        assert_eq!(
            delta_hyperbolicity(one_way),
            Err(MetricError::OneWay { from: 0, to: 1 })
        );
        let empty = delta_hyperbolicity(Adjacency::new(&[0], &[]));
        assert!(matches!(empty, Err(MetricError::Empty { .. })));
        let large = Graph::tree(EXACT_LIMIT as u32 + 1, 5);
        let large = delta_hyperbolicity(large.view());
        assert!(matches!(large, Err(MetricError::TooLarge { .. })));
    }
}
