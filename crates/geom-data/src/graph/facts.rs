//! What is known of a graph because it is a published one.

use super::GraphTask;

/// What the catalog knows of a graph beyond its data.
///
/// Only the [catalog](super::load) sets these facts, for the graphs that it lists. Every other graph
/// has the [default](Self::default) ones, whatever its name or that of its folder.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GraphFacts {
    /// The name in the catalog.
    pub dataset: Option<&'static str>,
    /// What tuned settings and published figures are kept by. Both disease trees are `disease`.
    pub family: Option<&'static str>,
    /// What the graph is usually used for. Default: node classification.
    pub usual_task: GraphTask,
    /// How many labeled nodes are held out. Default: 0.15 each for validation and test.
    pub proportions: NodeProportions,
    /// Whether the published models see the degree of each node beside its features, see
    /// [`with_degrees`](super::hgcn::with_degrees). Default: no.
    pub degree_features: bool,
}

/// How many labeled nodes are held out. Those of a graph are among its
/// [facts](GraphFacts::proportions): 0.10 and 0.60 for the published disease trees, 0.15
/// and 0.15 for everything else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeProportions {
    /// Share by which a model is chosen.
    pub val: f64,
    /// Share that the reported figure is about.
    pub test: f64,
}

impl Default for GraphFacts {
    fn default() -> Self {
        Self::NONE
    }
}

impl GraphFacts {
    /// Those of a graph that the catalog does not list.
    const NONE: Self = Self {
        dataset: None,
        family: None,
        usual_task: GraphTask::NodeClassification,
        proportions: NodeProportions {
            val: 0.15,
            test: 0.15,
        },
        degree_features: false,
    };

    /// Those of a listed graph without peculiarities.
    pub(super) const fn of(dataset: &'static str, family: &'static str) -> Self {
        Self {
            dataset: Some(dataset),
            family: Some(family),
            ..Self::NONE
        }
    }
}
