//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use geom::core::Backend;
use geom::data::wordnet::InstanceRule;
use geom::nn::layers::Activation;
use geom::nn::layers::graph::{Neighbours, TangentSpace};
use geom::nn::models::ModelKind;
use geom::nn::spaces::SpaceConfig;
use geom::train::embedding::{Format, Recipe, Route, Schedule, Space};
use geom::train::graph::{GraphTask, Protocol};

/// Geometric deep learning: embeddings of hierarchies in hyperbolic space.
#[derive(Debug, Parser)]
#[command(name = "geom", version, about, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train an embedding, evaluate it, save it and draw it
    #[command(allow_negative_numbers = true)]
    Embed(Box<EmbedArguments>),
    /// Train a graph network for node classification or link prediction
    #[command(allow_negative_numbers = true)]
    Train(Box<TrainArguments>),
    /// How good a run is: ranks of an embedding, exact; or the scores of a graph network
    Eval(EvalArguments),
    /// What a graph network says of nodes or links
    Predict(PredictArguments),
    /// Write a run's points in a format other programs read
    Export(ExportArguments),
    /// The nearest neighbours of a node, and guesses at its parent and children
    Nearest(NearestArguments),
    /// Draw a run: an embedding in the disk; or the nodes of a graph network and its curves
    Plot(PlotArguments),
    /// Train models on datasets with several seeds, and print a table beside the published figures
    BenchTable(BenchTableArguments),
    /// List, fetch or locate datasets
    #[command(subcommand)]
    Datasets(DatasetsCommand),
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArguments {
    /// Write one JSON object to standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress, no summary; errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EmbedArguments {
    /// wordnet-mammals, wordnet-nouns, or a .csv or .tsv edge list (child, parent[, weight]; .gz too) [default: wordnet-mammals]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) dataset: Option<String>,
    /// Take the transitive closure of an edge list
    #[arg(long)]
    pub(crate) closure: bool,
    /// Which closure of WordNet's instances: 2018 (743,086 pairs) or 2017 (743,241)
    #[arg(long, value_name = "YEAR")]
    pub(crate) instance_rule: Option<InstanceRuleArgument>,

    /// The space to embed in [default: poincare]
    #[arg(long, value_enum)]
    pub(crate) manifold: Option<SpaceArgument>,
    /// Its dimension [default: 5]
    #[arg(long)]
    pub(crate) dim: Option<usize>,

    /// Defaults for everything below: mined negatives, or the uniform ones of the 2017 paper [default: mined]
    #[arg(long, value_enum, help_heading = "Training", conflicts_with = "resume")]
    pub(crate) recipe: Option<RecipeArgument>,
    /// Passes over all relations
    #[arg(long, help_heading = "Training")]
    pub(crate) epochs: Option<usize>,
    /// Learning rate: the geodesic length of a unit-gradient step
    #[arg(long, help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// How the rate falls after the burn-in
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) schedule: Option<ScheduleArgument>,
    /// Nodes, with all their relations, whose gradients make one step
    #[arg(long, help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,
    /// Negatives of a node in each epoch
    #[arg(long, help_heading = "Training")]
    pub(crate) negatives: Option<usize>,
    /// How much more badly ranked relations count: the loss is l + focus/2 l^2
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
    /// Worker threads of the fast path; 1 is reproducible to the bit [default: all processors]
    #[arg(long, help_heading = "Training")]
    pub(crate) threads: Option<usize>,
    /// Seed of everything random [default: 0]
    #[arg(long, help_heading = "Training")]
    pub(crate) seed: Option<u64>,
    /// Number format of the table [default: f64]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) dtype: Option<FormatArgument>,
    /// Closed-form CPU kernel, or Burn's automatic differentiation [default: fast]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) path: Option<RouteArgument>,
    /// What computes the autodiff path, if compiled in [default: flex]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) backend: Option<BackendArgument>,

    /// Folder of the run [default: a new one under runs/]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with an interrupted run
    #[arg(long, value_name = "DIR")]
    pub(crate) resume: Option<PathBuf>,
    /// Epochs between two checkpoints [default: a twentieth of all epochs]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArguments {
    /// hgcn, hnn, gcn, gat, sgc, mlp, shallow, hybonet or kappa-gcn [default: hgcn]
    #[arg(long)]
    pub(crate) model: Option<ModelKind>,
    /// cora, citeseer, pubmed, airport, disease-lp, disease-nc, a folder with edges.*, features.*, labels.*, or random:NODES,DEGREE [default: disease-lp]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) dataset: Option<String>,
    /// Node classification or link prediction [default: nc; lp for disease-lp]
    #[arg(long, value_enum)]
    pub(crate) task: Option<TaskArgument>,
    /// A TOML file of settings, over the tuned ones and under the flags
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) config: Option<PathBuf>,
    /// How the data is parted; hgcn is the reference code's way, leaks included [default: clean]
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<ProtocolArgument>,

    /// euclidean, poincare, hyperboloid, stereographic, or product:NAME=DIM,NAME=DIM [default: the model's]
    #[arg(long, help_heading = "Model")]
    pub(crate) manifold: Option<SpaceConfig>,
    /// The magnitude c of the curvature -c, or "learn" [default: tuned]
    #[arg(long, value_name = "C|learn", help_heading = "Model")]
    pub(crate) curvature: Option<CurvatureArgument>,
    /// Dimension of hidden layers and points [default: 16]
    #[arg(long, help_heading = "Model")]
    pub(crate) dim: Option<usize>,
    /// Layers [default: tuned]
    #[arg(long, help_heading = "Model")]
    pub(crate) layers: Option<usize>,
    /// Heads of attention in gat
    #[arg(long, help_heading = "Model")]
    pub(crate) heads: Option<usize>,
    /// Learn the weights of neighbours (hgcn); the same as --neighbours attention
    #[arg(long, help_heading = "Model")]
    pub(crate) attention: bool,
    /// How neighbours are weighed in hgcn
    #[arg(long, value_enum, help_heading = "Model", conflicts_with = "attention")]
    pub(crate) neighbours: Option<NeighboursArgument>,
    /// Where neighbours are averaged in hgcn
    #[arg(long, value_enum, help_heading = "Model")]
    pub(crate) tangent_space: Option<TangentSpaceArgument>,
    /// The function between layers
    #[arg(long, value_enum, help_heading = "Model")]
    pub(crate) activation: Option<ActivationArgument>,
    /// The model sees the number of a node only
    #[arg(long, help_heading = "Model")]
    pub(crate) no_features: bool,
    /// Whether each node's features are divided by their sum
    #[arg(long, value_name = "true|false", help_heading = "Model")]
    pub(crate) normalize_features: Option<bool>,
    /// The squared distance at which a link is as likely as not
    #[arg(long, help_heading = "Model")]
    pub(crate) r: Option<f64>,
    /// How softly the probability of a link falls around it
    #[arg(long, help_heading = "Model")]
    pub(crate) t: Option<f64>,

    /// Share of features dropped in training
    #[arg(long, help_heading = "Training")]
    pub(crate) dropout: Option<f64>,
    /// Share of weights dropped in training
    #[arg(long, help_heading = "Training")]
    pub(crate) weight_dropout: Option<f64>,
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
    #[arg(long, help_heading = "Training")]
    pub(crate) clip: Option<f64>,
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
    /// The whole graph in every step, or samples of it: so many neighbours in each layer [default: full]
    #[arg(long, value_name = "full|neighbor:N,N", help_heading = "Training")]
    pub(crate) batch: Option<BatchArgument>,
    /// Worker threads [default: all processors]
    #[arg(long, help_heading = "Training")]
    pub(crate) threads: Option<usize>,
    /// Nodes or links of one sampled step
    #[arg(long, requires = "batch", help_heading = "Training")]
    pub(crate) batch_size: Option<usize>,
    /// Number format [default: f32]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) dtype: Option<FormatArgument>,
    /// What computes, if compiled in [default: flex]
    #[arg(long, value_enum, help_heading = "Training")]
    pub(crate) backend: Option<BackendArgument>,

    /// Folder of the run [default: a new one under runs/]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with an interrupted run
    #[arg(long, value_name = "DIR")]
    pub(crate) resume: Option<PathBuf>,
    /// Epochs between two checkpoints [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
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
                .map_err(|_| format!("{text:?} is no curvature: a number, or \"learn\"")),
        }
    }
}

/// How much of the graph a step sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchArgument {
    /// All of it.
    Full,
    /// So many neighbours in each layer.
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

#[derive(Debug, Args)]
pub(crate) struct PredictArguments {
    /// Folder of a run of geom train
    pub(crate) run: PathBuf,
    /// Nodes to classify, by number, separated by commas; for links, pairs as u-v
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) nodes: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// Evaluate only this many nodes, drawn at random, for a quick look
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,
    /// Seed of the sample
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Worker threads [default: all processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
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
    /// File to write [default: points.EXT in the run's folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct NearestArguments {
    /// Folder of the run
    pub(crate) run: PathBuf,
    /// Name of the node
    pub(crate) node: String,
    /// How many neighbours
    #[arg(short, default_value_t = 10)]
    pub(crate) k: usize,
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
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BenchTableArguments {
    /// Node classification or link prediction
    #[arg(long, value_enum)]
    pub(crate) task: TaskArgument,
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
    /// Runs of each model on each dataset, with the seeds 0, 1, 2, ...
    ///
    /// Where a dataset has no split of its own, and for links, the split changes with the seed: 1234,
    /// 1235, 1236, ...
    #[arg(long, default_value_t = 10)]
    pub(crate) seeds: u32,
    /// How the data is parted; hgcn is the reference code's way, leaks included [default: clean]
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<ProtocolArgument>,
    /// Epochs at most, for a quick look [default: tuned]
    #[arg(long)]
    pub(crate) epochs: Option<usize>,
    /// Runs at a time, each in a process of its own; more than one disturbs the times
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
    /// File that keeps finished runs, one JSON object a line; those in it are not trained again
    /// [default: runs/bench-table.jsonl]
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// File for the table, besides standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// What there is, and where it was found
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

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident => $target:ty { $($(#[$variant_meta:meta])* $variant:ident => $value:expr),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { $($(#[$variant_meta])* $variant),* }

        impl From<$name> for $target {
            fn from(choice: $name) -> Self {
                match choice { $($name::$variant => $value),* }
            }
        }
    };
}

choice!(SpaceArgument => Space {
    /// The Poincaré ball
    Poincare => Space::Poincare,
    /// The hyperboloid
    Lorentz => Space::Lorentz,
    /// Flat space
    Euclidean => Space::Euclidean,
});
choice!(TaskArgument => GraphTask {
    /// Node classification
    Nc => GraphTask::Nc,
    /// Link prediction
    Lp => GraphTask::Lp,
});
choice!(ProtocolArgument => Protocol {
    /// Disjoint parts; negatives are no links of any part
    Clean => Protocol::Clean,
    /// The reference code's way, leaks included
    Hgcn => Protocol::Hgcn,
});
choice!(NeighboursArgument => Neighbours {
    /// All alike
    Mean => Neighbours::Mean,
    /// By learned attention
    Attention => Neighbours::Attention,
    /// The closer the more
    Distance => Neighbours::Distance,
});
choice!(TangentSpaceArgument => TangentSpace {
    /// At the origin
    Origin => TangentSpace::Origin,
    /// At every node
    Node => TangentSpace::Node,
});
choice!(ActivationArgument => Activation {
    /// max(x, 0)
    Relu => Activation::Relu,
    /// x, or exp(x) - 1 below 0
    Elu => Activation::Elu,
    /// x / (1 + exp(-x))
    Silu => Activation::Silu,
    /// tanh(x)
    Tanh => Activation::Tanh,
    /// x
    Identity => Activation::Identity,
});
choice!(FormatArgument => Format { F32 => Format::F32, F64 => Format::F64 });
choice!(RouteArgument => Route {
    /// Closed-form gradients on the CPU
    Fast => Route::Fast,
    /// Burn's automatic differentiation on any device
    Autodiff => Route::Autodiff,
});
choice!(ScheduleArgument => Schedule {
    /// The same rate throughout
    Constant => Schedule::Constant,
    /// Linearly to zero
    Linear => Schedule::Linear,
});
choice!(RecipeArgument => Recipe {
    /// Uniform negatives first, then mined ones; the rate falls to zero
    Mined => Recipe::Mined,
    /// Uniform negatives at a constant rate, as in the 2017 paper
    Uniform => Recipe::Uniform,
});
choice!(InstanceRuleArgument => InstanceRule {
    /// As the 2018 script counts: 743,086 pairs
    #[value(name = "2018")]
    Script2018 => InstanceRule::Script2018,
    /// As the 2017 paper counts: 743,241 pairs
    #[value(name = "2017")]
    Mixed2017 => InstanceRule::Mixed2017,
});
choice!(BackendArgument => Backend {
    /// Burn's CPU backend
    Flex => Backend::Flex,
    /// Burn's older CPU backend
    #[value(name = "ndarray")]
    NdArray => Backend::NdArray,
    /// GPUs through Vulkan, Metal or DirectX; f32 only
    Wgpu => Backend::Wgpu,
    /// NVIDIA GPUs
    Cuda => Backend::Cuda,
});

/// Export formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Text that gensim's KeyedVectors loads; spaces in names become underscores
    Word2vec,
    /// A header line, then name and coordinates
    Csv,
    /// NumPy array of the coordinates, with the names beside it in .names.txt
    Npy,
    /// Tensors `points` and `vocabulary`
    Safetensors,
}
