//! Going through the epochs.

use std::time::Instant;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use geom_nn::sparse::Graph;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::data::{Inputs, TaskData};
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::optimizer::{cast, optimizer};
use super::scores::Scores;
use super::settings::GraphSettings;

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

/// The best epoch so far, by the validation score.
#[derive(Clone, Debug)]
pub struct Best {
    /// Its number.
    pub epoch: usize,
    /// Its scores on the validation part.
    pub val: Scores,
    /// Its scores on the test part.
    pub test: Scores,
    /// Its validation loss, which decides between equal scores.
    pub loss: f64,
    /// The model, as it was.
    pub model: NodeModel,
}

/// A training run of a graph network.
///
/// Dropout and negatives are drawn from streams keyed by seed and epoch, so that the seed and the
/// number of epochs done are the whole state of the random numbers. Burn's generator belongs to the
/// device: two runs at a time on one device disturb each other's dropout.
pub struct GraphTrainer {
    pub(super) settings: GraphSettings,
    pub(super) data: TaskData,
    /// On the device that tracks gradients.
    pub(super) training: Inputs,
    /// On the device itself.
    pub(super) plain: Inputs,
    /// The pairs and labels that are asked every epoch, on the device.
    pub(super) asked: Asked,
    pub(super) device: Device,
    pub(super) model: NodeModel,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) epochs: usize,
    pub(super) seconds: f64,
    pub(super) best: Option<Best>,
}

impl GraphTrainer {
    /// A run at its beginning.
    ///
    /// # Errors
    /// [`GraphTrainError`] for settings out of range, or a space or graph that cannot be had.
    pub fn new(
        data: TaskData,
        settings: GraphSettings,
        device: &Device,
    ) -> Result<Self, GraphTrainError> {
        settings.validate()?;
        let tracked = device.clone().autodiff();
        let plain = data.inputs(settings.dtype, device)?;
        let training = Inputs {
            features: plain.features.clone().autodiff(),
            graph: plain.graph.clone().autodiff(),
        };
        let asked = Asked::new(&data, &settings, device);
        device.seed(settings.seed);
        let classes = data.classes();
        let encoder = settings.encoder(data.nodes(), data.width(), classes);
        let model = NodeModel::new(&settings, &encoder, classes, &tracked)?;
        let model = cast(model, settings.dtype);
        Ok(Self {
            optimizer: optimizer(&settings),
            settings,
            data,
            training,
            plain,
            asked,
            device: device.clone(),
            model,
            epochs: 0,
            seconds: 0.0,
            best: None,
        })
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
        &self.model
    }

    /// What the model sees, on the device itself.
    pub fn inputs(&self) -> &Inputs {
        &self.plain
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

    /// One epoch: a step, and an evaluation.
    ///
    /// # Errors
    /// [`GraphTrainError::Diverged`] if a score is not a number any more.
    pub fn epoch(&mut self) -> Result<GraphEpoch, GraphTrainError> {
        let start = Instant::now();
        let epoch = self.epochs + 1;
        // A stream of its own for every epoch.
        let key = self.settings.seed ^ (epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.device.seed(key);
        let mut rng = ChaCha8Rng::seed_from_u64(key);
        let loss = self.step(epoch, &mut rng)?;
        let (val, test, val_loss) = self
            .evaluate(&self.model.valid())
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
                model: self.model.valid(),
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
        match self.evaluate(model) {
            Ok((val, test, _)) => Ok((val, test)),
            Err(source) => Err(GraphTrainError::Diverged { epoch, source }),
        }
    }

    /// The graph that the model sees.
    pub fn graph(&self) -> &Graph {
        &self.plain.graph
    }

    /// How many numbers the model has.
    pub fn parameters(&self) -> usize {
        self.model.num_params()
    }
}
