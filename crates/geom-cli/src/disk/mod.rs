//! Pictures of an embedding in the Poincaré disk.

pub(crate) mod canvas;
pub(crate) mod layout;
mod picture;

use std::path::PathBuf;

use geom::train::embedding::{DirectRelations, EmbeddingCheckpoint};

use crate::dataset::Loaded;
use crate::error::CliError;

/// How many nodes are named unless told otherwise.
pub(crate) const DEFAULT_LABELS: usize = 24;

/// What is done to points of more than two dimensions.
pub(crate) const PROJECTION: &str = "more than two dimensions are drawn by the direction of log0 along its two leading \
     principal axes, at the true distance from the center; Euclidean ones to scale";

/// Draws `checkpoint` to each of `paths`, whose endings choose the formats, naming the `labels` nodes with
/// the most descendants.
pub(crate) fn draw(
    checkpoint: &EmbeddingCheckpoint,
    data: &Loaded,
    paths: &[PathBuf],
    labels: usize,
) -> Result<(), CliError> {
    for path in paths {
        canvas::check_format(path)?;
    }
    let points = layout::positions(checkpoint);
    let edges = direct_relations(data);
    let descendants = data.relations.in_degrees();
    let scene = picture::Scene {
        points: &points,
        edges: &edges,
        descendants: &descendants,
        data,
        checkpoint,
        labels,
    };
    for path in paths {
        canvas::write(path, &scene)?;
    }
    Ok(())
}

/// Pairs (child, parent) that no other pair implies.
fn direct_relations(data: &Loaded) -> Vec<(u32, u32)> {
    let positives = data.known();
    let (mut search, mut direct) = (DirectRelations::new(positives), Vec::new());
    let mut edges = Vec::new();
    for child in 0..positives.nodes() as u32 {
        search.of(child, &mut direct);
        edges.extend(direct.iter().map(|&parent| (child, parent)));
    }
    edges
}
