//! The files of a run: replaced whole or not at all, and known to be whole when they are read.
//!
//! [`write()`] replaces a file atomically. The checkpoints of both trainers are framed alike: a
//! `safetensors` file whose metadata hold a JSON description with a version, and a checksum over
//! everything. `docs/checkpoint-format.md` has the details.

mod atomic;
mod digest;
mod error;
#[doc(hidden)]
pub mod failpoint;
mod frame;
mod whole;

pub use atomic::{remove_partial, remove_unfinished, write};
pub use error::{StorageError, io_error};
pub use whole::{read, read_text};

pub(crate) use digest::{digest, hex};
pub(crate) use frame::{FileKind, Frame, Part, numbers};
