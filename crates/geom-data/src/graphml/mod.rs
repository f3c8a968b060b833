//! Graphs and hierarchies in GraphML, as NetworkX, igraph, Gephi, yEd and others write them.
//!
//! # Format
//! XML in UTF-8, in a file that ends in `.graphml`, gzipped or not. One `<graph>` with its `<node>`s and
//! `<edge>`s, in any order; attributes are `<data>` of `<key>`s that are declared before.
//!
//! | In the file | In a [graph](read_graph) | In [relations](read_relations) |
//! |---|---|---|
//! | `<edge source target>` | an edge; direction does not count | child and parent |
//! | … `directed="false"`, or `edgedefault="undirected"` | the same | relations in both directions |
//! | attribute `weight` of edges | not read | the weight, if edges have it |
//! | `id` of nodes | their names, unless they are the numbers from 0 in order | their names |
//! | text `name`, `label` or `title` of nodes, if all have one and all differ | their names instead | the same |
//! | `class`, `label`, `category`, `group` or `community` of nodes, the first that repeats itself | their classes; an empty text, or −1: no class | not read |
//! | all other numbers and truth values of nodes | features | not read |
//!
//! A feature that some nodes lack is the `<default>` of its key. Without one it is not read, nor if most nodes lack
//! it and the default is not 0. Upper and lower case do not matter in the names of attributes. What is not read,
//! and what was taken for what, is said in [notes](GraphData::notes), or in [`Repairs::remarks`].
//!
//! # What is refused
//! By line: XML that is not well-formed; entities other than the five of XML, and document types that declare
//! any; elements more than 64 deep; an encoding other than UTF-8; nested graphs, hyperedges, a second graph;
//! values that are not of the type of their key; edges to nodes that are not there. The sizes that a `<graph>`
//! may declare are compared with what is there, and nothing depends on them.
//!
//! # References
//! Brandes, Eiglsperger, Herman, Himsolt, Marshall (2002), *GraphML Progress Report*,
//! <http://graphml.graphdrawing.org>.

mod document;
mod graph;
mod parser;
mod problem;
mod relations;
#[cfg(test)]
mod tests;
mod xml;

use std::path::Path;

use crate::edge_list::Options;
use crate::graph::GraphData;
use crate::{DataError, Relations, Repairs, input};

use document::Document;
pub use problem::GraphMlProblem;

/// Whether a path has the name of such a file.
pub fn is_graphml(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".graphml")
}

/// The name of the data in such a file.
fn title(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = Path::new(name).file_stem().unwrap_or(name.as_ref());
    name.to_string_lossy().into_owned()
}

/// Reads the file at `path` as a graph for graph networks; the [module](self) tells how.
///
/// # Errors
/// [`DataError::GraphMl`] with file, line and problem; [`DataError::Graph`] for a graph that cannot be; those of
/// reading files.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("friends.graphml");
/// std::fs::write(&path, r#"<graphml>
///     <key id="d0" for="node" attr.name="club" attr.type="string"/>
///     <key id="d1" for="node" attr.name="age" attr.type="int"/>
///     <graph edgedefault="undirected">
///         <node id="ann"><data key="d1">31</data></node>
///         <node id="bob"><data key="d1">27</data></node>
///         <edge source="ann" target="bob"/>
///     </graph>
/// </graphml>"#)?;
/// let graph = geom_data::graphml::read_graph(&path)?;
/// assert_eq!(graph.names().node(1), "bob");
/// assert_eq!(graph.features().unwrap().row(0).1, [31.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_graph(path: impl AsRef<Path>) -> Result<GraphData, DataError> {
    let path = path.as_ref();
    let document = Document::parse(path, input::read(path)?)?;
    graph::of(path, document)
}

/// Reads the file at `path` as relations for an embedding; the [module](self) tells how. Of the options, those
/// about columns and lines have no meaning here.
///
/// # Errors
/// As [`read_graph`], and [`DataError::BadWeight`], [`DataError::NoRelations`], [`DataError::Cycle`].
///
/// # Examples
/// ```
/// use geom_data::edge_list::Options;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("animals.graphml");
/// std::fs::write(&path, r#"<graphml><graph edgedefault="directed">
///     <node id="dog"/><node id="mammal"/><edge source="dog" target="mammal"/>
/// </graph></graphml>"#)?;
/// let (relations, _) = geom_data::graphml::read_relations(&path, &Options::default())?;
/// assert!(relations.contains(relations.id("dog").unwrap(), relations.id("mammal").unwrap()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_relations(
    path: impl AsRef<Path>,
    options: &Options,
) -> Result<(Relations, Repairs), DataError> {
    let path = path.as_ref();
    let document = Document::parse(path, input::read(path)?)?;
    relations::of(path, document, options)
}
