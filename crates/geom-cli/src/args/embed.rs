//! The arguments of `geom embed`.

use std::path::PathBuf;

use clap::Args;
use geom::core::Backend;
use geom::data::edge_list::Columns;
use geom::data::wordnet::InstanceRule;
use geom::train::Format;
use geom::train::embedding::{ConeNegatives, EmbeddingModel, Recipe, Route, Schedule, Space};

use super::{
    FolderArguments, HoldoutArguments, OutputArguments, choice, delimiter, embedding_space,
    yes_or_no,
};

/// How an edge list is read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReadingArguments {
    /// Which columns of an edge list hold what, by number from 1 or by name in its header, as
    /// child=2,parent=5 or child=taxon,parent=genus,weight=7 [default: the first two, a third for weights]
    #[arg(long, value_name = "COLUMNS")]
    pub(crate) columns: Option<Columns>,
    /// What splits its fields: tab, comma, semicolon, space (of any length), or one character [default: by
    /// the name of the file]
    #[arg(long, value_parser = delimiter)]
    pub(crate) delimiter: Option<char>,
    /// Whether its first line is a header [default: if its words are those of one]
    #[arg(long, value_parser = yes_or_no(), value_name = "yes|no")]
    pub(crate) header: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct EmbedArguments {
    /// wordnet-mammals, wordnet-nouns, or a .csv or .tsv edge list (child, parent[, weight]; .gz too), .graphml, or -
    /// for one on standard input [default: wordnet-mammals]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) dataset: Option<String>,
    /// Take the transitive closure of an edge list
    #[arg(long)]
    pub(crate) closure: bool,
    /// Take each line of an edge list as a link of a network, in both directions
    #[arg(long)]
    pub(crate) undirected: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Which closure of WordNet's instances: 2018 (743,086 pairs) or 2017 (743,241)
    #[arg(long, value_parser = choice::<InstanceRule>(), value_name = "YEAR")]
    pub(crate) instance_rule: Option<InstanceRule>,

    /// A TOML file of flags, as in: hard-negatives = 5; those of the command line go over it
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) config: Option<PathBuf>,

    /// What the points mean [default: distance]
    #[arg(long, value_parser = choice::<EmbeddingModel>())]
    pub(crate) model: Option<EmbeddingModel>,
    /// The distance run whose points cones start from; they have its data, dimension and held-out relations
    #[arg(
        long,
        value_name = "RUN",
        help_heading = "Cones",
        conflicts_with = "resume"
    )]
    pub(crate) init: Option<PathBuf>,
    /// The constant K of the cones: the smaller, the narrower they are [default: 0.1]
    #[arg(long, value_name = "K", help_heading = "Cones")]
    pub(crate) cone_constant: Option<f64>,
    /// The least energy, an angle, that unrelated pairs should have [default: 0.01]
    #[arg(long, value_name = "ANGLE", help_heading = "Cones")]
    pub(crate) cone_margin: Option<f64>,
    /// Which end of a relation is replaced to make an unrelated pair [default: both]
    #[arg(long, value_name = "END", value_parser = choice::<ConeNegatives>(), help_heading = "Cones")]
    pub(crate) cone_negatives: Option<ConeNegatives>,

    /// The space to embed in: poincare, lorentz or euclidean, by any of their names [default: poincare]
    #[arg(long, value_parser = embedding_space)]
    pub(crate) manifold: Option<Space>,
    /// Its dimension [default: 5]
    #[arg(long)]
    pub(crate) dim: Option<usize>,

    /// Defaults for everything below: mined negatives, or the uniform ones of the 2017 paper [default: mined]
    #[arg(long, value_parser = choice::<Recipe>(), help_heading = "Training", conflicts_with = "resume")]
    pub(crate) recipe: Option<Recipe>,
    /// Passes over all relations
    #[arg(long, help_heading = "Training")]
    pub(crate) epochs: Option<usize>,
    /// Learning rate: the geodesic length of a unit-gradient step
    #[arg(long, help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// How the rate falls after the burn-in
    #[arg(long, value_parser = choice::<Schedule>(), help_heading = "Training")]
    pub(crate) schedule: Option<Schedule>,
    /// Nodes, with all their relations, whose gradients make one step
    #[arg(long, help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,
    /// Negatives of a node in each epoch
    #[arg(long, help_heading = "Training")]
    pub(crate) negatives: Option<usize>,
    /// Extra weight of badly ranked relations: the loss is l + focus/2 l^2
    #[arg(long, help_heading = "Training")]
    pub(crate) focus: Option<f64>,
    /// How many of the negatives are mined from the node's nearest non-relations; 0 for none
    #[arg(long, help_heading = "Training")]
    pub(crate) hard_negatives: Option<usize>,
    /// How many nearest non-relations are mined for each node
    #[arg(long, help_heading = "Training")]
    pub(crate) hard_pool: Option<usize>,
    /// Epochs with all nodes before the first with mined negatives
    #[arg(long, help_heading = "Training")]
    pub(crate) hard_start: Option<usize>,
    /// Epochs between two minings
    #[arg(long, help_heading = "Training")]
    pub(crate) hard_refresh: Option<usize>,
    /// Extra visits per epoch of a node with several parents, for each parent after the first
    #[arg(long, help_heading = "Training")]
    pub(crate) parent_visits: Option<usize>,
    /// Epochs for each stage of the growth: 128 general nodes first, then twice as many, ...; 0 for none
    #[arg(long, help_heading = "Training")]
    pub(crate) growth: Option<usize>,
    /// Epochs of burn-in: reduced rate, negatives by degree
    #[arg(long, help_heading = "Training")]
    pub(crate) burn_in: Option<usize>,
    /// The factor on the rate during burn-in
    #[arg(long, help_heading = "Training")]
    pub(crate) burn_in_factor: Option<f64>,
    /// Exponent on the degree in the burn-in's law of negatives
    #[arg(long, help_heading = "Training")]
    pub(crate) dampening: Option<f64>,
    /// How far from the origin points start at most
    #[arg(long, help_heading = "Training")]
    pub(crate) init_scale: Option<f64>,
    /// Worker threads of the fast route; 1 is reproducible bit for bit [default: all processors]
    #[arg(long, help_heading = "Training")]
    pub(crate) threads: Option<usize>,
    /// Seed of everything random [default: 0]
    #[arg(long, help_heading = "Training")]
    pub(crate) seed: Option<u64>,
    /// Number format of the table [default: f64]
    #[arg(long, value_parser = choice::<Format>(), help_heading = "Training")]
    pub(crate) dtype: Option<Format>,
    /// Closed-form CPU kernel, or Burn's automatic differentiation [default: fast]
    #[arg(long, alias = "path", value_parser = choice::<Route>(), help_heading = "Training")]
    pub(crate) route: Option<Route>,
    /// What computes the autodiff route, if compiled in [default: flex]
    #[arg(long, value_parser = choice::<Backend>(), help_heading = "Training")]
    pub(crate) backend: Option<Backend>,

    #[command(flatten)]
    pub(crate) holdout: HoldoutArguments,

    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// Epochs between two checkpoints [default: a twentieth of all epochs]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<usize>,
    /// Evaluate only this many nodes at the end, drawn at random [default: all, or as many as take no
    /// longer than the training]
    #[arg(long, value_name = "N", conflicts_with = "no_eval")]
    pub(crate) eval_sample: Option<usize>,
    /// Skip the evaluation; run geom eval later
    #[arg(long)]
    pub(crate) no_eval: bool,
    /// Skip the pictures; run geom plot later
    #[arg(long)]
    pub(crate) no_plot: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
