//! The arguments of the commands that look at a finished run.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{ExportFormat, OutputArguments, PartArgument};

#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("asked").required(true).args(["nodes", "file", "all", "part", "top"])
))]
pub(crate) struct PredictArguments {
    /// Folder of a run of geom train
    pub(crate) run: PathBuf,
    /// Nodes to classify, by name or number, separated by commas; for links, pairs as u-v
    #[arg(long, value_delimiter = ',')]
    pub(crate) nodes: Vec<String>,
    /// A file of nodes, one a line; for links, of pairs, split by tabs, commas or spaces; - for standard
    /// input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// All nodes
    #[arg(long)]
    pub(crate) all: bool,
    /// The nodes of a part of the split; for links, its links and the pairs to tell them from
    #[arg(long, value_enum)]
    pub(crate) part: Option<PartArgument>,
    /// The N most probable links that the graph lacks; of all pairs up to 20,000 nodes, beyond of those
    /// with a common neighbor
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// Evaluate only this many nodes of an embedding, drawn at random, for a quick look
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,
    /// Evaluate only the relations of the nodes named in this file, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    pub(crate) nodes: Option<PathBuf>,
    /// Seed of the sample [default: 0]
    #[arg(long, requires = "sample")]
    pub(crate) seed: Option<u64>,
    /// Worker threads for an embedding [default: all processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Train the same in flat space of the same dimension, which takes as long as the run did, and evaluate that
    /// too; it is not saved
    #[arg(long)]
    pub(crate) baseline: bool,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// Format to write
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// File to write, or - for standard output [default: points.EXT in the run's folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DistanceArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// A node, by its name, or its number in a graph network
    #[arg(required_unless_present = "file")]
    pub(crate) a: Option<String>,
    /// Another node
    #[arg(required_unless_present = "file")]
    pub(crate) b: Option<String>,
    /// A .csv or .tsv table of pairs, read as geom embed reads relations; each line has its answer
    #[arg(long, value_name = "PAIRS", conflicts_with_all = ["a", "b"])]
    pub(crate) file: Option<PathBuf>,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct NearestArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// The node, by its name, or its number in a graph network
    #[arg(required_unless_present = "file")]
    pub(crate) node: Option<String>,
    /// A file of names, one a line; each has its answer
    #[arg(long, value_name = "NAMES", conflicts_with = "node")]
    pub(crate) file: Option<PathBuf>,
    /// How many neighbors
    #[arg(short, default_value_t = 10)]
    pub(crate) k: usize,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Folder below which to look for runs
    #[arg(default_value = "runs", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Folders of runs, of either kind
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Picture of their curves, .svg or .png
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// Picture to write, .svg or .png [default: disk.svg and disk.png in the run's folder]
    ///
    /// A run of geom train has two pictures: NAME.svg becomes NAME-embedding.svg and NAME-curves.svg
    /// [default: embedding and curves, each .svg and .png, in the run's folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How many nodes of an embedding to name [default: 24]
    #[arg(long)]
    pub(crate) labels: Option<usize>,
    /// The current location of the graph's data, if it has moved
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
