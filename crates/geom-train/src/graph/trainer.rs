//! Going through the epochs.

use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_nn::losses::{cross_entropy_loss, link_prediction_loss};
use geom_nn::sparse::Graph;
use geom_optim::RiemannianAdamConfig;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::batches::{Batches, Sampled, distinct};
use super::data::{Inputs, Targets, TaskData};
use super::error::GraphTrainError;
use super::model::NodeModel;
use super::scores::Scores;
use super::settings::GraphSettings;

/// Adam's stabiliser, that of the usual implementations; Burn's is 1e-5.
const EPSILON: f32 = 1e-8;

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
    settings: GraphSettings,
    data: TaskData,
    /// On the device that tracks gradients.
    training: Inputs,
    /// On the device itself.
    plain: Inputs,
    /// The pairs and labels that are asked every epoch, on the device.
    asked: Asked,
    device: Device,
    pub(super) model: NodeModel,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) epochs: usize,
    pub(super) seconds: f64,
    pub(super) best: Option<Best>,
}

/// What is asked, on the device.
// One of them in a run: its size does not matter.
#[allow(clippy::large_enum_variant)]
enum Asked {
    Classes {
        train: Tensor<1, Int>,
        labels: Tensor<1, Int>,
    },
    Links {
        positive: Pairs,
        val: [Pairs; 2],
        test: [Pairs; 2],
    },
}

/// Pairs of nodes on a device.
#[derive(Clone)]
struct Pairs {
    from: Tensor<1, Int>,
    to: Tensor<1, Int>,
}

impl Pairs {
    fn new(pairs: &[[u32; 2]], device: &Device) -> Self {
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
        let asked = match data.targets() {
            Targets::Classes { labels, split, .. } => {
                let of_train: Vec<u32> = split.train.iter().map(|&v| labels[v as usize]).collect();
                Asked::Classes {
                    train: indices(&split.train, &tracked),
                    labels: indices(&of_train, &tracked),
                }
            }
            Targets::Links(split) => Asked::Links {
                positive: Pairs::new(split.train_pos(), &tracked),
                val: [split.val_pos(), split.val_neg()].map(|pairs| Pairs::new(pairs, device)),
                test: [split.test_pos(), split.test_neg()].map(|pairs| Pairs::new(pairs, device)),
            },
        };
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

    /// One step on the whole graph, or one on each batch; returns the mean loss.
    fn step(&mut self, epoch: usize, rng: &mut ChaCha8Rng) -> Result<f64, GraphTrainError> {
        if self.settings.batch > 0 {
            return self.sampled_steps(epoch, rng);
        }
        let Inputs { features, graph } = &self.training;
        let loss = match (&self.asked, self.data.targets()) {
            (Asked::Classes { train, labels }, _) => {
                let logits = self.model.classes(features, graph);
                cross_entropy_loss(logits, Some(train.clone()), labels.clone(), None)
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

    /// The scores of a model on the validation and on the test part, and its validation loss.
    fn evaluate(
        &self,
        model: &NodeModel,
    ) -> Result<(Scores, Scores, f64), geom_nn::metrics::MetricError> {
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

    /// The graph that the model sees.
    pub fn graph(&self) -> &Graph {
        &self.plain.graph
    }

    /// How many numbers the model has.
    pub fn parameters(&self) -> usize {
        self.model.num_params()
    }
}

/// The cross entropy of links and of other pairs.
fn link_loss(model: &NodeModel, points: &Tensor<2>, positive: Pairs, negative: Pairs) -> Tensor<1> {
    let logits = |pairs: Pairs| model.link_logits(points, pairs.from, pairs.to);
    link_prediction_loss(logits(positive), logits(negative))
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

/// Adam with weight decay on all but the curvatures.
fn optimizer(settings: &GraphSettings) -> ModuleOptimizer {
    let clipping =
        || (settings.clip > 0.0).then_some(GradientClippingConfig::Norm(settings.clip as f32));
    let plain = RiemannianAdamConfig::new().with_epsilon(EPSILON);
    let decay = (settings.weight_decay > 0.0).then_some(WeightDecayConfig {
        penalty: settings.weight_decay as f32,
    });
    let whole = plain
        .clone()
        .with_weight_decay(decay)
        .with_grad_clipping(clipping())
        .init();
    if settings.learn_curvature {
        // A penalty would pull the curvature to a value of its own.
        whole.with_group(
            ParamGroup::from_predicate("curvature"),
            plain.build(),
            clipping().as_ref().map(GradientClippingConfig::init),
        )
    } else {
        whole
    }
}

/// The model in the number format of the settings.
fn cast(model: NodeModel, format: crate::embedding::Format) -> NodeModel {
    struct Cast(burn::tensor::DType);
    impl burn::module::ModuleMapper for Cast {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            let dtype = self.0;
            param.map(|tensor| {
                let tracked = tensor.is_require_grad();
                tensor.cast(dtype).detach().set_require_grad(tracked)
            })
        }
    }
    model.map(&mut Cast(format.dtype()))
}
