//! Going through the epochs.

use std::fmt;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use geom_core::numerics::to_vec_f64;
use geom_data::graph::SparseRows;
use geom_nn::random::Generator;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::best::Best;
use super::checkpoint::{GraphCheckpoint, Restored};
use super::data::{Inputs, TaskData};
use super::error::GraphTrainError;
use super::learner::Learner;
use super::model::NodeModel;
use super::objective::{Evaluation, Objective};
use super::optimizer::cast;
use super::scores::Scores;
use super::settings::GraphSettings;
use super::snapshot::{GraphSnapshot, SharedData};
use crate::storage::failpoint;

/// What one epoch brought.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphEpoch {
    /// Its number, from 1.
    pub epoch: usize,
    /// The training loss.
    pub loss: f64,
    /// The scores on the validation part.
    pub val: Scores,
    /// Seconds for training and evaluation.
    pub seconds: f64,
}

/// A training run of a graph network.
///
/// Dropout and negatives are drawn from streams keyed by seed and epoch, so that the seed and the
/// number of epochs done are the whole state of the random numbers.
///
/// Weights and masks of dropout come from a generator that the seed begins and that every epoch begins
/// anew: whatever else draws random numbers, on the same device too, a run stays the same.
pub struct GraphTrainer {
    settings: GraphSettings,
    data: SharedData,
    /// What the model sees, on the device itself.
    inputs: Inputs,
    objective: Objective,
    learner: Learner,
    epochs: usize,
    seconds: f64,
    best: Option<Best>,
}

impl fmt::Debug for GraphTrainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphTrainer")
            .field("settings", &self.settings)
            .field("data", &self.data.name())
            .field("epochs", &self.epochs)
            .field("seconds", &self.seconds)
            .field("best", &self.best.as_ref().map(|best| best.epoch))
            .finish_non_exhaustive()
    }
}

impl GraphTrainer {
    /// A run at its beginning.
    ///
    /// # Errors
    /// [`GraphTrainError`] for settings out of range, or an unsupported space or graph.
    pub fn new(
        data: TaskData,
        settings: GraphSettings,
        device: &Device,
    ) -> Result<Self, GraphTrainError> {
        settings.check()?;
        let model = fresh_model(&data, &settings, device)?;
        Self::with_model(data, settings, device, model)
    }

    /// A run that goes on where the checkpoint was made, under the given settings, which may have
    /// more epochs and patience. Features from an earlier run are in the checkpoint.
    ///
    /// # Errors
    /// [`GraphTrainError::OtherData`] if the data is not that of the checkpoint,
    /// [`GraphTrainError::Record`] if a record does not fit the settings, and those of
    /// [`new`](Self::new).
    pub fn resume(
        data: TaskData,
        settings: GraphSettings,
        checkpoint: GraphCheckpoint,
        device: &Device,
    ) -> Result<Self, GraphTrainError> {
        settings.check()?;
        let data = checkpoint.data_with_embeddings(data)?;
        let Restored {
            model,
            optimizer,
            best,
            epochs,
            seconds,
        } = checkpoint.restore(fresh_model(&data, &settings, device)?)?;
        let trainer = Self::with_model(data, settings, device, model)?;
        Ok(Self {
            learner: trainer.learner.with_optimizer(optimizer)?,
            best,
            epochs,
            seconds,
            ..trainer
        })
    }

    fn with_model(
        data: TaskData,
        settings: GraphSettings,
        device: &Device,
        model: NodeModel,
    ) -> Result<Self, GraphTrainError> {
        let inputs = data.inputs(settings.dtype, device)?;
        Ok(Self {
            objective: Objective::new(&data, &settings, device),
            learner: Learner::new(model, &settings, &inputs, device),
            inputs,
            settings,
            data: SharedData::new(data),
            epochs: 0,
            seconds: 0.0,
            best: None,
        })
    }

    /// The state now, to be saved now.
    ///
    /// # Errors
    /// [`GraphTrainError::Record`] if Burn cannot write a record.
    pub fn checkpoint(&self) -> Result<GraphCheckpoint, GraphTrainError> {
        self.snapshot().checkpoint()
    }

    /// The state now, to be saved perhaps later, while the run goes on.
    pub fn snapshot(&self) -> GraphSnapshot {
        GraphSnapshot {
            settings: self.settings.clone(),
            data: self.data.clone(),
            model: self.learner.model().clone(),
            optimizer: self.learner.optimizer().clone(),
            best: self.best.clone(),
            epochs: self.epochs,
            seconds: self.seconds,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &GraphSettings {
        &self.settings
    }

    /// The data.
    pub fn data(&self) -> &TaskData {
        &self.data
    }

    /// The model as it is now, on the device that tracks gradients.
    pub fn model(&self) -> &NodeModel {
        self.learner.model()
    }

    /// What the model sees, on the device itself.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Seconds spent on them.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// Whether all epochs are done, or patience has run out.
    pub fn is_finished(&self) -> bool {
        let best = self.best.as_ref().map_or(0, |best| best.epoch);
        self.epochs >= self.settings.epochs
            || (self.epochs >= self.settings.min_epochs
                && self.epochs - best >= self.settings.patience)
    }

    /// One epoch: a step on the whole graph or one on each batch, and an evaluation.
    ///
    /// # Errors
    /// [`GraphTrainError::NonFiniteLoss`] if a loss, [`GraphTrainError::Diverged`] if a score is not
    /// a number any more.
    pub fn epoch(&mut self) -> Result<GraphEpoch, GraphTrainError> {
        let start = Instant::now();
        let epoch = self.epochs + 1;
        // A stream of its own for every epoch.
        let key = self.settings.seed ^ (epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rng = ChaCha8Rng::seed_from_u64(key);
        let learner = &mut self.learner;
        let loss = Generator::seed(key)
            .scope(|| learner.epoch(epoch, &self.objective, &self.settings, &mut rng))?;
        let model = self.learner.model().valid();
        failpoint::reach("epoch/evaluation");
        let Evaluation {
            val,
            test,
            val_loss,
        } = self
            .objective
            .evaluate(&model, &self.inputs)
            .map_err(|source| GraphTrainError::Diverged { epoch, source })?;
        self.epochs = epoch;
        let improves = self.best.as_ref().is_none_or(|best| {
            let (now, before) = (val.selection(), best.val.selection());
            now > before || (now == before && val_loss < best.loss)
        });
        if improves {
            self.best = Some(Best {
                epoch,
                val,
                test,
                loss: val_loss,
                model,
            });
        }
        let seconds = start.elapsed().as_secs_f64();
        self.seconds += seconds;
        Ok(GraphEpoch {
            epoch,
            loss,
            val,
            seconds,
        })
    }

    /// The scores of a model, on the device itself, on the validation and on the test part.
    ///
    /// # Errors
    /// [`GraphTrainError::Diverged`] if a score is not a number.
    pub fn scores(&self, model: &NodeModel) -> Result<(Scores, Scores), GraphTrainError> {
        let epoch = self.epochs;
        match self.objective.evaluate(model, &self.inputs) {
            Ok(Evaluation { val, test, .. }) => Ok((val, test)),
            Err(source) => Err(GraphTrainError::Diverged { epoch, source }),
        }
    }

    /// What the best model makes of every node: the coordinates at the origin of its point or, of a
    /// model that ends in classes, its logits. None before the first epoch.
    ///
    /// # Errors
    /// [`GraphTrainError::Data`] if one is not finite.
    pub fn embeddings(&self) -> Result<Option<SparseRows>, GraphTrainError> {
        let Some(best) = self.best() else {
            return Ok(None);
        };
        let Inputs { features, graph } = &self.inputs;
        let coordinates = best.model.encoder.forward_tangent(features, graph);
        let [_, width] = coordinates.dims();
        let values = to_vec_f64(coordinates).into_iter();
        let rows = SparseRows::from_dense(width, values.map(|value| value as f32))?;
        Ok(Some(rows))
    }

    /// How many numbers the model has.
    pub fn parameters(&self) -> usize {
        self.model().num_params()
    }
}

/// The model at its beginning, on the device that tracks gradients.
fn fresh_model(
    data: &TaskData,
    settings: &GraphSettings,
    device: &Device,
) -> Result<NodeModel, GraphTrainError> {
    let classes = data.classes();
    let encoder = settings.encoder(data.nodes(), data.width(), classes);
    let tracked = device.clone().autodiff();
    let model = Generator::seed(settings.seed)
        .scope(|| NodeModel::new(settings, &encoder, classes, &tracked))?;
    Ok(cast(model, settings.dtype))
}
