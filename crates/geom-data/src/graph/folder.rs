//! A graph in a folder of tables.
//!
//! # Format
//! Text in UTF-8. Each table ends in `.tsv`, `.csv` or `.txt`, gzipped or not; its fields are split by
//! tabs, commas or spaces, whichever the first line uses, and may be in double quotes where tabs or commas
//! split them. Blank lines and lines that begin with `#` are skipped, and so is a first line that is a
//! header. Columns are numbered from 0; nodes and classes are numbered from 0 or have names.
//!
//! | Table | Lines | |
//! |---|---|---|
//! | `edges.*` | `u v` | required; any order and direction; also as `.mtx`, see below |
//! | `self_loops.*` | `u u` | optional; self loops may stand among the edges as well |
//! | `nodes.*` | `name`, one line a node in order | optional: the names of the nodes |
//! | `features.*` | `x0 x1 …`, one line a node in order | dense |
//! | | `name x0 x1 …` | dense; told by names, or by a header such as `node,height,width` |
//! | | `node col:value col:value …` | sparse; told by the colons; numbered nodes in order |
//! | | `.npy`, `.npz` | an array, one row a node in order; or a matrix of SciPy in rows |
//! | `labels.*` | `node class`, or `class`, one line a node in order | class -1: no label |
//! | `splits/{train,val,test}.txt` | `node` | all three or none; disjoint |
//! | `meta.tsv` | `features width` | optional: the width of sparse features whose last columns are 0 |
//!
//! `edges.mtx` is a Matrix Market file: the nonzeros of a square matrix, whose rows are the nodes.
//!
//! Anything else that is called like one of these, such as `labels.parquet`, is an error; other files are
//! listed in a [note](GraphData::notes). What else is left out, counted twice or taken for a header is said
//! in notes, too.
//!
//! # Names
//! Nodes have names if at least half of the ends of edges are no numbers, if their features have names, or
//! if `nodes.*` lists them. The [names](GraphData::names) are numbered in the order of `nodes.*`, else in
//! that of the features, and without either in the bytewise order of the names in edges and labels. Where
//! nodes are listed, a table may also go by their numbers: its first line decides. A name that is not in
//! the list is an error. Classes have names if at least half of the labels are no numbers; they are numbered
//! in bytewise order.
//!
//! There are as many nodes as are listed, or as features; without either, as many as the names in edges and
//! labels, or as the largest number tells.

mod edges;
mod features;
mod files;
mod labels;
mod matrix_market;
mod nodes;
mod remarks;
mod splits;

use super::table::Table;
use super::{GraphData, GraphProblem, Labels, Location, MAX_NODES, Names, SparseRows};
use crate::DataError;
use std::path::Path;

use features::FeatureTable;
use labels::{LabelTable, Listed};
use matrix_market::Matrix;
use nodes::{Listing, Nodes};
use remarks::Remarks;

pub(super) use edges::parse_numbered as parse_edges;
pub(super) use splits::parse_nodes;

/// Reads the graph in the folder `directory`; the [module](self) tells the format.
///
/// # Errors
/// [`DataError::Graph`] with file, line and problem; those of reading files.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("edges.csv"), "source,target\nann,bob\nbob,cleo\n")?;
/// std::fs::write(folder.path().join("labels.csv"), "node,class\nann,tennis\nbob,chess\n")?;
/// let graph = geom_data::graph::folder::read(folder.path())?;
/// assert_eq!((graph.num_nodes(), graph.edges().len()), (3, 2));
/// assert_eq!(graph.names().node(2), "cleo");
/// assert_eq!(graph.labels().unwrap().classes(), [Some(1), Some(0), None]);
/// assert_eq!(graph.names().class(1), "tennis");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(directory: impl AsRef<Path>) -> Result<GraphData, DataError> {
    let directory = directory.as_ref();
    let title = directory.file_name().unwrap_or(directory.as_os_str());
    let mut remarks = Remarks::default();
    let edges_path = files::find(directory, "edges")?.ok_or_else(|| {
        let file = "edges.{tsv,csv,txt,mtx}[.gz]".to_owned();
        GraphProblem::MissingFile { file }.at(Location::file(directory))
    })?;
    let table = |stem: &str| match files::find(directory, stem)? {
        Some(path) => Table::read(&path).map(Some),
        None => Ok(None),
    };
    let list = match files::find(directory, "nodes")? {
        Some(path) => Some(nodes::read_list(&path, &mut remarks)?),
        None => None,
    };
    let features_path = files::find(directory, "features")?;
    let features = match &features_path {
        Some(path) => {
            let width = features::told_width(directory)?;
            Some(features::read(path, width, &mut remarks)?)
        }
        None => None,
    };
    let is_matrix = |path: &Path| {
        let name = path.to_string_lossy();
        name.trim_end_matches(".gz").ends_with(".mtx")
    };
    let edge_file = if is_matrix(&edges_path) {
        EdgeFile::Matrix(matrix_market::read(&edges_path)?)
    } else {
        EdgeFile::Table(Table::read(&edges_path)?)
    };
    let loops = table("self_loops")?;
    if let Some(loops) = &loops {
        edges::check_loops(loops)?;
    }
    let label_table = table("labels")?;
    let labels = match &label_table {
        Some(table) => Some(LabelTable::parse(table, &mut remarks)?),
        None => None,
    };
    let at_features = |problem: GraphProblem| {
        problem.at(Location::file(
            features_path.as_deref().unwrap_or(directory),
        ))
    };
    let (features, listing) = match (features, list) {
        (Some(table), list) => {
            let (rows, listing) = arranged(table, list).map_err(at_features)?;
            (Some(rows), listing)
        }
        (None, list) => (None, list),
    };
    let rows = features.as_ref().map(SparseRows::num_rows);
    let by_name = match &edge_file {
        EdgeFile::Table(table) => {
            let tables: Vec<&Table> = [table].into_iter().chain(&loops).collect();
            edges::goes_by_name(&tables).then_some(table)
        }
        EdgeFile::Matrix(_) => None,
    };
    let (edges, nodes) = match (listing, by_name) {
        // Nothing lists the nodes, so that rows without names are nobody's.
        (None, Some(table)) if rows.is_some() => return Err(edges::not_numbers(table)),
        (None, Some(table)) => {
            let mut listing = Listing::default();
            let mut edges = edges::parse_open(table, &mut listing, &mut remarks)?;
            if let Some(loops) = &loops {
                edges.extend(edges::parse_open(loops, &mut listing, &mut remarks)?);
            }
            if let Some(labels) = &labels {
                labels.add_nodes(&mut listing, &mut remarks)?;
            }
            let (listing, place) = listing.sorted();
            let moved = |end: u32| place[end as usize];
            edges.iter_mut().for_each(|edge| *edge = edge.map(moved));
            (edges, Nodes::Listed(listing))
        }
        (listing, _) => {
            let numbered = || Nodes::Numbered(rows.or(edge_file.num_nodes()).unwrap_or(MAX_NODES));
            let nodes = listing.map_or_else(numbered, Nodes::Listed);
            let mut edges = match &edge_file {
                EdgeFile::Matrix(matrix) => matrix.edges_of(&nodes, &edges_path, &mut remarks)?,
                EdgeFile::Table(table) => edges::parse(table, &nodes, &mut remarks)?,
            };
            if let Some(loops) = &loops {
                edges.extend(edges::parse(loops, &nodes, &mut remarks)?);
            }
            (edges, nodes)
        }
    };
    let listed = labels.as_ref().map(|labels| labels.resolve(&nodes));
    let listed = listed.transpose()?;
    let num_nodes = match &nodes {
        Nodes::Listed(listing) => listing.len(),
        Nodes::Numbered(_) => match rows.or(edge_file.num_nodes()) {
            Some(number) => number,
            None => count_nodes(&edges, listed.as_ref()),
        },
    };
    // A declared number and a large one cost as much memory as so many nodes.
    if rows.is_none() && matches!(nodes, Nodes::Numbered(_)) {
        let entries = edges.len() + listed.as_ref().map_or(0, |listed| listed.nodes.len());
        let limit = NODES_PER_ENTRY * (entries + 1);
        if num_nodes > limit {
            let nodes = num_nodes as u64;
            let problem = GraphProblem::TooManyNodes { nodes, limit };
            return Err(problem.at(Location::file(&edges_path)));
        }
    }
    let class_names = labels.and_then(LabelTable::into_names);
    let names = match &nodes {
        Nodes::Listed(listing) if !listing.is_numbers() => Some(listing.names().to_vec()),
        _ => None,
    };
    let names = Names::new(names, class_names);
    let labels = match (listed, &label_table) {
        (Some(listed), Some(table)) => {
            let place = || Location::file(table.path());
            let labels = classes(listed, num_nodes);
            Some(labels.map_err(|problem| problem.with_name(&names).at(place()))?)
        }
        _ => None,
    };
    let splits = directory.join("splits");
    let split = splits::read(
        &splits,
        (&nodes, &names),
        num_nodes,
        labels.as_ref(),
        &mut remarks,
    )?;
    let mut not_read = files::survey(directory, &files::TABLES)?;
    if splits.is_dir() {
        let of_splits = files::survey(&splits, &files::PARTS)?;
        not_read.extend(of_splits.iter().map(|name| format!("splits/{name}")));
    }
    let given = edges.iter().filter(|[u, v]| u != v).count();
    let mut builder = GraphData::builder(title.to_string_lossy(), num_nodes)
        .edges(edges)
        .features(features)
        .labels(labels)
        .names(names)
        .split(split)
        .note(format!("read from {}", directory.display()));
    if !not_read.is_empty() {
        builder = builder.note(format!("not read: {}", not_read.join(", ")));
    }
    for note in remarks.into_notes() {
        builder = builder.note(note);
    }
    let built = builder.build();
    let mut graph = built.map_err(|problem| problem.at(Location::file(&edges_path)))?;
    let again = given - graph.edges().len();
    if again > 0 {
        let plural = if again == 1 { "" } else { "s" };
        graph.note(format!(
            "{again} edge{plural} given again, in the same direction or the other: each counts once"
        ));
    }
    Ok(graph)
}

/// The edges as they stand in their file.
enum EdgeFile {
    Table(Table),
    Matrix(Matrix),
}

impl EdgeFile {
    /// The number of nodes that is declared, if one is.
    fn num_nodes(&self) -> Option<usize> {
        match self {
            Self::Table(_) => None,
            Self::Matrix(matrix) => Some(matrix.num_nodes),
        }
    }
}

impl Matrix {
    /// Its edges, if it has as many rows as there are nodes.
    fn edges_of(
        &self,
        nodes: &Nodes,
        path: &Path,
        remarks: &mut Remarks,
    ) -> Result<Vec<[u32; 2]>, DataError> {
        let expected = match nodes {
            Nodes::Numbered(number) => *number,
            Nodes::Listed(listing) => listing.len(),
        };
        if expected != self.num_nodes {
            let problem = GraphProblem::NodeCount {
                what: "a matrix",
                expected,
                found: self.num_nodes,
            };
            return Err(problem.at(Location::file(path)));
        }
        if self.is_weighted {
            remarks.note("values of the matrix are not read: an edge is what is not 0".to_owned());
        }
        if self.zeros > 0 {
            remarks.note(format!(
                "{} entries of the matrix are 0, and no edges",
                self.zeros
            ));
        }
        Ok(self.edges.clone())
    }
}

/// As many nodes as the largest number tells.
fn count_nodes(edges: &[[u32; 2]], listed: Option<&Listed>) -> usize {
    let labeled = listed.iter().flat_map(|listed| &listed.nodes);
    let labeled = labeled.map(|(node, _)| node);
    let largest = edges.iter().flatten().chain(labeled).max();
    largest.map_or(0, |&node| node as usize + 1)
}

/// Features in the order of the nodes, and the names of the nodes if they have any.
fn arranged(
    table: FeatureTable,
    list: Option<Listing>,
) -> Result<(SparseRows, Option<Listing>), GraphProblem> {
    let FeatureTable { rows, nodes } = table;
    let Some(named) = nodes else {
        return match list {
            Some(list) if list.len() != rows.num_rows() => Err(GraphProblem::NodeCount {
                what: "features",
                expected: list.len(),
                found: rows.num_rows(),
            }),
            list => Ok((rows, list)),
        };
    };
    let (list, is_listed) = match list {
        Some(list) => (list, true),
        None => match numbered(&named) {
            Some(list) => (list, false),
            None => return Ok((rows, Some(named))),
        },
    };
    let mut order = vec![None; list.len()];
    for (row, name) in named.names().iter().enumerate() {
        match list.get(name) {
            Some(node) => order[node as usize] = Some(row),
            None => {
                return Err(GraphProblem::UnknownNode {
                    name: name.clone(),
                    suggestion: None,
                });
            }
        }
    }
    let order: Option<Vec<usize>> = order.into_iter().collect();
    let order = order.ok_or(GraphProblem::NodeCount {
        what: "features",
        expected: list.len(),
        found: named.len(),
    })?;
    Ok((rows.select(&order), is_listed.then_some(list)))
}

/// The numbers from 0 in order, if the names are these in any order.
fn numbered(named: &Listing) -> Option<Listing> {
    let all: Vec<String> = (0..named.len()).map(|number| number.to_string()).collect();
    all.iter()
        .all(|name| named.get(name).is_some())
        .then(|| Listing::of(all))
}

/// The class of every node.
fn classes(listed: Listed, num_nodes: usize) -> Result<Labels, GraphProblem> {
    let Listed { nodes, by_line } = listed;
    if by_line && nodes.len() != num_nodes {
        return Err(GraphProblem::NodeCount {
            what: "labels",
            expected: num_nodes,
            found: nodes.len(),
        });
    }
    let mut classes = vec![None; num_nodes];
    for (node, class) in nodes {
        classes[node as usize] = class;
    }
    Labels::counted(classes)
}

/// Where no features tell the number of nodes: how many there may be for each edge and label, so that
/// one large number does not cost the memory of all below it.
const NODES_PER_ENTRY: usize = 100;

#[cfg(test)]
mod named_tests;
#[cfg(test)]
mod tests;
