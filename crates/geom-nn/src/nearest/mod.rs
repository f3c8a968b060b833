//! Exact nearest neighbors over a whole table of points.
//!
//! [`neighbors`] finds them on any manifold and device. The rest is for the rows of one large table of a
//! unit model, on the CPU: a [`DistanceIndex`] holds the table under a [`Metric`], and [`KSmallest`] keeps
//! the nearest of what it finds; a [`TileIndex`] passes over what is too far to matter.

mod neighbors;

pub use geom_kernels::nearest::{DistanceIndex, KSmallest, Metric, TileIndex};
pub use neighbors::{Neighbors, neighbors};
