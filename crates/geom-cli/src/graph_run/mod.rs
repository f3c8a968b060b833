//! The folder of a run of `geom train`: what it was asked, its checkpoint, its log, its result.

mod place;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device};
use geom::core::Backend;
use geom::data::graph::{self, GraphData};
use geom::data::sources::Sources;
use geom::train::Format;
use geom::train::graph::{
    GraphCheckpoint, GraphEpoch, GraphSettings, GraphTrainError, GraphTrainer, KeptData, NodeModel,
    TaskData,
};
use geom::train::storage::{self, StorageError};
use serde::{Deserialize, Serialize};

use place::{Place, load_with};

use crate::claim::{Lock, claim};
use crate::error::{CliError, io_kind};
use crate::numbers::counted;
use crate::origin::Origin;

/// The version of `graph.json`.
const VERSION: u32 = 1;
const DESCRIPTION: &str = "graph.json";

/// The description of a run that its checkpoint does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GraphDescription {
    version: u32,
    /// A name, or the absolute path of a folder.
    pub(crate) dataset: String,
    pub(crate) backend: Backend,
    pub(crate) checkpoint_every: usize,
    /// What began the run; earlier versions did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
    #[serde(flatten)]
    place: Place,
}

impl GraphDescription {
    pub(crate) fn new(dataset: &str, backend: Backend, checkpoint_every: usize) -> Self {
        // A folder is found again from wherever the run is resumed.
        let path = Path::new(dataset);
        let dataset = match path.canonicalize() {
            Ok(path) if !graph::is_named(dataset) => path.display().to_string(),
            _ => dataset.to_owned(),
        };
        Self {
            version: VERSION,
            dataset,
            backend,
            checkpoint_every,
            origin: Some(Origin::now()),
            place: Place::default(),
        }
    }

    /// The same, of data that are elsewhere now; whether they are the same data is seen when they are read.
    pub(crate) fn with_dataset(mut self, dataset: Option<&str>) -> Self {
        if let Some(dataset) = dataset {
            self.dataset = Self::new(dataset, self.backend, self.checkpoint_every).dataset;
        }
        self
    }
}

/// A folder that holds a run of a graph network.
#[derive(Clone, Debug)]
pub(crate) struct GraphRun {
    path: PathBuf,
    /// Held while it is trained.
    lock: Option<Lock>,
}

impl GraphRun {
    /// Whether `path` holds a run of this kind.
    pub(crate) fn is_at(path: &Path) -> bool {
        path.join(DESCRIPTION).exists()
    }

    /// Claims the folder `path`, or the first `runs/stem-N` that does not exist yet.
    pub(crate) fn create(
        path: Option<PathBuf>,
        stem: &str,
        description: &GraphDescription,
    ) -> Result<Self, CliError> {
        let (path, lock) = claim(path, stem)?;
        let run = Self {
            path,
            lock: Some(lock),
        };
        let description = GraphDescription {
            place: Place::new(&description.dataset, &run.path),
            ..description.clone()
        };
        run.write_json(DESCRIPTION, &description)?;
        Ok(run)
    }

    /// Keeps other programs from training this run, until this one ends.
    pub(crate) fn lock(&mut self) -> Result<(), CliError> {
        self.lock = Some(Lock::take(&self.path)?);
        storage::remove_partial(&self.path);
        Ok(())
    }

    /// Opens a folder that holds a run.
    pub(crate) fn open(path: &Path) -> Result<(Self, GraphDescription), CliError> {
        let run = Self {
            path: path.to_path_buf(),
            lock: None,
        };
        let file = run.path.join(DESCRIPTION);
        let bytes = storage::read(&file).map_err(|error| match io_kind(&error) {
            Some(ErrorKind::NotFound | ErrorKind::NotADirectory)
                if path.join("run.json").exists() =>
            {
                CliError::usage(
                    format!(
                        "{} is a run of geom embed, not of geom train",
                        path.display()
                    ),
                    format!(
                        "name a run of geom train; geom embed --resume {} goes on with this one",
                        path.display()
                    ),
                )
            }
            Some(ErrorKind::NotFound | ErrorKind::NotADirectory) => CliError::NoRun {
                path: path.to_path_buf(),
            },
            _ => error.into(),
        })?;
        let damaged = |error: serde_json::Error| CliError::DamagedDescription {
            path: file.clone(),
            reason: error.to_string(),
        };
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(damaged)?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if let Some(found) = version.filter(|&found| found > VERSION.into()) {
            return Err(CliError::NewerDescription {
                path: file,
                found: u32::try_from(found).unwrap_or(u32::MAX),
                supported: VERSION,
            });
        }
        let description = serde_json::from_value(value).map_err(damaged)?;
        Ok((run, description))
    }

    /// Takes the run back, and the folder if there is nothing else in it.
    pub(crate) fn abandon(&self) {
        // What cannot be removed stays; the error that is on its way says more.
        let files = [
            self.checkpoint_path(),
            self.data_path(),
            self.path.join(DESCRIPTION),
        ];
        for path in files {
            let _ = std::fs::remove_file(path);
        }
        let _ = std::fs::remove_dir(&self.path);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the latest checkpoint is.
    pub(crate) fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }

    /// The latest checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<GraphCheckpoint, CliError> {
        let path = self.checkpoint_path();
        if !path.exists() {
            return Err(CliError::NoCheckpoint {
                path: self.path.clone(),
            });
        }
        Ok(GraphCheckpoint::load(&path)?)
    }

    fn data_path(&self) -> PathBuf {
        self.path.join("data.safetensors")
    }

    /// Keeps the split of the graph, and the names of its nodes and classes.
    pub(crate) fn keep(&self, data: &TaskData) -> Result<(), StorageError> {
        KeptData::of(data).save(data.nodes(), &self.data_path())
    }

    /// What the run has kept of its graph; runs of earlier versions have nothing.
    pub(crate) fn kept(&self) -> Result<Option<KeptData>, StorageError> {
        let path = self.data_path();
        path.exists().then(|| KeptData::load(&path)).transpose()
    }

    /// The graph of the run, with the split it had at the beginning.
    pub(crate) fn data(
        &self,
        description: &GraphDescription,
        settings: &GraphSettings,
    ) -> Result<TaskData, CliError> {
        let graph = self.graph(description)?;
        let data = match self.kept()? {
            Some(kept) => TaskData::with_kept(&graph, settings, &kept),
            None => TaskData::new(&graph, settings),
        };
        data.map_err(|error| self.resume_error(description, error))
    }

    /// The run as it was at its latest checkpoint.
    pub(crate) fn trainer(&self, description: &GraphDescription) -> Result<GraphTrainer, CliError> {
        let checkpoint = self.checkpoint()?;
        let settings = checkpoint.settings().clone();
        let device = device(description.backend, settings.dtype)?;
        let data = self.data(description, &settings)?;
        let trainer = GraphTrainer::resume(data, settings, checkpoint, &device);
        trainer.map_err(|error| self.resume_error(description, error))
    }

    /// The graph that the run is of.
    pub(crate) fn graph(&self, description: &GraphDescription) -> Result<GraphData, CliError> {
        description.place.load(&description.dataset, &self.path)
    }

    /// Why a trainer cannot go on with this run.
    pub(crate) fn resume_error(
        &self,
        description: &GraphDescription,
        error: GraphTrainError,
    ) -> CliError {
        match error {
            GraphTrainError::OtherData => CliError::DatasetChanged {
                dataset: description.dataset.clone(),
                run: self.path.clone(),
            },
            error => error.into(),
        }
    }

    /// Writes a result as JSON.
    pub(crate) fn write_json(
        &self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<(), StorageError> {
        storage::write(&self.path.join(name), |out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            out.write_all(b"\n")
        })
    }

    /// Writes the log: the lines of earlier parts of the run, and those of `epochs`.
    pub(crate) fn write_log(
        &self,
        earlier: &[String],
        epochs: &[GraphEpoch],
    ) -> Result<(), StorageError> {
        storage::write(&self.path.join("log.csv"), |out| {
            writeln!(out, "epoch,loss,val_1,val_2,seconds")?;
            for line in earlier {
                writeln!(out, "{line}")?;
            }
            for GraphEpoch {
                epoch,
                loss,
                val,
                seconds,
            } in epochs
            {
                let [first, second] = val.pair();
                writeln!(out, "{epoch},{loss},{first},{second},{seconds:.5}")?;
            }
            Ok(())
        })
    }

    /// The log lines of the first `epochs` epochs.
    pub(crate) fn earlier_log(&self, epochs: usize) -> Vec<String> {
        std::fs::read_to_string(self.path.join("log.csv"))
            .unwrap_or_default()
            .lines()
            .skip(1)
            .take(epochs)
            .map(str::to_owned)
            .collect()
    }
}

/// The graph of a name or a folder.
pub(crate) fn load(dataset: &str) -> Result<GraphData, CliError> {
    load_with(dataset, &Sources::from_env())
}

/// The device of a backend, which must have the number format.
pub(crate) fn device(backend: Backend, format: Format) -> Result<Device, CliError> {
    let device = backend.device()?;
    if format == Format::F64 && !backend.supports(DType::F64)? {
        return Err(CliError::usage(
            format!("--backend {backend} computes in f32 only"),
            "leave --dtype out, or use --backend flex",
        ));
    }
    Ok(device)
}

/// The model of a run in one line: layers, space, dimension, curvature, seed.
pub(crate) fn describe(settings: &GraphSettings) -> String {
    let mut text = format!(
        "{}, {}, dim {}",
        counted(settings.layers as u64, "layer"),
        settings.manifold,
        settings.dim
    );
    if !settings.manifold.is_euclidean() {
        // Not -0 where it is 0.
        text += &format!(", curvature {}", 0.0 - settings.curvature);
        if settings.learn_curvature {
            text += " (learned)";
        }
    }
    text + &format!(", seed {}", settings.seed)
}

/// The curvatures that a model has learned, to stand after its [description](describe); nothing if they were
/// given.
pub(crate) fn curvatures(settings: &GraphSettings, model: &NodeModel) -> String {
    if !settings.learn_curvature {
        return String::new();
    }
    let learned = model.encoder.curvatures().into_iter();
    let learned: Vec<String> = learned.map(|kappa| format!("{:.4}", kappa + 0.0)).collect();
    match learned.len() {
        0 => String::new(),
        1 => format!(", learned {}", learned[0]),
        _ => format!(", learned by layer {}", learned.join(", ")),
    }
}
