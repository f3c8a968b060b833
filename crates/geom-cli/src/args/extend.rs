//! The arguments of `geom extend`.

use std::path::PathBuf;

use clap::Args;

use super::OutputArguments;

#[derive(Debug, Args)]
pub(crate) struct ExtendArguments {
    /// Folder of a run of geom embed, which stays as it is
    pub(crate) run: PathBuf,
    /// A .csv or .tsv edge list, or .graphml, with the relations of the new nodes (child, parent[, weight]; .gz too)
    ///
    /// It is read as the data of the run were: where they are a closure, the closure of both is taken, so
    /// that a new node needs only its parents.
    #[arg(long, value_name = "FILE")]
    pub(crate) dataset: String,
    /// Epochs in which the new nodes alone train
    #[arg(long, default_value_t = 100, help_heading = "Training")]
    pub(crate) epochs: usize,
    /// Then train all nodes for so many epochs, at a tenth of the rate; 20 if no number is given
    #[arg(
        long,
        value_name = "EPOCHS",
        num_args = 0..=1,
        default_value_t = 0,
        default_missing_value = "20",
        hide_default_value = true,
        help_heading = "Training"
    )]
    pub(crate) thaw: usize,
    /// Learning rate, which falls to zero [default: four times that of the run]
    #[arg(long, help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// Worker threads; 1 is reproducible bit for bit [default: all processors]
    #[arg(long, help_heading = "Training")]
    pub(crate) threads: Option<usize>,
    /// Seed of places and negatives
    #[arg(long, default_value_t = 0, help_heading = "Training")]
    pub(crate) seed: u64,
    /// Folder of the new run [default: a new one under runs/]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Skip the evaluation; run geom eval later
    #[arg(long)]
    pub(crate) no_eval: bool,
    /// Skip the pictures; run geom plot later
    #[arg(long)]
    pub(crate) no_plot: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
