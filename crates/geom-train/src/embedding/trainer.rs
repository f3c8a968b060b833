//! The training loop: epochs, growth, mining.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use geom_data::Relations;
use geom_nn::metrics::Reconstruction;
use geom_nn::sampling::HardNegatives;
use serde::Serialize;

use super::batch::{Graph, Sampler, rng_for};
use super::checkpoint::EmbeddingCheckpoint;
use super::cone_negatives::MissingNegatives;
use super::error::EmbeddingTrainError;
use super::evaluation::{Extent, evaluate, tile_table};
use super::fast::Pass;
use super::initial::initial_points;
use super::points::{Points, Table};
use super::settings::EmbeddingSettings;
use crate::setting::SettingError;

/// What the places of joining nodes are drawn for, in the keys of random streams.
const JOINING_POINTS: u64 = u64::MAX - 1;

/// Rows that are compared in about the time in which one is trained: gradient, step and drawing
/// against a subtraction and a multiplication for each coordinate.
const COMPARED_FOR_ONE_TRAINED: u64 = 8;

/// Rows that are compared in a second or two, which is little after any training.
const FEW_COMPARED: u64 = 1_000_000_000;

/// What an epoch did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
/// use geom_data::Relations;
/// use geom_train::embedding::{EmbeddingTrainer, Recipe, Space};
///
/// let tree = Relations::from_pairs([
///     ("cat", "mammal"), ("dog", "mammal"), ("mammal", "animal"), ("trout", "fish"), ("fish", "animal"),
/// ]);
/// let tree = tree.closure()?;
/// let mut settings = Recipe::Uniform.settings(Space::PoincareBall, 2, tree.num_nodes());
/// settings.negatives = 3;
/// settings.epochs = 60;
/// let mut trainer = EmbeddingTrainer::new(&tree, settings)?;
/// while !trainer.is_finished() {
///     trainer.epoch()?;
/// }
/// assert_eq!(trainer.epochs_done(), 60);
/// assert!(trainer.evaluate().map > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EmbeddingTrainer<'a> {
    graph: Graph<'a>,
    fingerprint: String,
    settings: EmbeddingSettings,
    sampler: Sampler<'a>,
    points: Points,
    mined: Option<HardNegatives>,
    device: Option<Device>,
    epochs: usize,
    seconds: f64,
}

impl<'a> EmbeddingTrainer<'a> {
    /// A run from the beginning, on the CPU or, by [`Route::Autodiff`](super::Route::Autodiff), on
    /// the default device.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::Setting`], [`EmbeddingTrainError::NoRelations`],
    /// [`EmbeddingTrainError::NoNegatives`].
    pub fn new(
        relations: &'a Relations,
        settings: EmbeddingSettings,
    ) -> Result<Self, EmbeddingTrainError> {
        Self::start(relations, settings, None)
    }

    /// A run from the beginning, on this device if the route is
    /// [`Route::Autodiff`](super::Route::Autodiff).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn new_on(
        relations: &'a Relations,
        settings: EmbeddingSettings,
        device: &Device,
    ) -> Result<Self, EmbeddingTrainError> {
        Self::start(relations, settings, Some(device.clone()))
    }

    /// A run from the beginning, from these points: a row for each node, in the coordinates of the settings'
    /// space. Cones start so, from [`cone_start`](super::cone_start).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// If they are not as many numbers.
    pub fn with_start(
        relations: &'a Relations,
        settings: EmbeddingSettings,
        start: &Table,
    ) -> Result<Self, EmbeddingTrainError> {
        settings.validate()?;
        let width = settings.manifold.width(settings.dim);
        assert_eq!(
            start.len(),
            relations.num_nodes() * width,
            "there is a point for each node"
        );
        let fingerprint = relations.fingerprint();
        Self::with_points(relations, fingerprint, settings, start, None)
    }

    fn start(
        relations: &'a Relations,
        settings: EmbeddingSettings,
        device: Option<Device>,
    ) -> Result<Self, EmbeddingTrainError> {
        settings.validate()?;
        settings.validate_for(relations.num_nodes())?;
        let start = Table::F64(initial_points(&settings, relations.num_nodes()));
        let fingerprint = relations.fingerprint();
        Self::with_points(relations, fingerprint, settings, &start, device)
    }

    /// A run from where `checkpoint` left it.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`EmbeddingTrainError::OtherData`] if the checkpoint was made with
    /// other relations.
    pub fn resume(
        relations: &'a Relations,
        checkpoint: EmbeddingCheckpoint,
    ) -> Result<Self, EmbeddingTrainError> {
        Self::go_on(relations, checkpoint, None)
    }

    /// A run from where `checkpoint` left it, on this device if the route is
    /// [`Route::Autodiff`](super::Route::Autodiff).
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn resume_on(
        relations: &'a Relations,
        checkpoint: EmbeddingCheckpoint,
        device: &Device,
    ) -> Result<Self, EmbeddingTrainError> {
        Self::go_on(relations, checkpoint, Some(device.clone()))
    }

    fn go_on(
        relations: &'a Relations,
        checkpoint: EmbeddingCheckpoint,
        device: Option<Device>,
    ) -> Result<Self, EmbeddingTrainError> {
        checkpoint.settings.validate()?;
        let fingerprint = relations.fingerprint();
        if checkpoint.graph != fingerprint || checkpoint.vocabulary != relations.names() {
            return Err(EmbeddingTrainError::OtherData);
        }
        let EmbeddingCheckpoint {
            settings, points, ..
        } = &checkpoint;
        let mut trainer =
            Self::with_points(relations, fingerprint, settings.clone(), points, device)?;
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
        relations: &'a Relations,
        fingerprint: String,
        settings: EmbeddingSettings,
        points: &Table,
        device: Option<Device>,
    ) -> Result<Self, EmbeddingTrainError> {
        settings.validate_for(relations.num_nodes())?;
        let graph = Graph::of(relations);
        let sampler = Sampler::new(graph, &settings)?;
        let grown = sampler.growth().epochs();
        if settings.epochs <= grown {
            return Err(SettingError {
                field: "epochs",
                value: settings.epochs.to_string(),
                rule: format!(
                    "more than {grown}, which the growth to {} nodes takes; lower `growth` (0 turns it off)",
                    relations.num_nodes()
                )
                .into(),
            }
            .into());
        }
        let points = Points::new(points, &settings, device.as_ref());
        Ok(Self {
            graph,
            fingerprint,
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
        let mut rng = rng_for(self.settings.seed, self.epochs, JOINING_POINTS);
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
    pub fn settings(&self) -> &EmbeddingSettings {
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

    /// Does one epoch.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::Diverged`] if a coordinate is not finite any more,
    /// [`EmbeddingTrainError::NonFiniteLoss`] if only the loss is not.
    pub fn epoch(&mut self) -> Result<EpochReport, EmbeddingTrainError> {
        self.epoch_with_progress(&|_| {})
    }

    /// Does one epoch, calling `progress`, from any worker, with numbers of relations just done.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn epoch_with_progress(
        &mut self,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<EpochReport, EmbeddingTrainError> {
        let never = AtomicBool::new(false);
        match self.epoch_until(&never, progress)? {
            Some(report) => Ok(report),
            None => unreachable!("nobody else has the flag"),
        }
    }

    /// [`epoch_with_progress`](Self::epoch_with_progress), unless `stop` is raised before its end: then
    /// none, and everything is as it was after the last whole epoch.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn epoch_until(
        &mut self,
        stop: &AtomicBool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<EpochReport>, EmbeddingTrainError> {
        let start = Instant::now();
        let before = self.table();
        let grown = self.sampler.growth().epochs();
        if self.sampler.growth().grows_at(self.epochs) {
            self.grow();
        }
        let mut mined = None;
        if self.settings.mines_before(self.epochs, grown) {
            mined = Some(self.mined.take());
            self.mined = self.mine(stop);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(self.take_back(&before, mined));
        }
        let rate = self.settings.rate(self.epochs, grown);
        let loss = self.points.epoch(&Pass {
            sampler: &self.sampler,
            mined: self.mined.as_ref(),
            epoch: self.epochs,
            rate,
            progress,
            stop,
            moves: None,
        });
        if stop.load(Ordering::Relaxed) {
            return Ok(self.take_back(&before, mined));
        }
        let relations = self.sampler.relations(self.epochs);
        self.epochs += 1;
        let epoch = self.epochs;
        check_finite(
            epoch,
            loss,
            self.points.first_not_finite(),
            self.graph.names,
        )?;
        let seconds = start.elapsed().as_secs_f64();
        self.seconds += seconds;
        Ok(Some(EpochReport {
            epoch,
            loss: loss / relations.max(1) as f64,
            relations,
            rate,
            seconds,
        }))
    }

    /// Puts points of this run in the place of the present ones: those of an epoch before, as a rule.
    ///
    /// # Panics
    /// If they are not as many numbers.
    pub fn put_back(&mut self, points: &Table) {
        assert_eq!(
            points.len(),
            self.table().len(),
            "points of a run are as many as before"
        );
        self.points = Points::new(points, &self.settings, self.device.as_ref());
    }

    /// Undoes what a part of an epoch did to the points, and to the mined negatives if it mined.
    fn take_back(
        &mut self,
        points: &Table,
        mined: Option<Option<HardNegatives>>,
    ) -> Option<EpochReport> {
        self.points = Points::new(points, &self.settings, self.device.as_ref());
        if let Some(mined) = mined {
            self.mined = mined;
        }
        None
    }

    fn mine(&self, stop: &AtomicBool) -> Option<HardNegatives> {
        let EmbeddingSettings {
            manifold,
            dim,
            hard_pool: pool,
            threads,
            ..
        } = self.settings;
        let sources = self.sampler.sources();
        let positives = self.graph.positives;
        match self.table() {
            Table::F32(values) => {
                let table = tile_table(&values, manifold, dim);
                HardNegatives::mine(&table, positives, sources, pool, threads, stop)
            }
            Table::F64(values) => {
                let table = tile_table(&values, manifold, dim);
                HardNegatives::mine(&table, positives, sources, pool, threads, stop)
            }
        }
    }

    /// The negatives that the last epoch of cones did not find; none before the first, and of distances.
    pub fn missing_negatives(&self) -> Option<MissingNegatives> {
        self.points.missing_negatives()
    }

    /// The points as they are, in the manifold's coordinates.
    pub fn table(&self) -> Table {
        self.points.table()
    }

    /// How well the distances reconstruct all relations, exactly, with every node as a candidate.
    pub fn evaluate(&self) -> Reconstruction {
        let EmbeddingSettings {
            manifold,
            dim,
            threads,
            ..
        } = self.settings;
        let positives = self.graph.positives;
        let (never, untold) = (AtomicBool::new(false), |_, _| {});
        let watch: (_, &(dyn Fn(u64, u64) + Sync)) = (&never, &untold);
        let all = Extent::All;
        evaluate(
            &self.table(),
            (manifold, dim),
            positives,
            all,
            threads,
            watch,
        )
        .expect("a trainer is made for relations, of which there are some")
        .scores
    }

    /// All nodes if that is not more work than the training, or little; else a sample of them.
    pub fn extent(&self) -> Extent {
        let visits = |&node: &u32| self.sampler.visits().of(node) as u64;
        let visits: u64 = self.sampler.sources().iter().map(visits).sum();
        let negatives = visits
            .saturating_mul(self.settings.negatives as u64)
            .saturating_mul(self.settings.epochs as u64);
        let trained = self.planned_relations().saturating_add(negatives);
        Extent::Within {
            rows: trained
                .saturating_mul(COMPARED_FOR_ONE_TRAINED)
                .max(FEW_COMPARED),
            seed: self.settings.seed,
        }
    }

    /// The most visits that a node has in an epoch, and how many nodes would have more by
    /// [`parent_visits`](EmbeddingSettings::parent_visits): an epoch trains no more than twice the
    /// relations. None if that changes nothing.
    pub fn visit_limit(&self) -> Option<(usize, usize)> {
        self.sampler.visits().limit()
    }

    /// Everything needed to go on from here.
    pub fn checkpoint(&self) -> EmbeddingCheckpoint {
        EmbeddingCheckpoint {
            settings: self.settings.clone(),
            graph: self.fingerprint.clone(),
            epochs: self.epochs,
            seconds: self.seconds,
            vocabulary: self.graph.names.to_vec(),
            points: self.table(),
            hard_negatives: self.mined.as_ref().map(|mined| mined.lists().to_vec()),
            best: None,
        }
    }
}

/// An error for an epoch that left the finite numbers: by the first row that did, and by the loss
/// where no row did, so that no node is blamed that is as it should be.
pub(super) fn check_finite(
    epoch: usize,
    loss: f64,
    bad_row: Option<usize>,
    names: &[String],
) -> Result<(), EmbeddingTrainError> {
    match bad_row {
        Some(row) => {
            let node = names[row].clone();
            Err(EmbeddingTrainError::Diverged { epoch, row, node })
        }
        None if !loss.is_finite() => Err(EmbeddingTrainError::NonFiniteLoss { epoch, loss }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Route, Space};

    fn star(leaves: usize) -> Relations {
        Relations::from_pairs((0..leaves).map(|leaf| (format!("leaf-{leaf:03}"), "root")))
    }

    #[test]
    fn a_loss_that_is_not_finite_blames_no_node() {
        let names = ["first".to_owned(), "second".to_owned()];
        let check = |loss, bad_row| check_finite(3, loss, bad_row, &names);
        assert!(check(1.0, None).is_ok());
        let error = check(f64::NAN, None).unwrap_err();
        assert!(
            matches!(error, EmbeddingTrainError::NonFiniteLoss { epoch: 3, .. }),
            "{error}"
        );
        assert!(!error.to_string().contains("first"), "{error}");
        let error = check(f64::NAN, Some(1)).unwrap_err().to_string();
        assert!(error.contains("the point of \"second\" (row 1)"), "{error}");
    }

    #[test]
    fn a_point_that_is_not_finite_is_found_on_both_routes() {
        let star = star(9);
        for (manifold, path) in [
            (Space::PoincareBall, Route::Fast),
            (Space::Hyperboloid, Route::Fast),
            (Space::PoincareBall, Route::Autodiff),
        ] {
            let settings = EmbeddingSettings {
                path,
                ..Recipe::Uniform.settings(manifold, 2, star.num_nodes())
            };
            let width = manifold.width(2);
            let mut values = initial_points(&settings, star.num_nodes());
            let bad_row = |values: &[f64]| {
                let table = Table::F64(values.to_vec());
                Points::new(&table, &settings, None).first_not_finite()
            };
            assert_eq!(bad_row(&values), None);
            values[4 * width + 1] = f64::INFINITY;
            values[7 * width + 1] = f64::NAN;
            assert_eq!(bad_row(&values), Some(4), "{manifold:?} {path:?}");
            // Its square is beyond all numbers.
            values[4 * width + 1] = 1e200;
            assert_eq!(bad_row(&values), Some(4), "{manifold:?} {path:?}");
        }
    }

    #[test]
    fn an_epoch_that_is_stopped_leaves_everything_as_it_was() {
        // Nodes join before the second epoch, and negatives are mined before the third.
        let star = star(300);
        let mut settings = Recipe::Mined.settings(Space::PoincareBall, 2, star.num_nodes());
        (settings.growth, settings.hard_start) = (std::num::NonZeroUsize::new(1), 0);
        for path in [Route::Fast, Route::Autodiff] {
            settings.path = path;
            let mut trainer = EmbeddingTrainer::new(&star, settings.clone()).unwrap();
            let mut straight = EmbeddingTrainer::new(&star, settings.clone()).unwrap();
            for _ in 0..4 {
                let before = trainer.checkpoint();
                let stop = AtomicBool::new(false);
                let raise = |_| stop.store(true, Ordering::Relaxed);
                assert_eq!(trainer.epoch_until(&stop, &raise).unwrap(), None);
                assert_eq!(trainer.checkpoint(), before);
                trainer.epoch().unwrap();
                straight.epoch().unwrap();
            }
            assert_eq!(trainer.table(), straight.table(), "{path:?}");
        }
    }

    #[test]
    fn a_table_beyond_all_memory_is_refused_before_it_is_made() {
        let star = star(300);
        let mut settings = Recipe::Mined.settings(Space::PoincareBall, 4096, 1);
        settings.hard_pool = 65_536;
        let check = |nodes| {
            settings
                .validate_for(nodes)
                .map_err(|error| error.to_string())
        };
        assert!(check(star.num_nodes()).is_ok());
        let error = check(100_000_000).unwrap_err();
        assert!(
            error.contains("dim = 4096") && error.contains("at most 21 for"),
            "{error}"
        );
        let error = check(400_000).unwrap_err();
        assert!(error.contains("hard_pool = 65536"), "{error}");
    }

    #[test]
    fn a_checkpoint_of_other_relations_is_refused() {
        let (few, more) = (star(100), star(101));
        let settings = Recipe::Uniform.settings(Space::PoincareBall, 2, few.num_nodes());
        let trainer = EmbeddingTrainer::new(&few, settings).unwrap();
        let error = EmbeddingTrainer::resume(&more, trainer.checkpoint()).unwrap_err();
        assert!(matches!(error, EmbeddingTrainError::OtherData), "{error}");
        assert!(EmbeddingTrainer::resume(&few, trainer.checkpoint()).is_ok());
    }
}
