//! The arguments of the commands that train many runs.

use std::path::PathBuf;

use clap::Args;
use geom::nn::models::ModelKind;
use geom::train::graph::{GraphTask, SplitProtocol};

use super::{OutputArguments, TuneEmbeddingArguments, TunedModel, choice};

/// Arguments shared by commands which train many runs.
#[derive(Debug, Args)]
pub(crate) struct ManyRunsArguments {
    /// Node classification or link prediction
    #[arg(long, value_parser = choice::<GraphTask>())]
    pub(crate) task: GraphTask,
    /// How the data is split; hgcn follows the published code of HGCN, for any model, leaks included
    /// [default: clean]
    #[arg(long, value_parser = choice::<SplitProtocol>())]
    pub(crate) protocol: Option<SplitProtocol>,
    /// Embeddings of a finished run in addition to the features in all runs, as for geom train
    #[arg(long, value_name = "RUN")]
    pub(crate) pretrained: Option<PathBuf>,
    /// Concurrent runs, each in its own process; more than one distorts the timings
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
}

#[derive(Debug, Args)]
pub(crate) struct BenchTableArguments {
    /// Models, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "hgcn,hnn,gcn,gat,sgc,mlp,shallow,hybonet,kappa-gcn"
    )]
    pub(crate) models: Vec<ModelKind>,
    /// Datasets, separated by commas; disease is disease-nc or disease-lp, as the task has it
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "disease,airport,pubmed,cora"
    )]
    pub(crate) datasets: Vec<String>,
    #[command(flatten)]
    pub(crate) runs: ManyRunsArguments,
    /// Runs of each model on each dataset, with the seeds 0, 1, 2, ...
    ///
    /// Where a dataset has no split of its own, and for links, the split changes with the seed: 1234,
    /// 1235, 1236, ...
    #[arg(long, default_value_t = 10)]
    pub(crate) seeds: u32,
    /// Epochs at most, for a quick look [default: tuned]
    #[arg(long)]
    pub(crate) epochs: Option<usize>,
    /// File that keeps finished runs, one JSON object a line; those in it are not trained again
    /// [default: runs/bench-table.jsonl]
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// File for the table, in addition to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TuneArguments {
    /// hgcn, hnn, gcn, gat, sgc, mlp, shallow, hybonet or kappa-gcn; or distance, for embeddings
    #[arg(long)]
    pub(crate) model: TunedModel,
    /// As for geom train, or disease: disease-nc or disease-lp, as the task has it; for embeddings as for geom embed
    #[arg(long, value_name = "NAME|DIR|FILE")]
    pub(crate) dataset: String,
    /// Node classification or link prediction
    #[arg(long, value_parser = choice::<GraphTask>(), help_heading = "Graph networks")]
    pub(crate) task: Option<GraphTask>,
    /// How the data is split; hgcn follows the published code of HGCN, for any model, leaks included
    /// [default: clean]
    #[arg(long, value_parser = choice::<SplitProtocol>(), help_heading = "Graph networks")]
    pub(crate) protocol: Option<SplitProtocol>,
    /// Embeddings of a finished run in addition to the features in all runs, as for geom train
    #[arg(long, value_name = "RUN", help_heading = "Graph networks")]
    pub(crate) pretrained: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) embeddings: TuneEmbeddingArguments,
    /// Concurrent runs, each in its own process; more than one distorts the timings
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
    /// Settings to try, each drawn at random from the space
    #[arg(long, default_value_t = 20)]
    pub(crate) trials: usize,
    /// Runs of each trial, with the seeds 0, 1, 2, ..., over which the score is averaged
    ///
    /// Where a dataset has no split of its own, for links, and for held-out relations, the split changes with the
    /// seed: 1234, 1235, 1236, ...
    #[arg(long, default_value_t = 1)]
    pub(crate) seeds: u32,
    /// Number of best trials to run again with --final-seeds seeds; the best of these is taken
    /// [default: no final; the best trial wins]
    ///
    /// One run says little where validation parts are small. The best mean over more seeds, of a few
    /// trials, says more, at the price of a few runs.
    #[arg(long, value_name = "TRIALS")]
    pub(crate) finalists: Option<usize>,
    /// Runs of each finalist, with the seeds 0, 1, 2, ...; those of its trial count
    #[arg(long, default_value_t = 5, requires = "finalists")]
    pub(crate) final_seeds: u32,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// A TOML file with the values to try: sections all, dataset.NAME, the task's, the model's, and that
    /// of both, as hgcn-nc, each over the one before; for embeddings all and dataset.NAME [default:
    /// configs/search.toml or embedding-search.toml of geom-train]
    #[arg(long, value_name = "FILE")]
    pub(crate) space: Option<PathBuf>,
    /// File that keeps finished trials, one JSON object a line; trials found in it are not repeated
    /// [default: runs/tune.jsonl, or runs/tune-embedding.jsonl]
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// File for the best settings, for --config of geom train or geom embed [default: printed only]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
