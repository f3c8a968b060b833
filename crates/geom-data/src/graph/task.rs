//! What a graph network is trained for.

use serde::{Deserialize, Serialize};

/// What a graph network learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GraphTask {
    /// The class of a node, `nc` for short.
    #[serde(rename = "nc")]
    NodeClassification,
    /// Whether two nodes are linked, `lp` for short.
    #[serde(rename = "lp")]
    LinkPrediction,
}

impl GraphTask {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::NodeClassification, Self::LinkPrediction];

    /// The short name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeClassification => "nc",
            Self::LinkPrediction => "lp",
        }
    }

    /// The name in words, for messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::NodeClassification => "node classification",
            Self::LinkPrediction => "link prediction",
        }
    }
}
