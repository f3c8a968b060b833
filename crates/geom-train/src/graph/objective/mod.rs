//! What is asked of a model, on its device: losses to descend, and scores of what is held back.

mod classes;
mod links;

use burn::tensor::{Device, Int, Tensor, TensorData};
use geom_nn::losses::link_prediction_loss;
use geom_nn::metrics::MetricError;
use rand_chacha::ChaCha8Rng;

use super::data::{Inputs, TaskData};
use super::model::NodeModel;
use super::scores::Scores;
use super::settings::GraphSettings;
use super::targets::Targets;

pub(super) use classes::Classes;
pub(super) use links::Links;

/// What is asked: the training part where gradients are tracked, the others on the device itself.
// One exists for each run.
#[allow(clippy::large_enum_variant)]
pub(super) enum Objective {
    Classes(Classes),
    Links(Links),
}

/// What an evaluation finds.
pub(super) struct Evaluation {
    pub(super) val: Scores,
    pub(super) test: Scores,
    /// The loss on the validation part.
    pub(super) val_loss: f64,
}

impl Objective {
    pub(super) fn new(data: &TaskData, settings: &GraphSettings, device: &Device) -> Self {
        match data.targets() {
            Targets::Classes(targets) => {
                Self::Classes(Classes::new(targets, data.edges(), settings, device))
            }
            Targets::Links(split) => Self::Links(Links::new(split, device)),
        }
    }

    /// The loss on the whole graph.
    pub(super) fn loss(
        &self,
        model: &NodeModel,
        inputs: &Inputs,
        rng: &mut ChaCha8Rng,
    ) -> Tensor<1> {
        match self {
            Self::Classes(classes) => classes.loss(model, inputs, rng),
            Self::Links(links) => links.loss(model, inputs, rng),
        }
    }

    /// The scores of a model on the validation and on the test part.
    pub(super) fn evaluate(
        &self,
        model: &NodeModel,
        inputs: &Inputs,
    ) -> Result<Evaluation, MetricError> {
        match self {
            Self::Classes(classes) => classes.evaluate(model, inputs),
            Self::Links(links) => links.evaluate(model, inputs),
        }
    }
}

/// Pairs of nodes on a device.
#[derive(Clone)]
pub(super) struct Pairs {
    pub(super) from: Tensor<1, Int>,
    pub(super) to: Tensor<1, Int>,
}

impl Pairs {
    pub(super) fn new(pairs: &[[u32; 2]], device: &Device) -> Self {
        let end = |side: usize| {
            let nodes: Vec<u32> = pairs.iter().map(|pair| pair[side]).collect();
            indices(&nodes, device)
        };
        Self {
            from: end(0),
            to: end(1),
        }
    }
}

fn indices(nodes: &[u32], device: &Device) -> Tensor<1, Int> {
    let nodes: Vec<i32> = nodes.iter().map(|&node| node as i32).collect();
    let count = nodes.len();
    Tensor::from_data(TensorData::new(nodes, [count]), device)
}

/// The cross entropy of links and of other pairs.
fn link_loss(model: &NodeModel, points: &Tensor<2>, positive: Pairs, negative: Pairs) -> Tensor<1> {
    let logits = |pairs: Pairs| model.link_logits(points, pairs.from, pairs.to);
    link_prediction_loss(logits(positive), logits(negative))
}
