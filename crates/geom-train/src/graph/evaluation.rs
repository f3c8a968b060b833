//! The scores of a model.

use geom_core::numerics::to_vec_f64;
use geom_nn::metrics::MetricError;

use super::asked::{Asked, Pairs};
use super::data::{Inputs, Targets};
use super::model::NodeModel;
use super::scores::Scores;
use super::trainer::GraphTrainer;

impl GraphTrainer {
    /// The scores of a model on the validation and on the test part, and its validation loss.
    pub(super) fn evaluate(&self, model: &NodeModel) -> Result<(Scores, Scores, f64), MetricError> {
        let Inputs { features, graph } = &self.plain;
        match (&self.asked, self.data.targets()) {
            (
                _,
                Targets::Classes {
                    labels,
                    count,
                    split,
                },
            ) => {
                let logits = to_vec_f64(model.classes(features, graph));
                if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
                    return Err(MetricError::Logit {
                        node: index / count,
                    });
                }
                let predicted = predictions(&logits, *count);
                let scores = |nodes: &[u32]| {
                    let of = |all: &[u32]| -> Vec<u32> {
                        nodes.iter().map(|&node| all[node as usize]).collect()
                    };
                    Scores::of_nodes(&of(&predicted), &of(labels), *count)
                };
                let loss = mean_loss(&logits, *count, labels, &split.val);
                Ok((scores(&split.val)?, scores(&split.test)?, loss))
            }
            (Asked::Links { val, test, .. }, _) => {
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
                let (val, loss) = scores(val)?;
                Ok((val, scores(test)?.0, loss))
            }
            (Asked::Classes { .. }, Targets::Links(_)) => {
                unreachable!("what is asked is made from the targets")
            }
        }
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

/// The mean of $\ln(1 + e^{sz})$.
fn softplus_mean(logits: &[f64], sign: f64) -> f64 {
    let softplus = |z: &f64| {
        let z = sign * z;
        z.max(0.0) + (-z.abs()).exp().ln_1p()
    };
    logits.iter().map(softplus).sum::<f64>() / logits.len() as f64
}
