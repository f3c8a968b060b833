//! Settings that change nothing.

use geom_data::graph::GraphTask;
use geom_nn::models::ModelKind;

use super::settings::{Batching, GraphSettings};

impl GraphSettings {
    /// The fields that change nothing with the others as they are, on a graph that brings a split of
    /// its nodes or not.
    ///
    /// # Examples
    /// ```
    /// use geom_nn::models::ModelKind;
    /// use geom_train::graph::{GraphSettings, GraphTask};
    ///
    /// let settings = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
    /// let ignored = settings.ignored_fields(false);
    /// assert!(ignored.contains(&"heads") && !ignored.contains(&"dropout"));
    /// ```
    pub fn ignored_fields(&self, has_split: bool) -> Vec<&'static str> {
        use ModelKind::*;
        let model = self.model;
        let classifies = self.task == GraphTask::NodeClassification;
        let weighs_neighbors = matches!(model, Hgcn | KappaGcn);
        let is_table = model == Shallow;
        // Between the features and the classes such a model has no layer of its own width.
        let has_no_inner_layer =
            classifies && model.ends_in_classes() && (model == Sgc || self.layers == 1);
        let asks_for_links = !classifies || self.link_loss > 0.0;
        let used = [
            ("curvature", !self.manifold.is_euclidean()),
            ("dim", !has_no_inner_layer),
            ("layers", !is_table),
            ("heads", model == Gat),
            ("neighbors", weighs_neighbors),
            ("tangent_space", model == Hgcn),
            (
                "activation",
                matches!(model, Hgcn | Hnn | Mlp | Gcn | KappaGcn),
            ),
            ("use_features", !is_table),
            ("normalize_features", !is_table && self.use_features),
            ("decoder_radius", asks_for_links),
            ("decoder_temperature", asks_for_links),
            ("dropout", !is_table),
            ("weight_dropout", matches!(model, Hgcn | Hnn | Mlp)),
            ("lr_decay", self.lr_decay_every.is_some()),
            ("batch_size", self.batching != Batching::Full),
            ("split_seed", !(classifies && has_split)),
        ];
        let ignored = used.into_iter().filter(|&(_, is_used)| !is_used);
        ignored.map(|(field, _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_does_not_read_is_ignored() {
        let ignored = |model, task| {
            let settings = GraphSettings::new(model, task);
            settings.ignored_fields(true)
        };
        // All of the table but its curvature and dimension.
        assert_eq!(
            ignored(ModelKind::Shallow, GraphTask::NodeClassification).len(),
            14
        );
        let of_decoder = [
            "heads",
            "decoder_radius",
            "decoder_temperature",
            "lr_decay",
            "batch_size",
            "split_seed",
        ];
        assert_eq!(
            ignored(ModelKind::Hgcn, GraphTask::NodeClassification),
            of_decoder
        );
        let rest = ["heads", "lr_decay", "batch_size"];
        assert_eq!(ignored(ModelKind::Hgcn, GraphTask::LinkPrediction), rest);
        let mut gcn = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        assert!(!gcn.ignored_fields(false).contains(&"dim"));
        gcn.layers = 1;
        assert!(gcn.ignored_fields(false).contains(&"dim"));
    }
}
