//! What a graph network is trained for.

/// What a graph network is trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// The class of a node.
    NodeClassification,
    /// Whether two nodes are linked.
    LinkPrediction,
}

impl Task {
    /// The name in words, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Task::NodeClassification => "node classification",
            Task::LinkPrediction => "link prediction",
        }
    }
}
