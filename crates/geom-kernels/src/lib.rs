//! The CPU kernels of `geom`. Nothing here knows Burn.
//!
//! - [`allocator`]: keeping freed memory, to avoid page faults
//! - [`blocks`]: work that is handed out block by block
//! - [`rows`]: formulas on points as *row programs*, each run in one pass over memory, with a
//!   gradient that is a row program too
//! - [`nearest`]: which rows of a table are near a row, exactly
//! - [`pairs`]: squared distances of all pairs
//! - [`sparse`]: products with sparse matrices, and what else goes over their nonzeros
//! - [`transpose`]: rows of memory as columns in lanes, and back
//! - [`math`]: elementary functions that the compiler turns into vector instructions
//! - [`real`]: `f32` or `f64` in lanes; the macro [`vectorized!`], which compiles a loop for the
//!   widest vectors that the processor has
#![allow(
    unsafe_code,
    reason = "vector instructions, buffers filled in place, a C call"
)]

pub mod allocator;
pub mod blocks;
pub mod math;
pub mod nearest;
pub mod pairs;
pub mod real;
pub mod rows;
pub mod sparse;
pub mod transpose;
