//! New nodes in an embedding that is trained already.

use geom_core::SettingError;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use geom_data::Relations;
use geom_nn::sampling::HardNegatives;
use rand::Rng;

use super::batch::{Graph, Sampler, rng_for};
use super::checkpoint::EmbeddingCheckpoint;
use super::direct::DirectRelations;
use super::error::EmbeddingTrainError;
use super::evaluation::tile_table;
use super::fast::Pass;
use super::growth::{centroid, offset_point};
use super::points::Points;
use super::rows::Rows;
use super::schedule::Schedule;
use super::settings::{EmbeddingModel, EmbeddingSettings, Route};
use super::table::Table;

/// What the places of new nodes are drawn for, in the keys of random streams.
const NEW_POINTS: u64 = u64::MAX - 2;

/// How much shorter steps are once the old points move as well: they are where they should be.
const THAWED_RATE: f64 = 0.1;

/// How new nodes are placed.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionSettings {
    /// Epochs in which the new nodes alone move.
    pub epochs: usize,
    /// Epochs after them in which all nodes train and move; 0 leaves the old ones where they are.
    pub thawed_epochs: usize,
    /// Riemannian length of a unit-gradient step; a tenth of it once all nodes move.
    pub lr: f64,
    /// Worker threads. More than one gives up reproducibility, not quality.
    pub threads: usize,
    /// The seed of places and negatives.
    pub seed: u64,
}

/// Places nodes that a run does not know in its embedding.
///
/// A new node starts at the centroid of its parents, or else of the nodes related to it, general ones
/// before special ones. Then the relations of the new nodes are trained as the run was, with the same
/// loss, negatives and mining, but only the new rows move. Both the gradient and the step are the fast
/// route's.
#[derive(Debug)]
pub struct Extension<'a> {
    graph: Graph<'a>,
    fingerprint: String,
    run: &'a EmbeddingCheckpoint,
    settings: EmbeddingSettings,
    extension: ExtensionSettings,
    /// Of the relations of new nodes, and of those that end at one.
    sampler: Sampler<'a>,
    points: Points,
    is_new: Vec<bool>,
    mined: Option<HardNegatives>,
    epochs: usize,
}

/// What an epoch of an extension did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExtensionReport {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// The mean loss of a relation.
    pub loss: f64,
}

impl<'a> Extension<'a> {
    /// Places the nodes of `relations` that `run` does not know, and makes ready to train them. The
    /// relations hold all nodes of the run.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::Setting`]; [`EmbeddingTrainError::OtherData`] if a node of the run is missing;
    /// [`EmbeddingTrainError::NoNewNodes`]; [`EmbeddingTrainError::Unconnected`] if no path of relations leads
    /// from a new node to one of the run; [`EmbeddingTrainError::NoNegatives`].
    pub fn new(
        relations: &'a Relations,
        run: &'a EmbeddingCheckpoint,
        extension: ExtensionSettings,
    ) -> Result<Self, EmbeddingTrainError> {
        SettingError::check(
            run.settings.model == EmbeddingModel::Distance,
            "model",
            run.settings.model.name(),
            "distance: cones take no new nodes",
        )?;
        let settings = of_extension(&run.settings, &extension);
        SettingError::check(
            extension.epochs > 0,
            "epochs",
            extension.epochs,
            "at least 1",
        )?;
        settings.check()?;
        settings.check_for(relations.num_nodes())?;
        let rows = old_rows(relations, run)?;
        let is_new: Vec<bool> = rows.iter().map(Option::is_none).collect();
        if !is_new.contains(&true) {
            return Err(EmbeddingTrainError::NoNewNodes);
        }
        let graph = Graph::of(relations);
        let table = placed(relations, &rows, run, extension.seed)?;
        let touched = |&node: &u32| {
            let mut ends = graph.positives.of(node).iter();
            is_new[node as usize] || ends.any(|&end| is_new[end as usize])
        };
        let sources = graph.positives.sources().into_iter().filter(touched);
        let sources = sources.collect();
        let sampler = Sampler::new(graph, &settings)?.restricted(sources);
        Ok(Self {
            graph,
            fingerprint: relations.fingerprint(),
            points: Points::new(&Table::F64(table), &settings, None),
            run,
            settings,
            extension,
            sampler,
            is_new,
            mined: None,
            epochs: 0,
        })
    }

    /// How many nodes are new.
    pub fn new_nodes(&self) -> usize {
        self.is_new.iter().filter(|&&is_new| is_new).count()
    }

    /// The relations that start or end at a new node, in the form of [`Relations::rows`].
    pub fn new_relations(&self) -> (Vec<usize>, Vec<u32>) {
        let nodes = self.graph.positives.nodes() as u32;
        let of = |node: u32| {
            let ends = self.graph.positives.of(node).iter();
            ends.map(move |&end| (node, end))
        };
        let is_new =
            |&(node, end): &(u32, u32)| self.is_new[node as usize] || self.is_new[end as usize];
        let pairs = (0..nodes).flat_map(of).filter(is_new).collect();
        let Rows { offsets, targets } = Rows::of(nodes as usize, pairs);
        (offsets, targets)
    }

    /// Epochs in all.
    pub fn planned_epochs(&self) -> usize {
        self.extension.epochs + self.extension.thawed_epochs
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.epochs >= self.planned_epochs()
    }

    /// Does one epoch; none if `stop` is raised before its end.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::Diverged`], [`EmbeddingTrainError::NonFiniteLoss`].
    pub fn epoch_until(
        &mut self,
        stop: &AtomicBool,
    ) -> Result<Option<ExtensionReport>, EmbeddingTrainError> {
        if self.epochs == self.extension.epochs {
            // From here on all nodes train.
            self.sampler = Sampler::new(self.graph, &self.settings)?;
            self.mined = None;
        }
        let is_thawed = self.epochs >= self.extension.epochs;
        let (begin, length) = match is_thawed {
            true => (self.extension.epochs, self.extension.thawed_epochs),
            false => (0, self.extension.epochs),
        };
        let since = self.epochs - begin;
        let first = if is_thawed {
            0
        } else {
            self.settings.hard_start
        };
        if self.settings.hard_negatives > 0
            && since >= first
            && (since - first).is_multiple_of(self.settings.hard_refresh)
        {
            self.mined = self.mine(stop);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let rate = self.settings.lr
            * Schedule::Linear.factor(since, length)
            * if is_thawed { THAWED_RATE } else { 1.0 };
        let loss = self.points.epoch(&Pass {
            sampler: &self.sampler,
            mined: self.mined.as_ref(),
            epoch: self.epochs,
            rate,
            progress: &|_| {},
            stop,
            moves: (!is_thawed).then_some(&self.is_new[..]),
        });
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.epochs += 1;
        super::trainer::check_finite(
            self.epochs,
            loss,
            self.points.first_not_finite(),
            self.graph.names,
        )?;
        let relations = self.sampler.source_relations();
        Ok(Some(ExtensionReport {
            epoch: self.epochs,
            loss: loss / relations.max(1) as f64,
        }))
    }

    fn mine(&self, stop: &AtomicBool) -> Option<HardNegatives> {
        let EmbeddingSettings {
            manifold,
            dim,
            hard_pool,
            threads,
            ..
        } = self.settings;
        let (sources, positives) = (self.sampler.sources(), self.graph.positives);
        match self.points.table() {
            Table::F32(values) => {
                let table = tile_table(&values, manifold, dim);
                HardNegatives::mine(&table, positives, sources, hard_pool, threads, stop)
            }
            Table::F64(values) => {
                let table = tile_table(&values, manifold, dim);
                HardNegatives::mine(&table, positives, sources, hard_pool, threads, stop)
            }
        }
    }

    /// The run with its new nodes, after so many more `seconds`: a finished one, since nothing of the old
    /// training is left to do.
    pub fn checkpoint(&self, seconds: f64) -> EmbeddingCheckpoint {
        EmbeddingCheckpoint {
            settings: EmbeddingSettings {
                // Of a run that was never trained too, since settings ask for an epoch.
                epochs: self.run.epochs.max(1),
                growth: None,
                ..self.run.settings.clone()
            },
            graph: self.fingerprint.clone(),
            epochs: self.run.epochs.max(1),
            seconds: self.run.seconds + seconds,
            vocabulary: self.graph.names.to_vec(),
            points: self.points.table(),
            hard_negatives: None,
            best: None,
        }
    }
}

/// The settings of the run where they are those of its extension too.
fn of_extension(run: &EmbeddingSettings, extension: &ExtensionSettings) -> EmbeddingSettings {
    let epochs = extension.epochs.saturating_add(extension.thawed_epochs);
    EmbeddingSettings {
        epochs,
        lr: extension.lr,
        growth: None::<NonZeroUsize>,
        burn_in: 0,
        hard_start: run.hard_start.min(extension.epochs / 10),
        threads: extension.threads,
        seed: extension.seed,
        route: Route::Fast,
        ..run.clone()
    }
}

/// The row that each node has in the run.
fn old_rows(
    relations: &Relations,
    run: &EmbeddingCheckpoint,
) -> Result<Vec<Option<u32>>, EmbeddingTrainError> {
    let mut rows = vec![None; relations.num_nodes()];
    for (name, row) in run.vocabulary.iter().zip(0..) {
        let node = relations.id(name).ok_or(EmbeddingTrainError::OtherData)?;
        rows[node as usize] = Some(row);
    }
    Ok(rows)
}

/// The table with the old points in their new rows, and the new ones at their first places.
fn placed(
    relations: &Relations,
    rows: &[Option<u32>],
    run: &EmbeddingCheckpoint,
    seed: u64,
) -> Result<Vec<f64>, EmbeddingTrainError> {
    let settings = &run.settings;
    let width = settings.manifold.width(settings.dim);
    let old = run.points.to_f64();
    let mut table = vec![0.0; rows.len() * width];
    for (row, place) in rows.iter().zip(table.chunks_exact_mut(width)) {
        if let Some(row) = row {
            place.copy_from_slice(&old[*row as usize * width..][..width]);
        }
    }
    let positives = Graph::of(relations).positives;
    let related = Rows::of(
        rows.len(),
        relations.pairs().map(|(node, end)| (end, node)).collect(),
    );
    let related = related.positives();
    let mut is_placed: Vec<bool> = rows.iter().map(Option::is_some).collect();
    // The most general first, so that parents are placed before their children.
    let mut waiting: Vec<u32> = (0..rows.len() as u32)
        .filter(|&node| !is_placed[node as usize])
        .collect();
    waiting.sort_by_key(|&node| (std::cmp::Reverse(related.of(node).len()), node));
    let mut rng = rng_for(seed, 0, NEW_POINTS);
    let (mut search, mut parents) = (DirectRelations::new(positives), Vec::new());
    let mut beside: Vec<u32> = Vec::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut left = Vec::new();
        for node in waiting {
            search.among(node, |other| is_placed[other as usize], &mut parents);
            beside.clear();
            beside.extend(&parents);
            if beside.is_empty() {
                let children = related.of(node).iter().copied();
                beside.extend(children.filter(|&child| is_placed[child as usize]));
            }
            if beside.is_empty() {
                left.push(node);
                continue;
            }
            let points: Vec<&[f64]> = beside
                .iter()
                .map(|&other| &table[other as usize * width..][..width])
                .collect();
            let center = centroid(settings.manifold, &points);
            let direction: Vec<f64> = (0..settings.dim)
                .map(|_| rng.random_range(-1.0..1.0))
                .collect();
            let point = offset_point(settings.manifold, &center, &direction);
            table[node as usize * width..][..width].copy_from_slice(&point);
            is_placed[node as usize] = true;
        }
        if left.len() == before {
            // The first by name.
            let first = left.iter().copied().min().unwrap_or(0);
            return Err(EmbeddingTrainError::Unconnected {
                node: relations.name(first).to_owned(),
                count: left.len(),
            });
        }
        waiting = left;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{EmbeddingTrainer, Recipe, Space};

    /// The closure of a binary tree, whole and without every ninth leaf.
    fn trees() -> (Relations, Relations) {
        let name = |node: u32| format!("n{node:03}");
        let pairs = |keep: &dyn Fn(u32) -> bool| {
            let kept = (1..127u32).filter(|&node| keep(node));
            let pairs: Vec<_> = kept
                .map(|node| (name(node), name((node - 1) / 2)))
                .collect();
            Relations::from_pairs(pairs).closure().unwrap()
        };
        (pairs(&|_| true), pairs(&|node| node < 63 || node % 9 != 0))
    }

    fn settings(epochs: usize, thawed_epochs: usize) -> ExtensionSettings {
        ExtensionSettings {
            epochs,
            thawed_epochs,
            lr: 0.2,
            threads: 1,
            seed: 3,
        }
    }

    fn trained(relations: &Relations, space: Space) -> EmbeddingCheckpoint {
        let mut settings = Recipe::Mined.settings(space, 2, relations.num_nodes());
        (settings.epochs, settings.hard_start, settings.negatives) = (60, 10, 20);
        let mut trainer = EmbeddingTrainer::new(relations, settings).unwrap();
        while !trainer.is_finished() {
            trainer.epoch().unwrap();
        }
        trainer.checkpoint()
    }

    fn extended(
        whole: &Relations,
        run: &EmbeddingCheckpoint,
        how: ExtensionSettings,
    ) -> EmbeddingCheckpoint {
        let mut extension = Extension::new(whole, run, how).unwrap();
        while !extension.is_finished() {
            extension.epoch_until(&AtomicBool::new(false)).unwrap();
        }
        extension.checkpoint(1.0)
    }

    #[test]
    fn old_points_stay_where_they_are() {
        let (whole, part) = trees();
        for space in [Space::PoincareBall, Space::Hyperboloid, Space::Euclidean] {
            let run = trained(&part, space);
            let first = Extension::new(&whole, &run, settings(1, 0)).unwrap();
            assert_eq!(first.new_nodes(), whole.num_nodes() - part.num_nodes());
            let more = extended(&whole, &run, settings(10, 0));
            assert_ne!(first.checkpoint(0.0).points, more.points);
            assert_eq!((more.epochs, more.settings.epochs), (60, 60));
            let width = space.width(2);
            let (old, new) = (run.points.to_f64(), more.points.to_f64());
            for (row, name) in run.vocabulary.iter().enumerate() {
                let node = whole.id(name).unwrap() as usize;
                let (before, after) = (&old[row * width..][..width], &new[node * width..][..width]);
                // The time coordinate is computed from the others.
                let far = before
                    .iter()
                    .zip(after)
                    .map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
                assert!(far.fold(0.0, f64::max) < 1e-15, "{space:?} {name}");
            }
        }
    }

    #[test]
    fn thawed_points_move() {
        let (whole, part) = trees();
        let run = trained(&part, Space::PoincareBall);
        let frozen = extended(&whole, &run, settings(10, 0));
        let thawed = extended(&whole, &run, settings(10, 5));
        let root = whole.id("n000").unwrap() as usize;
        let of = |table: &Table| table.to_f64()[2 * root..2 * root + 2].to_vec();
        assert_ne!(of(&frozen.points), of(&thawed.points));
        assert_eq!(extended(&whole, &run, settings(10, 5)), thawed);
    }

    #[test]
    fn parents_and_chains_of_new_nodes_are_placed_too() {
        let (_, part) = trees();
        let run = trained(&part, Space::PoincareBall);
        // A new root over the old one, and two generations below a leaf.
        let more = Relations::from_pairs([("n000", "over"), ("a", "n070"), ("b", "a")]);
        let whole = part.with(&more).closure().unwrap();
        let extension = Extension::new(&whole, &run, settings(5, 0)).unwrap();
        assert_eq!(extension.new_nodes(), 3);
        let (offsets, targets) = extension.new_relations();
        assert_eq!(
            (offsets.len(), targets.len()),
            (whole.num_nodes() + 1, {
                whole.num_relations() - part.num_relations()
            })
        );
        let done = extended(&whole, &run, settings(5, 0));
        assert!(done.points.to_f64().iter().all(|value| value.is_finite()));
    }

    #[test]
    fn what_cannot_be_placed_is_refused() {
        let (_, part) = trees();
        let run = trained(&part, Space::PoincareBall);
        let refused = |more: Relations| {
            let whole = part.with(&more);
            Extension::new(&whole, &run, settings(5, 0))
                .unwrap_err()
                .to_string()
        };
        let error = refused(Relations::from_pairs([("x", "y"), ("a", "n070")]));
        assert!(
            error.contains("2 new nodes") && error.contains("\"x\""),
            "{error}"
        );
        let error = refused(Relations::from_pairs([("n070", "n002")]));
        assert!(error.contains("no node"), "{error}");
        let run = trained(&refused_part(), Space::PoincareBall);
        let whole = trees().0;
        let error = Extension::new(&whole, &run, settings(5, 0)).unwrap_err();
        assert!(matches!(error, EmbeddingTrainError::OtherData), "{error}");
    }

    fn refused_part() -> Relations {
        trees()
            .1
            .with(&Relations::from_pairs([("stranger", "n000")]))
    }
}
