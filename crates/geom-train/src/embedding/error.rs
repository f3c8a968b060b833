//! What can go wrong in training an embedding.

use geom_core::SettingError;

use crate::storage::StorageError;

/// An error of training an embedding. Each names the value, the rule it breaks, and a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddingTrainError {
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),

    /// A file that could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),

    /// The graph leaves nothing to rank against.
    #[error(
        "\"{node}\" is related to every other node, so it has no negatives; nearly always that means that \
         the columns are swapped: the child comes first, then its parent; if they are not, add nodes that \
         it is not related to"
    )]
    NoNegatives {
        /// The node.
        node: String,
    },

    /// A graph without a single relation.
    #[error("the graph has no relations; there is nothing to learn from it")]
    NoRelations,

    /// Too few relations that may be held out.
    #[error(
        "{wanted} relations are to be held out, and {possible} of the {relations} relations may be, by the rule \
         {rule}: those which others imply, with other relations left to both ends"
    )]
    Holdout {
        /// How many the shares ask for.
        wanted: usize,
        /// How many there are.
        possible: usize,
        /// How many relations there are in all.
        relations: usize,
        /// The rule.
        rule: &'static str,
    },

    /// A point that left the finite numbers.
    #[error(
        "training diverged in epoch {epoch}: the point of \"{node}\" (row {row}) is not finite; \
         train again with a smaller learning rate"
    )]
    Diverged {
        /// The epoch that ended with a number that is not finite, from 1.
        epoch: usize,
        /// The first such row.
        row: usize,
        /// The node of that row.
        node: String,
    },

    /// A loss that is not finite although every point is.
    #[error(
        "training diverged in epoch {epoch}: the loss is {loss}; train again with a smaller learning rate"
    )]
    NonFiniteLoss {
        /// The epoch, from 1.
        epoch: usize,
        /// The summed loss.
        loss: f64,
    },

    /// An extension by nothing.
    #[error("the relations name no node that the run does not know; there is nothing to place")]
    NoNewNodes,

    /// New nodes that nothing leads to.
    #[error(
        "{count} new {nodes}, \"{node}\" for one, cannot be placed: no path of relations leads from there to a \
         node of the run",
        nodes = if *count == 1 { "node" } else { "nodes" }
    )]
    Unconnected {
        /// One of them.
        node: String,
        /// How many there are.
        count: usize,
    },

    /// A file of values to search that is none.
    #[error("{name}: {reason}")]
    SearchSpace {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },

    /// A checkpoint of other nodes or relations.
    #[error("the checkpoint was made with other nodes or relations")]
    OtherData,
}
