//! Features from an earlier run.

use super::data::TaskData;
use super::error::GraphTrainError;
use super::targets::Targets;
use super::trainer::GraphTrainer;

impl TaskData {
    /// The same data, with the [`embeddings`](GraphTrainer::embeddings) of a run beside the
    /// features, or in place of the numbers of the nodes where there are no features.
    ///
    /// So the reference code of HGCN classifies the nodes of Cora and PubMed: by embeddings that
    /// were trained on links, which know no class.
    ///
    /// # Errors
    /// [`GraphTrainError::Pretrained`] if the run has no epoch, is about another graph, or saw in
    /// training what this task holds back for validation and test.
    pub fn with_embeddings_of(self, run: &GraphTrainer) -> Result<Self, GraphTrainError> {
        let refuse = |reason: &'static str| Err(GraphTrainError::Pretrained { reason });
        if run.data().nodes() != self.nodes() {
            return refuse("it has another number of nodes");
        }
        if run.data().structure() != self.structure() {
            return refuse("it was trained on another graph");
        }
        match (run.data().targets(), self.targets()) {
            (Targets::Links(_), Targets::Classes(_)) => {
                if run.data().tells_classes() {
                    return refuse("the classes were cut from one of the features that it saw");
                }
            }
            (Targets::Classes(before), Targets::Classes(now)) => {
                if before.split != now.split {
                    return refuse("it was trained on the classes of another split");
                }
            }
            (Targets::Links(before), Targets::Links(now)) => {
                if before.train_pos() != now.train_pos() {
                    return refuse("it was trained on the links of another split");
                }
            }
            (Targets::Classes(_), Targets::Links(_)) => {
                return refuse("it was trained on all links, those of validation and test too");
            }
        }
        match run.embeddings()? {
            Some(embeddings) => Ok(self.with_embeddings(embeddings)),
            None => refuse("it has no finished epoch"),
        }
    }
}
