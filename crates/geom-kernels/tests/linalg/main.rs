//! Linear algebra of many small matrices.

mod factors;
mod support;
