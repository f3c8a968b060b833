//! Errors about input which cannot be measured.

/// Input which cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// A score is not a number: the model has diverged.
    #[error(
        "score {index} of the {set} examples is not a number; the model that gave it has diverged"
    )]
    NotANumber {
        /// `"positive"` or `"negative"`.
        set: &'static str,
        /// Its place in that list.
        index: usize,
    },
    /// A logit of a node is not finite: the model has diverged.
    #[error("a logit of node {node} is not finite; the model that gave it has diverged")]
    Logit {
        /// The node.
        node: usize,
    },
    /// There is nothing to measure.
    #[error("no {what} to measure on")]
    Empty {
        /// The missing part.
        what: &'static str,
    },
    /// Predictions and truth are not of the same examples.
    #[error("{predicted} predictions for {truth} true labels")]
    Length {
        /// The number of predictions.
        predicted: usize,
        /// The number of true labels.
        truth: usize,
    },
    /// An embedding has a distance that is none.
    #[error("the distance from node {from} to node {to} is negative or not a number")]
    Distance {
        /// The node it is measured from.
        from: u32,
        /// The node it is measured to.
        to: u32,
    },
    /// A graph that must be undirected has an edge in one direction only.
    #[error(
        "edge {from} -> {to} has no edge back; a graph's own metric needs every edge in both rows"
    )]
    OneWay {
        /// Where it starts.
        from: u32,
        /// Where it ends.
        to: u32,
    },
    /// A graph is too large for an exact answer.
    #[error(
        "{nodes} connected nodes are more than the {limit} that an exact answer can be given for; \
         sample instead"
    )]
    TooLarge {
        /// The nodes of its largest component.
        nodes: usize,
        /// The largest supported number.
        limit: usize,
    },
}

/// Fails unless there are as many predictions as true labels, and at least one.
pub(super) fn check_labels<T>(predicted: &[T], truth: &[T]) -> Result<(), MetricError> {
    let (predicted, truth) = (predicted.len(), truth.len());
    if predicted != truth {
        return Err(MetricError::Length { predicted, truth });
    }
    if truth == 0 {
        return Err(MetricError::Empty { what: "labels" });
    }
    Ok(())
}
