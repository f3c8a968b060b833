//! How good a model is.

use geom_nn::metrics::{F1Average, MetricError, accuracy, average_precision, f1, roc_auc};
use serde::{Deserialize, Serialize};

/// Scores of node classification.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeScores {
    /// The share of nodes that are in the class they were put in.
    pub accuracy: f64,
    /// The F1 score of class 1 for two classes, otherwise the micro average, which is the accuracy.
    pub f1: f64,
}

/// Scores of link prediction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkScores {
    /// The area under the receiver operating characteristic.
    pub roc_auc: f64,
    /// The average precision.
    pub ap: f64,
}

/// The scores of a task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scores {
    /// Of node classification.
    Nodes(NodeScores),
    /// Of link prediction.
    Links(LinkScores),
}

impl Scores {
    /// Those of the classes that `predicted` gives to nodes of `truth`.
    pub(super) fn of_nodes(
        predicted: &[u32],
        truth: &[u32],
        classes: usize,
    ) -> Result<Self, MetricError> {
        let average = if classes == 2 {
            F1Average::Binary(1)
        } else {
            F1Average::Micro
        };
        Ok(Self::Nodes(NodeScores {
            accuracy: accuracy(predicted, truth)?,
            f1: f1(predicted, truth, average)?,
        }))
    }

    /// Those of the logits of links and of other pairs.
    pub(super) fn of_links(links: &[f64], others: &[f64]) -> Result<Self, MetricError> {
        Ok(Self::Links(LinkScores {
            roc_auc: roc_auc(links, others)?,
            ap: average_precision(links, others)?,
        }))
    }

    /// Accuracy and F1, or area under the curve and average precision.
    pub fn pair(&self) -> [f64; 2] {
        match self {
            Self::Nodes(scores) => [scores.accuracy, scores.f1],
            Self::Links(scores) => [scores.roc_auc, scores.ap],
        }
    }

    /// What the numbers of [`pair`](Self::pair) are called.
    pub fn names(&self) -> [&'static str; 2] {
        match self {
            Self::Nodes(_) => ["accuracy", "F1"],
            Self::Links(_) => ["ROC AUC", "average precision"],
        }
    }

    /// The number by which the best epoch is chosen: F1, or the mean of both scores of links.
    pub fn selection(&self) -> f64 {
        match self {
            Self::Nodes(scores) => scores.f1,
            Self::Links(scores) => (scores.roc_auc + scores.ap) / 2.0,
        }
    }

    /// The number that is published: accuracy, F1 for two classes, or the area under the curve.
    pub fn headline(&self) -> f64 {
        match self {
            Self::Nodes(scores) => scores.f1,
            Self::Links(scores) => scores.roc_auc,
        }
    }
}
