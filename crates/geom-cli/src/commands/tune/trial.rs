//! One trial: settings, and what they reach on the validation part.

use geom::train::graph::{GraphSettings, SearchSpace};
use serde::{Deserialize, Serialize};

use super::rounds::{Candidate, Scored};
use crate::commands::bench_table::{Dataset, FIRST_SPLIT};
use crate::commands::subprocesses::{Job, Outcome, Pretrained, SubprocessError, train};

/// A finished trial. It holds nothing of the test part, so that nothing can be chosen by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    dataset: String,
    /// The fingerprint of the data: a folder may hold others later.
    data: String,
    /// Those of the first seed.
    settings: GraphSettings,
    /// The run whose embeddings are features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pretrained: Option<Pretrained>,
    /// Of each seed: F1, or the mean of ROC AUC and average precision.
    validation: Vec<f64>,
    /// Of all seeds.
    epochs: usize,
    seconds: f64,
}

impl Scored for Finished {
    fn score(&self) -> f64 {
        self.validation.iter().sum::<f64>() / self.validation.len() as f64
    }
}

impl Finished {
    pub(super) fn settings(&self) -> &GraphSettings {
        &self.settings
    }
}

/// A trial.
#[derive(Clone)]
pub(super) struct Trial {
    dataset: String,
    /// The fingerprint of the data.
    data: String,
    settings: GraphSettings,
    pretrained: Option<Pretrained>,
    seeds: u32,
    /// The same with fewer seeds, to go on from.
    begun: Option<Finished>,
    varies_split: bool,
    /// What tells it from others, for a line of progress.
    values: String,
}

impl Trial {
    pub(super) fn new(
        dataset: &Dataset,
        space: &SearchSpace,
        mut settings: GraphSettings,
        seeds: u32,
    ) -> Self {
        settings.split_seed = FIRST_SPLIT;
        let table = serde_json::to_value(&settings).unwrap_or_default();
        let values = space.varied().map(|setting| match table.get(setting) {
            Some(serde_json::Value::String(text)) => format!("{setting} {text}"),
            Some(value) => format!("{setting} {value}"),
            None => String::new(),
        });
        Self {
            values: values.collect::<Vec<_>>().join(", "),
            varies_split: dataset.varies_split(settings.task),
            dataset: dataset.name.clone(),
            data: dataset.fingerprint.clone(),
            settings,
            pretrained: None,
            seeds,
            begun: None,
        }
    }

    /// The same with the embeddings of a run among the features.
    pub(super) fn pretrained(mut self, run: Option<&Pretrained>) -> Self {
        self.pretrained = run.cloned();
        self
    }

    /// Whether both try the same settings.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

impl Candidate for Trial {
    fn with_seeds(&self, seeds: u32, begun: &Finished) -> Self {
        Self {
            seeds,
            begun: Some(begun.clone()),
            ..self.clone()
        }
    }
}

impl Job for Trial {
    type Done = Finished;

    fn describe(&self) -> String {
        self.values.clone()
    }

    fn is(&self, done: &Finished) -> bool {
        self.settings == done.settings
            && self.pretrained == done.pretrained
            && self.seeds as usize == done.validation.len()
            && (&self.dataset, &self.data) == (&done.dataset, &done.data)
    }

    fn run(&self, threads: usize) -> Result<Outcome<Finished>, SubprocessError> {
        let begin = || Finished {
            dataset: self.dataset.clone(),
            data: self.data.clone(),
            settings: self.settings.clone(),
            pretrained: self.pretrained.clone(),
            validation: Vec::new(),
            epochs: 0,
            seconds: 0.0,
        };
        let mut done = self.begun.clone().unwrap_or_else(begin);
        for seed in done.validation.len() as u32..self.seeds {
            let mut settings = self.settings.clone();
            settings.seed = seed.into();
            if self.varies_split {
                settings.split_seed = FIRST_SPLIT.wrapping_add(seed);
            }
            let result = train(&self.dataset, &settings, self.pretrained.as_ref(), threads)?;
            done.validation.push(result.scores.selection());
            done.epochs += result.epochs;
            done.seconds += result.seconds;
        }
        let progress = format!(
            "{:.4} ({} epochs, {:.1} s)",
            done.score(),
            done.epochs,
            done.seconds
        );
        Ok(Outcome { done, progress })
    }
}
