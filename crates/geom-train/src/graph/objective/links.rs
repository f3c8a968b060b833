//! Links between nodes.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_data::graph::LinkSplit;
use geom_nn::metrics::MetricError;
use geom_nn::sparse::GraphError;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Evaluation, Pairs, link_loss};
use crate::graph::batches::{BatchSampler, Sampled, distinct};
use crate::graph::data::Inputs;
use crate::graph::model::NodeModel;
use crate::graph::scores::Scores;

pub(in crate::graph) struct Links {
    split: Arc<LinkSplit>,
    /// The links of training.
    positive: Pairs,
    /// Links and other pairs.
    val: [Pairs; 2],
    test: [Pairs; 2],
    /// Where gradients are tracked.
    tracked: Device,
}

impl Links {
    pub(super) fn new(split: &Arc<LinkSplit>, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let on_device = |pairs| Pairs::new(pairs, device);
        Self {
            positive: Pairs::new(split.train_pos(), &tracked),
            val: [split.val_pos(), split.val_neg()].map(on_device),
            test: [split.test_pos(), split.test_neg()].map(on_device),
            split: Arc::clone(split),
            tracked,
        }
    }

    pub(super) fn loss(
        &self,
        model: &NodeModel,
        Inputs { features, graph }: &Inputs,
        rng: &mut ChaCha8Rng,
    ) -> Tensor<1> {
        let negative = self.split.draw_negatives(self.split.train_pos().len(), rng);
        let negative = Pairs::new(&negative, &self.tracked);
        let points = model.points(features, graph);
        link_loss(model, &points, self.positive.clone(), negative)
    }

    /// The links of training in random order.
    pub(in crate::graph) fn shuffled(&self, rng: &mut ChaCha8Rng) -> Vec<[u32; 2]> {
        let mut links = self.split.train_pos().to_vec();
        links.shuffle(rng);
        links
    }

    /// The loss of some links, and of as many other pairs, on a sample of their ends' neighbors.
    pub(in crate::graph) fn sampled_loss(
        &self,
        links: &[[u32; 2]],
        model: &NodeModel,
        sampler: &mut BatchSampler<'_>,
        rng: &mut ChaCha8Rng,
    ) -> Result<Tensor<1>, GraphError> {
        let mut pairs = links.to_vec();
        pairs.extend(self.split.draw_negatives(links.len(), rng));
        let (nodes, places) = distinct(&pairs);
        let Sampled { features, graphs } = sampler.sample(&nodes, rng)?;
        let points = model.points(&features, &graphs);
        let (positive, negative) = places.split_at(links.len());
        let [positive, negative] =
            [positive, negative].map(|pairs| Pairs::new(pairs, &self.tracked));
        Ok(link_loss(model, &points, positive, negative))
    }

    pub(super) fn evaluate(
        &self,
        model: &NodeModel,
        Inputs { features, graph }: &Inputs,
    ) -> Result<Evaluation, MetricError> {
        let points = model.points(features, graph);
        let logits = |pairs: &Pairs| {
            to_vec_f64(model.link_logits(&points, pairs.from.clone(), pairs.to.clone()))
        };
        let scores = |pairs: &[Pairs; 2]| {
            let [links, others] = [&pairs[0], &pairs[1]].map(logits);
            for (set, logits) in [("positive", &links), ("negative", &others)] {
                if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
                    return Err(MetricError::NotANumber { set, index });
                }
            }
            let loss = softplus_mean(&links, -1.0) + softplus_mean(&others, 1.0);
            Scores::of_links(&links, &others).map(|scores| (scores, loss))
        };
        let (val, val_loss) = scores(&self.val)?;
        let (test, _) = scores(&self.test)?;
        Ok(Evaluation {
            val,
            test,
            val_loss,
        })
    }
}

/// The mean of $\ln(1 + e^{sz})$.
fn softplus_mean(logits: &[f64], sign: f64) -> f64 {
    let softplus = |z: &f64| {
        let z = sign * z;
        z.max(0.0) + (-z.abs()).exp().ln_1p()
    };
    logits.iter().map(softplus).sum::<f64>() / logits.len() as f64
}
