//! Arrays as NumPy stores them, in `.npy` and `.npz` files and inside pickles.

mod array;
pub mod npy;
pub mod npz;

pub(crate) use array::DType;
pub use array::{Array, ArrayProblem, Elements};
