//! What is to be known of the scores of a finished run.

use std::fmt;

use geom_data::graph::GraphTask;
use geom_nn::models::ModelKind;

use super::scores::Scores;
use super::settings::GraphSettings;
use super::targets::{ClassTargets, Targets};
use super::trainer::GraphTrainer;

/// The share of the way from chance to perfection below which a score is near chance.
const NEAR: f64 = 0.1;
/// The same of the area under the curve, where half of the way counts from 0.5.
const NEAR_AREA: f64 = 0.2;
/// Standard errors within which a score may be chance.
const ERRORS: f64 = 2.0;

/// Something to be known of the scores of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// A score that says hardly more than chance.
    NearChance {
        /// `test` or `validation`.
        part: &'static str,
        /// What the score is called.
        score: &'static str,
        /// Its value.
        value: f64,
        /// How many nodes or links it is of.
        count: usize,
        /// What chance, or one answer for all, has.
        chance: f64,
    },
    /// Without features, a table of points is known to predict links better than networks.
    TableIsBetter {
        /// The model that was trained.
        model: ModelKind,
    },
    /// Without features and without a look at neighbors, nothing is known of nodes that are not trained on.
    NothingToSee {
        /// The model that was trained.
        model: ModelKind,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NearChance {
                part,
                score,
                value,
                count,
                chance,
            } if *score == ACCURACY => write!(
                f,
                "the {part} score is near chance: {score} {value:.4} on {count} nodes, where the most frequent \
                 class for all of them has {chance:.4}"
            ),
            Self::NearChance {
                part,
                score,
                value,
                count,
                chance,
            } => write!(
                f,
                "the {part} score is near chance: {score} {value:.4} on {count} links, where chance has \
                 {chance:.4}"
            ),
            Self::TableIsBetter { model } => write!(
                f,
                "{model} sees no features here; on links of graphs without features the model shallow, a table \
                 of points, is often better"
            ),
            Self::NothingToSee { model } => write!(
                f,
                "{model} sees nothing of a node here but its number, which tells nothing of other nodes: give \
                 features, or take a model that sees neighbors, such as gcn"
            ),
        }
    }
}

const ACCURACY: &str = "accuracy";

impl GraphTrainer {
    /// What is to be known of the scores of the best epoch; nothing before the first.
    pub fn remarks(&self) -> Vec<Remark> {
        let Some(best) = self.best() else {
            return Vec::new();
        };
        let mut remarks = Vec::new();
        for (part, scores) in [("validation", &best.val), ("test", &best.test)] {
            remarks.extend(near_chance(part, scores, self.data().targets()));
        }
        remarks.extend(better_known(self.settings(), self.data().is_numbered()));
        remarks
    }
}

/// Whether the scores of a part are near chance.
fn near_chance(part: &'static str, scores: &Scores, targets: &Targets) -> Option<Remark> {
    match (scores, targets) {
        (Scores::Nodes(scores), Targets::Classes(targets)) => {
            let nodes = match part {
                "test" => &targets.split.test,
                _ => &targets.split.val,
            };
            let (share, blind) = without_looking(targets, nodes);
            let error = (share * (1.0 - share) / nodes.len() as f64).sqrt();
            let is_near = scores.accuracy <= share + (ERRORS * error).max(NEAR * (1.0 - share));
            // Of two classes, F1 tells whether a rare one is found.
            let is_blind = targets.count > 2 || scores.f1 <= blind + NEAR * (1.0 - blind);
            (is_near && is_blind).then_some(Remark::NearChance {
                part,
                score: ACCURACY,
                value: scores.accuracy,
                count: nodes.len(),
                chance: share,
            })
        }
        (Scores::Links(scores), Targets::Links(split)) => {
            let pairs = match part {
                "test" => split.test_pos(),
                _ => split.val_pos(),
            };
            // Of as many links as other pairs (Hanley and McNeil 1982), where ranks are random.
            let count = pairs.len() as f64;
            let error = ((2.0 * count + 1.0) / (12.0 * count * count)).sqrt();
            let is_near = scores.roc_auc <= 0.5 + (ERRORS * error).max(NEAR_AREA * 0.5);
            is_near.then_some(Remark::NearChance {
                part,
                score: "ROC AUC",
                value: scores.roc_auc,
                count: pairs.len(),
                chance: 0.5,
            })
        }
        _ => None,
    }
}

/// The accuracy of the most frequent class for all of some nodes, and F1 of class 1 for all of them.
fn without_looking(targets: &ClassTargets, nodes: &[u32]) -> (f64, f64) {
    let mut counts = vec![0usize; targets.count.max(2)];
    for &node in nodes {
        counts[targets.labels[node as usize] as usize] += 1;
    }
    let (all, ones) = (nodes.len() as f64, counts[1] as f64);
    let most = counts.iter().copied().max().unwrap_or(0);
    (most as f64 / all, 2.0 * ones / (all + ones))
}

/// Whether another model is known to do better on such data.
fn better_known(settings: &GraphSettings, is_numbered: bool) -> Option<Remark> {
    let model = settings.model;
    let sees_neighbors = !matches!(model, ModelKind::Hnn | ModelKind::Mlp | ModelKind::Shallow);
    match settings.task {
        GraphTask::LinkPrediction => {
            (is_numbered && model != ModelKind::Shallow).then_some(Remark::TableIsBetter { model })
        }
        GraphTask::NodeClassification => {
            let is_lost = !sees_neighbors && settings.link_loss == 0.0;
            ((is_numbered || model == ModelKind::Shallow) && is_lost)
                .then_some(Remark::NothingToSee { model })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use geom_data::graph::{GraphData, LinkSplit, LinkSplitConfig, NodeSplit, SplitProtocol};

    use super::*;
    use crate::graph::{LinkScores, NodeScores};

    /// 100 nodes of the test, of which 70 have class 0.
    fn classes(count: usize) -> Targets {
        Targets::Classes(Arc::new(ClassTargets {
            labels: (0..100).map(|node| u32::from(node >= 70)).collect(),
            count,
            split: NodeSplit {
                train: Vec::new(),
                val: Vec::new(),
                test: (0..100).collect(),
            },
        }))
    }

    #[test]
    fn the_most_frequent_class_for_all_nodes_is_chance() {
        let said = |count, accuracy, f1| {
            let scores = Scores::Nodes(NodeScores { accuracy, f1 });
            near_chance("test", &scores, &classes(count))
        };
        assert_eq!(said(3, 0.9, 0.9), None);
        let remark = said(3, 0.75, 0.75).unwrap();
        assert!(matches!(remark, Remark::NearChance { chance: 0.7, .. }));
        assert!(remark.to_string().contains("has 0.7000"), "{remark}");
        // Much of the rare class found, at the price of as many errors.
        assert_eq!(said(2, 0.7, 0.6), None);
        assert!(said(2, 0.7, 0.0).is_some());
    }

    #[test]
    fn links_are_near_chance_up_to_six_tenths_or_two_errors() {
        let ring = GraphData::builder("ring", 4000).edges((0..4000).map(|u| [u, (u + 1) % 4000]));
        let ring = ring.build().unwrap();
        let split = LinkSplit::new(&ring, SplitProtocol::Clean, 0, &LinkSplitConfig::default());
        let targets = Targets::Links(Arc::new(split.unwrap()));
        let said = |roc_auc| {
            let scores = Scores::Links(LinkScores { roc_auc, ap: 0.5 });
            near_chance("test", &scores, &targets).is_some()
        };
        assert!(said(0.54) && said(0.6) && !said(0.68));
    }

    #[test]
    fn a_better_model_is_told_where_one_is_known() {
        let told = |model, task, numbered| better_known(&GraphSettings::new(model, task), numbered);
        use GraphTask::{LinkPrediction, NodeClassification};
        let model = ModelKind::Hgcn;
        assert_eq!(
            told(model, LinkPrediction, true),
            Some(Remark::TableIsBetter { model })
        );
        assert_eq!(told(model, LinkPrediction, false), None);
        assert_eq!(told(ModelKind::Shallow, LinkPrediction, true), None);
        assert_eq!(told(model, NodeClassification, true), None);
        let model = ModelKind::Mlp;
        assert_eq!(
            told(model, NodeClassification, true),
            Some(Remark::NothingToSee { model })
        );
        assert_eq!(told(model, NodeClassification, false), None);
    }
}
