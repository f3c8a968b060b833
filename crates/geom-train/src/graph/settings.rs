//! What to train.

use std::collections::BTreeSet;

use geom_core::{SpaceConfig, SpaceName};
use geom_data::graph::{SplitProtocol, Task};
use geom_nn::layers::Activation;
use geom_nn::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use geom_nn::models::{ModelKind, NodeEncoderConfig};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::error::GraphTrainError;
use crate::embedding::Format;
use crate::error::TrainError;

/// What a graph network learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphTask {
    /// Node classification.
    Nc,
    /// Link prediction.
    Lp,
}

impl GraphTask {
    /// The short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nc => "nc",
            Self::Lp => "lp",
        }
    }
}

impl From<GraphTask> for Task {
    fn from(task: GraphTask) -> Self {
        match task {
            GraphTask::Nc => Self::NodeClassification,
            GraphTask::Lp => Self::LinkPrediction,
        }
    }
}

/// How the data is parted; see [`SplitProtocol`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Disjoint parts, negatives that are no positives of any part.
    #[default]
    Clean,
    /// As in the reference code of HGCN, leaks included.
    Hgcn,
}

impl Protocol {
    /// The name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Hgcn => "hgcn",
        }
    }
}

impl From<Protocol> for SplitProtocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Clean => Self::Clean,
            Protocol::Hgcn => Self::Hgcn,
        }
    }
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GraphSettings {
    /// The model.
    pub model: ModelKind,
    /// The task.
    pub task: GraphTask,
    /// The space of the points. Default: [`ModelKind::default_space`].
    pub manifold: SpaceName,
    /// The magnitude $c$ of the curvature $-c$. Default: 1.
    pub curvature: f64,
    /// Whether curvatures train, each layer its own. Default: false.
    pub learn_curvature: bool,
    /// The dimension of hidden layers and of the points. Default: 16.
    pub dim: usize,
    /// Layers; for classes, a model without convolution at its end has a linear map beside them.
    /// Default: 2.
    pub layers: usize,
    /// Heads of attention in flat networks. Default: 8.
    pub heads: usize,
    /// How neighbours are weighed in HGCN and κ-GCN. Default: all alike; in κ-GCN as in GCN.
    pub neighbours: NeighborWeightingConfig,
    /// Where they are averaged in HGCN. Default: at the origin.
    pub tangent_space: AggregationPoint,
    /// The function between layers, where the model leaves a choice. Default: ReLU.
    pub activation: Activation,
    /// The share of features that is dropped in training. Default: 0.
    pub dropout: f64,
    /// The share of weights that is dropped in training, in HGCN, HNN and MLP. Default: 0.
    pub weight_dropout: f64,
    /// How much the loss of links counts beside that of classes (HGCN, section 4.5); 0 for not.
    /// Default: 0.
    #[serde(default)]
    pub link_loss: f64,
    /// L2 penalty on all parameters but curvatures, added to the gradient. Default: 0.
    pub weight_decay: f64,
    /// The learning rate of Adam. Default: 0.01.
    pub lr: f64,
    /// By what the rate is multiplied every [`lr_decay_every`](Self::lr_decay_every) epochs.
    /// Default: 0.5.
    pub lr_decay: f64,
    /// Epochs between two reductions of the rate; 0 for none. Default: 0.
    pub lr_decay_every: usize,
    /// The largest norm of a parameter's gradient; 0 for any. Default: 0.
    pub clip: f64,
    /// Epochs at most. Default: 5,000.
    pub epochs: usize,
    /// Epochs at least. Default: 100.
    pub min_epochs: usize,
    /// Epochs without a better validation score after which training ends. Default: 100.
    pub patience: usize,
    /// Seed of weights, dropout and negatives. Default: 0.
    pub seed: u64,
    /// Seed of the split. Default: 1234.
    pub split_seed: u32,
    /// How the data is parted. Default: clean.
    pub protocol: Protocol,
    /// Whether the model sees features; otherwise the number of the node. Default: true.
    pub use_features: bool,
    /// Whether each node's features are divided by their sum. Default: true.
    pub normalize_features: bool,
    /// The squared distance at which a link is as likely as not. Default: 2.
    pub r: f64,
    /// How softly the probability of a link falls around it. Default: 1.
    pub t: f64,
    /// Seeds of the neighbourhoods of one step; 0 for the whole graph in every step. Default: 0.
    pub batch: usize,
    /// Neighbours that are sampled in each layer, first that next to the result. Default: none.
    pub fanouts: Vec<usize>,
    /// The number format. Default: f32.
    pub dtype: Format,
}

impl GraphSettings {
    /// Settings to start from, before a dataset is known.
    pub fn new(model: ModelKind, task: GraphTask) -> Self {
        Self {
            model,
            task,
            manifold: model.default_space(),
            curvature: 1.0,
            learn_curvature: false,
            dim: 16,
            layers: 2,
            heads: 8,
            neighbours: match model {
                ModelKind::KappaGcn => NeighborWeightingConfig::Symmetric,
                _ => NeighborWeightingConfig::Mean,
            },
            tangent_space: AggregationPoint::Origin,
            activation: Activation::Relu,
            dropout: 0.0,
            weight_dropout: 0.0,
            link_loss: 0.0,
            weight_decay: 0.0,
            lr: 0.01,
            lr_decay: 0.5,
            lr_decay_every: 0,
            clip: 0.0,
            epochs: 5000,
            min_epochs: 100,
            patience: 100,
            seed: 0,
            split_seed: 1234,
            protocol: Protocol::Clean,
            use_features: true,
            normalize_features: true,
            r: 2.0,
            t: 1.0,
            batch: 0,
            fanouts: Vec::new(),
            dtype: Format::F32,
        }
    }

    /// What a run of these settings is told that is to go on with others: each flag with both values.
    pub fn conflicts(&self, wanted: &Self) -> Vec<String> {
        let [Ok(run), Ok(now)] = [self, wanted].map(Table::try_from) else {
            return vec!["the settings differ".to_owned()];
        };
        let names: BTreeSet<&String> = run.keys().chain(now.keys()).collect();
        let shown = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
        let differing = names
            .into_iter()
            .filter(|name| run.get(*name) != now.get(*name));
        let told = differing.map(|name| {
            let (run, now) = (shown(run.get(name)), shown(now.get(name)));
            // Two flags set one of them each way.
            let flag = match name.as_str() {
                "learn-curvature" => "curvature learn",
                "fanouts" => "batch",
                "batch" => "batch-size",
                other => other,
            };
            format!("--{flag} is {run} in the run, {now} now")
        });
        told.collect()
    }

    /// Checks every setting that a file or a command line can get wrong.
    ///
    /// # Errors
    /// The first setting out of its range, named as its flag.
    pub fn validate(&self) -> Result<(), GraphTrainError> {
        let positive = "a positive, finite number";
        let share = "at least 0 and below 1";
        let curvature_fits = if self.manifold.is_signed() {
            self.curvature.is_finite()
        } else {
            is_positive(self.curvature)
        };
        let in_range = [
            count("--dim", self.dim, 16_384, "1 to 16384"),
            count("--layers", self.layers, 256, "1 to 256"),
            count("--heads", self.heads, 256, "1 to 256"),
            count("--epochs", self.epochs, MANY, "1 to 1000000000"),
            count("--patience", self.patience, MANY, "1 to 1000000000"),
            (
                "--curvature",
                self.curvature,
                curvature_fits,
                "a positive, finite number; finite, for stereographic space",
            ),
            ("--lr", self.lr, is_positive(self.lr), positive),
            (
                "--lr-decay",
                self.lr_decay,
                is_positive(self.lr_decay),
                positive,
            ),
            ("--t", self.t, is_positive(self.t), positive),
            ("--r", self.r, self.r.is_finite(), "a finite number"),
            ("--dropout", self.dropout, is_share(self.dropout), share),
            (
                "--weight-dropout",
                self.weight_dropout,
                is_share(self.weight_dropout),
                share,
            ),
            (
                "--weight-decay",
                self.weight_decay,
                self.weight_decay == 0.0 || is_positive(self.weight_decay),
                "0 or a positive, finite number",
            ),
            (
                "--link-loss",
                self.link_loss,
                self.link_loss == 0.0 || is_positive(self.link_loss),
                "0 or a positive, finite number",
            ),
            (
                "--clip",
                self.clip,
                self.clip == 0.0 || is_positive(self.clip),
                "0 or a positive, finite number",
            ),
        ];
        if let Some((name, value, _, rule)) = in_range.into_iter().find(|&(_, _, fits, _)| !fits) {
            let value = value.to_string();
            return Err(TrainError::Setting { name, value, rule }.into());
        }
        if self.fanouts.contains(&0) {
            return Err(TrainError::Setting {
                name: "--batch",
                value: "neighbor with a 0".to_owned(),
                rule: "at least one neighbour for each layer",
            }
            .into());
        }
        let beside_classes = self.task == GraphTask::Nc && !self.model.ends_in_classes();
        if self.link_loss > 0.0 && (!beside_classes || self.batch > 0) {
            return Err(TrainError::Setting {
                name: "--link-loss",
                value: self.link_loss.to_string(),
                rule: "0, unless a model with points classifies nodes of the whole graph",
            }
            .into());
        }
        let sees_nodes_alone = matches!(
            self.model,
            ModelKind::Hnn | ModelKind::Mlp | ModelKind::Shallow
        );
        if self.batch > 0 && sees_nodes_alone {
            return Err(TrainError::Setting {
                name: "--batch",
                value: "neighbor".to_owned(),
                rule: "full, for a model that does not look at neighbours",
            }
            .into());
        }
        if self.batch == 0 && !self.fanouts.is_empty() {
            return Err(TrainError::Setting {
                name: "--batch-size",
                value: "0".to_owned(),
                rule: "at least 1",
            }
            .into());
        }
        if self.learn_curvature && self.model == ModelKind::HyboNet {
            return Err(TrainError::Setting {
                name: "--curvature",
                value: "learn".to_owned(),
                rule: "a number, for hybonet, whose layers share one space",
            }
            .into());
        }
        if self.batch > 0 && self.fanouts.len() != self.layers {
            return Err(TrainError::Setting {
                name: "--batch",
                value: format!("neighbor with {} numbers", self.fanouts.len()),
                rule: "one number of neighbours for each layer",
            }
            .into());
        }
        Ok(())
    }

    /// The encoder of these settings, for features `width` wide of `nodes` nodes.
    pub(super) fn encoder(
        &self,
        nodes: usize,
        width: usize,
        classes: Option<usize>,
    ) -> NodeEncoderConfig {
        let output = classes.filter(|_| self.model.ends_in_classes());
        let mut dims = vec![width];
        dims.resize(self.layers, self.dim);
        dims.push(output.unwrap_or(self.dim));
        NodeEncoderConfig {
            kind: self.model,
            nodes,
            dims,
            space: SpaceConfig::new(self.manifold.clone())
                .with_curvature(self.curvature)
                .with_learnable(self.learn_curvature),
            neighbors: self.neighbours,
            aggregation_point: self.tangent_space,
            heads: self.heads,
            dropout: self.dropout,
            weight_dropout: self.weight_dropout,
            activation: self.activation,
        }
    }
}

/// More epochs than anybody waits for.
const MANY: usize = 1_000_000_000;

/// A number of things with its range, as a row of the table of [`GraphSettings::validate`].
fn count(
    name: &'static str,
    value: usize,
    most: usize,
    rule: &'static str,
) -> (&'static str, f64, bool, &'static str) {
    (name, value as f64, (1..=most).contains(&value), rule)
}

fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

fn is_share(value: f64) -> bool {
    (0.0..1.0).contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named_by_its_flag() {
        let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::Nc);
        assert!(settings.validate().is_ok());
        settings.patience = 0;
        let error = settings.validate().unwrap_err().to_string();
        assert!(error.contains("--patience = 0"), "{error}");
        settings.patience = 1;
        settings.dropout = 1.0;
        assert!(
            settings
                .validate()
                .unwrap_err()
                .to_string()
                .contains("--dropout")
        );
        settings.dropout = f64::NAN;
        assert!(settings.validate().is_err());
    }

    #[test]
    fn a_network_that_ends_in_classes_has_no_decoder() {
        let gcn = GraphSettings::new(ModelKind::Gcn, GraphTask::Nc);
        assert_eq!(gcn.encoder(9, 30, Some(7)).dims, [30, 16, 7]);
        let hgcn = GraphSettings::new(ModelKind::Hgcn, GraphTask::Nc);
        assert_eq!(hgcn.encoder(9, 30, Some(7)).dims, [30, 16, 16]);
        assert_eq!(gcn.encoder(9, 30, None).dims, [30, 16, 16]);
    }
}
