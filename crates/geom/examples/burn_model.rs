//! A model on three kinds of space in Burn's own training loop: its `Learner`, data loaders,
//! learning rate schedules, checkpoints, metrics and terminal interface.
//!
//! The task: to which group does a mammal of WordNet belong? A pug is a dog and a canine, so it is a
//! carnivore; the model sees "dog, canine". Each ancestor is a point of a Poincaré ball with a
//! learnable curvature. A mammal is the mean of its ancestors in tangent coordinates, a `Linear`
//! turns it into a direction, and the group is the nearest of ten directions on a sphere.
//!
//! ```text
//! cargo run --release --example burn_model               # q, then s, stops it
//! cargo run --release --example burn_model -- --plain    # without the interface; Ctrl-C stops it
//! cargo run --release --example burn_model -- --resume 10
//! ```
//!
//! Expected, in a second or two: 209 of the 210 mammals held out are put in the right group; the
//! largest group has 72 of them. Every epoch is saved. A run resumed from any of them ends with the
//! very bits of a run that went through.

#[path = "burn_model/data.rs"]
pub(crate) mod data;
#[path = "burn_model/options.rs"]
pub(crate) mod options;
#[path = "burn_model/plain.rs"]
mod plain;

use std::error::Error;
use std::fs;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::data::dataloader::DataLoaderBuilder;
use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::InMemDataset;
use burn::module::{Module, Param, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::lr_scheduler::exponential::ExponentialLrSchedulerConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrSchedulerConfig;
use burn::tensor::{Device, Distribution, Tensor};
use burn::train::checkpoint::{CheckpointingAction, CheckpointingStrategy};
use burn::train::metric::store::EventStoreClient;
use burn::train::metric::{AccuracyMetric, LearningRateMetric, LossMetric};
use burn::train::renderer::MetricsRenderer;
use burn::train::renderer::tui::TuiMetricsRendererWrapper;
use burn::train::{
    ClassificationOutput, InferenceStep, Interrupter, Learner, SupervisedTraining, TrainOutput,
    TrainStep,
};
use data::{After, Batch, Batches, GROUPS, Mammal, Mammals};
use geom::prelude::*;
use options::{Options, USAGE};
use plain::PlainRenderer;

/// Of the ball, and of the space around the sphere.
const DIM: usize = 5;
const BATCH: usize = 32;
const SEED: u64 = 0;

/// Learning rates at the first step. A step of Adam is about that long, whatever the gradient, and
/// the points of the ball have the longer way.
const RATE: f64 = 0.005;
const RATE_OF_POINTS: f64 = 0.02;
/// What a step leaves of the rates: half in ten epochs. It does not depend on the number of epochs,
/// so that a finished run can be prolonged.
const DECAY: f64 = 0.9975;

#[derive(Module, Debug)]
pub(crate) struct GroupModel {
    /// `[ancestors, DIM]`, on a ball whose curvature is a parameter of the model.
    pub(crate) ancestors: ManifoldParam<2, PoincareBall>,
    pub(crate) linear: Linear,
    /// `[groups, DIM]`, of length 1.
    pub(crate) groups: ManifoldParam<2, Sphere>,
    /// The logarithm of the factor between a cosine and a logit.
    log_scale: Param<Tensor<1>>,
}

impl GroupModel {
    pub(crate) fn new(ancestors: usize, device: &Device) -> Self {
        let ball = PoincareBall::learnable(1.0, device);
        let sphere = Sphere::new();
        let points = PoincareBall::new(1.0).random_normal([ancestors, DIM], 0.1, device);
        let directions =
            Tensor::random([GROUPS.len(), DIM], Distribution::Normal(0.0, 1.0), device);
        Self {
            ancestors: ManifoldParam::new(points, ball),
            linear: LinearConfig::new(DIM, DIM).init(device),
            groups: ManifoldParam::new(sphere.project(directions), sphere),
            log_scale: Param::from_tensor(Tensor::from_floats([10f32.ln()], device)),
        }
    }

    /// Rows of means `[batch, ancestors]` to logits `[batch, groups]`.
    pub(crate) fn forward(&self, means: Tensor<2>) -> Tensor<2> {
        let ball = self.ancestors.manifold();
        let mammals = means.matmul(ball.log0(self.ancestors.val()));
        let directions = self.groups.manifold().project(self.linear.forward(mammals));
        let cosines = directions.matmul(self.groups.val().transpose());
        cosines * self.log_scale.val().exp().unsqueeze()
    }

    fn classify(&self, batch: Batch) -> ClassificationOutput {
        let logits = self.forward(batch.means);
        let cross_entropy = CrossEntropyLossConfig::new().init(&logits.device());
        let loss = cross_entropy.forward(logits.clone(), batch.groups.clone());
        ClassificationOutput::new(loss, logits, batch.groups)
    }

    /// Whether every point is still on its manifold.
    pub(crate) fn check(&self) -> Result<(), Box<dyn Error>> {
        self.ancestors
            .manifold()
            .check_point(self.ancestors.val())?;
        self.groups.manifold().check_point(self.groups.val())?;
        Ok(())
    }
}

impl TrainStep for GroupModel {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let output = self.classify(batch);
        TrainOutput::new(self, output.loss.backward(), output)
    }
}

impl InferenceStep for GroupModel {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// Saves every epoch, so that any can be resumed, and remembers the last.
#[derive(Clone)]
pub(crate) struct EveryEpoch {
    last: Arc<AtomicUsize>,
}

impl EveryEpoch {
    pub(crate) fn after(epoch: usize) -> Self {
        let last = Arc::new(AtomicUsize::new(epoch));
        Self { last }
    }
}

impl CheckpointingStrategy for EveryEpoch {
    fn checkpointing(&mut self, epoch: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        self.last.store(epoch, Ordering::Relaxed);
        vec![CheckpointingAction::Save]
    }
}

/// Model, optimizer and learning rates at their start.
pub(crate) fn learner(mammals: &Mammals, device: &Device) -> Result<Learner<GroupModel>, String> {
    device.seed(SEED);
    let model = GroupModel::new(mammals.ancestors.len(), device);
    let optimizer = RiemannianAdamConfig::new().init();
    let falling = |rate| ExponentialLrSchedulerConfig::new(rate, DECAY);
    // The points alone: the curvature is at `ancestors.manifold`.
    let points = ParamGroup::from_path("ancestors.value");
    let rates = ModuleLrSchedulerConfig::new(falling(RATE).into())
        .with_group(points, falling(RATE_OF_POINTS))
        .init()?;
    Ok(Learner::new(model, optimizer, rates))
}

/// Burn's training loop over the mammals, to be launched with a [`learner`].
pub(crate) fn training(
    options: &Options,
    mammals: &Mammals,
    interrupter: Interrupter,
) -> SupervisedTraining<GroupModel> {
    let loader = || {
        let ancestors = mammals.ancestors.len();
        DataLoaderBuilder::new(Batches { ancestors }).batch_size(BATCH)
    };
    let shuffled = After {
        epochs: options.resume.unwrap_or(0),
        loader: loader()
            .shuffle(SEED)
            .build(InMemDataset::new(mammals.training.clone())),
    };
    let held_out = loader().build(InMemDataset::new(mammals.held_out.clone()));
    let mut training = SupervisedTraining::new(&options.artifacts, Arc::new(shuffled), held_out)
        .num_epochs(options.epochs)
        .metrics((LossMetric::new(), AccuracyMetric::new()))
        .metric_train_numeric(LearningRateMetric::new())
        .with_default_checkpointers()
        .summary();
    if let Some(epoch) = options.resume {
        training = training.checkpoint(epoch);
    }
    let renderer: Box<dyn MetricsRenderer> = if options.plain || !std::io::stdout().is_terminal() {
        Box::new(PlainRenderer::default())
    } else {
        // Stays after the end, until `x` and `q`. Burn's default closes it, and this run is short.
        Box::new(TuiMetricsRendererWrapper::new(interrupter.clone(), options.resume).persistent())
    };
    training.renderer(renderer).with_interrupter(interrupter)
}

/// The model, and the last epoch that was finished and saved.
pub(crate) fn train(
    options: &Options,
    mammals: &Mammals,
    interrupter: Interrupter,
) -> Result<(GroupModel, usize), Box<dyn Error>> {
    fs::create_dir_all(&options.artifacts)
        .map_err(|error| format!("no folder {}: {error}", options.artifacts.display()))?;
    let saved = EveryEpoch::after(options.resume.unwrap_or(0));
    let result = training(options, mammals, interrupter)
        .with_checkpointing_strategy(saved.clone())
        .launch(learner(mammals, &Device::default().autodiff())?);
    if let Some(error) = result.error {
        return Err(error.to_string().into());
    }
    Ok((result.model, saved.last.load(Ordering::Relaxed)))
}

/// The mammals held out that the model puts in a wrong group, and that group.
pub(crate) fn mistakes<'a>(
    model: &GroupModel,
    mammals: &'a Mammals,
) -> Vec<(&'a Mammal, &'static str)> {
    let held_out = &mammals.held_out;
    let ancestors = mammals.ancestors.len();
    let batch = Batches { ancestors }.batch(held_out.clone(), &Device::default());
    let answers: Vec<_> = model
        .forward(batch.means)
        .argmax(1)
        .into_data()
        .iter::<i64>()
        .collect();
    held_out
        .iter()
        .zip(answers.into_iter().map(|answer| answer as usize))
        .filter(|&(mammal, answer)| mammal.group != answer)
        .map(|(mammal, answer)| (mammal, GROUPS[answer]))
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    let options = Options::parse(std::env::args().skip(1)).unwrap_or_else(|problem| {
        eprintln!("error: {problem}\nhint: --help lists the arguments");
        std::process::exit(2)
    });
    let mammals = Mammals::new(&geom::data::mammals());
    let interrupter = Interrupter::new();
    let stop = interrupter.clone();
    ctrlc::set_handler(move || stop.stop(Some("Ctrl-C")))?;

    let (model, epoch) = train(&options, &mammals, interrupter)?;
    model.check()?;
    let curvature = model.ancestors.manifold().curvature().value();
    println!("every point is on its manifold; the curvature of the ball is -{curvature:.3}");
    let wrong = mistakes(&model, &mammals);
    println!(
        "{} of {} mammals held out are in a wrong group",
        wrong.len(),
        mammals.held_out.len()
    );
    for (mammal, answer) in wrong {
        println!(
            "  {} in {answer}, not {}",
            mammal.name, GROUPS[mammal.group]
        );
    }
    match epoch {
        0 => println!("stopped before an epoch was saved"),
        epoch if epoch < options.epochs => println!("stopped; --resume {epoch} goes on"),
        _ => {}
    }
    Ok(())
}
