//! How two nodes are related.

/// How two nodes are related in the data of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Relation {
    /// The first is related to the second, as a child to its parent.
    Below,
    /// The second is related to the first.
    Above,
    /// Each to the other, as by a link without direction.
    Linked,
    /// Neither to the other.
    Unrelated,
}

impl Relation {
    /// In words, of nodes with these names.
    pub(crate) fn in_words(self, [a, b]: [&str; 2]) -> String {
        match self {
            Self::Below => format!("{a} is below {b}"),
            Self::Above => format!("{b} is below {a}"),
            Self::Linked => format!("{a} and {b} are linked"),
            Self::Unrelated => format!("{a} and {b} are unrelated"),
        }
    }
}
