//! The classes of nodes.

use std::fmt;

use geom::core::numerics::to_vec_f64;
use geom::train::graph::{ClassTargets, GraphTrainer, NodeModel};
use serde::Serialize;

use crate::error::CliError;

/// So many classes are shown beside the most probable one.
const SHOWN: usize = 4;

/// The prediction for one node.
#[derive(Debug, Serialize)]
pub(super) struct ClassPrediction {
    node: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    class: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    class_name: Option<String>,
    probability: f64,
    /// Of every class.
    probabilities: Vec<f64>,
    /// The part of the split that the node is in.
    part: Option<&'static str>,
    /// Its class in the data, if it is in a part.
    truth: Option<u32>,
    #[serde(skip)]
    shown: String,
}

impl ClassPrediction {
    pub(super) fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.node.to_string())
    }
}

impl fmt::Display for ClassPrediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// The classes that a model gives to some nodes.
pub(super) fn predict(
    trainer: &GraphTrainer,
    model: &NodeModel,
    nodes: &[u32],
    targets: &ClassTargets,
) -> Result<Vec<ClassPrediction>, CliError> {
    let (inputs, names) = (trainer.inputs(), trainer.data().names());
    let classes = targets.count;
    let logits = to_vec_f64(model.classes(&inputs.features, &inputs.graph));
    let mut part_of = vec![None; trainer.data().nodes()];
    for (part, nodes) in targets.split.parts() {
        for &node in nodes {
            part_of[node as usize].get_or_insert(part);
        }
    }
    let of_node = |&node: &u32| {
        let row = &logits[node as usize * classes..][..classes];
        if !row.iter().all(|logit| logit.is_finite()) {
            let what = format!("node {}", names.node(node));
            return Err(CliError::NotFinite { what });
        }
        let better = |best: usize, class: usize| if row[class] > row[best] { class } else { best };
        let class = (1..classes).fold(0, better);
        let weights = row.iter().map(|logit| (logit - row[class]).exp());
        let sum: f64 = weights.clone().sum();
        let probabilities: Vec<f64> = weights.map(|weight| weight / sum).collect();
        let part = part_of[node as usize];
        let truth = part.map(|_| targets.labels[node as usize]);
        let called = |class: usize| names.class(class as u32);
        let mut shown = format!(
            "class {}, probability {:.4}",
            called(class),
            probabilities[class]
        );
        let mut others: Vec<usize> = (0..classes).filter(|&other| other != class).collect();
        others.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let others: Vec<String> = others
            .into_iter()
            .take(SHOWN)
            .map(|other| format!("{} {:.4}", called(other), probabilities[other]))
            .collect();
        let more = if classes - 1 > SHOWN { ", …" } else { "" };
        shown += &format!("; {}{more}", others.join(", "));
        if let (Some(part), Some(truth)) = (part, truth) {
            shown += &format!("; in the data {} ({part})", called(truth as usize));
        }
        Ok(ClassPrediction {
            node,
            name: names.nodes().map(|_| names.node(node).into_owned()),
            class,
            class_name: names.classes().map(|_| called(class).into_owned()),
            probability: probabilities[class],
            probabilities,
            part,
            truth,
            shown,
        })
    };
    nodes.iter().map(of_node).collect()
}
