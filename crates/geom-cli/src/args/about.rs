//! The arguments of the commands about data and about the program itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::OutputArguments;

#[derive(Debug, Args)]
pub(crate) struct DeltaArguments {
    /// A dataset by its name, a .csv or .tsv edge list, a .graphml file, or a folder with edges.*
    #[arg(value_name = "FILE|DATASET")]
    pub(crate) data: String,
    /// Take each line of an edge list as a link of a network, in both directions
    #[arg(long)]
    pub(crate) undirected: bool,
    /// The exact value, whatever it takes: minutes for some thousands of connected nodes [default: up to 400
    /// of them]
    #[arg(long)]
    pub(crate) exact: bool,
    /// Quadruples of nodes to draw at random [default: 50000, or as many as take some seconds]
    #[arg(long, value_name = "N")]
    pub(crate) samples: Option<usize>,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell that is to complete commands of geom
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Folder for a page of each command [default: that of geom itself, to standard output]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
