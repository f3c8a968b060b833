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

mod extract;
mod global;
mod machine;
mod reader;
mod text;
mod value;

pub use global::Global;
pub use value::{Object, Pickle, Value, ValueId};

use machine::Machine;

/// Why a pickle is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PickleProblem {
    /// The pickle ends before its `STOP`.
    #[error("the pickle is cut short")]
    CutShort,
    /// The instruction is not part of protocols 0 to 3, or refers to something outside.
    #[error("instruction 0x{0:02x} is not read")]
    Instruction(u8),
    /// The pickle names something which is not data.
    #[error("the pickle asks for {module}.{name}, which is not on the list of harmless names")]
    ForbiddenGlobal {
        /// The module, cut after 80 characters.
        module: String,
        /// The name in it, cut after 80 characters.
        name: String,
    },
    /// The stack or the memo lacks what an instruction takes from it.
    #[error("the pickle is damaged: {0}")]
    Damaged(&'static str),
    /// An integer does not fit into 64 bits.
    #[error("an integer has more than 64 bits")]
    TooLarge,
    /// The values are valid but not the expected ones.
    #[error("expected {0}")]
    Kind(&'static str),
    /// An array in the pickle is not understood.
    #[error("an array in the pickle: {0}")]
    Array(#[from] crate::numpy::ArrayProblem),
}

/// Where in a pickle which problem is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte}: {problem}")]
pub struct PickleError {
    /// Offset of the instruction in the file, from 0.
    pub byte: usize,
    /// The problem.
    pub problem: PickleProblem,
}

/// Reads a pickle.
///
/// # Errors
/// [`PickleError`]; anything after the `STOP` is ignored.
pub fn parse(input: &[u8]) -> Result<Pickle<'_>, PickleError> {
    Machine::new(input).run()
}

#[cfg(test)]
mod tests;
