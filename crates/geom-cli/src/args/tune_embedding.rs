//! What `geom tune` takes for embeddings alone.

use std::str::FromStr;

use clap::Args;
use geom::data::wordnet::InstanceRule;
use geom::nn::models::ModelKind;
use geom::train::embedding::{Recipe, Space};

use super::{HoldoutArguments, ReadingArguments, TuneArguments, choice, embedding_space};

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TunedModel {
    /// The settings of a graph network.
    Graph(ModelKind),
    /// Those of an embedding by distances.
    Distance,
}

impl FromStr for TunedModel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "distance" => Ok(Self::Distance),
            "cones" => Err("cones start from a run of --model distance: search that".to_owned()),
            model => match model.parse() {
                Ok(model) => Ok(Self::Graph(model)),
                Err(error) => Err(format!("{error}; or distance, for embeddings")),
            },
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct TuneEmbeddingArguments {
    /// Take the transitive closure of an edge list
    #[arg(long, help_heading = "Embeddings")]
    pub(crate) closure: bool,
    /// Take each line of an edge list as a link of a network, in both directions
    #[arg(long, help_heading = "Embeddings")]
    pub(crate) undirected: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Which closure of WordNet's instances: 2018 (743,086 pairs) or 2017 (743,241)
    #[arg(long, value_name = "YEAR", value_parser = choice::<InstanceRule>(), help_heading = "Embeddings")]
    pub(crate) instance_rule: Option<InstanceRule>,
    /// The space to embed in: poincare, lorentz or euclidean, by any of their names [default: poincare]
    #[arg(long, value_parser = embedding_space, help_heading = "Embeddings")]
    pub(crate) manifold: Option<Space>,
    /// Its dimension [default: 5]
    #[arg(long, help_heading = "Embeddings")]
    pub(crate) dim: Option<usize>,
    /// Defaults for all that the space to search does not name [default: mined]
    #[arg(long, value_parser = choice::<Recipe>(), help_heading = "Embeddings")]
    pub(crate) recipe: Option<Recipe>,
    /// Passes over all relations, unless the space to search names them [default: those of the recipe]
    #[arg(long, help_heading = "Embeddings")]
    pub(crate) epochs: Option<usize>,
    #[command(flatten)]
    pub(crate) holdout: HoldoutArguments,
}

impl TuneArguments {
    /// The flags for embeddings alone, and whether they are given.
    pub(crate) fn of_embeddings(&self) -> [(&'static str, bool); 12] {
        let TuneEmbeddingArguments {
            closure,
            undirected,
            reading,
            instance_rule,
            manifold,
            dim,
            recipe,
            epochs,
            holdout,
        } = &self.embeddings;
        [
            ("--closure", *closure),
            ("--undirected", *undirected),
            ("--columns", reading.columns.is_some()),
            ("--delimiter", reading.delimiter.is_some()),
            ("--header", reading.header.is_some()),
            ("--instance-rule", instance_rule.is_some()),
            ("--manifold", manifold.is_some()),
            ("--dim", dim.is_some()),
            ("--recipe", recipe.is_some()),
            ("--epochs", epochs.is_some()),
            ("--holdout", holdout.holdout.is_some()),
            (
                "--patience",
                holdout.patience.is_some() || holdout.validate_every.is_some(),
            ),
        ]
    }

    /// The flags for graph networks alone, and whether they are given.
    pub(crate) fn of_graphs(&self) -> [(&'static str, bool); 3] {
        [
            ("--task", self.task.is_some()),
            ("--protocol", self.protocol.is_some()),
            ("--pretrained", self.pretrained.is_some()),
        ]
    }
}
