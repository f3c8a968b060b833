//! The training loop: epochs, mining, checkpoints.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use burn::tensor::Device;
use geom_nn::nearest::{DistanceIndex, Metric};
use geom_nn::real::Real;
use geom_nn::sampling::HardNegatives;
use rand::Rng;

use super::autodiff::AutodiffTable;
use super::batch::{Graph, Sampler, stream};
use super::fast::{FastTable, Pass};
use super::settings::{Format, Route, Settings, Space};
use crate::checkpoint::{Checkpoint, Table};
use crate::error::TrainError;

/// What the initial points are drawn for, in the keys of random streams.
const INITIAL_POINTS: u64 = u64::MAX;

/// What the places of joining nodes are drawn for.
const JOINING_POINTS: u64 = u64::MAX - 1;

/// The table in training, in the settings' format, on the settings' route.
#[derive(Debug)]
enum Points {
    FastF32(FastTable<f32>),
    FastF64(FastTable<f64>),
    Autodiff(Box<AutodiffTable>),
}

impl Points {
    /// Only the autodiff route asks for a device: the other works without any backend.
    fn new(points: &Table, settings: &Settings, device: Option<&Device>) -> Self {
        match (settings.path, settings.dtype) {
            (Route::Fast, Format::F32) => Self::FastF32(FastTable::new(&points.values(), settings)),
            (Route::Fast, Format::F64) => Self::FastF64(FastTable::new(&points.values(), settings)),
            (Route::Autodiff, _) => Self::Autodiff(Box::new(AutodiffTable::new(
                points,
                settings,
                device.cloned().unwrap_or_default(),
            ))),
        }
    }
}

/// What an epoch did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// The mean loss of a relation.
    pub loss: f64,
    /// How many relations it trained: all, or those of the nodes that have joined.
    pub relations: usize,
    /// The learning rate.
    pub rate: f64,
    /// Seconds, mining included.
    pub seconds: f64,
}

/// Trains an embedding epoch by epoch.
///
/// The caller owns the loop: it decides when to save, draw or stop, between epochs.
///
/// # Examples
/// ```
/// use geom_nn::Positives;
/// use geom_train::embedding::{EmbeddingTrainer, Graph, Recipe, Space};
///
/// // A root with three children, each with two children of its own.
/// let names: Vec<String> = (0..10).map(|i| format!("n{i}")).collect();
/// let offsets = [0, 0, 1, 2, 3, 5, 7, 9, 11, 13, 15];
/// let targets = [0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 3];
/// let graph = Graph {
///     names: &names,
///     positives: Positives::new(&offsets, &targets),
///     weights: None,
///     fingerprint: "a small tree",
/// };
/// let mut settings = Recipe::Uniform.settings(Space::Poincare, 2, graph.positives.nodes());
/// settings.negatives = 5;
/// settings.epochs = 60;
/// let mut trainer = EmbeddingTrainer::new(graph, settings, None)?;
/// while !trainer.is_finished() {
///     trainer.epoch(&|_relations| {}, None)?;
/// }
/// assert_eq!(trainer.epochs_done(), 60);
/// # Ok::<(), geom_train::TrainError>(())
/// ```
#[derive(Debug)]
pub struct EmbeddingTrainer<'a> {
    graph: Graph<'a>,
    settings: Settings,
    sampler: Sampler<'a>,
    points: Points,
    mined: Option<HardNegatives>,
    device: Option<Device>,
    epochs: usize,
    seconds: f64,
}

impl<'a> EmbeddingTrainer<'a> {
    /// A run from the beginning. `device` is for the autodiff route; the default device if absent.
    ///
    /// # Errors
    /// [`TrainError::Setting`], [`TrainError::NoRelations`], [`TrainError::NoNegatives`].
    pub fn new(
        graph: Graph<'a>,
        settings: Settings,
        device: Option<Device>,
    ) -> Result<Self, TrainError> {
        settings.validate()?;
        let start = initial_points(&settings, graph.positives.nodes());
        Self::with_points(graph, settings, &Table::F64(start), device)
    }

    /// A run from where `checkpoint` left it.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`TrainError::Conflict`] when the checkpoint is of another graph.
    pub fn resume(
        graph: Graph<'a>,
        checkpoint: Checkpoint,
        device: Option<Device>,
    ) -> Result<Self, TrainError> {
        checkpoint.settings.validate()?;
        if checkpoint.graph != graph.fingerprint || checkpoint.vocabulary != graph.names {
            return Err(TrainError::Conflict {
                path: PathBuf::from("the run"),
                conflicts: vec!["its nodes and relations are not those of this dataset".to_owned()],
            });
        }
        let mut trainer =
            Self::with_points(graph, checkpoint.settings, &checkpoint.points, device)?;
        trainer.epochs = checkpoint.epochs;
        trainer.seconds = checkpoint.seconds;
        trainer.mined = checkpoint
            .hard_negatives
            .and_then(|lists| HardNegatives::from_lists(trainer.settings.hard_pool, lists))
            .filter(|mined| {
                mined.lists().len() == trainer.sampler.sources().len() * mined.per_node()
            });
        Ok(trainer)
    }

    fn with_points(
        graph: Graph<'a>,
        settings: Settings,
        points: &Table,
        device: Option<Device>,
    ) -> Result<Self, TrainError> {
        let sampler = Sampler::new(graph, &settings)?;
        let grown = sampler.growth().epochs();
        if settings.epochs <= grown {
            return Err(TrainError::Setting {
                name: "--epochs",
                value: settings.epochs.to_string(),
                rule: "more than the growth takes; lower --growth (0 turns it off)",
            });
        }
        let points = Points::new(points, &settings, device.as_ref());
        Ok(Self {
            graph,
            settings,
            sampler,
            points,
            mined: None,
            device,
            epochs: 0,
            seconds: 0.0,
        })
    }

    /// Relations that all epochs together train.
    pub fn planned_relations(&self) -> u64 {
        self.relations_of(0..self.settings.epochs)
    }

    /// Relations trained so far.
    pub fn trained_relations(&self) -> u64 {
        self.relations_of(0..self.epochs)
    }

    fn relations_of(&self, epochs: Range<usize>) -> u64 {
        let grown = self
            .sampler
            .growth()
            .epochs()
            .clamp(epochs.start, epochs.end);
        let growing: usize = (epochs.start..grown)
            .map(|epoch| self.sampler.relations(epoch))
            .sum();
        let full = self.sampler.relations(self.settings.epochs);
        growing as u64 + ((epochs.end - grown) * full) as u64
    }

    /// Places the nodes that join in the coming epoch.
    fn grow(&mut self) {
        let mut table = self.table().wide();
        let mut rng = stream(self.settings.seed, self.epochs, JOINING_POINTS);
        self.sampler.growth().place_joining(
            self.epochs,
            self.graph.positives,
            &self.settings,
            &mut rng,
            &mut table,
        );
        self.points = Points::new(&Table::F64(table), &self.settings, self.device.as_ref());
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Epochs done so far.
    pub fn epochs_done(&self) -> usize {
        self.epochs
    }

    /// Seconds spent in epochs so far, earlier parts of a resumed run included.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.epochs >= self.settings.epochs
    }

    /// Does one epoch. `progress` is called, from any worker, with numbers of relations just done;
    /// `last_good` is the checkpoint to name if this epoch diverges.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] when a coordinate stops being finite.
    pub fn epoch(
        &mut self,
        progress: &(dyn Fn(u64) + Sync),
        last_good: Option<&PathBuf>,
    ) -> Result<EpochReport, TrainError> {
        let start = Instant::now();
        let grown = self.sampler.growth().epochs();
        if self.sampler.growth().grows_at(self.epochs) {
            self.grow();
        }
        if self.settings.mines_before(self.epochs, grown) {
            self.mined = self.mine();
        }
        let pass = Pass {
            sampler: &self.sampler,
            mined: self.mined.as_ref(),
            epoch: self.epochs,
            rate: self.settings.rate(self.epochs, grown),
            progress,
        };
        let loss = match &mut self.points {
            Points::FastF32(table) => table.epoch(&pass),
            Points::FastF64(table) => table.epoch(&pass),
            Points::Autodiff(table) => table.epoch(&pass)?,
        };
        let rate = pass.rate;
        let relations = self.sampler.relations(self.epochs);
        self.epochs += 1;
        if let Some(row) = self.first_bad_row(loss) {
            return Err(TrainError::Diverged {
                epoch: self.epochs,
                row,
                name: self.graph.names[row].clone(),
                checkpoint: last_good.cloned(),
            });
        }
        let seconds = start.elapsed().as_secs_f64();
        self.seconds += seconds;
        Ok(EpochReport {
            epoch: self.epochs,
            loss: loss / relations.max(1) as f64,
            relations,
            rate,
            seconds,
        })
    }

    fn first_bad_row(&self, loss: f64) -> Option<usize> {
        let width = self.settings.manifold.ambient_dim(self.settings.dim);
        let bad = match self.table() {
            Table::F32(values) => first_overflow(&values, width),
            Table::F64(values) => first_overflow(&values, width),
        };
        bad.or((!loss.is_finite()).then_some(0))
    }

    fn mine(&self) -> Option<HardNegatives> {
        let never = AtomicBool::new(false);
        let threads = self.settings.threads;
        let pool = self.settings.hard_pool;
        let sources = self.sampler.sources();
        let positives = self.graph.positives;
        match self.table() {
            Table::F32(values) => HardNegatives::mine(
                &self.scan_table(&values),
                positives,
                sources,
                pool,
                threads,
                &never,
            ),
            Table::F64(values) => HardNegatives::mine(
                &self.scan_table(&values),
                positives,
                sources,
                pool,
                threads,
                &never,
            ),
        }
    }

    fn scan_table<T: Real>(&self, values: &[T]) -> DistanceIndex<T> {
        scan_table(values, self.settings.manifold, self.settings.dim)
    }

    /// The points as they are, in the manifold's coordinates.
    pub fn table(&self) -> Table {
        match &self.points {
            Points::FastF32(table) => Table::F32(table.points()),
            Points::FastF64(table) => Table::F64(table.points()),
            Points::Autodiff(table) => table.points(),
        }
    }

    /// Everything needed to go on from here.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            settings: self.settings.clone(),
            graph: self.graph.fingerprint.to_owned(),
            epochs: self.epochs,
            seconds: self.seconds,
            vocabulary: self.graph.names.to_vec(),
            points: self.table(),
            hard_negatives: self.mined.as_ref().map(|mined| mined.lists().to_vec()),
        }
    }
}

/// The first row whose squares do not sum to a finite number: it has no distance to any other.
fn first_overflow<T: Real>(values: &[T], width: usize) -> Option<usize> {
    values.chunks_exact(width).position(|row| {
        !row.iter()
            .fold(T::zero(), |sum, &x| sum + x * x)
            .is_finite()
    })
}

/// Lays out a table of points of `space` for exact nearest neighbour scans.
pub fn scan_table<T: Real>(values: &[T], space: Space, dim: usize) -> DistanceIndex<T> {
    let comparison = match space {
        Space::Poincare => Metric::Ball,
        Space::Lorentz => Metric::Hyperboloid,
        Space::Euclidean => Metric::Flat,
    };
    DistanceIndex::new(values, space.ambient_dim(dim), comparison)
}

/// Points within `init_scale` of the origin, the same for every route and format.
fn initial_points(settings: &Settings, nodes: usize) -> Vec<f64> {
    let mut rng = stream(settings.seed, 0, INITIAL_POINTS);
    let scale = settings.init_scale / (settings.dim as f64).sqrt();
    let mut values = Vec::with_capacity(nodes * settings.manifold.ambient_dim(settings.dim));
    for _ in 0..nodes {
        let point: Vec<f64> = (0..settings.dim)
            .map(|_| rng.random_range(-scale..scale))
            .collect();
        // The hyperboloid starts at the same points as the ball, seen through the isometry.
        match settings.manifold {
            Space::Poincare | Space::Euclidean => values.extend(point),
            Space::Lorentz => {
                let scale = 2.0 / (1.0 - point.iter().map(|value| value * value).sum::<f64>());
                values.push(scale - 1.0);
                values.extend(point.iter().map(|value| value * scale));
            }
        }
    }
    values
}
