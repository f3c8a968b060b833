//! Recurrent networks.

mod gate;
mod gru;
mod rnn;

pub use gru::{ManifoldGru, ManifoldGruConfig};
pub use rnn::{ManifoldRnn, ManifoldRnnConfig};
