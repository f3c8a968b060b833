//! The best epoch of a run.

use super::model::NodeModel;
use super::scores::Scores;

/// The best epoch so far, by the validation score.
#[derive(Clone, Debug)]
pub struct Best {
    /// Its number.
    pub epoch: usize,
    /// Its scores on the validation part.
    pub val: Scores,
    /// Its scores on the test part.
    pub test: Scores,
    /// Its validation loss, which decides between equal scores.
    pub loss: f64,
    /// The model, as it was.
    pub model: NodeModel,
}
