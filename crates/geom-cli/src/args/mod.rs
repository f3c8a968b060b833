//! The command line.

mod about;
mod choices;
mod embed;
mod extend;
mod holdout;
mod runs;
mod tables;
mod train;
mod tune_embedding;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use about::{CompletionsArguments, DeltaArguments, ManArguments};
pub(crate) use choices::*;
pub(crate) use embed::{EmbedArguments, ReadingArguments};
pub(crate) use extend::ExtendArguments;
pub(crate) use holdout::HoldoutArguments;
pub(crate) use runs::{
    CompareArguments, DistanceArguments, EvalArguments, ExportArguments, InfoArguments,
    ListArguments, NearestArguments, PlotArguments, PredictArguments,
};
pub(crate) use tables::{BenchTableArguments, TuneArguments};
pub(crate) use train::{BatchArgument, CurvatureArgument, ModelArgument, TrainArguments};
pub(crate) use tune_embedding::{TuneEmbeddingArguments, TunedModel};

/// Geometric deep learning: embeddings of hierarchies in hyperbolic space, and graph networks
#[derive(Debug, Parser)]
#[command(name = "geom", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train an embedding, evaluate it, save it and draw it
    #[command(
        allow_negative_numbers = true,
        after_help = "Defaults not shown here depend on --recipe and the number of nodes: \
                      crates/geom/guides/embeddings.md has the table."
    )]
    Embed(Box<EmbedArguments>),
    /// Place new nodes in a trained embedding, whose own nodes stay; the result is a new run
    #[command(allow_negative_numbers = true)]
    Extend(ExtendArguments),
    /// Train a graph network for node classification or link prediction
    #[command(
        allow_negative_numbers = true,
        after_help = "What has no default here is tuned for each model and dataset; other data \
                      take common ones."
    )]
    Train(Box<TrainArguments>),
    /// Evaluate a run: exact ranks of an embedding, or the scores of a graph network
    Eval(EvalArguments),
    /// Predict classes of nodes or probabilities of links
    Predict(PredictArguments),
    /// Write the points of a run in a format other programs read
    Export(ExportArguments),
    /// How far two nodes are from each other and from the origin, and whether one is below the other
    #[command(
        after_help = "is-a is the score of Nickel and Kiela (2017), section 4: -(1 + 1000 (|B| - |A|)) d(A, B), \
                      the larger, the more likely A is a B. With --json, --file gives an object a line."
    )]
    Distance(DistanceArguments),
    /// The nearest neighbors of a node, and in an embedding guesses at its parent and children
    Nearest(NearestArguments),
    /// Draw a run: an embedding in the disk; or the nodes of a graph network and its curves
    Plot(PlotArguments),
    /// What a run was trained on, with which settings, and what came of it
    Info(InfoArguments),
    /// All runs below a folder
    List(ListArguments),
    /// The settings in which runs differ, their results, and their curves
    Compare(CompareArguments),
    /// How far data are from a tree, and which space, dimension and command suit them
    #[command(
        after_help = "delta is the hyperbolicity of Gromov: 0 in trees, and at most half the diameter. Of a hierarchy \
                      it is that of the direct relations."
    )]
    Delta(DeltaArguments),
    /// Look for the settings of a model or an embedding that are best by validation
    Tune(Box<TuneArguments>),
    /// Train models on datasets with several seeds, and print a table beside the published figures
    BenchTable(BenchTableArguments),
    /// List, fetch or locate datasets
    #[command(subcommand)]
    Datasets(DatasetsCommand),
    /// Print what completes commands of geom in a shell
    #[command(
        after_help = "For example: geom completions bash > ~/.local/share/bash-completion/completions/geom"
    )]
    Completions(CompletionsArguments),
    /// Print the manual page, or write those of all commands
    Man(ManArguments),
}

impl Command {
    /// What is interrupted by Ctrl-C, of commands that have nothing to save. The others listen themselves.
    pub(crate) fn doing(&self) -> Option<&'static str> {
        match self {
            Self::Eval(_) => Some("evaluating"),
            Self::Predict(_) => Some("predicting"),
            Self::Export(_) => Some("exporting"),
            Self::Distance(_) => Some("measuring distances"),
            Self::Nearest(_) => Some("looking for neighbors"),
            Self::Plot(_) => Some("drawing"),
            Self::Info(_) | Self::List(_) => Some("reading runs"),
            Self::Compare(_) => Some("comparing runs"),
            Self::Delta(_) => Some("measuring hyperbolicity"),
            Self::Datasets(_) => Some("looking for data"),
            Self::Completions(_) | Self::Man(_) => None,
            Self::Embed(_)
            | Self::Extend(_)
            | Self::Train(_)
            | Self::Tune(_)
            | Self::BenchTable(_) => None,
        }
    }

    /// How its results are to be shown.
    pub(crate) fn output(&self) -> OutputArguments {
        match self {
            Self::Embed(arguments) => arguments.output,
            Self::Extend(arguments) => arguments.output,
            Self::Train(arguments) => arguments.output,
            Self::Eval(arguments) => arguments.output,
            Self::Predict(arguments) => arguments.output,
            Self::Export(arguments) => arguments.output,
            Self::Distance(arguments) => arguments.output,
            Self::Nearest(arguments) => arguments.output,
            Self::Plot(arguments) => arguments.output,
            Self::Info(arguments) => arguments.output,
            Self::List(arguments) => arguments.output,
            Self::Compare(arguments) => arguments.output,
            Self::Delta(arguments) => arguments.output,
            Self::Man(arguments) => arguments.output,
            Self::Tune(arguments) => arguments.output,
            Self::BenchTable(arguments) => arguments.output,
            Self::Datasets(
                DatasetsCommand::List { output } | DatasetsCommand::Fetch { output, .. },
            ) => *output,
            Self::Datasets(DatasetsCommand::Path { .. }) | Self::Completions(_) => {
                OutputArguments {
                    json: false,
                    quiet: false,
                }
            }
        }
    }
}

/// Which run: a new one, or one that goes on.
#[derive(Clone, Debug, Args)]
pub(crate) struct FolderArguments {
    /// Folder of the run [default: a new one under runs/]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Resume an interrupted run
    #[arg(long, value_name = "DIR")]
    pub(crate) resume: Option<PathBuf>,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArguments {
    /// Write one JSON object to standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only the result and errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// List the datasets and where they were found
    List {
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Make a dataset available, downloading and verifying it if needed
    Fetch {
        /// Name of the dataset
        name: String,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print the folder that holds a dataset
    Path {
        /// Name of the dataset
        name: String,
    },
}
