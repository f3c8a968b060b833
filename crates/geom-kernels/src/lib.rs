//! The CPU kernels of `geom`. Nothing here knows Burn.
//!
//! - [`allocator`]: keeping freed memory, to avoid page faults
//! - [`rows`]: formulas on points as *row programs*, each run in one pass over memory, with a
//!   gradient that is a row program too
//! - [`pairs`]: squared distances of all pairs
//! - [`linalg`]: linear algebra of many small matrices, one in each lane
//! - [`transpose`]: rows of memory as columns in lanes, and back
//! - [`math`]: elementary functions that the compiler turns into vector instructions
//! - [`real`]: `f32` or `f64` in lanes; the macro [`vectorized!`], which compiles a loop for the
//!   widest vectors that the processor has
#![allow(
    unsafe_code,
    reason = "vector instructions, buffers filled in place, a C call"
)]

pub mod allocator;
pub mod linalg;
pub mod math;
pub mod pairs;
pub mod real;
pub mod rows;
pub mod transpose;
