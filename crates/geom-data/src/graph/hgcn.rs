//! The data of HGCN: the airport graph and the disease trees.
//!
//! | Set | Files | Features | Classes |
//! |---|---|---|---|
//! | airport | `airport.p`, a pickled networkx graph | 5 | 4, cut from the fifth feature |
//! | disease_lp | `disease_lp.{edges.csv,feats.npz,labels.npy}` | 11 | 2 |
//! | disease_nc | `disease_nc.{edges.csv,labels.npy}`, and `feats.npz` where it is at hand | 1000, or none | 2 |
//!
//! The features of an airport are latitude, longitude, altitude, and the wealth and the population of
//! its country, scaled; its class is the population cut at 1, 8/7 and 9/7, so that column is no input
//! for [`GraphTask::NodeClassification`](super::GraphTask::NodeClassification).
//!
//! # References
//! Chami, Ying, Ré, Leskovec (2019), *Hyperbolic Graph Convolutional Neural Networks*.

use super::scipy::{read_pickle, rows};
use super::table::Table;
use super::{GraphData, GraphProblem, Labels, Location, MAX_NODES, SparseRows, folder};
use crate::numpy::npy;
use crate::numpy::npz;
use crate::pickle::{Global, Pickle, PickleProblem};
use crate::{DataError, input};
use std::collections::HashMap;
use std::path::Path;

/// One of the sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HgcnSet {
    /// Flight routes between airports.
    Airport,
    /// The larger tree, for link prediction.
    DiseaseLp,
    /// The deeper tree, for node classification.
    DiseaseNc,
}

impl HgcnSet {
    /// The name its files have.
    pub fn stem(self) -> &'static str {
        match self {
            HgcnSet::Airport => "airport",
            HgcnSet::DiseaseLp => "disease_lp",
            HgcnSet::DiseaseNc => "disease_nc",
        }
    }

    /// The name it is loaded by.
    pub fn name(self) -> &'static str {
        match self {
            HgcnSet::Airport => "airport",
            HgcnSet::DiseaseLp => "disease-lp",
            HgcnSet::DiseaseNc => "disease-nc",
        }
    }

    /// The published files that [`read_raw`] cannot do without.
    pub fn files(self) -> &'static [&'static str] {
        match self {
            HgcnSet::Airport => &["airport.p"],
            HgcnSet::DiseaseLp => &[
                "disease_lp.edges.csv",
                "disease_lp.feats.npz",
                "disease_lp.labels.npy",
            ],
            HgcnSet::DiseaseNc => &["disease_nc.edges.csv", "disease_nc.labels.npy"],
        }
    }
}

/// Where the fifth feature of an airport is cut into classes.
const CUTS: [f64; 3] = [1.0, 8.0 / 7.0, 9.0 / 7.0];
/// The feature that is cut.
const CUT_COLUMN: usize = 4;
/// Number of features of an airport.
const AIRPORT_WIDTH: usize = 5;

/// Reads a set from the published files in `directory`.
///
/// # Errors
/// [`DataError::Pickle`], [`DataError::Array`] and [`DataError::Graph`] for files that are damaged
/// or do not fit together, and those of reading files.
pub fn read_raw(directory: impl AsRef<Path>, set: HgcnSet) -> Result<GraphData, DataError> {
    let directory = directory.as_ref();
    match set {
        HgcnSet::Airport => read_airport(&directory.join("airport.p")),
        HgcnSet::DiseaseLp | HgcnSet::DiseaseNc => read_disease(directory, set),
    }
}

/// Reads a set from its plain form, a [`folder`].
///
/// # Errors
/// As [`folder::read`].
pub fn read_plain(directory: impl AsRef<Path>, set: HgcnSet) -> Result<GraphData, DataError> {
    let mut graph = folder::read(directory)?.named(set.name());
    match set {
        HgcnSet::Airport => graph.with_label_column(CUT_COLUMN).map_err(DataError::from),
        HgcnSet::DiseaseNc if graph.features().is_none() => {
            graph.note(WITHOUT_FEATURES);
            Ok(graph)
        }
        _ => Ok(graph),
    }
}

/// What is said of disease_nc without its features.
const WITHOUT_FEATURES: &str = "the published 1000 features (disease_nc.feats.npz) are not at hand: \
     the graph has none";

fn read_disease(directory: &Path, set: HgcnSet) -> Result<GraphData, DataError> {
    let path = |ending: &str| directory.join(format!("{}.{ending}", set.stem()));
    let labels_path = path("labels.npy");
    let wrong = |problem| DataError::Array {
        path: labels_path.clone(),
        problem,
    };
    let labels = npy::parse(&input::read(&labels_path)?).map_err(wrong)?;
    let labels = labels.integers().map_err(wrong)?;
    let class = |&class: &i64| u32::try_from(class).ok();
    let classes: Vec<Option<u32>> = labels.iter().map(class).collect();
    let num_nodes = classes.len();
    let labels = Labels::counted(classes).map_err(|it| it.at(Location::file(&labels_path)))?;
    let edges_path = path("edges.csv");
    let edges = folder::parse_edges(&Table::read(&edges_path)?, num_nodes.min(MAX_NODES))?;
    let features_path = path("feats.npz");
    let needed = set.files().iter().any(|file| file.ends_with("feats.npz"));
    let features = if needed || features_path.is_file() {
        let matrix = npz::parse_csr(&input::read(&features_path)?);
        let matrix = matrix.map_err(|problem| DataError::Array {
            path: features_path.clone(),
            problem,
        })?;
        Some(rows(matrix).map_err(|problem| problem.at(Location::file(&features_path)))?)
    } else {
        None
    };
    let mut graph = GraphData::builder(set.name(), num_nodes)
        .edges(edges)
        .labels(labels)
        .note(format!("published files in {}", directory.display()));
    if features.is_none() {
        graph = graph.note(WITHOUT_FEATURES);
    }
    let graph = graph.features(features).build();
    graph.map_err(|problem| problem.at(Location::file(&edges_path)))
}

/// Airports as they stand in the pickle.
struct Airports {
    edges: Vec<[u32; 2]>,
    features: Vec<[f64; AIRPORT_WIDTH]>,
}

fn read_airport(path: &Path) -> Result<GraphData, DataError> {
    let Airports { edges, features } = read_pickle(path, networkx)?;
    let class = |features: &[f64; AIRPORT_WIDTH]| {
        let cuts = CUTS.iter().filter(|&&cut| features[CUT_COLUMN] >= cut);
        Some(cuts.count() as u32)
    };
    let graph = || -> Result<GraphData, GraphProblem> {
        let labels = Labels::try_new(features.iter().map(class).collect(), CUTS.len() + 1)?;
        let values = features.iter().flatten().map(|&value| value as f32);
        GraphData::builder(HgcnSet::Airport.name(), features.len())
            .edges(edges)
            .features(SparseRows::from_dense(AIRPORT_WIDTH, values)?)
            .label_column(CUT_COLUMN)
            .labels(labels)
            .note(format!("published file {}", path.display()))
            .build()
    };
    graph().map_err(|problem| problem.at(Location::file(path)))
}

/// A networkx graph whose nodes have five numbers each as `feat`, numbered in its own order.
fn networkx(pickle: &Pickle<'_>) -> Result<Airports, PickleProblem> {
    let wrong = || PickleProblem::Kind("a networkx graph whose nodes have 5 numbers as `feat`");
    let state = pickle
        .state(pickle.root(), Global::Graph)
        .ok_or_else(wrong)?;
    let dictionary = |name| {
        let id = pickle.entry(&state, name)?;
        pickle.entries(id)
    };
    let nodes = dictionary("_node").ok_or_else(wrong)?;
    let mut number = HashMap::new();
    let mut features = Vec::with_capacity(nodes.len());
    for &(key, attributes) in nodes.iter() {
        let key = pickle.int(key).ok_or_else(wrong)?;
        if number.insert(key, features.len() as u32).is_some() {
            return Err(wrong());
        }
        let attributes = pickle.entries(attributes).ok_or_else(wrong)?;
        let values = pickle
            .entry(&attributes, "feat")
            .and_then(|id| pickle.items(id));
        let values: Option<Vec<f64>> = values
            .filter(|values| values.len() == AIRPORT_WIDTH)
            .and_then(|values| values.iter().map(|&id| pickle.float(id)).collect());
        let values = values.and_then(|values| values.try_into().ok());
        features.push(values.ok_or_else(wrong)?);
    }
    let node = |id| number.get(&pickle.int(id)?).copied();
    let budget = pickle.len();
    let mut edges = Vec::new();
    for &(key, neighbors) in dictionary("_adj").ok_or_else(wrong)?.iter() {
        let u = node(key).ok_or_else(wrong)?;
        for &(neighbor, _) in pickle.entries(neighbors).ok_or_else(wrong)?.iter() {
            edges.push([u, node(neighbor).ok_or_else(wrong)?]);
            if edges.len() > budget {
                return Err(PickleProblem::Kind(
                    "neighbors that are not the same dictionary",
                ));
            }
        }
    }
    Ok(Airports { edges, features })
}

/// The usual inputs for the airports: the features, then a column each for a degree of 0, 1, 2, 3, 4,
/// and 5 or more, then a column of ones.
///
/// `edges` are those of training. They are counted after the features were normalized.
///
/// # Errors
/// [`GraphProblem::NodeOutOfRange`] for an edge beyond the rows.
pub fn with_degrees(features: &SparseRows, edges: &[[u32; 2]]) -> Result<SparseRows, GraphProblem> {
    const LARGEST: u32 = 5;
    let num_nodes = features.num_rows();
    if let Some(&node) = edges.iter().flatten().find(|&&u| u as usize >= num_nodes) {
        let node = node.into();
        return Err(GraphProblem::NodeOutOfRange { node, num_nodes });
    }
    let mut columns = SparseRows::with_width(LARGEST as usize + 2);
    for degree in super::data::degrees(num_nodes, edges) {
        columns.push_row(&[(degree.min(LARGEST), 1.0), (LARGEST + 1, 1.0)])?;
    }
    Ok(features.concat_columns(&columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_go_beside_the_features() {
        let features = SparseRows::from_dense(1, [0.5, 0.0, 1.0]).unwrap();
        let wide = with_degrees(&features, &[[0, 1], [1, 2]]).unwrap();
        assert_eq!(wide.width(), 8);
        assert_eq!(wide.row(0), (&[0, 2, 7][..], &[0.5, 1.0, 1.0][..]));
        assert_eq!(wide.row(1).0, [3, 7]);
        assert!(with_degrees(&features, &[[0, 3]]).is_err());
    }

    #[test]
    fn a_pickle_of_something_else_is_no_airport_graph() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"]q\0h\0a.").unwrap();
        assert!(matches!(
            read_airport(file.path()),
            Err(DataError::Pickle {
                problem: PickleProblem::Kind(_),
                ..
            })
        ));
    }
}
