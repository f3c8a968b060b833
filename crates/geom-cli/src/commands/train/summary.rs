//! The result of a run of a graph network, as `--json` prints it and other commands read it.

use geom::nn::models::ModelKind;
use geom::train::graph::{Best, GraphTask, GraphTrainer, Scores, SplitProtocol};
use serde::{Deserialize, Serialize};

use crate::commands::peak_rss_mb;

/// What `geom train --json` prints.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) model: ModelKind,
    pub(crate) dataset: String,
    pub(crate) task: GraphTask,
    pub(crate) protocol: SplitProtocol,
    pub(crate) manifold: String,
    pub(crate) seed: u64,
    pub(crate) split_seed: u32,
    pub(crate) params: usize,
    pub(crate) epochs: usize,
    pub(crate) seconds_per_epoch: f64,
    pub(crate) seconds: f64,
    pub(crate) peak_rss_mb: Option<f64>,
    pub(crate) best_epoch: usize,
    /// The sectional curvatures of the spaces of the best model's layers.
    #[serde(default)]
    pub(crate) curvatures: Vec<f64>,
    #[serde(flatten)]
    pub(crate) scores: NamedScores,
    /// Of --model auto, in the order of trying.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tried: Vec<Tried>,
    pub(crate) notes: Vec<String>,
    pub(crate) run: String,
}

/// A model that was tried by --model auto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) model: ModelKind,
    /// The number by which the best is chosen; none if no epoch was trained.
    pub(crate) val_score: Option<f64>,
    pub(crate) epochs: usize,
    pub(crate) best_epoch: usize,
    pub(crate) seconds: f64,
    /// Whether it stopped by itself, and not because its part of the budget was spent.
    pub(crate) finished: bool,
    /// Why it could not be trained, or not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// The scores of the best epoch, named by part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum NamedScores {
    Nodes {
        val_accuracy: f64,
        val_f1: f64,
        test_accuracy: f64,
        test_f1: f64,
    },
    Links {
        val_roc_auc: f64,
        val_ap: f64,
        test_roc_auc: f64,
        test_ap: f64,
    },
}

impl NamedScores {
    /// Both are of one task.
    fn new(val: &Scores, test: &Scores) -> Self {
        let ([val_1, val_2], [test_1, test_2]) = (val.pair(), test.pair());
        match test {
            Scores::Nodes(_) => Self::Nodes {
                val_accuracy: val_1,
                val_f1: val_2,
                test_accuracy: test_1,
                test_f1: test_2,
            },
            Scores::Links(_) => Self::Links {
                val_roc_auc: val_1,
                val_ap: val_2,
                test_roc_auc: test_1,
                test_ap: test_2,
            },
        }
    }

    /// The number by which settings are chosen: F1, or the mean of both scores of links, on the
    /// validation part.
    pub(crate) fn selection(&self) -> f64 {
        match *self {
            Self::Nodes { val_f1, .. } => val_f1,
            Self::Links {
                val_roc_auc,
                val_ap,
                ..
            } => (val_roc_auc + val_ap) / 2.0,
        }
    }

    /// The number that is published, on the test part: the area under the curve, F1 for two classes,
    /// accuracy for more.
    pub(crate) fn published(&self, classes: usize) -> f64 {
        match *self {
            Self::Nodes { test_f1, .. } if classes == 2 => test_f1,
            Self::Nodes { test_accuracy, .. } => test_accuracy,
            Self::Links { test_roc_auc, .. } => test_roc_auc,
        }
    }
}

impl Summary {
    /// That of a run in the folder `run`.
    pub(super) fn new(trainer: &GraphTrainer, best: &Best, run: String) -> Self {
        let settings = trainer.settings();
        Self {
            model: settings.model,
            dataset: trainer.data().name().to_owned(),
            task: settings.task,
            protocol: settings.protocol,
            manifold: settings.manifold.to_string(),
            seed: settings.seed,
            split_seed: settings.split_seed,
            params: trainer.parameters(),
            epochs: trainer.epochs(),
            seconds_per_epoch: trainer.seconds() / trainer.epochs() as f64,
            seconds: trainer.seconds(),
            peak_rss_mb: peak_rss_mb(),
            best_epoch: best.epoch,
            curvatures: best.model.encoder.curvatures(),
            scores: NamedScores::new(&best.val, &best.test),
            notes: {
                let remarks = trainer.remarks();
                let remarks = remarks.iter().map(ToString::to_string);
                trainer
                    .data()
                    .notes()
                    .iter()
                    .cloned()
                    .chain(remarks)
                    .collect()
            },
            tried: Vec::new(),
            run,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let links = NamedScores::Links {
            val_roc_auc: 0.9,
            val_ap: 0.7,
            test_roc_auc: 0.8,
            test_ap: 0.6,
        };
        let nodes = NamedScores::Nodes {
            val_accuracy: 0.9,
            val_f1: 0.7,
            test_accuracy: 0.8,
            test_f1: 0.6,
        };
        for scores in [links, nodes] {
            let summary = Summary {
                model: ModelKind::KappaGcn,
                dataset: "some".to_owned(),
                task: GraphTask::LinkPrediction,
                protocol: SplitProtocol::Clean,
                manifold: "poincare".to_owned(),
                seed: u64::MAX,
                split_seed: 1,
                params: 2,
                epochs: 3,
                seconds_per_epoch: 0.1 + 0.2,
                seconds: 4.0,
                peak_rss_mb: None,
                best_epoch: 1,
                curvatures: vec![-0.5],
                scores,
                tried: Vec::new(),
                notes: Vec::new(),
                run: "runs/some".to_owned(),
            };
            let text = serde_json::to_string(&summary).unwrap();
            assert!(text.contains(r#""model":"kappa-gcn""#), "{text}");
            let read: Summary = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (read.scores, read.seconds_per_epoch, read.seed),
                (scores, summary.seconds_per_epoch, u64::MAX)
            );
        }
        assert_eq!(links.selection(), 0.8);
        assert_eq!((links.published(2), nodes.published(2)), (0.8, 0.6));
        assert_eq!((nodes.selection(), nodes.published(3)), (0.7, 0.8));
    }
}
