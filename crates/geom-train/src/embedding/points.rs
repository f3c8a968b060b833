//! The points of an embedding in training, on either route.

use burn::tensor::Device;

use super::autodiff::AutodiffTable;
use super::cone_negatives::MissingNegatives;
use super::cones::ConeTable;
use super::fast::{FastTable, Pass};
use super::settings::{EmbeddingModel, EmbeddingSettings, Route};
use super::table::Table;
use crate::Format;

/// The table in training, in the settings' format, on the settings' route.
#[derive(Debug)]
pub(super) enum Points {
    FastF32(FastTable<f32>),
    FastF64(FastTable<f64>),
    Autodiff(Box<AutodiffTable>),
    Cones(Box<ConeTable>),
}

impl Points {
    /// Only the autodiff route asks for a device: the other works without any backend.
    pub(super) fn new(
        points: &Table,
        settings: &EmbeddingSettings,
        device: Option<&Device>,
    ) -> Self {
        if settings.model == EmbeddingModel::Cones {
            return Self::Cones(Box::new(ConeTable::new(points, settings)));
        }
        match (settings.route, settings.dtype) {
            (Route::Fast, Format::F32) => Self::FastF32(FastTable::new(&points.values(), settings)),
            (Route::Fast, Format::F64) => Self::FastF64(FastTable::new(&points.values(), settings)),
            (Route::Autodiff, _) => Self::Autodiff(Box::new(AutodiffTable::new(
                points,
                settings,
                device.cloned().unwrap_or_default(),
            ))),
        }
    }

    /// One pass over all groups; returns the summed loss.
    pub(super) fn epoch(&mut self, pass: &Pass<'_>) -> f64 {
        match self {
            Self::FastF32(table) => table.epoch(pass),
            Self::FastF64(table) => table.epoch(pass),
            Self::Autodiff(table) => table.epoch(pass),
            Self::Cones(table) => table.epoch(pass),
        }
    }

    /// The points as they are, in the manifold's coordinates.
    pub(super) fn table(&self) -> Table {
        match self {
            Self::FastF32(table) => Table::F32(table.points()),
            Self::FastF64(table) => Table::F64(table.points()),
            Self::Autodiff(table) => table.points(),
            Self::Cones(table) => table.points(),
        }
    }

    /// The negatives that the last pass of cones did not find.
    pub(super) fn missing_negatives(&self) -> Option<MissingNegatives> {
        match self {
            Self::Cones(table) => table.missing_negatives(),
            Self::FastF32(_) | Self::FastF64(_) | Self::Autodiff(_) => None,
        }
    }

    /// The first row whose squares do not sum to a finite number: it has no distance to any other.
    pub(super) fn first_not_finite(&self) -> Option<usize> {
        match self {
            Self::FastF32(table) => table.first_not_finite(),
            Self::FastF64(table) => table.first_not_finite(),
            Self::Autodiff(table) => table.first_not_finite(),
            Self::Cones(table) => table.first_not_finite(),
        }
    }
}
