//! The manifolds, by subject. One program, because each takes long to link.

mod combined;
mod conformance;
mod edges;
mod isometries;
mod matrices;
mod model_reach;
mod models;
mod modules;
mod oracles;
mod positive;
mod properties;
mod retractions;
mod simplices;
mod simplices_edges;
mod spherical;
mod spherical_edges;
