//! One epoch: growth, mining, steps; all of it, or nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use geom_nn::sampling::HardNegatives;
use serde::Serialize;

use super::EmbeddingTrainer;
use crate::embedding::batch::rng_for;
use crate::embedding::error::EmbeddingTrainError;
use crate::embedding::evaluation::tile_table;
use crate::embedding::fast::Pass;
use crate::embedding::points::Points;
use crate::embedding::settings::EmbeddingSettings;
use crate::embedding::table::Table;

/// What the places of joining nodes are drawn for, in the keys of random streams.
const JOINING_POINTS: u64 = u64::MAX - 1;

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

impl EmbeddingTrainer<'_> {
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

    /// Places the nodes that join in the coming epoch.
    fn grow(&mut self) {
        let mut table = self.table().to_f64();
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
}

/// An error for an epoch that left the finite numbers: by the first row that did, and by the loss
/// where no row did, so that no node is blamed that is as it should be.
pub(in crate::embedding) fn check_finite(
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
    use crate::embedding::initial::initial_points;
    use crate::embedding::trainer::tests::star;
    use crate::embedding::{Recipe, Route, Space};

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
        for (manifold, route) in [
            (Space::PoincareBall, Route::Fast),
            (Space::Hyperboloid, Route::Fast),
            (Space::PoincareBall, Route::Autodiff),
        ] {
            let settings = EmbeddingSettings {
                route,
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
            assert_eq!(bad_row(&values), Some(4), "{manifold:?} {route:?}");
            // Its square is beyond all numbers.
            values[4 * width + 1] = 1e200;
            assert_eq!(bad_row(&values), Some(4), "{manifold:?} {route:?}");
        }
    }

    #[test]
    fn an_epoch_that_is_stopped_leaves_everything_as_it_was() {
        // Nodes join before the second epoch, and negatives are mined before the third.
        let star = star(300);
        let mut settings = Recipe::Mined.settings(Space::PoincareBall, 2, star.num_nodes());
        (settings.growth, settings.hard_start) = (std::num::NonZeroUsize::new(1), 0);
        for route in [Route::Fast, Route::Autodiff] {
            settings.route = route;
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
            assert_eq!(trainer.table(), straight.table(), "{route:?}");
        }
    }
}
