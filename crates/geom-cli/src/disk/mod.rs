//! Pictures of an embedding in the Poincaré disk.

pub(crate) mod canvas;
mod hierarchy;
pub(crate) mod layout;
mod picture;

use std::path::Path;

use geom::train::embedding::EmbeddingCheckpoint;

use crate::dataset::Loaded;
use crate::error::CliError;

/// How many nodes are named unless told otherwise.
pub(crate) const DEFAULT_LABELS: usize = 24;

/// What is done to points of more than two dimensions.
pub(crate) const PROJECTION: &str = "more than two dimensions are drawn by the direction of log0 along its two leading \
     principal axes, at the true distance from the center; Euclidean ones to scale";

/// Draws `checkpoint` to `path`, whose ending chooses the format, naming the `labels` nodes with
/// the most descendants.
pub(crate) fn draw(
    checkpoint: &EmbeddingCheckpoint,
    data: &Loaded,
    path: &Path,
    labels: usize,
) -> Result<(), CliError> {
    let points = layout::positions(checkpoint);
    let edges = hierarchy::parents(&data.relations);
    let descendants = data.relations.in_degrees();
    canvas::write(
        path,
        &picture::Scene {
            points: &points,
            edges: &edges,
            descendants: &descendants,
            data,
            checkpoint,
            labels,
        },
    )
}
