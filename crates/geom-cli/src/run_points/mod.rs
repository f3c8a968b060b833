//! The points of a finished run of either kind, by the names of their nodes.

mod embedding;
mod network;
mod relation;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use geom::train::embedding::Table;

use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::printer::Printer;

pub(crate) use embedding::EmbeddingPoints;
use network::NetworkPoints;
pub(crate) use relation::Relation;

/// The points of a run.
pub(crate) struct RunPoints {
    path: PathBuf,
    /// Where the data are, which nothing is to be written over.
    pub(crate) data: PathBuf,
    kind: Kind,
}

/// What they are the points of.
enum Kind {
    /// A run of `geom embed`.
    Embedding(Box<EmbeddingPoints>),
    /// A run of `geom train`.
    Network(Box<NetworkPoints>),
}

impl RunPoints {
    /// Opens the run in a folder; `dataset` is where the data of a graph network are now.
    pub(crate) fn open(
        path: &Path,
        dataset: Option<&str>,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let (data, kind) = if GraphRun::is_at(path) {
            let computing = printer.progress_of("computing", 0, "computing {spinner} {elapsed}");
            let (data, points) = NetworkPoints::open(path, dataset)?;
            drop(computing);
            (data, Kind::Network(Box::new(points)))
        } else {
            crate::commands::refuse_dataset(dataset)?;
            let (data, points) = EmbeddingPoints::open(path)?;
            (data, Kind::Embedding(Box::new(points)))
        };
        Ok(Self {
            path: path.to_path_buf(),
            data,
            kind,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The points of a run of `geom embed`.
    pub(crate) fn embedding(&self) -> Option<&EmbeddingPoints> {
        match &self.kind {
            Kind::Embedding(points) => Some(points),
            Kind::Network(_) => None,
        }
    }

    /// The names of the nodes, which are numbers in a graph network.
    pub(crate) fn names(&self) -> &[String] {
        match &self.kind {
            Kind::Embedding(points) => points.names(),
            Kind::Network(points) => &points.names,
        }
    }

    /// The coordinates, row by row.
    pub(crate) fn table(&self) -> &Table {
        match &self.kind {
            Kind::Embedding(points) => points.table(),
            Kind::Network(points) => &points.table,
        }
    }

    /// How many coordinates a point has.
    pub(crate) fn columns(&self) -> usize {
        match &self.kind {
            Kind::Embedding(points) => points.columns(),
            Kind::Network(points) => points.columns,
        }
    }

    /// The places of all nodes by their names.
    pub(crate) fn places(&self) -> HashMap<&str, usize> {
        let names = self.names().iter().map(String::as_str);
        names.zip(0..).collect()
    }

    /// The place of a node.
    pub(crate) fn place(
        &self,
        places: &HashMap<&str, usize>,
        name: &str,
    ) -> Result<usize, CliError> {
        places
            .get(name)
            .copied()
            .ok_or_else(|| CliError::UnknownNode {
                name: name.to_owned(),
                run: self.path.clone(),
                suggestion: geom::data::nearest_name(name, self.names().iter().map(String::as_str))
                    .map(str::to_owned),
            })
    }

    /// The distance of every pair.
    pub(crate) fn distances(&self, pairs: &[[usize; 2]]) -> Vec<f64> {
        match &self.kind {
            Kind::Embedding(points) => pairs.iter().map(|&pair| points.distance(pair)).collect(),
            Kind::Network(points) => points.distances(pairs),
        }
    }

    /// The distance of a node from the origin.
    pub(crate) fn radius(&self, node: usize) -> f64 {
        match &self.kind {
            Kind::Embedding(points) => points.radius(node),
            Kind::Network(points) => points.radii[node],
        }
    }

    /// The `k` nearest nodes of one, with their distances, from near to far.
    pub(crate) fn nearest(&self, node: usize, k: usize) -> Vec<(usize, f64)> {
        let others = (0..self.names().len()).filter(|&other| other != node);
        let pairs: Vec<[usize; 2]> = others.map(|other| [node, other]).collect();
        let distances = self.distances(&pairs);
        let mut found: Vec<(usize, f64)> =
            pairs.iter().map(|pair| pair[1]).zip(distances).collect();
        let order = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
        if k < found.len() {
            found.select_nth_unstable_by(k, order);
            found.truncate(k);
        }
        found.sort_unstable_by(order);
        found
    }

    /// How two nodes are related in the data, if the run knows.
    pub(crate) fn relation(&self, pair: [usize; 2]) -> Option<Relation> {
        match &self.kind {
            Kind::Embedding(points) => points.relation(pair),
            Kind::Network(points) => Some(points.relation(pair)),
        }
    }

    /// The nodes linked to one in the graph of a network.
    pub(crate) fn links(&self, node: usize) -> Option<Vec<usize>> {
        match &self.kind {
            Kind::Embedding(_) => None,
            Kind::Network(points) => Some(points.links(node)),
        }
    }
}
