//! Python pickles, read as data and never run.
//!
//! A pickle is a program: on load, Python imports whatever names it contains and calls them. Here a
//! name has no meaning beyond itself. Names outside a short list are rejected, and a "call" of one on
//! the list becomes an inert [`Value::Object`] with the arguments in it.
//!
//! # Format
//! Protocols 0 to 3. The list: NumPy arrays, SciPy's `csr_matrix`, dictionaries of `collections`,
//! networkx graphs, and the containers and numbers of Python itself.
//!
//! # Memory
//! An instruction makes at most one value, values refer to each other by number, and bytes stay in
//! the input. Memory is therefore at most a constant times the length of the input, however the
//! values nest, repeat or contain themselves.

mod error;
mod extract;
mod global;
mod machine;
mod reader;
mod text;
mod value;

pub use error::{PickleError, PickleProblem};
pub use global::Global;
pub use value::{Object, Pickle, Value, ValueId};

use machine::Machine;

/// Reads a pickle.
///
/// # Errors
/// [`PickleError`]; anything after the `STOP` is ignored.
pub fn parse(input: &[u8]) -> Result<Pickle<'_>, PickleError> {
    Machine::new(input).run()
}

#[cfg(test)]
mod tests;
