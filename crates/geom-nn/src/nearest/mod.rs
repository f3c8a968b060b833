//! Exact nearest neighbors over a whole table of points.
//!
//! [`neighbors`] finds them on any manifold and device. The rest is for the rows of one large table of a
//! unit model, on the CPU. Distances in hyperbolic and flat space are increasing functions of a rational
//! expression of the coordinates, so ranking needs no transcendental function at all: one pass of
//! additions and multiplications over the table for each query. A [`DistanceIndex`] holds the table under a
//! [`Metric`], and [`KSmallest`] keeps the nearest of what it finds; a [`TileIndex`] passes over what is
//! too far to matter.

mod index;
mod k_smallest;
mod metric;
mod neighbors;
mod scan;
mod tiles;

pub use index::DistanceIndex;
pub use k_smallest::KSmallest;
pub use metric::{Metric, boundary_gap};
pub use neighbors::{Neighbors, neighbors};
pub(crate) use tiles::Tile;
pub use tiles::TileIndex;
