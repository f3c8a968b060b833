//! The arguments of `geom train`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use geom::core::{Backend, SpaceName};
use geom::nn::layers::Activation;
use geom::nn::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use geom::nn::models::{ModelKind, UnknownModel};
use geom::train::Format;
use geom::train::graph::{GraphTask, SplitProtocol};

use super::{FolderArguments, OutputArguments, choice};

#[derive(Debug, Args)]
pub(crate) struct TrainArguments {
    /// hgcn, hnn, gcn, gat, sgc, mlp, shallow, hybonet or kappa-gcn; or auto, the best by validation of a
    /// few that suit the data [default: hgcn]
    #[arg(long)]
    pub(crate) model: Option<ModelArgument>,
    /// How long --model auto trains in all, such as 90s, 10m or 1h [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "resume")]
    pub(crate) budget: Option<Duration>,
    /// cora, citeseer, pubmed, airport, disease-lp, disease-nc, a folder with edges.*, features.*,
    /// labels.*, a .graphml file, or random:NODES,DEGREE [default: disease-lp]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    /// Node classification or link prediction [default: nc; lp for disease-lp]
    #[arg(long, value_parser = choice::<GraphTask>())]
    pub(crate) task: Option<GraphTask>,
    /// A TOML file of settings, as geom tune --out writes it; over the tuned ones, under the flags
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) config: Option<PathBuf>,
    /// How the data is split; hgcn follows the published code of HGCN, for any model, leaks included
    /// [default: clean]
    #[arg(long, value_parser = choice::<SplitProtocol>())]
    pub(crate) protocol: Option<SplitProtocol>,

    /// A manifold by any of its names, such as poincare, lorentz, sphere, or product:NAME=DIM,NAME=DIM, whose
    /// dimensions add up to --dim [default: tuned]
    #[arg(long, help_heading = "Model")]
    pub(crate) manifold: Option<SpaceName>,
    /// The magnitude c of the curvature -c, or "learn" (not hybonet); of stereographic space also 0, or
    /// below 0 for spheres [default: tuned]
    #[arg(long, value_name = "C|learn", help_heading = "Model")]
    pub(crate) curvature: Option<CurvatureArgument>,
    /// Dimension of hidden layers and points [default: 16]
    #[arg(long, help_heading = "Model")]
    pub(crate) dim: Option<usize>,
    /// Layers [default: tuned]
    #[arg(long, help_heading = "Model")]
    pub(crate) layers: Option<usize>,
    /// Heads of attention (gat) [default: tuned]
    #[arg(long, help_heading = "Model")]
    pub(crate) heads: Option<usize>,
    /// Learn the weights of neighbors (hgcn, kappa-gcn); the same as --neighbors attention
    #[arg(long, help_heading = "Model")]
    pub(crate) attention: bool,
    /// How neighbors are weighted (hgcn, kappa-gcn)
    #[arg(
        long,
        alias = "neighbours",
        value_parser = choice::<NeighborWeightingConfig>(),
        help_heading = "Model",
        conflicts_with = "attention"
    )]
    pub(crate) neighbors: Option<NeighborWeightingConfig>,
    /// Where neighbors are averaged (hgcn)
    #[arg(long, value_parser = choice::<AggregationPoint>(), help_heading = "Model")]
    pub(crate) tangent_space: Option<AggregationPoint>,
    /// The function between layers (hgcn, hnn, mlp, gcn, kappa-gcn)
    #[arg(long, value_parser = choice::<Activation>(), help_heading = "Model")]
    pub(crate) activation: Option<Activation>,
    /// Whether the model sees features, or nothing but the number of each node [default: tuned]
    #[arg(long, value_name = "true|false", help_heading = "Model")]
    pub(crate) use_features: Option<bool>,
    /// The same as --use-features false
    #[arg(long, help_heading = "Model", conflicts_with = "use_features")]
    pub(crate) no_features: bool,
    /// Embeddings of a finished run beside the features, or alone after --no-features
    #[arg(
        long,
        value_name = "RUN",
        help_heading = "Model",
        conflicts_with = "resume"
    )]
    pub(crate) pretrained: Option<PathBuf>,
    /// Whether each node's features are divided by their sum; of features with negative numbers, or of one
    /// column, they never are
    #[arg(long, value_name = "true|false", help_heading = "Model")]
    pub(crate) normalize_features: Option<bool>,
    /// The squared distance at which a link is as likely as not
    #[arg(long, alias = "r", value_name = "R", help_heading = "Model")]
    pub(crate) decoder_radius: Option<f64>,
    /// How softly the probability of a link falls around it
    #[arg(long, alias = "t", value_name = "T", help_heading = "Model")]
    pub(crate) decoder_temperature: Option<f64>,

    /// Share of features dropped in training (all but shallow)
    #[arg(long, help_heading = "Training")]
    pub(crate) dropout: Option<f64>,
    /// Share of weights dropped in training (hgcn, hnn, mlp)
    #[arg(long, help_heading = "Training")]
    pub(crate) weight_dropout: Option<f64>,
    /// How much the loss of links counts beside that of classes; 0 for not (--task nc on the whole
    /// graph; hgcn, hnn, mlp, shallow, hybonet, kappa-gcn)
    #[arg(long, help_heading = "Training")]
    pub(crate) link_loss: Option<f64>,
    /// L2 penalty on all parameters but curvatures
    #[arg(long, help_heading = "Training")]
    pub(crate) weight_decay: Option<f64>,
    /// Learning rate of Adam
    #[arg(long, help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// What the rate is multiplied by every --lr-decay-every epochs
    #[arg(long, help_heading = "Training")]
    pub(crate) lr_decay: Option<f64>,
    /// Epochs between two reductions of the rate; 0 for none
    #[arg(long, help_heading = "Training")]
    pub(crate) lr_decay_every: Option<usize>,
    /// Largest norm of a parameter's gradient; 0 for any
    #[arg(long, alias = "clip", value_name = "NORM", help_heading = "Training")]
    pub(crate) gradient_clipping: Option<f64>,
    /// Epochs at most
    #[arg(long, help_heading = "Training")]
    pub(crate) epochs: Option<usize>,
    /// Epochs at least
    #[arg(long, help_heading = "Training")]
    pub(crate) min_epochs: Option<usize>,
    /// Epochs without a better validation score after which training ends
    #[arg(long, help_heading = "Training")]
    pub(crate) patience: Option<usize>,
    /// Seed of weights, dropout and negatives [default: 0]
    #[arg(long, help_heading = "Training")]
    pub(crate) seed: Option<u64>,
    /// Seed of the split [default: 1234]
    #[arg(long, help_heading = "Training")]
    pub(crate) split_seed: Option<u32>,
    /// The whole graph in every step, or samples of it: so many neighbors in each layer, and
    /// as many layers as numbers (not hnn, mlp, shallow) [default: full]
    #[arg(long, value_name = "full|neighbor:N,N", help_heading = "Training")]
    pub(crate) batch: Option<BatchArgument>,
    /// Worker threads [default: all processors]
    #[arg(long, help_heading = "Training")]
    pub(crate) threads: Option<usize>,
    /// Nodes or links of one sampled step [default: 1024]
    #[arg(long, requires = "batch", help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,
    /// Number format [default: f32]
    #[arg(long, value_parser = choice::<Format>(), help_heading = "Training")]
    pub(crate) dtype: Option<Format>,
    /// Backend, if compiled in [default: flex]
    #[arg(long, value_parser = choice::<Backend>(), help_heading = "Training")]
    pub(crate) backend: Option<Backend>,

    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// Epochs between two checkpoints [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// A model, or the wish to have one chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelArgument {
    /// The best of a few.
    Auto,
    /// This one.
    Kind(ModelKind),
}

impl FromStr for ModelArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => {
                let kind = text.parse().map(Self::Kind);
                kind.map_err(|error: UnknownModel| error.to_string())
            }
        }
    }
}

/// A time, in seconds unless it says otherwise.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1.0),
        Some((at, 'm')) => (&text[..at], 60.0),
        Some((at, 'h')) => (&text[..at], 3600.0),
        _ => (text, 1.0),
    };
    let seconds = number
        .trim()
        .parse::<f64>()
        .ok()
        .map(|number| number * unit);
    let seconds = seconds.filter(|&seconds| seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("{text:?} is no time: a number above 0 and s, m or h, such as 10m"))
}

/// A curvature on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CurvatureArgument {
    /// This magnitude.
    Fixed(f64),
    /// Trained.
    Learn,
}

impl FromStr for CurvatureArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "learn" => Ok(Self::Learn),
            _ => text
                .parse()
                .map(Self::Fixed)
                .map_err(|_| format!("{text:?} is not a curvature: give a number or \"learn\"")),
        }
    }
}

/// How much of the graph a step sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchArgument {
    /// All of it.
    Full,
    /// So many neighbors in each layer.
    Neighbor(Vec<usize>),
}

impl FromStr for BatchArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no way to batch: full, or neighbor:15,10");
        if text == "full" {
            return Ok(Self::Full);
        }
        let numbers = text.strip_prefix("neighbor:").ok_or_else(wrong)?;
        let fanouts = numbers
            .split(',')
            .map(|number| number.parse().ok().filter(|&n| n > 0));
        let fanouts: Option<Vec<usize>> = fanouts.collect();
        fanouts.map(Self::Neighbor).ok_or_else(wrong)
    }
}
