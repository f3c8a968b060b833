//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use geom::core::Backend;
use geom::data::wordnet::InstanceRule;
use geom::train::embedding::{Format, Recipe, Route, Schedule, Space};

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
    /// Mean rank and mean average precision of a run, exact, all nodes as candidates
    Eval(EvalArguments),
    /// Write a run's points in a format other programs read
    Export(ExportArguments),
    /// The nearest neighbours of a node, and guesses at its parent and children
    Nearest(NearestArguments),
    /// Draw a run in the disk
    Plot(PlotArguments),
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
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How many nodes to name
    #[arg(long, default_value_t = 24)]
    pub(crate) labels: usize,
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
