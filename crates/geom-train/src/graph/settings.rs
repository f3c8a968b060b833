//! What to train.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use geom_core::{SettingError, SpaceConfig, SpaceName};
use geom_data::graph::{GraphTask, SplitProtocol};
use geom_nn::layers::Activation;
use geom_nn::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use geom_nn::models::{ModelKind, NodeEncoderConfig};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::Format;
use crate::conflict::SettingConflict;
use crate::zero_is_none;

/// How much of the graph a step of training sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Batching {
    /// All of it.
    #[default]
    Full,
    /// Some nodes or links, and a sample of their neighbors.
    Neighbors {
        /// Nodes or links of one step.
        size: usize,
        /// Neighbors that are drawn in each layer, first in that next to the result.
        fanouts: Vec<usize>,
    },
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
    /// How neighbors are weighted in HGCN and κ-GCN. Default: all alike; in κ-GCN as in GCN.
    pub neighbors: NeighborWeightingConfig,
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
    /// Epochs between two reductions of the rate, 0 in a file for none. Default: none.
    #[serde(with = "zero_is_none::count")]
    pub lr_decay_every: Option<NonZeroUsize>,
    /// The largest norm of a parameter's gradient, 0 in a file for none. Default: none.
    #[serde(with = "zero_is_none::number")]
    pub gradient_clipping: Option<f64>,
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
    pub protocol: SplitProtocol,
    /// Whether the model sees features; otherwise the number of the node. Default: true.
    pub use_features: bool,
    /// Whether each node's features are divided by their sum, which features with negative numbers, or of
    /// one column, never are. Default: true.
    pub normalize_features: bool,
    /// The squared distance at which a link is as likely as not, $r$ of the
    /// [decoder](geom_nn::decoders::FermiDirac). Default: 2.
    pub decoder_radius: f64,
    /// How softly the probability of a link falls around it, $t$ of the decoder. Default: 1.
    pub decoder_temperature: f64,
    /// How much of the graph a step sees. Default: all of it.
    pub batching: Batching,
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
            neighbors: match model {
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
            lr_decay_every: None,
            gradient_clipping: None,
            epochs: 5000,
            min_epochs: 100,
            patience: 100,
            seed: 0,
            split_seed: 1234,
            protocol: SplitProtocol::Clean,
            use_features: true,
            normalize_features: true,
            decoder_radius: 2.0,
            decoder_temperature: 1.0,
            batching: Batching::Full,
            dtype: Format::F32,
        }
    }

    /// Each setting that differs from those `wanted` now.
    pub fn conflicts(&self, wanted: &Self) -> Vec<SettingConflict> {
        let fields = |settings: &Self| Table::try_from(settings).unwrap_or_default();
        let (run, now) = (fields(self), fields(wanted));
        let names: BTreeSet<&String> = run.keys().chain(now.keys()).collect();
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "none".to_owned(),
        };
        names
            .into_iter()
            .filter(|name| run.get(*name) != now.get(*name))
            .map(|name| SettingConflict {
                field: name.replace('-', "_"),
                run: text(run.get(name)),
                now: text(now.get(name)),
            })
            .collect()
    }

    /// Checks every setting that a file or a command line can get wrong.
    ///
    /// # Errors
    /// The first setting out of its range.
    pub fn check(&self) -> Result<(), SettingError> {
        self.check_ranges()?;
        self.check_together()
    }

    /// Every setting by itself.
    fn check_ranges(&self) -> Result<(), SettingError> {
        let count = |field, value: usize, most: usize, rule| {
            SettingError::check((1..=most).contains(&value), field, value, rule)
        };
        let positive = |field, value: f64| {
            let rule = "a positive, finite number";
            SettingError::check(is_positive(value), field, value, rule)
        };
        let share = |field, value: f64| {
            let rule = "at least 0 and below 1";
            SettingError::check((0.0..1.0).contains(&value), field, value, rule)
        };
        let zero_or_positive = |field, value: f64| {
            let holds = value == 0.0 || is_positive(value);
            SettingError::check(holds, field, value, "0 or a positive, finite number")
        };
        count("dim", self.dim, 16_384, "1 to 16384")?;
        count("layers", self.layers, 256, "1 to 256")?;
        count("heads", self.heads, 256, "1 to 256")?;
        count("epochs", self.epochs, MANY, "1 to 1000000000")?;
        count("patience", self.patience, MANY, "1 to 1000000000")?;
        let curvature_fits = if self.manifold.is_signed() {
            self.curvature.is_finite()
        } else {
            is_positive(self.curvature)
        };
        SettingError::check(
            curvature_fits,
            "curvature",
            self.curvature,
            "a positive, finite number; finite, for stereographic space",
        )?;
        positive("lr", self.lr)?;
        positive("lr_decay", self.lr_decay)?;
        positive("decoder_temperature", self.decoder_temperature)?;
        let radius = self.decoder_radius;
        SettingError::check(
            radius.is_finite(),
            "decoder_radius",
            radius,
            "a finite number",
        )?;
        share("dropout", self.dropout)?;
        share("weight_dropout", self.weight_dropout)?;
        zero_or_positive("weight_decay", self.weight_decay)?;
        zero_or_positive("link_loss", self.link_loss)?;
        match self.gradient_clipping {
            Some(norm) => positive("gradient_clipping", norm),
            None => Ok(()),
        }
    }

    /// What settings ask of each other.
    fn check_together(&self) -> Result<(), SettingError> {
        let beside_classes =
            self.task == GraphTask::NodeClassification && !self.model.ends_in_classes();
        SettingError::check(
            self.link_loss == 0.0 || (beside_classes && self.batching == Batching::Full),
            "link_loss",
            self.link_loss,
            "0, unless a model with points classifies nodes of the whole graph",
        )?;
        SettingError::check(
            !self.learn_curvature || self.model != ModelKind::HyboNet,
            "curvature",
            "learn",
            "a number, for hybonet, whose layers share one space",
        )?;
        let Batching::Neighbors { size, fanouts } = &self.batching else {
            return Ok(());
        };
        SettingError::check(*size > 0, "batch_size", size, "at least 1")?;
        SettingError::check(
            !fanouts.contains(&0),
            "batching",
            "neighbor with a 0",
            "at least one neighbor for each layer",
        )?;
        let sees_nodes_alone = matches!(
            self.model,
            ModelKind::Hnn | ModelKind::Mlp | ModelKind::Shallow
        );
        SettingError::check(
            !sees_nodes_alone,
            "batching",
            "neighbor",
            "full, for a model that does not look at neighbors",
        )?;
        SettingError::check(
            fanouts.len() == self.layers,
            "batching",
            format!("neighbor with {} numbers", fanouts.len()),
            "one number of neighbors for each layer",
        )
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
            neighbors: self.neighbors,
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

fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named() {
        let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
        assert!(settings.check().is_ok());
        settings.patience = 0;
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("patience = 0"), "{error}");
        settings.patience = 1;
        settings.dropout = 1.0;
        assert!(
            settings
                .check()
                .unwrap_err()
                .to_string()
                .contains("dropout")
        );
        settings.dropout = f64::NAN;
        assert!(settings.check().is_err());
    }

    #[test]
    fn a_network_that_ends_in_classes_has_no_decoder() {
        let gcn = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        assert_eq!(gcn.encoder(9, 30, Some(7)).dims, [30, 16, 7]);
        let hgcn = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
        assert_eq!(hgcn.encoder(9, 30, Some(7)).dims, [30, 16, 16]);
        assert_eq!(gcn.encoder(9, 30, None).dims, [30, 16, 16]);
    }
}
