//! Files that are replaced whole or not at all.
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("points.txt");
//! geom_files::write(&path, |out| out.write_all(b"old"))?;
//! let failed = geom_files::write(&path, |out| {
//!     out.write_all(b"ne")?;
//!     Err(std::io::Error::other("the power is gone"))
//! });
//! assert!(failed.is_err());
//! assert_eq!(std::fs::read(&path)?, b"old");
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod atomic;
#[doc(hidden)]
pub mod failpoint;

pub use atomic::{remove_partial, remove_unfinished, write};
