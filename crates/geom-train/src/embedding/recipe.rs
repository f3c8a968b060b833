//! EmbeddingSettings that work, by name.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use super::settings::{EmbeddingModel, EmbeddingSettings, Route, Space};
use crate::Format;

/// A set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// Mined negatives from the point where uniform ones have done their work.
    Mined,
    /// Uniform negatives at a constant rate, as in Nickel & Kiela (2017).
    Uniform,
}

impl Recipe {
    /// The settings for embedding `nodes` nodes.
    pub fn settings(self, manifold: Space, dim: usize, nodes: usize) -> EmbeddingSettings {
        let uniform = EmbeddingSettings {
            model: EmbeddingModel::Distance,
            manifold,
            dim,
            epochs: 300,
            lr: 0.05,
            schedule: Schedule::Constant,
            batch_size: 1,
            focus: 0.0,
            negatives: 50,
            hard_negatives: 0,
            hard_pool: 64,
            hard_start: 0,
            hard_refresh: 10,
            parent_visits: 0,
            growth: None,
            burn_in: 20,
            burn_in_factor: 0.1,
            dampening: 1.0,
            init_scale: 1e-3,
            cone_constant: 0.1,
            cone_margin: 0.01,
            patience: None,
            validate_every: 10,
            threads: 1,
            seed: 0,
            dtype: Format::F64,
            path: Route::Fast,
        };
        match self {
            Self::Uniform => uniform,
            // A small graph finds its place from one spot; a large one has to grow.
            Self::Mined if nodes <= 10_000 => EmbeddingSettings {
                epochs: 600,
                schedule: Schedule::Linear,
                hard_negatives: 5,
                hard_start: 50,
                ..uniform
            },
            Self::Mined => EmbeddingSettings {
                epochs: 500,
                schedule: Schedule::Linear,
                hard_negatives: 5,
                hard_start: 10,
                focus: 0.5,
                parent_visits: 4,
                growth: NonZeroUsize::new(2),
                burn_in: 0,
                ..uniform
            },
        }
    }
}
