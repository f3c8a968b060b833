//! The best epoch by held-out relations, and when to stop looking for a better one.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::settings::EmbeddingSettings;
use super::table::Table;

/// What a validation found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidatedEpoch {
    /// Epochs done.
    pub epoch: usize,
    /// By which epochs are compared: the mean average precision of the validation part.
    pub score: f64,
}

/// The best epoch so far, by the validation part of what is held out.
#[derive(Clone, Debug, PartialEq)]
pub struct BestEpoch {
    /// Which it is, and its scores.
    pub scores: ValidatedEpoch,
    /// The points after it; absent once they are those of the run.
    pub points: Option<Table>,
    /// The epoch of the last validation.
    pub validated: usize,
}

/// Keeps the best epoch of a run, and tells when it has been the best for too long.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    every: usize,
    patience: Option<NonZeroUsize>,
    epochs: usize,
    best: Option<BestEpoch>,
}

impl EarlyStopping {
    /// With the best epoch of the run so far.
    pub fn new(settings: &EmbeddingSettings, best: Option<BestEpoch>) -> Self {
        Self {
            every: settings.validate_every.max(1),
            patience: settings.patience,
            epochs: settings.epochs,
            best,
        }
    }

    /// Whether the points after `epoch` epochs are to be validated and have not been.
    pub fn is_due(&self, epoch: usize) -> bool {
        let validated = self.best.as_ref().map_or(0, |best| best.validated);
        epoch > validated && (epoch.is_multiple_of(self.every) || epoch >= self.epochs)
    }

    /// Takes what the validation after `epoch` epochs found; `points` are asked for if it is the best.
    pub fn observe(&mut self, epoch: usize, score: f64, points: impl FnOnce() -> Table) {
        let scores = ValidatedEpoch { epoch, score };
        match &mut self.best {
            // Of equals the earlier.
            Some(best) if score <= best.scores.score => best.validated = epoch,
            _ => {
                self.best = Some(BestEpoch {
                    scores,
                    points: Some(points()),
                    validated: epoch,
                });
            }
        }
    }

    /// Whether the best epoch has been the best for as many epochs as patience has, after `epoch`.
    pub fn is_over(&self, epoch: usize) -> bool {
        match (&self.best, self.patience) {
            (Some(best), Some(patience)) => {
                epoch >= best.scores.epoch.saturating_add(patience.get())
            }
            _ => false,
        }
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<&BestEpoch> {
        self.best.as_ref()
    }

    /// Whether the points of the best epoch have become those of the run, which ends with that.
    pub fn is_settled(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.points.is_none())
    }

    /// Ends the run: gives the points of its best epoch away; none if no epoch was validated.
    pub fn settle(&mut self) -> Option<Table> {
        self.best.as_mut().and_then(|best| best.points.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Space};

    #[test]
    fn the_best_epoch_is_kept_until_patience_has_run_out() {
        let mut settings = Recipe::Uniform.settings(Space::PoincareBall, 2, 5);
        (settings.epochs, settings.validate_every) = (100, 10);
        settings.patience = NonZeroUsize::new(25);
        let mut stopping = EarlyStopping::new(&settings, None);
        assert!(!stopping.is_due(5) && stopping.is_due(10) && stopping.is_due(100));
        let at = |epoch: usize| move || Table::F64(vec![epoch as f64]);
        for (epoch, map) in [(10, 0.5), (20, 0.7), (30, 0.7), (40, 0.6)] {
            assert!(stopping.is_due(epoch) && !stopping.is_over(epoch));
            stopping.observe(epoch, map, at(epoch));
            assert!(!stopping.is_due(epoch));
        }
        assert_eq!(stopping.best().unwrap().scores.epoch, 20);
        assert!(!stopping.is_over(44) && stopping.is_over(45));
        assert!(!stopping.is_settled());
        assert_eq!(stopping.settle(), Some(Table::F64(vec![20.0])));
        assert!(stopping.is_settled() && stopping.settle().is_none());
    }
}
