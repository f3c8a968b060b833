//! [`GraphData`]: a graph with what is known about its nodes.

use sha2::{Digest, Sha256};

use super::{GraphFacts, GraphProblem, GraphTask, Labels, Names, NodeSplit, SparseRows, names};
use crate::hash;

/// The largest number of nodes: room for the numbers of every array made per node.
pub const MAX_NODES: usize = 1 << 28;

/// How many columns there may be for each number in sparse features, so that one large column number, or
/// one declared width, does not cost the memory of all below it.
pub(super) const COLUMNS_PER_ENTRY: usize = 1000;

/// So many columns there may always be.
const FEW_COLUMNS: usize = 1 << 16;

/// An undirected graph over nodes `0..num_nodes`, with features and classes as far as there are any.
///
/// Edges are unique pairs `u < v`, sorted; self loops are kept apart. Whatever is wrong is refused
/// by [`GraphBuilder::build`], so that every value of this type can be trusted.
///
/// # Examples
/// ```
/// use geom_data::graph::{GraphData, GraphTask};
/// let path = GraphData::builder("path", 3).edges([[1, 0], [2, 1], [0, 1], [2, 2]]).build()?;
/// assert_eq!(path.edges(), [[0, 1], [1, 2]]);
/// assert_eq!(path.self_loops(), [2]);
///
/// let error = path.require(GraphTask::NodeClassification).unwrap_err();
/// assert!(error.to_string().contains("no labels"));
/// # Ok::<(), geom_data::graph::GraphProblem>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GraphData {
    name: String,
    num_nodes: usize,
    edges: Vec<[u32; 2]>,
    self_loops: Vec<u32>,
    features: Option<SparseRows>,
    label_column: Option<usize>,
    labels: Option<Labels>,
    split: Option<NodeSplit>,
    names: Names,
    notes: Vec<String>,
    facts: GraphFacts,
}

impl GraphData {
    /// A graph to be filled in; `name` is for people, and nothing depends on it.
    pub fn builder(name: impl Into<String>, num_nodes: usize) -> GraphBuilder {
        GraphBuilder(Self {
            name: name.into(),
            num_nodes,
            edges: Vec::new(),
            self_loops: Vec::new(),
            features: None,
            label_column: None,
            labels: None,
            split: None,
            names: Names::default(),
            notes: Vec::new(),
            facts: GraphFacts::default(),
        })
    }

    /// The name of the data.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of nodes.
    pub fn num_nodes(&self) -> usize {
        self.num_nodes
    }

    /// The edges, each once as `[u, v]` with `u < v`, sorted.
    pub fn edges(&self) -> &[[u32; 2]] {
        &self.edges
    }

    /// The nodes that are linked to themselves, ascending.
    pub fn self_loops(&self) -> &[u32] {
        &self.self_loops
    }

    /// Everything known of the nodes in numbers, not normalized; [`inputs`](Self::inputs) are what a
    /// model may see.
    pub fn features(&self) -> Option<&SparseRows> {
        self.features.as_ref()
    }

    /// The column of the features that the labels were cut from, if any.
    pub fn label_column(&self) -> Option<usize> {
        self.label_column
    }

    /// The features that a model of `task` may see.
    ///
    /// All of them, but for node classification only those before the
    /// [`label_column`](Self::label_column), which gives the answer away.
    pub fn inputs(&self, task: GraphTask) -> Option<SparseRows> {
        let features = self.features.as_ref()?;
        Some(match (task, self.label_column) {
            (GraphTask::NodeClassification, Some(column)) => features.first_columns(column),
            _ => features.clone(),
        })
    }

    /// The classes of the nodes.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// The split that was published with the data.
    pub fn split(&self) -> Option<&NodeSplit> {
        self.split.as_ref()
    }

    /// What nodes and classes are called.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Where the data are from and what is missing in them, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the catalog knows of it; the default unless it was [loaded](super::load) by its name.
    pub fn facts(&self) -> &GraphFacts {
        &self.facts
    }

    /// The same graph as the one that the catalog lists with these facts.
    pub(super) fn with_facts(mut self, facts: GraphFacts) -> Self {
        self.facts = facts;
        self
    }

    /// SHA-256 over edges, features, labels and split: equal if and only if these are. Names do not count.
    ///
    /// What was measured on the data is kept with it, to recognize them.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new_with_prefix(b"geom graph 1\n");
        let mut numbers = |numbers: &mut dyn ExactSizeIterator<Item = u32>| {
            hasher.update((numbers.len() as u64).to_le_bytes());
            numbers.for_each(|number| hasher.update(number.to_le_bytes()));
        };
        let size = self.num_nodes as u64;
        numbers(&mut [size as u32, (size >> 32) as u32].into_iter());
        numbers(&mut self.edges.as_flattened().iter().copied());
        numbers(&mut self.self_loops.iter().copied());
        let parts = [
            self.features.is_some(),
            self.labels.is_some(),
            self.split.is_some(),
        ];
        numbers(&mut parts.into_iter().map(u32::from));
        if let Some(rows) = &self.features {
            numbers(&mut [rows.width() as u32].into_iter());
            let lengths = rows.offsets().windows(2).map(|pair| pair[1] - pair[0]);
            numbers(&mut lengths.map(|length| length as u32));
            numbers(&mut rows.indices().iter().copied());
            numbers(&mut rows.values().iter().map(|value| value.to_bits()));
        }
        if let Some(labels) = &self.labels {
            let classes = labels.classes().iter();
            numbers(&mut classes.map(|class| class.unwrap_or(u32::MAX)));
        }
        for (_, nodes) in self.split.iter().flat_map(NodeSplit::parts) {
            numbers(&mut nodes.iter().copied());
        }
        hash::hex(hasher)
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The same graph under another name, with the same [facts](Self::facts).
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same graph, its labels cut from that column of the features.
    ///
    /// # Errors
    /// [`GraphProblem::FeatureWidth`] if there is no such column.
    pub fn with_label_column(mut self, column: usize) -> Result<Self, GraphProblem> {
        self.label_column = Some(column);
        GraphBuilder(self).build()
    }

    /// Number of neighbors of each node, itself not counted.
    pub fn degrees(&self) -> Vec<u32> {
        degrees(self.num_nodes, &self.edges)
    }

    /// Checks that the data can serve `task`.
    ///
    /// # Errors
    /// [`GraphProblem::TaskNotServed`]: without labels, or with one class only, there is nothing to
    /// classify.
    pub fn require(&self, task: GraphTask) -> Result<(), GraphProblem> {
        let missing = match (task, &self.labels) {
            (GraphTask::LinkPrediction, _) => return Ok(()),
            (GraphTask::NodeClassification, None) => "there are no labels".to_owned(),
            (GraphTask::NodeClassification, Some(labels)) if labels.num_classes() < 2 => {
                format!("there are labels of {} class only", labels.num_classes())
            }
            (GraphTask::NodeClassification, Some(_)) => return Ok(()),
        };
        Err(GraphProblem::TaskNotServed {
            task: task.words(),
            reason: missing,
        })
    }
}

/// Number of ends at each node of `edges`; a self pair counts twice.
pub(crate) fn degrees(num_nodes: usize, edges: &[[u32; 2]]) -> Vec<u32> {
    let mut degrees = vec![0; num_nodes];
    for node in edges.iter().flatten() {
        degrees[*node as usize] += 1;
    }
    degrees
}

/// A [`GraphData`] in the making; [`build`](Self::build) checks it.
#[derive(Clone, Debug)]
pub struct GraphBuilder(GraphData);

impl GraphBuilder {
    /// Adds pairs of nodes, in any order and direction, repeated or not; `[u, u]` is a self loop.
    pub fn edges(mut self, edges: impl IntoIterator<Item = [u32; 2]>) -> Self {
        for [u, v] in edges {
            if u == v {
                self.0.self_loops.push(u);
            } else {
                self.0.edges.push([u.min(v), u.max(v)]);
            }
        }
        self
    }

    /// Sets the features, one row a node.
    pub fn features(mut self, features: impl Into<Option<SparseRows>>) -> Self {
        self.0.features = features.into();
        self
    }

    /// Names the feature column that the labels were cut from.
    pub fn label_column(mut self, column: usize) -> Self {
        self.0.label_column = Some(column);
        self
    }

    /// Sets the labels.
    pub fn labels(mut self, labels: impl Into<Option<Labels>>) -> Self {
        self.0.labels = labels.into();
        self
    }

    /// Sets the published split.
    pub fn split(mut self, split: impl Into<Option<NodeSplit>>) -> Self {
        self.0.split = split.into();
        self
    }

    /// Sets what nodes and classes are called.
    pub fn names(mut self, names: Names) -> Self {
        self.0.names = names;
        self
    }

    /// Adds a note on the source.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.note(note);
        self
    }

    /// The graph, if all of it fits together.
    ///
    /// # Errors
    /// [`GraphProblem::TooManyNodes`], [`GraphProblem::NodeOutOfRange`], [`GraphProblem::NoEdges`],
    /// [`GraphProblem::NodeCount`] for features, labels or names of another number of nodes,
    /// [`GraphProblem::RepeatedName`], [`GraphProblem::EmptyClass`] for names of more classes than there are,
    /// [`GraphProblem::FeatureWidth`] for a label column that is not there, and those of
    /// [`NodeSplit::check`].
    pub fn build(self) -> Result<GraphData, GraphProblem> {
        let mut graph = self.0;
        let num_nodes = graph.num_nodes;
        if num_nodes > MAX_NODES {
            return Err(GraphProblem::TooManyNodes {
                nodes: num_nodes as u64,
                limit: MAX_NODES,
            });
        }
        let nodes = graph.edges.iter().flatten().chain(&graph.self_loops);
        if let Some(&node) = nodes.max().filter(|&&node| node as usize >= num_nodes) {
            let node = node.into();
            return Err(GraphProblem::NodeOutOfRange { node, num_nodes });
        }
        if graph.edges.is_empty() {
            return Err(GraphProblem::NoEdges);
        }
        graph.edges.sort_unstable();
        graph.edges.dedup();
        graph.self_loops.sort_unstable();
        graph.self_loops.dedup();
        let rows = graph.features.as_ref().map(SparseRows::num_rows);
        let labeled = graph.labels.as_ref().map(|labels| labels.classes().len());
        for (what, found) in [("features", rows), ("labels", labeled)] {
            if let Some(found) = found.filter(|&found| found != num_nodes) {
                return Err(GraphProblem::NodeCount {
                    what,
                    expected: num_nodes,
                    found,
                });
            }
        }
        let width = graph.features.as_ref().map_or(0, SparseRows::width);
        // A model has weights for every column, so one that is only declared costs as much as any.
        let entries = graph.features.as_ref().map_or(0, SparseRows::nonzeros);
        let limit = COLUMNS_PER_ENTRY
            .saturating_mul(entries + 1)
            .max(FEW_COLUMNS);
        if width > limit {
            return Err(GraphProblem::TooManyColumns {
                found: width,
                limit,
            });
        }
        if let Some(column) = graph.label_column.filter(|&column| column >= width) {
            return Err(GraphProblem::FeatureWidth {
                expected: column + 1,
                found: width,
            });
        }
        names::check_all(&graph.names, num_nodes)?;
        if let Some(called) = graph.names.classes() {
            let classes = graph.labels.as_ref().map_or(0, Labels::num_classes);
            if called.len() != classes {
                return Err(GraphProblem::EmptyClass {
                    class: classes as u32,
                    num_classes: called.len(),
                });
            }
        }
        if let Some(split) = &graph.split {
            split.check(num_nodes, graph.labels.as_ref())?;
        }
        Ok(graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> GraphBuilder {
        GraphData::builder("pair", 2).edges([[0, 1]])
    }

    #[test]
    fn data_that_do_not_fit_together_are_refused() {
        let far = GraphData::builder("far", 2).edges([[0, 2]]).build();
        assert_eq!(
            far,
            Err(GraphProblem::NodeOutOfRange {
                node: 2,
                num_nodes: 2
            })
        );
        let loops = GraphData::builder("loops", 2).edges([[0, 0]]).build();
        assert_eq!(loops, Err(GraphProblem::NoEdges));
        let features = SparseRows::from_dense(1, [1.0; 3]).unwrap();
        assert_eq!(
            pair().features(features.clone()).build(),
            Err(GraphProblem::NodeCount {
                what: "features",
                expected: 2,
                found: 3
            })
        );
        let labels = Labels::try_new(vec![Some(0)], 1).unwrap();
        let labels = pair().labels(labels).build();
        assert!(matches!(
            labels,
            Err(GraphProblem::NodeCount { what: "labels", .. })
        ));
        assert!(pair().label_column(0).build().is_err());
        assert!(pair().split(NodeSplit::default()).build().is_err());
        assert!(GraphData::builder("huge", MAX_NODES + 1).build().is_err());
    }

    #[test]
    fn the_column_of_the_labels_is_no_input_for_classification() {
        let features = SparseRows::from_dense(2, [1.0, 2.0, 3.0, 4.0]).unwrap();
        let graph = pair().features(features).label_column(1).build().unwrap();
        let width = |task| graph.inputs(task).unwrap().width();
        assert_eq!(width(GraphTask::NodeClassification), 1);
        assert_eq!(width(GraphTask::LinkPrediction), 2);
    }

    #[test]
    fn one_class_is_nothing_to_classify() {
        let labels = Labels::try_new(vec![Some(0); 2], 1).unwrap();
        let graph = pair().labels(labels).build().unwrap();
        assert!(graph.require(GraphTask::NodeClassification).is_err());
        assert_eq!(graph.require(GraphTask::LinkPrediction), Ok(()));
    }

    #[test]
    fn whatever_differs_the_fingerprint_differs() {
        let rows = |values: [f32; 4]| SparseRows::from_dense(2, values).unwrap();
        let labels = |classes: [Option<u32>; 2]| Labels::counted(classes.to_vec()).unwrap();
        let graphs = [
            pair().build().unwrap(),
            pair().edges([[0, 0]]).build().unwrap(),
            pair().features(rows([1.0, 0.0, 0.0, 1.0])).build().unwrap(),
            pair().features(rows([1.0, 0.0, 0.0, 2.0])).build().unwrap(),
            pair().features(rows([1.0, 1.0, 0.0, 0.0])).build().unwrap(),
            pair().labels(labels([Some(0), Some(1)])).build().unwrap(),
            pair().labels(labels([Some(1), Some(0)])).build().unwrap(),
        ];
        for (index, graph) in graphs.iter().enumerate() {
            let named = graph.clone().named("other");
            assert_eq!(named.fingerprint(), graph.fingerprint());
            for other in &graphs[index + 1..] {
                assert_ne!(other.fingerprint(), graph.fingerprint());
            }
        }
    }
}
