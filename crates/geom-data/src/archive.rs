//! Files on the web, and how far their downloads are.

/// How far a download is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes there will be.
    pub total: u64,
}

/// A file on the web, pinned by size and SHA-256.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) url: &'static str,
    pub(crate) bytes: u64,
    pub(crate) sha256: &'static str,
}
