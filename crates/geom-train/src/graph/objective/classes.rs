//! Classes of nodes, with links beside them if that is asked for.

use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_nn::losses::cross_entropy_loss;
use geom_nn::metrics::MetricError;
use geom_nn::sparse::{GraphError, Pattern};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Evaluation, Pairs, indices, link_loss};
use crate::graph::batches::{BatchSampler, Sampled};
use crate::graph::data::Inputs;
use crate::graph::model::NodeModel;
use crate::graph::scores::Scores;
use crate::graph::settings::GraphSettings;
use crate::graph::targets::ClassTargets;

pub(in crate::graph) struct Classes {
    targets: Arc<ClassTargets>,
    /// The nodes of training.
    train: Tensor<1, Int>,
    /// Their classes.
    labels: Tensor<1, Int>,
    /// The links of the graph and the weight of their loss, if they are learned beside the classes.
    links: Option<(Pairs, f64)>,
    /// Where gradients are tracked.
    tracked: Device,
}

impl Classes {
    pub(super) fn new(
        targets: &Arc<ClassTargets>,
        edges: &[[u32; 2]],
        settings: &GraphSettings,
        device: &Device,
    ) -> Self {
        let tracked = device.clone().autodiff();
        let beside = settings.link_loss > 0.0 && !edges.is_empty();
        Self {
            train: indices(&targets.split.train, &tracked),
            labels: indices(&targets.labels_of(&targets.split.train), &tracked),
            links: beside.then(|| (Pairs::new(edges, &tracked), settings.link_loss)),
            targets: Arc::clone(targets),
            tracked,
        }
    }

    pub(super) fn loss(
        &self,
        model: &NodeModel,
        Inputs { features, graph }: &Inputs,
        rng: &mut ChaCha8Rng,
    ) -> Tensor<1> {
        let v = model.encoder.forward_tangent(features, graph);
        let logits = model.classes_at(v.clone());
        let loss = cross_entropy_loss(logits, Some(self.train.clone()), self.labels.clone(), None);
        match &self.links {
            Some((positive, weight)) => {
                let [count] = positive.from.dims();
                let negative = unlinked(graph.pattern(), count, rng);
                let negative = Pairs::new(&negative, &self.tracked);
                let points = model.points_at(v);
                loss + link_loss(model, &points, positive.clone(), negative) * *weight
            }
            None => loss,
        }
    }

    /// The nodes of training in random order. One that is listed twice is asked once.
    pub(in crate::graph) fn shuffled(&self, rng: &mut ChaCha8Rng) -> Vec<u32> {
        let mut nodes = self.targets.split.train.clone();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.shuffle(rng);
        nodes
    }

    /// The loss of some nodes on a sample of their neighbors.
    pub(in crate::graph) fn sampled_loss(
        &self,
        nodes: &[u32],
        model: &NodeModel,
        sampler: &mut BatchSampler<'_>,
        rng: &mut ChaCha8Rng,
    ) -> Result<Tensor<1>, GraphError> {
        let Sampled { features, graphs } = sampler.sample(nodes, rng)?;
        let logits = model.classes(&features, &graphs);
        let classes = indices(&self.targets.labels_of(nodes), &self.tracked);
        Ok(cross_entropy_loss(logits, None, classes, None))
    }

    pub(super) fn evaluate(
        &self,
        model: &NodeModel,
        Inputs { features, graph }: &Inputs,
    ) -> Result<Evaluation, MetricError> {
        let ClassTargets {
            labels,
            count,
            split,
        } = &*self.targets;
        let logits = to_vec_f64(model.classes(features, graph));
        if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
            return Err(MetricError::Logit {
                node: index / count,
            });
        }
        let predicted = predictions(&logits, *count);
        let scores = |nodes: &[u32]| {
            let predicted: Vec<u32> = nodes.iter().map(|&v| predicted[v as usize]).collect();
            Scores::of_nodes(&predicted, &self.targets.labels_of(nodes), *count)
        };
        Ok(Evaluation {
            val: scores(&split.val)?,
            test: scores(&split.test)?,
            val_loss: mean_loss(&logits, *count, labels, &split.val),
        })
    }
}

/// The class of the largest logit of every node; the first of equal ones.
fn predictions(logits: &[f64], classes: usize) -> Vec<u32> {
    let largest = |row: &[f64]| {
        let better = |best: usize, class: usize| if row[class] > row[best] { class } else { best };
        (1..classes).fold(0, better) as u32
    };
    logits.chunks_exact(classes).map(largest).collect()
}

/// The mean cross entropy of some nodes.
fn mean_loss(logits: &[f64], classes: usize, labels: &[u32], nodes: &[u32]) -> f64 {
    let loss = |&node: &u32| {
        let row = &logits[node as usize * classes..][..classes];
        let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().map(|logit| (logit - top).exp()).sum();
        top + sum.ln() - row[labels[node as usize] as usize]
    };
    nodes.iter().map(loss).sum::<f64>() / nodes.len() as f64
}

/// Pairs of different nodes without a link, drawn uniformly. A row of the pattern lists the node
/// itself and its neighbors. In a graph that is nearly complete some may be linked after all:
/// nothing is gained there by trying longer.
fn unlinked(pattern: &Pattern, count: usize, rng: &mut impl Rng) -> Vec<[u32; 2]> {
    const TRIES: usize = 8;
    let nodes = pattern.rows() as u32;
    let linked = |&[u, v]: &[u32; 2]| {
        let row = pattern.offsets()[u as usize]..pattern.offsets()[u as usize + 1];
        pattern.indices()[row].binary_search(&v).is_ok()
    };
    let mut draw = || [rng.random_range(0..nodes), rng.random_range(0..nodes)];
    (0..count)
        .map(|_| {
            let mut pair = draw();
            for _ in 1..TRIES {
                if !linked(&pair) {
                    break;
                }
                pair = draw();
            }
            pair
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use geom_nn::sparse::Graph;
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn pairs_without_a_link_have_none_and_two_ends() {
        let edges = [[0, 1], [1, 2], [2, 3], [3, 0]];
        let graph = Graph::new(6, &edges, &burn::tensor::Device::flex()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let pairs = unlinked(graph.pattern(), 300, &mut rng);
        assert_eq!(pairs.len(), 300);
        let wrong = pairs.iter().filter(|&&[u, v]| {
            u == v
                || edges
                    .iter()
                    .any(|&[a, b]| (a, b) == (u, v) || (b, a) == (u, v))
        });
        // Eight tries fail with probability (14/36)^8 = 5e-4.
        assert!(wrong.count() <= 3);
    }
}
