//! Splitting a graph for training: which links or labels are seen, and which are to be predicted.
//!
//! | | [`SplitProtocol::Clean`] | [`SplitProtocol::Hgcn`] |
//! |---|---|---|
//! | link: positives | edges, disjoint | edges and self loops, disjoint |
//! | link: negatives to evaluate | no link of any part, no self pair, all different | no link; self pairs among them |
//! | link: negatives to train | nor one of those to evaluate | those to evaluate too, and held-out *positives* |
//! | node | each class split alike, disjoint | parts overlap with more than two classes |
//!
//! `Hgcn` follows the published code bit for bit, its leaks included, so that published figures can be
//! compared with; figures of merit belong to `Clean`.

mod link;
mod node;
mod pairs;
mod trace;

pub use link::{LinkParts, LinkSplit, LinkSplitConfig};
pub use node::node_split;

use serde::{Deserialize, Serialize};

/// How a graph is split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitProtocol {
    /// Disjoint parts; no negative is a positive of any part. The default.
    #[default]
    Clean,
    /// The published code of HGCN, to the bit, leaks included.
    Hgcn,
}

impl SplitProtocol {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Clean, Self::Hgcn];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Hgcn => "hgcn",
        }
    }
}
