//! Training runs of embeddings.

mod epoch;
mod evaluation;

use burn::tensor::Device;
use geom_core::SettingError;
use geom_data::Relations;
use geom_nn::sampling::HardNegatives;

pub use epoch::EpochReport;
pub(super) use epoch::check_finite;

use super::batch::{Graph, Sampler};
use super::checkpoint::EmbeddingCheckpoint;
use super::cone_negatives::MissingNegatives;
use super::error::EmbeddingTrainError;
use super::initial::initial_points;
use super::points::Points;
use super::settings::EmbeddingSettings;
use super::table::Table;

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
        settings.check()?;
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
        settings.check()?;
        settings.check_for(relations.num_nodes())?;
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
        checkpoint.settings.check()?;
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
        settings.check_for(relations.num_nodes())?;
        let graph = Graph::of(relations);
        let sampler = Sampler::new(graph, &settings)?;
        let grown = sampler.growth().epochs();
        if settings.epochs <= grown {
            let rule = format!(
                "more than {grown}, which the growth to {} nodes takes; lower `growth` (0 turns it off)",
                relations.num_nodes()
            );
            return Err(SettingError::new("epochs", settings.epochs, rule).into());
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

    /// The negatives that the last epoch of cones did not find; none before the first, and of distances.
    pub fn missing_negatives(&self) -> Option<MissingNegatives> {
        self.points.missing_negatives()
    }

    /// The points as they are, in the manifold's coordinates.
    pub fn table(&self) -> Table {
        self.points.table()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Space};

    /// Leaves around one root.
    pub(super) fn star(leaves: usize) -> Relations {
        Relations::from_pairs((0..leaves).map(|leaf| (format!("leaf-{leaf:03}"), "root")))
    }

    #[test]
    fn a_table_beyond_all_memory_is_refused_before_it_is_made() {
        let star = star(300);
        let mut settings = Recipe::Mined.settings(Space::PoincareBall, 4096, 1);
        settings.hard_pool = 65_536;
        let check = |nodes| settings.check_for(nodes).map_err(|error| error.to_string());
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
