//! Which rows of a large table of points are near a row, exactly.
//!
//! Distances in hyperbolic and flat space are increasing functions of a rational expression of the
//! coordinates, so ranking needs no transcendental function at all: one pass of additions and
//! multiplications over the table for each query. A [`DistanceIndex`] holds the table under a [`Metric`],
//! and [`KSmallest`] keeps the nearest of what it finds; a [`TileIndex`] passes over what is too far to
//! matter, for [`nearest_others`] and for counts of who is nearer, [`NearerCounts`].

mod counts;
mod index;
mod k_smallest;
mod others;
mod scan;
mod tiles;

pub use crate::geometry::Metric;
pub use counts::{COMPARISONS_PER_PLACE, Level, NearerCounts};
pub use index::DistanceIndex;
pub use k_smallest::KSmallest;
pub use others::nearest_others;
pub use tiles::TileIndex;
