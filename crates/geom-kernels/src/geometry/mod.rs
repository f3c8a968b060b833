//! The geometry of the unit models, point by point: the scalar formulas.
//!
//! Kernels compute the same in lanes, from the same functions of numbers where there are any ([`poincare::Step`],
//! [`poincare::retraction`]); tables are compared by it, and pictures drawn. Points are slices of coordinates:
//! of the unit Poincaré ball in [`poincare`], of the unit hyperboloid, time first, in [`hyperboloid`];
//! [`cones`] are partial orders of the ball.
//!
//! A point of the ball comes with its *gap* $1 - \lVert x\rVert^2$. Near the boundary the coordinates hardly
//! know it any more, while the hyperboloid does: its time coordinate $t$ has $2/(1 + t)$.

pub mod cones;
pub mod hyperboloid;
mod metric;
pub mod poincare;
mod vectors;

pub use metric::Metric;
pub use vectors::{dot, norm, of_length, squared_norm};
