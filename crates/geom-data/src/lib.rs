//! Hierarchies and graphs: loaders, transitive closures, splits, generators, verified downloads.
//!
//! This crate contains no tensors and no models. It produces two types, both in an order which
//! depends only on the data:
//!
//! - [`Relations`], directed pairs `child -> ancestor` over named nodes, for embeddings;
//! - [`graph::GraphData`], an undirected graph with features and classes, for graph networks.
//!
//! | Source | Function |
//! |---|---|
//! | a table of your own | [`edge_list::read`] |
//! | a GraphML file | [`graphml::read_relations`], [`graphml::read_graph`] |
//! | WordNet's mammals, shipped with the crate | [`mammals`] |
//! | WordNet's nouns, from the database files | [`wordnet::WordNet`] |
//! | a hierarchy by its name, looked up or downloaded | [`load`] |
//! | pairs in memory | [`Relations::from_pairs`] |
//! | a graph by its name, or from a folder | [`graph::load`] |
//!
//! [`pickle`] and [`numpy`] read the files that Python leaves behind, as data: nothing in them is executed.
//!
//! [`points`] writes named points for other programs: word2vec, CSV, NumPy, safetensors.
//!
//! [`sources`] lists the directories which are searched. Invalid input is a [`DataError`], which
//! names the file, the position in it, the rule, and (in [`DataError::hint`]) the remedy.
//!
//! # Examples
//! ```
//! let mammals = geom_data::mammals();
//! assert_eq!((mammals.num_nodes(), mammals.num_relations()), (1_180, 6_540));
//!
//! let dog = mammals.id("dog.n.01").unwrap();
//! let ancestors: Vec<_> = mammals.targets(dog).iter().map(|&v| mammals.name(v)).collect();
//! assert!(ancestors.contains(&"carnivore.n.01"));
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod archive;
mod builder;
mod closure;
mod download;
pub mod edge_list;
mod error;
mod fields;
pub mod graph;
pub mod graphml;
mod hash;
mod header;
#[cfg(feature = "download")]
mod http;
mod input;
mod limit;
pub mod numpy;
pub mod pickle;
pub mod points;
mod registry;
mod relations;
pub mod sources;
mod suggest;
pub mod wordnet;

pub use archive::Progress;
pub use builder::{Doubt, Repairs};
pub use error::{DataError, LineRule, WeightRule};
pub use limit::Limit;
pub use registry::{
    Dataset, LoadOptions, dataset, datasets, fetch, load, load_with, locate, mammals,
};
pub use relations::{InvalidRows, Relations};
pub use suggest::nearest as nearest_name;
