//! Values that are chosen by name.

use clap::ValueEnum;
use geom::core::{Backend, ManifoldKind, UnknownManifold};
use geom::data::wordnet::InstanceRule;
use geom::nn::layers::Activation;
use geom::nn::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use geom::train::Format;
use geom::train::embedding::{
    ConeNegatives, EmbeddingModel, HoldoutRule, Recipe, Route, Schedule, Space,
};
use geom::train::graph::{GraphTask, Protocol};

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

/// The space of an embedding, by any of its names.
pub(crate) fn embedding_space(name: &str) -> Result<Space, String> {
    let kind: ManifoldKind = name
        .parse()
        .map_err(|error: UnknownManifold| error.to_string())?;
    Space::try_from(kind).map_err(|error| error.to_string())
}

/// What splits the fields of a line, by its name or as it is.
pub(crate) fn delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match text {
        "tab" | "\\t" => Ok('\t'),
        "comma" => Ok(','),
        "semicolon" => Ok(';'),
        "space" => Ok(' '),
        "pipe" | "bar" => Ok('|'),
        _ => match (characters.next(), characters.next()) {
            (Some(one), None) if !one.is_alphanumeric() && !"\"\n\r".contains(one) => Ok(one),
            _ => Err(format!(
                "{text:?} splits no fields: tab, comma, semicolon, space, pipe, or one character that is neither \
                 letter, digit nor quote"
            )),
        },
    }
}

choice!(TaskArgument => GraphTask {
    /// Node classification
    Nc => GraphTask::NodeClassification,
    /// Link prediction
    Lp => GraphTask::LinkPrediction,
});
choice!(ProtocolArgument => Protocol {
    /// Disjoint parts; negatives are not links in any part
    Clean => Protocol::Clean,
    /// As in HGCN's published code, leaks included
    Hgcn => Protocol::Hgcn,
});
choice!(NeighborsArgument => NeighborWeightingConfig {
    /// All alike
    Mean => NeighborWeightingConfig::Mean,
    /// By 1/√(dᵢdⱼ), as GCN does
    Symmetric => NeighborWeightingConfig::Symmetric,
    /// By learned attention
    Attention => NeighborWeightingConfig::Attention,
    /// By distance: closer neighbors weigh more
    Distance => NeighborWeightingConfig::Distance,
});
choice!(TangentSpaceArgument => AggregationPoint {
    /// At the origin
    Origin => AggregationPoint::Origin,
    /// At every node
    Node => AggregationPoint::Node,
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
choice!(EmbeddingModelArgument => EmbeddingModel {
    /// Related nodes are near each other
    Distance => EmbeddingModel::Distance,
    /// Children lie in the entailment cones of their parents
    Cones => EmbeddingModel::Cones,
});
choice!(ConeNegativesArgument => ConeNegatives {
    /// Half of them have another parent, half another child
    Both => ConeNegatives::Both,
    /// All have another child
    Child => ConeNegatives::Child,
});
choice!(HoldoutRuleArgument => HoldoutRule {
    /// All that others imply
    Implied => HoldoutRule::Implied,
    /// Those of them that neither start at a leaf nor end at a root
    Inner => HoldoutRule::Inner,
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

choice!(YesNoArgument => bool { Yes => true, No => false });

/// A part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartArgument {
    /// What the model was trained on
    Train,
    /// What the best epoch was chosen by
    Val,
    /// What the reported figure is about
    Test,
}

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
