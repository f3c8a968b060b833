//! Undirected graphs with features and classes of their nodes, for graph networks.
//!
//! Everything here ends in [`GraphData`], which is checked once and can then be trusted.
//!
//! | Where graphs come from | Function |
//! |---|---|
//! | a dataset by its name, a folder or a GraphML file | [`load`] |
//! | the original Planetoid files: Cora, CiteSeer, PubMed | [`planetoid::read_raw`] |
//! | the files of HGCN: airport, the disease trees | [`hgcn::read_raw`] |
//! | a folder of tables | [`folder::read`] |
//! | a GraphML file | [`graphml::read_graph`](crate::graphml::read_graph) |
//! | disease trees by the law of the published ones | [`disease::generate`] |
//! | hyperbolic random graphs of any size | [`random::hyperbolic`], or [`load`] by `random:NODES,DEGREE` |
//! | memory | [`GraphData::builder`] |
//!
//! [`LinkSplit`] and [`node_split`] part a graph for training; [`SplitProtocol`] tells the clean way
//! from the published one.
//!
//! # Examples
//! ```
//! use geom_data::graph::{LinkSplit, LinkSplitConfig, SplitProtocol, disease};
//! let tree = disease::generate(&disease::Config::link_prediction(), 7)?;
//! let split = LinkSplit::new(&tree, SplitProtocol::Clean, 0, &LinkSplitConfig::default())?;
//! assert_eq!(split.val_pos().len(), split.val_neg().len());
//! # Ok::<(), geom_data::graph::GraphProblem>(())
//! ```

mod catalog;
mod data;
pub mod disease;
mod facts;
pub mod folder;
pub mod hgcn;
mod labels;
mod names;
mod node_lists;
mod numpy_random;
mod pinned;
pub mod planetoid;
mod problem;
pub mod random;
mod scipy;
mod sparse;
pub mod splits;
mod table;
mod task;

pub use catalog::{GraphDataset, graph_dataset, graph_datasets, is_named, load, load_with};
pub use data::{GraphBuilder, GraphData, MAX_NODES};
pub use facts::{GraphFacts, NodeProportions};
pub use labels::{Labels, NodeSplit, SplitOverlaps};
pub use names::{Names, NodeIndex};
pub use node_lists::{read_nodes, read_pairs};
pub use numpy_random::NumpyRandom;
pub use problem::{GraphProblem, Location};
pub use sparse::SparseRows;
pub use splits::{LinkParts, LinkSplit, LinkSplitConfig, SplitProtocol, node_split};
pub use task::GraphTask;
