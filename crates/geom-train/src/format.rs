//! Number formats.

use burn::tensor::DType;
use serde::{Deserialize, Serialize};

/// The number format that a run computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Format {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::F32, Self::F64];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The format as Burn names it.
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }
}
