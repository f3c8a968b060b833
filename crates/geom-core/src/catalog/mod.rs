//! Manifolds by name: the table of names, and manifolds and spaces as files and command lines write
//! them.

pub mod config;
pub mod kind;
pub(crate) mod list;
pub mod space;
