//! What a run of `geom train` is going to do, decided before training starts.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use geom::core::Backend;
use geom::data::DataError;
use geom::data::graph::{self, GraphData, Location};
use geom::nn::layers::graph::NeighborWeightingConfig;
use geom::nn::models::ModelKind;
use geom::train::SettingConflict;
use geom::train::graph::{
    Batching, GraphCheckpoint, GraphSettings, GraphTask, GraphTrainError, TaskData, defaults,
    overridden,
};
use geom::train::storage;

use crate::args::{BatchArgument, CurvatureArgument, ModelArgument, TrainArguments};
use crate::error::CliError;
use crate::graph_run::{GraphDescription, GraphRun, device, load};

use super::ignored_flags::ignored_flags;

/// Everything decided before training starts.
pub(super) struct Plan {
    pub(super) folder: Folder,
    pub(super) description: GraphDescription,
    pub(super) data: TaskData,
    pub(super) settings: GraphSettings,
    pub(super) checkpoint: Option<GraphCheckpoint>,
    pub(super) device: Device,
    /// Flags that were given and change nothing.
    pub(super) ignored_flags: Vec<&'static str>,
}

/// A new run's folder is made only when training is about to start.
pub(super) enum Folder {
    Existing(GraphRun),
    New { path: Option<PathBuf>, stem: String },
}

/// What is trained where the command line does not say.
const DATASET: &str = "disease-lp";

/// One model with its settings, and the data as it sees them.
pub(super) struct Candidate {
    pub(super) data: TaskData,
    pub(super) settings: GraphSettings,
    pub(super) device: Device,
    pub(super) ignored_flags: Vec<&'static str>,
}

impl Candidate {
    pub(super) fn new(
        arguments: &TrainArguments,
        graph: &GraphData,
        model: ModelKind,
    ) -> Result<Self, CliError> {
        let dataset = dataset_of(arguments);
        let mut settings = defaults(model, graph.facts(), task_of(arguments, graph));
        if let Some(path) = &arguments.config {
            let text = storage::read_text(path)?;
            settings = overridden(settings, &path.display().to_string(), &text)?;
        }
        override_settings(&mut settings, arguments)?;
        settings.check()?;
        let mut data = prepared(graph, dataset, &settings)?;
        if let Some(path) = &arguments.pretrained {
            let (run, description) = GraphRun::open(path)?;
            data = data.with_embeddings_of(&run.trainer(&description)?)?;
        }
        Ok(Self {
            data,
            device: device(backend_of(arguments), settings.dtype)?,
            ignored_flags: ignored_flags(arguments, &settings, graph.split().is_some()),
            settings,
        })
    }
}

/// What is trained on.
pub(super) fn dataset_of(arguments: &TrainArguments) -> &str {
    arguments.dataset.as_deref().unwrap_or(DATASET)
}

/// What is asked.
pub(super) fn task_of(arguments: &TrainArguments, graph: &GraphData) -> GraphTask {
    let usual = graph.facts().usual_task;
    arguments.task.unwrap_or(usual)
}

fn backend_of(arguments: &TrainArguments) -> Backend {
    arguments.backend.unwrap_or(Backend::Flex)
}

/// The description of a new run.
pub(super) fn description_of(arguments: &TrainArguments) -> Result<GraphDescription, CliError> {
    let every = arguments.checkpoint_every.unwrap_or(100);
    check_every(every)?;
    let dataset = dataset_of(arguments);
    Ok(GraphDescription::new(dataset, backend_of(arguments), every))
}

/// How the folder of a new run begins.
pub(super) fn run_stem(model: &str, graph: &GraphData, task: GraphTask) -> String {
    format!("{model}-{}-{}", folder_stem(graph.name()), task.name())
}

impl Plan {
    pub(super) fn new(arguments: &TrainArguments, model: ModelKind) -> Result<Self, CliError> {
        let graph = load(dataset_of(arguments))?;
        let candidate = Candidate::new(arguments, &graph, model)?;
        let description = description_of(arguments)?;
        let Candidate {
            data,
            settings,
            device,
            ignored_flags,
        } = candidate;
        Ok(Self {
            folder: Folder::New {
                path: arguments.folder.out.clone(),
                stem: run_stem(model.name(), &graph, settings.task),
            },
            description,
            data,
            settings,
            checkpoint: None,
            device,
            ignored_flags,
        })
    }

    pub(super) fn resumed(arguments: &TrainArguments, path: &Path) -> Result<Self, CliError> {
        let (mut run, mut description) = GraphRun::open(path)?;
        run.lock()?;
        let checkpoint = run.checkpoint()?;
        let before = checkpoint.settings().clone();
        let mut settings = before.clone();
        let mut conflicts = Vec::new();
        let mut differs = |field: &str, run: String, now: String| {
            if run != now {
                let field = field.to_owned();
                conflicts.push(SettingConflict { field, run, now });
            }
        };
        match arguments.model {
            Some(ModelArgument::Kind(model)) => {
                differs("model", before.model.to_string(), model.to_string());
            }
            Some(ModelArgument::Auto) => differs("model", before.model.to_string(), "auto".into()),
            None => {}
        }
        if let Some(task) = arguments.task {
            differs(
                "task",
                before.task.name().to_owned(),
                task.name().to_owned(),
            );
        }
        if let Some(dataset) = &arguments.dataset {
            let moved = description.clone().with_dataset(Some(dataset));
            if graph::is_named(dataset) || graph::is_named(&description.dataset) {
                differs("dataset", description.dataset, moved.dataset.clone());
            }
            // A folder may have moved; what is in it decides.
            description = moved;
        }
        if let Some(backend) = arguments.backend {
            differs(
                "backend",
                description.backend.to_string(),
                backend.to_string(),
            );
        }
        override_settings(&mut settings, arguments)?;
        // More epochs and more patience go on with the same run; anything else is another.
        let mut same = settings.clone();
        same.epochs = before.epochs;
        same.patience = before.patience;
        conflicts.extend(before.conflicts(&same));
        CliError::check_conflicts(path, &conflicts)?;
        if settings.epochs < checkpoint.epochs() {
            return Err(CliError::Conflict {
                path: path.to_path_buf(),
                conflicts: vec![format!(
                    "--epochs is {}, and {} are done",
                    settings.epochs,
                    checkpoint.epochs()
                )],
            });
        }
        settings.check()?;
        if let Some(every) = arguments.checkpoint_every {
            check_every(every)?;
            description.checkpoint_every = every;
        }
        Ok(Self {
            data: run.data(&description, &settings)?,
            folder: Folder::Existing(run),
            device: device(description.backend, settings.dtype)?,
            description,
            settings,
            checkpoint: Some(checkpoint),
            // What differs from the run is refused, and what does not needs no remark.
            ignored_flags: Vec::new(),
        })
    }
}

/// The data of the task, or what is wrong with which.
fn prepared(
    graph: &GraphData,
    dataset: &str,
    settings: &GraphSettings,
) -> Result<TaskData, CliError> {
    TaskData::new(graph, settings).map_err(|error| match error {
        GraphTrainError::Data(problem) => {
            let place = Location::file(Path::new(dataset));
            DataError::Graph { place, problem }.into()
        }
        other => other.into(),
    })
}

/// A name that a folder can have.
fn folder_stem(dataset: &str) -> String {
    let fits = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    dataset.chars().map(fits).collect()
}

fn override_settings(
    settings: &mut GraphSettings,
    arguments: &TrainArguments,
) -> Result<(), CliError> {
    macro_rules! take {
        ($($field:ident),*) => {$(
            if let Some(value) = arguments.$field.clone() {
                settings.$field = value;
            }
        )*};
    }
    take!(
        manifold,
        dim,
        layers,
        heads,
        tangent_space,
        activation,
        dropout,
        weight_dropout,
        link_loss,
        weight_decay,
        lr,
        lr_decay,
        epochs,
        min_epochs,
        patience,
        seed,
        split_seed,
        protocol,
        use_features,
        normalize_features,
        decoder_radius,
        decoder_temperature,
        dtype
    );
    match arguments.curvature {
        Some(CurvatureArgument::Learn) => settings.learn_curvature = true,
        Some(CurvatureArgument::Fixed(c)) => {
            settings.curvature = c;
            settings.learn_curvature = false;
        }
        None => {}
    }
    if let Some(every) = arguments.lr_decay_every {
        settings.lr_decay_every = NonZeroUsize::new(every);
    }
    if let Some(norm) = arguments.gradient_clipping {
        settings.gradient_clipping = (norm != 0.0).then_some(norm);
    }
    if let Some(neighbors) = arguments.neighbors {
        settings.neighbors = neighbors;
    }
    if arguments.attention {
        settings.neighbors = NeighborWeightingConfig::Attention;
    }
    if arguments.no_features {
        settings.use_features = false;
    }
    match &arguments.batch {
        Some(BatchArgument::Full) => settings.batching = Batching::Full,
        Some(BatchArgument::Neighbor(fanouts)) => {
            settings.batching = Batching::Neighbors {
                size: arguments.batch_size.unwrap_or(1024),
                fanouts: fanouts.clone(),
            };
            // What was tuned on whole graphs gives way, where nothing else is asked for.
            if arguments.layers.is_none() {
                settings.layers = fanouts.len();
            }
            if arguments.link_loss.is_none() {
                settings.link_loss = 0.0;
            }
        }
        None => {}
    }
    if settings.model.is_flat() && !settings.manifold.is_euclidean() {
        return Err(CliError::usage(
            format!(
                "--model {} is flat: there is no {}",
                settings.model, settings.manifold
            ),
            "use --model hgcn or hnn, or leave --manifold out",
        ));
    }
    Ok(())
}

fn check_every(every: usize) -> Result<(), CliError> {
    if every == 0 {
        return Err(CliError::usage(
            "--checkpoint-every = 0 is out of range: at least 1",
            "the run always ends with one",
        ));
    }
    Ok(())
}
