//! Why a model cannot be made.

use geom_core::SpaceError;
use thiserror::Error;

use super::ModelKind;

/// A model that does not exist as its settings ask for it.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Its space does not exist.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// It does not exist in this space.
    #[error("there is no {model} in the space {space}")]
    Unsupported {
        /// The model.
        model: ModelKind,
        /// The space.
        space: String,
    },
}
