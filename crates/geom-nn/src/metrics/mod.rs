//! Measures of a trained model.

mod reconstruction;

pub use reconstruction::{Reconstruction, nearest_others, reconstruction};
