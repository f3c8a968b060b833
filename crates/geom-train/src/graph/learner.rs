//! The part of a run that learns: a model, its optimizer, and what it sees in training.

use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use geom_core::numerics::to_vec_f64;
use rand_chacha::ChaCha8Rng;

use super::batches::Batches;
use super::data::Inputs;
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::objective::Objective;
use super::optimizer::optimizer;
use super::settings::{Batching, GraphSettings};
use crate::storage::failpoint;

/// A model that takes steps down a loss.
pub(super) struct Learner {
    model: NodeModel,
    optimizer: ModuleOptimizer,
    /// On the device that tracks gradients.
    inputs: Inputs,
    /// None if every step is on the whole graph.
    batches: Option<Batches>,
}

impl Learner {
    /// A learner at its beginning; `inputs` are those on the device itself.
    pub(super) fn new(
        model: NodeModel,
        settings: &GraphSettings,
        inputs: &Inputs,
        device: &Device,
    ) -> Self {
        let inputs = Inputs {
            features: inputs.features.clone().autodiff(),
            graph: inputs.graph.clone().autodiff(),
        };
        let tracked = device.clone().autodiff();
        let batches = match &settings.batching {
            Batching::Full => None,
            Batching::Neighbors { size, fanouts } => {
                let dtype = settings.dtype.dtype();
                Some(Batches::new(&inputs, (*size, fanouts), dtype, tracked))
            }
        };
        Self {
            optimizer: optimizer(settings, &model),
            model,
            batches,
            inputs,
        }
    }

    pub(super) fn model(&self) -> &NodeModel {
        &self.model
    }

    pub(super) fn optimizer(&self) -> &ModuleOptimizer {
        &self.optimizer
    }

    /// The same with the optimizer's state replaced by what `load` makes of it.
    pub(super) fn with_optimizer<E>(
        self,
        load: impl FnOnce(ModuleOptimizer) -> Result<ModuleOptimizer, E>,
    ) -> Result<Self, E> {
        let optimizer = load(self.optimizer)?;
        Ok(Self { optimizer, ..self })
    }

    /// One step on the whole graph, or one on each batch; returns the mean loss.
    pub(super) fn epoch(
        &mut self,
        epoch: usize,
        objective: &Objective,
        settings: &GraphSettings,
        rng: &mut ChaCha8Rng,
    ) -> Result<f64, GraphTrainError> {
        let Self {
            model,
            optimizer,
            inputs,
            batches,
        } = self;
        let mut descend = Descent {
            epoch,
            rate: rate(settings, epoch),
            optimizer,
        };
        let Some(batches) = batches else {
            let loss = objective.loss(model, inputs, rng);
            return descend.step(model, loss);
        };
        let mut sampler = batches.sampler(inputs);
        let (mut sum, mut steps) = (0.0, 0usize);
        match objective {
            Objective::Classes(classes) => {
                for nodes in classes.shuffled(rng).chunks(batches.size()) {
                    let loss = classes.sampled_loss(nodes, model, &mut sampler, rng)?;
                    sum += descend.step(model, loss)?;
                    steps += 1;
                }
            }
            Objective::Links(links) => {
                for pairs in links.shuffled(rng).chunks(batches.size()) {
                    let loss = links.sampled_loss(pairs, model, &mut sampler, rng)?;
                    sum += descend.step(model, loss)?;
                    steps += 1;
                }
            }
        }
        Ok(sum / steps as f64)
    }
}

/// The steps of one epoch.
struct Descent<'a> {
    epoch: usize,
    rate: f64,
    optimizer: &'a mut ModuleOptimizer,
}

impl Descent<'_> {
    /// A step of `model` down the gradient of `loss`; returns the loss.
    fn step(&mut self, model: &mut NodeModel, loss: Tensor<1>) -> Result<f64, GraphTrainError> {
        failpoint::reach("epoch/step");
        let value = to_vec_f64(loss.clone().inner())[0];
        if !value.is_finite() {
            let epoch = self.epoch;
            return Err(GraphTrainError::NonFiniteLoss { epoch, loss: value });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), model);
        *model = self.optimizer.step(self.rate, model.clone(), gradients);
        Ok(value)
    }
}

/// The learning rate of an epoch, from 1.
fn rate(settings: &GraphSettings, epoch: usize) -> f64 {
    match settings.lr_decay_every {
        Some(every) => settings.lr * settings.lr_decay.powi(((epoch - 1) / every) as i32),
        None => settings.lr,
    }
}
