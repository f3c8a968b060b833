//! The most probable links that a graph lacks.

use std::collections::{BinaryHeap, HashSet};

use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_data::graph::LinkSplit;

use super::model::NodeModel;
use super::objective::Pairs;
use super::targets::Targets;
use super::trainer::GraphTrainer;

/// Up to so many nodes all pairs are looked at.
const EXACT_NODES: usize = 20_000;
/// Distances that are held at once.
const TILE: usize = 1 << 21;
/// Of a node with more neighbors than this, so many lead to candidates.
const NEIGHBORS: usize = 64;

/// A pair of nodes without a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissingLink {
    /// The nodes, the smaller number first.
    pub nodes: [u32; 2],
    /// The logit of a link between them.
    pub logit: f64,
}

/// The most probable links that a graph lacks, the most probable first.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingLinks {
    /// The pairs.
    pub links: Vec<MissingLink>,
    /// Whether all pairs were looked at; otherwise those with a common neighbor.
    pub is_exact: bool,
    /// How many pairs were looked at.
    pub candidates: u64,
}

/// The nearest pairs so far; the farthest of them is on top.
struct Nearest {
    most: usize,
    heap: BinaryHeap<Pair>,
}

/// By distance, then by the numbers of the nodes, so that ties are broken the same way everywhere.
#[derive(Clone, Copy, PartialEq)]
struct Pair {
    distance: f64,
    nodes: [u32; 2],
}

impl Eq for Pair {}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_distance = self.distance.total_cmp(&other.distance);
        by_distance.then(self.nodes.cmp(&other.nodes))
    }
}

impl Nearest {
    /// Takes a pair if it is among the nearest and `is_missing`.
    fn offer(&mut self, pair: Pair, is_missing: impl Fn(&[u32; 2]) -> bool) {
        let is_near = match self.heap.peek() {
            Some(farthest) if self.heap.len() == self.most => pair < *farthest,
            _ => self.most > 0,
        };
        if is_near && is_missing(&pair.nodes) {
            if self.heap.len() == self.most {
                self.heap.pop();
            }
            self.heap.push(pair);
        }
    }
}

impl GraphTrainer {
    /// The `most` pairs without a link that `model`, on the device itself, holds for the most probable; none
    /// if the run is not about links. No link of any part is among them, whether held out or not.
    ///
    /// Links are the more probable the closer their ends are, so that the nearest pairs are asked for. Up to
    /// 20,000 nodes all pairs are compared, in parts that fit memory; beyond, the pairs with a common
    /// neighbor, of which a node with more than 64 neighbors is one for 64 of them only. `progress` is told
    /// of nodes done.
    pub fn missing_links(
        &self,
        model: &NodeModel,
        most: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Option<MissingLinks> {
        let Targets::Links(split) = self.data().targets() else {
            return None;
        };
        let mut links: Vec<[u32; 2]> =
            [split.train_pos(), split.val_pos(), split.test_pos()].concat();
        links.sort_unstable();
        let inputs = self.inputs();
        let points = model.points(&inputs.features, &inputs.graph);
        let mut nearest = Nearest {
            most,
            heap: BinaryHeap::new(),
        };
        let nodes = self.data().nodes();
        let is_exact = nodes <= EXACT_NODES;
        let candidates = if is_exact {
            of_all(model, &points, &links, &mut nearest, progress)
        } else {
            of_neighbors((model, &points), split, &links, &mut nearest, progress)
        };
        let pairs = nearest.heap.into_sorted_vec();
        let pairs: Vec<[u32; 2]> = pairs.iter().map(|pair| pair.nodes).collect();
        // Distances of many pairs at once are less exact than those of single ones.
        let mut found: Vec<MissingLink> = pairs
            .iter()
            .zip(logits(model, &points, &pairs))
            .map(|(&nodes, logit)| MissingLink { nodes, logit })
            .collect();
        found.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.nodes.cmp(&b.nodes)));
        Some(MissingLinks {
            links: found,
            is_exact,
            candidates,
        })
    }
}

/// Offers all pairs, row by row of the upper triangle.
fn of_all(
    model: &NodeModel,
    points: &Tensor<2>,
    links: &[[u32; 2]],
    nearest: &mut Nearest,
    progress: &mut dyn FnMut(usize),
) -> u64 {
    let [nodes, _] = points.dims();
    let part = (TILE / nodes.max(1)).clamp(1, nodes.max(1));
    let is_missing = |pair: &[u32; 2]| links.binary_search(pair).is_err();
    for first in (0..nodes).step_by(part) {
        let rows = part.min(nodes - first);
        let columns = nodes - first;
        let tile = model.encoder.pairwise_distance(
            points.clone().narrow(0, first, rows),
            points.clone().narrow(0, first, columns),
        );
        let tile = to_vec_f64(tile);
        for (row, distances) in tile.chunks_exact(columns).enumerate() {
            for (column, &distance) in distances.iter().enumerate().skip(row + 1) {
                let nodes = [first + row, first + column].map(|node| node as u32);
                nearest.offer(Pair { distance, nodes }, is_missing);
            }
        }
        progress(rows);
    }
    nodes as u64 * (nodes as u64).saturating_sub(1) / 2
}

/// Offers the pairs with a common neighbor among the links of training.
fn of_neighbors(
    (model, points): (&NodeModel, &Tensor<2>),
    split: &LinkSplit,
    links: &[[u32; 2]],
    nearest: &mut Nearest,
    progress: &mut dyn FnMut(usize),
) -> u64 {
    const AT_ONCE: usize = 1 << 16;
    let [nodes, _] = points.dims();
    let mut neighbors: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    for &[u, v] in split.train_pos() {
        neighbors[u as usize].push(v);
        neighbors[v as usize].push(u);
    }
    for row in &mut neighbors {
        row.sort_unstable();
        // Evenly chosen, so that the choice depends on nothing but the graph.
        let every = row.len().div_ceil(NEIGHBORS).max(1);
        *row = row.iter().copied().step_by(every).collect();
    }
    let is_missing = |pair: &[u32; 2]| links.binary_search(pair).is_err();
    let (mut pairs, mut seen, mut count) = (Vec::new(), HashSet::new(), 0);
    let mut ask = |pairs: &mut Vec<[u32; 2]>| {
        // The nearer the ends, the larger the logit.
        for (&nodes, logit) in pairs.iter().zip(logits(model, points, pairs)) {
            let distance = -logit;
            nearest.offer(Pair { distance, nodes }, |_| true);
        }
        pairs.clear();
    };
    for u in 0..nodes as u32 {
        seen.clear();
        for &between in &neighbors[u as usize] {
            for &v in &neighbors[between as usize] {
                if v > u && seen.insert(v) && is_missing(&[u, v]) {
                    pairs.push([u, v]);
                    count += 1;
                }
            }
        }
        if pairs.len() >= AT_ONCE {
            ask(&mut pairs);
        }
        progress(1);
    }
    ask(&mut pairs);
    count
}

/// The logits of links between some pairs.
fn logits(model: &NodeModel, points: &Tensor<2>, pairs: &[[u32; 2]]) -> Vec<f64> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let Pairs { from, to } = Pairs::new(pairs, &points.device());
    to_vec_f64(model.link_logits(points, from, to))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use geom_data::graph::GraphData;
    use geom_nn::models::ModelKind;

    use super::*;
    use crate::graph::{GraphSettings, GraphTask, TaskData};

    fn trainer() -> GraphTrainer {
        let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::LinkPrediction);
        (settings.epochs, settings.dim) = (1, 3);
        let ring = GraphData::builder("ring", 40).edges((0..40).map(|u| [u, (u * 7 + 1) % 40]));
        let data = TaskData::new(&ring.build().unwrap(), &settings).unwrap();
        let mut trainer = GraphTrainer::new(data, settings, &Device::flex()).unwrap();
        trainer.epoch().unwrap();
        trainer
    }

    #[test]
    fn the_most_probable_pairs_without_a_link_are_found() {
        let trainer = trainer();
        let model = &trainer.best().unwrap().model;
        let mut done = 0;
        let found = trainer
            .missing_links(model, 9, &mut |nodes| done += nodes)
            .unwrap();
        assert_eq!((done, found.is_exact, found.candidates), (40, true, 780));
        let Targets::Links(split) = trainer.data().targets() else {
            panic!("links were asked for");
        };
        let links = [split.train_pos(), split.val_pos(), split.test_pos()].concat();
        let all: Vec<[u32; 2]> = (0..40)
            .flat_map(|u| (u + 1..40).map(move |v| [u, v]))
            .filter(|pair| !links.contains(pair))
            .collect();
        let inputs = trainer.inputs();
        let points = model.points(&inputs.features, &inputs.graph);
        let mut expected = logits(model, &points, &all);
        expected.sort_by(|a, b| b.total_cmp(a));
        assert_eq!(found.links.len(), 9);
        for (link, logit) in found.links.iter().zip(expected) {
            assert!(!links.contains(&link.nodes));
            // Pairs at the same distance up to rounding may change places.
            assert!((link.logit - logit).abs() < 1e-3, "{link:?} {logit}");
        }
    }

    #[test]
    fn candidates_are_pairs_with_a_common_neighbor() {
        let trainer = trainer();
        let model = &trainer.best().unwrap().model;
        let Targets::Links(split) = trainer.data().targets() else {
            panic!("links were asked for");
        };
        let mut links = [split.train_pos(), split.val_pos(), split.test_pos()].concat();
        links.sort_unstable();
        let inputs = trainer.inputs();
        let points = model.points(&inputs.features, &inputs.graph);
        let mut nearest = Nearest {
            most: 1000,
            heap: BinaryHeap::new(),
        };
        let count = of_neighbors((model, &points), split, &links, &mut nearest, &mut |_| ());
        assert_eq!(count as usize, nearest.heap.len());
        let linked = |u: u32, v: u32| split.train_pos().contains(&[u.min(v), u.max(v)]);
        for Pair { nodes: [u, v], .. } in nearest.heap {
            assert!((0..40).any(|w| linked(u, w) && linked(w, v)));
            assert!(!links.contains(&[u, v]));
        }
    }
}
