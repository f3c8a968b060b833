//! Why a sampler cannot start.

use geom_core::{NotOnManifold, SettingError};
use thiserror::Error;

/// A sampler cannot be built, or its chains cannot start at the given points.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SamplerError {
    /// A setting is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A chain does not start on the manifold.
    #[error("a chain cannot start here: {0}")]
    NotOnManifold(#[from] NotOnManifold),
    /// The density at the start of a chain is zero, infinite or not a number.
    #[error(
        "the log-density at the start of chain {chain} is {value}; start where the density is \
         positive and finite"
    )]
    NoDensity {
        /// Index of the chain, with the leading axes flattened.
        chain: usize,
        /// The log-density there.
        value: f64,
    },
    /// The gradient of the log-density at the start of a chain is not finite.
    #[error(
        "the gradient of the log-density at the start of chain {chain} is not finite; start where \
         the density is smooth"
    )]
    NoGradient {
        /// Index of the chain, with the leading axes flattened.
        chain: usize,
    },
}
