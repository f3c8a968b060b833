//! What layers need of a curved space: coordinates at its origin.
//!
//! A hyperbolic layer is a Euclidean map between tangent spaces at origins, dressed in
//! [`OriginChart::exp0`] and [`OriginChart::log0`]. Layers are generic over [`OriginChart`];
//! [`Space`] is the one that is known at run time.

mod config;
mod origin_chart;
mod space;

pub use config::{SpaceConfig, SpaceError};
pub use origin_chart::OriginChart;
pub use space::{ProductSpace, Space};
