//! Why a model cannot be made.

use geom_core::{DuplicateParameter, SettingError, SpaceError};
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
    #[error("{model} does not support the space {space}")]
    Unsupported {
        /// The model.
        model: ModelKind,
        /// The space.
        space: String,
    },
    /// Its widths make no layer.
    #[error("widths {dims:?}: a model has at least two, and each of them is at least 1")]
    Dims {
        /// The widths.
        dims: Vec<usize>,
    },
    /// There is not one space for each layer.
    #[error("{layers} layers need as many spaces, got {spaces}")]
    Spaces {
        /// The number of layers.
        layers: usize,
        /// The number of spaces.
        spaces: usize,
    },
    /// Two layers hold one learnable curvature.
    #[error(transparent)]
    Shared(#[from] DuplicateParameter),
    /// A setting is out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

/// Checks the widths of a model.
pub(super) fn check_dims(dims: &[usize]) -> Result<(), ModelError> {
    match dims.len() >= 2 && dims.iter().all(|&dim| dim > 0) {
        true => Ok(()),
        false => Err(ModelError::Dims {
            dims: dims.to_vec(),
        }),
    }
}

/// Checks a share of numbers that is dropped in training.
pub(super) fn check_share(field: &'static str, value: f64) -> Result<(), SettingError> {
    let holds = (0.0..1.0).contains(&value);
    SettingError::check(holds, field, value, "at least 0 and below 1")
}

/// Checks a number of things of which there is at least one.
pub(super) fn check_count(field: &'static str, value: usize) -> Result<(), SettingError> {
    SettingError::check(value > 0, field, value, "at least 1")
}

/// Checks how far from the origin the points of a table start.
pub(super) fn check_scale(scale: f64) -> Result<(), SettingError> {
    let holds = scale > 0.0 && scale.is_finite();
    SettingError::check(holds, "scale", scale, "a positive, finite number")
}

/// Checks that there is one space for each layer of these widths.
pub(super) fn check_spaces<S>(dims: &[usize], spaces: &[S]) -> Result<(), ModelError> {
    let (layers, spaces) = (dims.len().saturating_sub(1), spaces.len());
    match layers == spaces {
        true => Ok(()),
        false => Err(ModelError::Spaces { layers, spaces }),
    }
}
