//! Data as a graph without directions.

use geom::nn::Adjacency;
use serde::Serialize;

use crate::numbers::{counted, grouped};

/// A graph in compressed sparse rows, every edge in both.
pub(super) struct Network {
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

/// What is to be known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct NetworkFacts {
    pub(super) nodes: usize,
    pub(super) edges: usize,
    pub(super) components: usize,
    pub(super) largest_component: usize,
    mean_degree: f64,
    median_degree: usize,
    most_degree: usize,
    /// Nodes with one neighbor.
    ends: usize,
}

impl Network {
    /// That of pairs in any direction; equal ones are one edge.
    pub(super) fn new(nodes: usize, pairs: impl Iterator<Item = [u32; 2]>) -> Self {
        let mut both: Vec<[u32; 2]> = pairs
            .filter(|[u, v]| u != v)
            .flat_map(|[u, v]| [[u, v], [v, u]])
            .collect();
        both.sort_unstable();
        both.dedup();
        let mut offsets = vec![0; nodes + 1];
        for [from, _] in &both {
            offsets[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        Self {
            offsets,
            targets: both.into_iter().map(|[_, to]| to).collect(),
        }
    }

    pub(super) fn adjacency(&self) -> Adjacency<'_> {
        Adjacency::new(&self.offsets, &self.targets)
    }

    pub(super) fn facts(&self) -> NetworkFacts {
        let graph = self.adjacency();
        let nodes = graph.nodes();
        let mut degrees: Vec<usize> = (0..nodes as u32)
            .map(|node| graph.neighbors(node).len())
            .collect();
        degrees.sort_unstable();
        let mut seen = vec![false; nodes];
        let (mut components, mut largest) = (0, 0);
        for start in 0..nodes as u32 {
            if std::mem::replace(&mut seen[start as usize], true) {
                continue;
            }
            let mut component = vec![start];
            let mut next = 0;
            while let Some(&node) = component.get(next) {
                next += 1;
                for &other in graph.neighbors(node) {
                    if !std::mem::replace(&mut seen[other as usize], true) {
                        component.push(other);
                    }
                }
            }
            components += 1;
            largest = largest.max(component.len());
        }
        NetworkFacts {
            nodes,
            edges: graph.entries() / 2,
            components,
            largest_component: largest,
            mean_degree: graph.entries() as f64 / nodes.max(1) as f64,
            median_degree: degrees.get(nodes / 2).copied().unwrap_or(0),
            most_degree: degrees.last().copied().unwrap_or(0),
            ends: degrees.iter().filter(|&&degree| degree == 1).count(),
        }
    }
}

impl NetworkFacts {
    pub(super) fn degrees(&self) -> String {
        format!(
            "{:.2} on average, median {}, {} at most; {} with one neighbor",
            self.mean_degree,
            self.median_degree,
            grouped(self.most_degree as u64),
            counted(self.ends as u64, "node")
        )
    }

    pub(super) fn parts(&self) -> String {
        format!(
            "{}, the largest of {} ({:.1} %), which alone is measured below",
            grouped(self.components as u64),
            counted(self.largest_component as u64, "node"),
            100.0 * self.largest_component as f64 / self.nodes as f64
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_given_twice_in_either_direction_is_one_edge() {
        let pairs = [[0, 1], [1, 0], [1, 2], [1, 2], [4, 4], [3, 1]];
        let facts = Network::new(6, pairs.into_iter()).facts();
        let expected = NetworkFacts {
            nodes: 6,
            edges: 3,
            components: 3,
            largest_component: 4,
            mean_degree: 1.0,
            median_degree: 1,
            most_degree: 3,
            ends: 3,
        };
        assert_eq!(facts, expected);
    }
}
