//! The samplers: their laws, and how they run.

mod laws;
mod runs;
