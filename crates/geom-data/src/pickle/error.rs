//! What can be wrong with a pickle.

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
