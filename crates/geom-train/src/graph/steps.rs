//! Steps of training: on the whole graph, or on samples of it.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_nn::losses::{cross_entropy_loss, link_prediction_loss};
use geom_nn::sparse::Pattern;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::asked::{Asked, Pairs, indices};
use super::batches::{Batches, Sampled, distinct};
use super::data::{Inputs, Targets};
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::settings::GraphSettings;
use super::trainer::GraphTrainer;

impl GraphTrainer {
    /// One step on the whole graph, or one on each batch; returns the mean loss.
    pub(super) fn step(
        &mut self,
        epoch: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<f64, GraphTrainError> {
        if self.settings.batch > 0 {
            return self.sampled_steps(epoch, rng);
        }
        let Inputs { features, graph } = &self.training;
        let loss = match (&self.asked, self.data.targets()) {
            (
                Asked::Classes {
                    train,
                    labels,
                    links,
                },
                _,
            ) => {
                let v = self.model.encoder.forward_tangent(features, graph);
                let logits = self.model.classes_at(v.clone());
                let loss = cross_entropy_loss(logits, Some(train.clone()), labels.clone(), None);
                match links {
                    Some(positive) => {
                        let count = self.data.edges().len();
                        let negative = unlinked(graph.pattern(), count, rng);
                        let negative = Pairs::new(&negative, &positive.from.device());
                        let points = self.model.points_at(v);
                        let of_links = link_loss(&self.model, &points, positive.clone(), negative);
                        loss + of_links * self.settings.link_loss
                    }
                    None => loss,
                }
            }
            (Asked::Links { positive, .. }, Targets::Links(split)) => {
                let negative = split.draw_negatives(split.train_pos().len(), rng);
                let negative = Pairs::new(&negative, &positive.from.device());
                let points = self.model.points(features, graph);
                link_loss(&self.model, &points, positive.clone(), negative)
            }
            (Asked::Links { .. }, Targets::Classes { .. }) => {
                unreachable!("what is asked is made from the targets")
            }
        };
        self.descend(epoch, loss)
    }

    /// A step for every batch of training nodes or links, on sampled neighbours.
    fn sampled_steps(
        &mut self,
        epoch: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<f64, GraphTrainError> {
        let (training, data) = (self.training.clone(), self.data.clone());
        let settings = &self.settings;
        let (size, dtype) = (settings.batch, settings.dtype.dtype());
        let tracked = self.device.clone().autodiff();
        let mut batches = Batches::new(&training, &settings.fanouts, dtype, tracked.clone());
        let mut sum = 0.0;
        let steps = match data.targets() {
            Targets::Classes { labels, split, .. } => {
                // A node that is listed twice is asked once.
                let mut nodes = split.train.clone();
                nodes.sort_unstable();
                nodes.dedup();
                nodes.shuffle(rng);
                for batch in nodes.chunks(size) {
                    let Sampled { features, graphs } = batches.sample(batch, rng)?;
                    let logits = self.model.classes(&features, graphs.as_slice());
                    let classes: Vec<u32> = batch.iter().map(|&v| labels[v as usize]).collect();
                    let classes = indices(&classes, &tracked);
                    let loss = cross_entropy_loss(logits, None, classes, None);
                    sum += self.descend(epoch, loss)?;
                }
                nodes.len().div_ceil(size)
            }
            Targets::Links(split) => {
                let mut links = split.train_pos().to_vec();
                links.shuffle(rng);
                for batch in links.chunks(size) {
                    let mut pairs = batch.to_vec();
                    pairs.extend(split.draw_negatives(batch.len(), rng));
                    let (nodes, places) = distinct(&pairs);
                    let Sampled { features, graphs } = batches.sample(&nodes, rng)?;
                    let points = self.model.points(&features, graphs.as_slice());
                    let (positive, negative) = places.split_at(batch.len());
                    let [positive, negative] =
                        [positive, negative].map(|pairs| Pairs::new(pairs, &tracked));
                    let loss = link_loss(&self.model, &points, positive, negative);
                    sum += self.descend(epoch, loss)?;
                }
                links.len().div_ceil(size)
            }
        };
        Ok(sum / steps as f64)
    }

    /// A step down the gradient of `loss`; returns its value.
    fn descend(&mut self, epoch: usize, loss: Tensor<1>) -> Result<f64, GraphTrainError> {
        let value = to_vec_f64(loss.clone().inner())[0];
        if !value.is_finite() {
            return Err(GraphTrainError::Loss { epoch, loss: value });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        let rate = self.rate(epoch);
        self.model = self.optimizer.step(rate, self.model.clone(), gradients);
        Ok(value)
    }

    fn rate(&self, epoch: usize) -> f64 {
        let GraphSettings {
            lr,
            lr_decay,
            lr_decay_every,
            ..
        } = self.settings;
        match (epoch - 1).checked_div(lr_decay_every) {
            Some(times) => lr * lr_decay.powi(times as i32),
            None => lr,
        }
    }
}

/// The cross entropy of links and of other pairs.
fn link_loss(model: &NodeModel, points: &Tensor<2>, positive: Pairs, negative: Pairs) -> Tensor<1> {
    let logits = |pairs: Pairs| model.link_logits(points, pairs.from, pairs.to);
    link_prediction_loss(logits(positive), logits(negative))
}

/// Pairs of different nodes without a link, drawn uniformly. A row of the pattern lists the node
/// itself and its neighbours. In a graph that is nearly complete some may be linked after all:
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
