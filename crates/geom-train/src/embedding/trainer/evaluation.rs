//! How well a run reconstructs its relations, and how much of that can be afforded.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use geom_nn::metrics::Reconstruction;

use super::EmbeddingTrainer;
use crate::embedding::evaluation::{Extent, evaluate};
use crate::embedding::settings::EmbeddingSettings;

/// Rows that are compared in about the time in which one is trained: gradient, step and drawing
/// against a subtraction and a multiplication for each coordinate.
const COMPARED_FOR_ONE_TRAINED: u64 = 8;

/// Rows that are compared in a second or two, which is little after any training.
const FEW_COMPARED: u64 = 1_000_000_000;

impl EmbeddingTrainer<'_> {
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
}
