//! The runs of a table.

use geom::nn::models::ModelKind;
use geom::train::graph::{GraphSettings, GraphTask, SplitProtocol, defaults};
use serde::{Deserialize, Serialize};

use super::datasets::Dataset;
use crate::commands::subprocesses::{Job, Outcome, Pretrained, SubprocessError, train};

/// The seed of the first split.
pub(crate) const FIRST_SPLIT: u32 = 1234;

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    /// The name that `geom train` takes.
    pub(super) dataset: String,
    /// The fingerprint of the data: a folder may hold others later.
    pub(super) data: String,
    pub(super) settings: GraphSettings,
    /// The run whose embeddings are features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pretrained: Option<Pretrained>,
    /// The published number on the test part: ROC AUC, F1 or accuracy.
    pub(super) test: f64,
    pub(super) best_epoch: usize,
    pub(super) epochs: usize,
    pub(super) seconds_per_epoch: f64,
    pub(super) peak_rss_mb: Option<f64>,
}

/// One run.
pub(super) struct Run {
    dataset: String,
    /// The fingerprint of the data.
    data: String,
    settings: GraphSettings,
    pretrained: Option<Pretrained>,
    /// How many classes there are, by which the published number is chosen.
    classes: usize,
}

impl Run {
    /// The `seed`-th run of a model on a dataset.
    pub(super) fn new(
        dataset: &Dataset,
        model: ModelKind,
        task: GraphTask,
        protocol: SplitProtocol,
        seed: u32,
        epochs: Option<usize>,
    ) -> Self {
        let mut settings = defaults(model, dataset.graph.facts(), task);
        settings.protocol = protocol;
        settings.seed = seed.into();
        if dataset.varies_split(task) {
            settings.split_seed = FIRST_SPLIT.wrapping_add(seed);
        }
        if let Some(epochs) = epochs {
            settings.epochs = epochs;
        }
        let classes = dataset
            .graph
            .labels()
            .map_or(0, |labels| labels.num_classes());
        Self {
            dataset: dataset.name.clone(),
            data: dataset.fingerprint.clone(),
            settings,
            pretrained: None,
            classes,
        }
    }
}

impl Run {
    /// The same with the embeddings of a run among the features.
    pub(super) fn pretrained(mut self, run: Option<&Pretrained>) -> Self {
        self.pretrained = run.cloned();
        self
    }
}

impl Job for Run {
    type Done = Finished;

    fn describe(&self) -> String {
        let GraphSettings { model, seed, .. } = self.settings;
        format!("{model} on {}, seed {seed}", self.dataset)
    }

    fn is(&self, done: &Finished) -> bool {
        self.settings == done.settings
            && self.pretrained == done.pretrained
            && (&self.dataset, &self.data) == (&done.dataset, &done.data)
    }

    fn run(&self, threads: usize) -> Result<Outcome<Finished>, SubprocessError> {
        let result = train(
            &self.dataset,
            &self.settings,
            self.pretrained.as_ref(),
            threads,
        )?;
        let done = Finished {
            dataset: self.dataset.clone(),
            data: self.data.clone(),
            settings: self.settings.clone(),
            pretrained: self.pretrained.clone(),
            test: result.scores.published(self.classes),
            best_epoch: result.best_epoch,
            epochs: result.epochs,
            seconds_per_epoch: result.seconds_per_epoch,
            peak_rss_mb: result.peak_rss_mb,
        };
        let progress = format!(
            "{:.4} ({} of {} epochs, {:.1} ms each)",
            done.test,
            done.best_epoch,
            done.epochs,
            1e3 * done.seconds_per_epoch
        );
        Ok(Outcome { done, progress })
    }
}
