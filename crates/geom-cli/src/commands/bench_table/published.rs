//! The figures that others have published.

use std::collections::BTreeMap;

use geom::train::graph::GraphTask;
use serde::Deserialize;

/// All of them, with their sources.
const FIGURES: &str = include_str!("../../../assets/published.json");

#[derive(Deserialize)]
pub(super) struct Published {
    methods: Vec<Method>,
}

/// The figures of one method.
#[derive(Deserialize)]
pub(super) struct Method {
    pub(super) name: String,
    /// Where they were read.
    pub(super) source: String,
    /// Whether they were compared with that source.
    pub(super) checked: bool,
    lp: BTreeMap<String, Figure>,
    nc: BTreeMap<String, Figure>,
}

/// A mean in percent, with its standard deviation where that was published.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(super) struct Figure {
    pub(super) mean: f64,
    pub(super) sd: Option<f64>,
}

impl Published {
    pub(super) fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(FIGURES)
    }

    /// The method of that name.
    pub(super) fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// The method with the largest mean on a dataset.
    pub(super) fn best(&self, task: GraphTask, dataset: &str) -> Option<(&Method, Figure)> {
        let figures = self
            .methods
            .iter()
            .filter_map(|method| Some((method, method.figure(task, dataset)?)));
        figures.max_by(|a, b| a.1.mean.total_cmp(&b.1.mean))
    }
}

impl Method {
    pub(super) fn figure(&self, task: GraphTask, dataset: &str) -> Option<Figure> {
        let figures = match task {
            GraphTask::LinkPrediction => &self.lp,
            GraphTask::NodeClassification => &self.nc,
        };
        figures.get(dataset).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_names_its_source_and_has_a_percentage_for_every_dataset() {
        for method in Published::read().unwrap().methods {
            assert!(!method.source.is_empty(), "{}", method.name);
            for task in [GraphTask::LinkPrediction, GraphTask::NodeClassification] {
                for dataset in ["disease", "airport", "pubmed", "cora"] {
                    let mean = method.figure(task, dataset).unwrap().mean;
                    assert!((20.0..100.0).contains(&mean), "{} {dataset}", method.name);
                }
            }
        }
    }

    #[test]
    fn the_best_is_named() {
        let published = Published::read().unwrap();
        let (method, figure) = published
            .best(GraphTask::NodeClassification, "disease")
            .unwrap();
        assert_eq!((method.name.as_str(), figure.mean), ("HyboNet", 96.0));
        assert!(
            published
                .best(GraphTask::NodeClassification, "elsewhere")
                .is_none()
        );
    }
}
