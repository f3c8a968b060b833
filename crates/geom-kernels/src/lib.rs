//! The CPU kernels of `geom`. Nothing here knows Burn.
//!
//! - [`geometry`]: the scalar formulas of ball and hyperboloid, point by point
//! - [`rows`]: formulas on points as *row programs*, each run in one pass over memory, with a
//!   gradient that is a row program too
//! - [`pairs`]: squared distances of all pairs
//! - [`nearest`]: which rows of a table are near a row, exactly
//! - [`embedding`]: a step of the training of a table of points
//! - [`sparse`]: products with sparse matrices, and what else goes over their nonzeros
//! - [`transpose`]: rows of memory as columns in lanes, and back
//! - [`math`]: elementary functions that the compiler turns into vector instructions
//! - [`real`]: `f32` or `f64` in lanes; the macro [`vectorized!`], which compiles a loop for the
//!   widest vectors that the processor has
//! - [`blocks`]: work handed out block by block; [`allocator`]: keeping freed memory, to avoid page faults
#![allow(
    unsafe_code,
    reason = "vector instructions, buffers filled in place, a C call"
)]

pub mod allocator;
pub mod blocks;
pub mod embedding;
pub mod geometry;
pub mod math;
pub mod nearest;
pub mod pairs;
pub mod real;
pub mod rows;
pub mod sparse;
pub mod transpose;
