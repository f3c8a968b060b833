//! A graph prepared for a task.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use geom_data::graph::{
    GraphData, GraphProblem, GraphTask, Labels, LinkParts, LinkSplit, LinkSplitConfig, Names,
    SparseRows, SplitProtocol, hgcn, node_split,
};
use geom_nn::sparse::{Features, Graph, GraphError, Pattern, SparseMatrix};

use sha2::{Digest, Sha256};

use super::error::GraphTrainError;
use super::kept::{KeptData, Parts};
use super::settings::GraphSettings;
use super::targets::{ClassTargets, Targets};
use crate::Format;
use crate::storage::hex;

/// Features with at least this share of zeros stay sparse: a sparse product costs about three times
/// a dense one for each number that is there.
const SPARSE_FROM: f64 = 0.7;

/// A graph prepared for a task: what the model sees, and what is asked.
#[derive(Clone, Debug)]
pub struct TaskData {
    name: String,
    nodes: usize,
    features: SparseRows,
    /// Whether the features are the numbers of the nodes.
    numbered: bool,
    /// Those from an earlier run, the last columns of the features.
    embeddings: Option<SparseRows>,
    /// Whether the classes were cut from a column of the features that are given.
    classes_are_cut: bool,
    /// Whether that column is among the features, or may be in what an earlier run made of them.
    tells_classes: bool,
    /// Tells one graph from another, whatever is known of its nodes.
    structure: String,
    edges: Vec<[u32; 2]>,
    targets: Targets,
    /// What nodes and classes are called. Copies share it.
    names: Arc<Names>,
    notes: Vec<String>,
}

/// What a model sees, on a device.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The features of the nodes.
    pub features: Features,
    /// The graph of training.
    pub graph: Graph,
}

impl TaskData {
    /// Prepares `graph` for the task of `settings`: parts it, and makes the features.
    ///
    /// For links, the model sees those of training only.
    ///
    /// # Errors
    /// [`GraphTrainError::Data`] if the graph cannot serve the task.
    pub fn new(graph: &GraphData, settings: &GraphSettings) -> Result<Self, GraphTrainError> {
        Self::parted(graph, settings, None)
    }

    /// [`new`](Self::new), parted as a run has kept it, and with the names that it kept.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), and [`GraphTrainError::OtherData`] if the parts are not those of the
    /// graph, or of another task.
    pub fn with_kept(
        graph: &GraphData,
        settings: &GraphSettings,
        kept: &KeptData,
    ) -> Result<Self, GraphTrainError> {
        Self::parted(graph, settings, Some(kept))
    }

    fn parted(
        graph: &GraphData,
        settings: &GraphSettings,
        kept: Option<&KeptData>,
    ) -> Result<Self, GraphTrainError> {
        graph.require(settings.task)?;
        let (protocol, seed) = (settings.protocol, settings.split_seed);
        let mut notes = graph.notes().to_vec();
        let (edges, targets) = match settings.task {
            GraphTask::NodeClassification => {
                let split = match kept.map(|kept| &kept.parts) {
                    Some(Parts::Nodes(split)) => split.clone(),
                    Some(Parts::Links(_)) => return Err(GraphTrainError::OtherData),
                    None => node_split(graph, protocol, seed, graph.facts().proportions)?,
                };
                let nodes = split.parts().into_iter().flat_map(|(_, nodes)| nodes);
                if !nodes.copied().all(|node| has_class(graph, node)) {
                    return Err(GraphTrainError::OtherData);
                }
                let overlaps = split.overlaps();
                if !overlaps.is_empty() {
                    notes.push(format!(
                        "protocol hgcn: {} nodes are both in train and test, {} in train and val, \
                         {} in val and test",
                        overlaps.train_test, overlaps.train_val, overlaps.val_test
                    ));
                }
                let (labels, count) = match graph.labels() {
                    // A node without a class is never asked for it.
                    Some(labels) => {
                        let classes = labels.classes().iter();
                        let classes = classes.map(|class| class.unwrap_or(0)).collect();
                        (classes, labels.num_classes())
                    }
                    None => (Vec::new(), 0),
                };
                let targets = ClassTargets {
                    labels,
                    count,
                    split,
                };
                let targets = Targets::Classes(Arc::new(targets));
                (graph.edges().to_vec(), targets)
            }
            GraphTask::LinkPrediction => {
                let split = match kept.map(|kept| &kept.parts) {
                    Some(Parts::Links(parts)) => {
                        let split = LinkSplit::restored(graph, protocol, parts.clone());
                        split.map_err(|problem| match problem {
                            GraphProblem::OtherSplit => GraphTrainError::OtherData,
                            problem => problem.into(),
                        })?
                    }
                    Some(Parts::Nodes(_)) => return Err(GraphTrainError::OtherData),
                    None => LinkSplit::new(graph, protocol, seed, &LinkSplitConfig::default())?,
                };
                (split.train_pos().to_vec(), Targets::Links(Arc::new(split)))
            }
        };
        if settings.protocol == SplitProtocol::Hgcn && settings.task == GraphTask::LinkPrediction {
            notes.push(
                "protocol hgcn: links of val and test are among the negatives of training"
                    .to_owned(),
            );
        }
        let given = features(graph, settings, &edges, &mut notes)?;
        Ok(Self {
            name: graph.name().to_owned(),
            nodes: graph.num_nodes(),
            numbered: given.is_none(),
            features: match given {
                Some(features) => features,
                None => identity(graph.num_nodes())?,
            },
            embeddings: None,
            classes_are_cut: graph.label_column().is_some(),
            tells_classes: graph.label_column().is_some()
                && settings.task == GraphTask::LinkPrediction
                && settings.use_features,
            structure: structure(graph),
            edges,
            targets,
            names: Arc::new(kept.map_or(graph.names(), |kept| &kept.names).clone()),
            notes,
        })
    }

    /// The same data, with more features.
    pub(super) fn with_embeddings(mut self, embeddings: SparseRows) -> Self {
        self.features = match self.numbered {
            true => embeddings.clone(),
            false => self.features.concat_columns(&embeddings),
        };
        self.numbered = false;
        // What the run before saw is not known any more.
        self.tells_classes |= self.classes_are_cut;
        self.notes.push(format!(
            "{} features are from a run before",
            embeddings.width()
        ));
        self.embeddings = Some(embeddings);
        self
    }

    pub(super) fn tells_classes(&self) -> bool {
        self.tells_classes
    }

    /// Whether the features are the numbers of the nodes, because there are no others.
    pub(super) fn is_numbered(&self) -> bool {
        self.numbered
    }

    pub(super) fn structure(&self) -> &str {
        &self.structure
    }

    pub(super) fn embeddings(&self) -> Option<&SparseRows> {
        self.embeddings.as_ref()
    }

    /// The name of the dataset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What nodes and classes are called.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The number of features.
    pub fn width(&self) -> usize {
        self.features.width()
    }

    pub(super) fn features(&self) -> &SparseRows {
        &self.features
    }

    /// The edges that the model sees.
    pub fn edges(&self) -> &[[u32; 2]] {
        &self.edges
    }

    /// What is asked.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The number of classes, if they are asked for.
    pub fn classes(&self) -> Option<usize> {
        match &self.targets {
            Targets::Classes(targets) => Some(targets.count),
            Targets::Links(_) => None,
        }
    }

    /// What has to be said with any result: what is missing in the data, which parts overlap.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the model sees, on `device`.
    ///
    /// # Errors
    /// [`GraphTrainError::Graph`] if there are more edges or features than 32 bits can number.
    pub fn inputs(&self, format: Format, device: &Device) -> Result<Inputs, GraphTrainError> {
        let dtype = format.dtype();
        let rows = &self.features;
        let numbers = rows.num_rows() * rows.width();
        let sparse = (rows.nonzeros() as f64) < (1.0 - SPARSE_FROM) * numbers as f64;
        let features = if sparse {
            let (offsets, indices) = (rows.offsets().to_vec(), rows.indices().to_vec());
            let pattern = Pattern::new(offsets, indices, rows.width()).map_err(GraphError::from)?;
            Features::Sparse(SparseMatrix::new(pattern, rows.values(), (device, dtype)))
        } else {
            let data = TensorData::new(rows.to_dense(), [rows.num_rows(), rows.width()]);
            Features::Dense(Tensor::from_data(data, (device, dtype)))
        };
        let graph = Graph::new(self.nodes, &self.edges, (device, dtype))?;
        Ok(Inputs { features, graph })
    }
}

/// Whether there is a node of that number, and a class of it.
fn has_class(graph: &GraphData, node: u32) -> bool {
    let class = |labels: &Labels| labels.classes().get(node as usize).copied().flatten();
    graph.labels().and_then(class).is_some()
}

/// A digest of the edges.
fn structure(graph: &GraphData) -> String {
    let mut hash = Sha256::new();
    hash.update((graph.num_nodes() as u64).to_le_bytes());
    let ends = graph.edges().as_flattened().iter();
    ends.for_each(|node| hash.update(node.to_le_bytes()));
    hex(hash)
}

/// The features that the settings ask for, if there are any.
fn features(
    graph: &GraphData,
    settings: &GraphSettings,
    edges: &[[u32; 2]],
    notes: &mut Vec<String>,
) -> Result<Option<SparseRows>, GraphTrainError> {
    let given = graph
        .inputs(settings.task)
        .filter(|_| settings.use_features);
    let Some(given) = given else {
        return Ok(None);
    };
    let features = if !settings.normalize_features {
        given
    } else if given.have_shares() {
        given.row_normalized()
    } else {
        let reason = match given.width() {
            1 => "with one column all would become 1",
            _ => "some are negative, and a row would become the same as its opposite",
        };
        notes.push(format!("features are not divided by their sum: {reason}"));
        given
    };
    if graph.facts().degree_features {
        return Ok(Some(hgcn::with_degrees(&features, edges)?));
    }
    Ok(Some(features))
}

/// A feature for every node: its number.
fn identity(nodes: usize) -> Result<SparseRows, GraphTrainError> {
    let offsets = (0..=nodes).collect();
    let indices = (0..nodes as u32).collect();
    Ok(SparseRows::try_new(
        offsets,
        indices,
        vec![1.0; nodes],
        nodes,
    )?)
}

impl KeptData {
    /// That of some data.
    pub fn of(data: &TaskData) -> Self {
        let parts = match data.targets() {
            Targets::Classes(targets) => Parts::Nodes(targets.split.clone()),
            Targets::Links(split) => Parts::Links(LinkParts {
                train_pos: split.train_pos().to_vec(),
                val_pos: split.val_pos().to_vec(),
                val_neg: split.val_neg().to_vec(),
                test_pos: split.test_pos().to_vec(),
                test_neg: split.test_neg().to_vec(),
            }),
        };
        Self {
            names: data.names().clone(),
            parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use geom_data::graph::{disease, load};
    use geom_nn::models::ModelKind;

    use super::*;

    #[test]
    fn a_folder_called_like_a_dataset_gets_no_columns_and_no_split_of_it() {
        let root = tempfile::tempdir().unwrap();
        let settings = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        let prepared = |name: &str| {
            let folder = root.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let cycle: String = (0..40).map(|u| format!("{u},{}\n", (u + 1) % 40)).collect();
            std::fs::write(folder.join("edges.csv"), cycle).unwrap();
            let features: String = (0..40).map(|u| format!("{u} 1 2\n")).collect();
            std::fs::write(folder.join("features.txt"), features).unwrap();
            let labels: String = (0..40).map(|u| format!("{}\n", u % 2)).collect();
            std::fs::write(folder.join("labels.txt"), labels).unwrap();
            let graph = load(&folder.display().to_string()).unwrap();
            let data = TaskData::new(&graph, &settings).unwrap();
            match data.targets() {
                Targets::Classes(targets) => (data.width(), targets.split.test.len()),
                Targets::Links(_) => panic!("classes were asked for"),
            }
        };
        // Three features each, and 0.15 of the nodes for the test.
        for name in ["plain", "airport", "disease-nc", "disease-lp", "cora"] {
            assert_eq!(prepared(name), (3, 6), "{name}");
        }
    }

    #[test]
    fn features_that_differ_in_sign_alone_stay_different() {
        let root = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: String| std::fs::write(root.path().join(name), text).unwrap();
        write(
            "edges.csv",
            (0..80).map(|u| format!("{u},{}\n", (u + 1) % 80)).collect(),
        );
        write(
            "labels.txt",
            (0..80).map(|u| format!("{}\n", u % 2)).collect(),
        );
        let signs = |columns: &str| {
            let row = |u| columns.replace('x', if u % 2 == 0 { "1.5" } else { "-1.5" }) + "\n";
            (0..80).map(row).collect()
        };
        let mut settings = GraphSettings::new(ModelKind::Mlp, GraphTask::NodeClassification);
        settings.normalize_features = true;
        for columns in ["x", "x x"] {
            write("features.txt", signs(columns));
            let graph = load(&root.path().display().to_string()).unwrap();
            let data = TaskData::new(&graph, &settings).unwrap();
            assert_eq!(data.features().row(0).1[0], 1.5, "{columns}");
            assert_eq!(data.features().row(1).1[0], -1.5, "{columns}");
            assert!(
                data.notes()
                    .last()
                    .unwrap()
                    .contains("not divided by their sum")
            );
        }
        let facts = *load(&root.path().display().to_string()).unwrap().facts();
        let task = GraphTask::NodeClassification;
        let own = super::super::defaults(ModelKind::Mlp, &facts, task);
        assert!(!own.normalize_features, "of data that nothing was tuned on");
    }

    #[test]
    fn copies_share_what_is_asked() {
        let tree = disease::generate(&disease::Config::node_classification(), 1).unwrap();
        let settings = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        let data = TaskData::new(&tree, &settings).unwrap();
        let (a, b) = (data.targets().clone(), data.targets());
        match (&a, b) {
            (Targets::Classes(a), Targets::Classes(b)) => assert!(Arc::ptr_eq(a, b)),
            _ => panic!("classes were asked for"),
        }
        assert_eq!(tree.labels().map(Labels::num_classes), Some(2));
    }
}
