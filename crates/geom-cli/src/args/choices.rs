//! Values that are chosen by name.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use geom::core::{Backend, ManifoldKind, UnknownManifold};
use geom::data::wordnet::InstanceRule;
use geom::nn::layers::Activation;
use geom::nn::layers::graph::{AggregationPoint, NeighborWeightingConfig};
use geom::train::Format;
use geom::train::embedding::{
    ConeNegatives, EmbeddingModel, HoldoutRule, Recipe, Route, Schedule, Space,
};
use geom::train::graph::{GraphTask, SplitProtocol};

/// A type of a library whose values a flag takes by their names.
///
/// Values and names are the library's own; what the help says of each is the program's.
pub(crate) trait Choice: Copy + Send + Sync + 'static {
    /// The library's table.
    const ALL: &'static [Self];

    /// The name in that table.
    fn name(self) -> &'static str;

    /// What the help says of it.
    fn help(self) -> &'static str;
}

/// The parser of a flag that takes one of the names.
pub(crate) fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    let names = T::ALL
        .iter()
        .map(|value| PossibleValue::new(value.name()).help(value.help()));
    PossibleValuesParser::new(names).try_map(|name| {
        let mut values = T::ALL.iter().copied();
        let value = values.find(|value| value.name() == name);
        // The parser has let no other name pass.
        value.ok_or("no value has this name")
    })
}

/// Each type with its table and, in full, so that a new value is not forgotten, the help.
macro_rules! choices {
    ($($Type:ident::$ALL:ident { $($value:pat => $help:literal),+ $(,)? })+) => {$(
        impl Choice for $Type {
            const ALL: &'static [Self] = &$Type::$ALL;

            fn name(self) -> &'static str {
                $Type::name(self)
            }

            fn help(self) -> &'static str {
                match self { $($value => $help),+ }
            }
        }
    )+};
}

choices! {
    GraphTask::ALL {
        Self::NodeClassification => "Node classification",
        Self::LinkPrediction => "Link prediction",
    }
    SplitProtocol::ALL {
        Self::Clean => "Disjoint parts; negatives are not links in any part",
        Self::Hgcn => "As in HGCN's published code, leaks included",
    }
    NeighborWeightingConfig::ALL {
        Self::Mean => "All alike",
        Self::Symmetric => "By 1/√(dᵢdⱼ), as GCN does",
        Self::Attention => "By learned attention",
        Self::Distance => "By distance: closer neighbors weigh more",
    }
    AggregationPoint::ALL {
        Self::Origin => "At the origin",
        Self::Node => "At every node",
    }
    Activation::NAMED {
        Self::Identity => "x",
        Self::Relu => "max(x, 0)",
        Self::LeakyRelu(_) => "x, or a multiple of it below 0",
        Self::Elu => "x, or exp(x) - 1 below 0",
        Self::Gelu => "x times the share of the normal distribution below x",
        Self::Silu => "x / (1 + exp(-x))",
        Self::Tanh => "tanh(x)",
        Self::Sigmoid => "1 / (1 + exp(-x))",
    }
    Format::ALL {
        Self::F32 => "Single precision",
        Self::F64 => "Double precision",
    }
    Route::ALL {
        Self::Fast => "Closed-form gradients on the CPU",
        Self::Autodiff => "Burn's automatic differentiation on any device",
    }
    Schedule::ALL {
        Self::Constant => "The same rate throughout",
        Self::Linear => "Linearly to zero",
    }
    Recipe::ALL {
        Self::Mined => "Uniform negatives first, then mined ones; the rate falls to zero",
        Self::Uniform => "Uniform negatives at a constant rate, as in the 2017 paper",
    }
    EmbeddingModel::ALL {
        Self::Distance => "Related nodes are near each other",
        Self::Cones => "Children lie in the entailment cones of their parents",
    }
    ConeNegatives::ALL {
        Self::Both => "Half of them have another parent, half another child",
        Self::Child => "All have another child",
    }
    HoldoutRule::ALL {
        Self::Implied => "All that others imply",
        Self::Inner => "Those of them that neither start at a leaf nor end at a root",
    }
    InstanceRule::ALL {
        Self::Script2018 => "As the 2018 script counts: 743,086 pairs",
        Self::Mixed2017 => "As the 2017 paper counts: 743,241 pairs",
    }
    Backend::ALL {
        Self::Flex => "Burn's CPU backend",
        Self::NdArray => "Burn's older CPU backend",
        Self::Wgpu => "GPUs through Vulkan, Metal or DirectX; f32 only",
        Self::Cuda => "NVIDIA GPUs",
    }
}

/// The parser of a flag that takes yes or no.
pub(crate) fn yes_or_no() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["yes", "no"]).map(|word| word == "yes")
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[test]
    fn the_names_of_flags_are_those_of_files() {
        fn check<T: Choice + Serialize>() {
            for value in T::ALL {
                assert_eq!(serde_json::to_value(value).unwrap(), value.name());
            }
        }
        check::<GraphTask>();
        check::<SplitProtocol>();
        check::<NeighborWeightingConfig>();
        check::<AggregationPoint>();
        check::<Activation>();
        check::<Format>();
        check::<Route>();
        check::<Schedule>();
        check::<Recipe>();
        check::<EmbeddingModel>();
        check::<ConeNegatives>();
        check::<HoldoutRule>();
        check::<InstanceRule>();
        check::<Backend>();
    }
}
