//! Complete models.

mod embedding;

pub use embedding::{Embedding, EmbeddingConfig};
