//! The points of an embedding: at rest, and in training on either route.

use burn::tensor::Device;
use geom_nn::nearest::boundary_gap;
use geom_nn::real::Real;

use super::autodiff::AutodiffTable;
use super::cone_negatives::MissingNegatives;
use super::cones::ConeTable;
use super::fast::{FastTable, Pass};
use super::settings::{EmbeddingModel, EmbeddingSettings, Route, Space};
use crate::Format;

/// A table of points in either number format, row by row in the manifold's coordinates.
#[derive(Clone, Debug, PartialEq)]
pub enum Table {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
}

impl Table {
    /// The values in double precision.
    pub fn wide(&self) -> Vec<f64> {
        match self {
            Self::F32(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Self::F64(values) => values.clone(),
        }
    }

    /// How many points of `space` lie where its number format ends: as far out as it can tell from the
    /// boundary, where distances saturate. Flat space has no such place.
    pub fn at_edge(&self, space: Space, dim: usize) -> usize {
        fn count<T: Real>(values: &[T], space: Space, dim: usize) -> usize {
            // The last few numbers before the boundary; training stops at the last of them, to rounding.
            let edge = T::BOUNDARY_GAP * T::of(4.0);
            let gap = |point: &[T]| match space {
                Space::PoincareBall => boundary_gap(point),
                Space::Hyperboloid => T::of(2.0) / (T::one() + point[0]),
                Space::Euclidean => T::one(),
            };
            let points = values.chunks_exact(space.width(dim));
            points.filter(|point| gap(point) <= edge).count()
        }
        match self {
            Self::F32(values) => count(values, space, dim),
            Self::F64(values) => count(values, space, dim),
        }
    }

    /// How many numbers the table holds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// The values in the format `T`, rounded if it is the narrower one.
    pub fn values<T: Real>(&self) -> Vec<T> {
        match self {
            Self::F32(values) => values
                .iter()
                .map(|&value| T::of(f64::from(value)))
                .collect(),
            Self::F64(values) => values.iter().map(|&value| T::of(value)).collect(),
        }
    }

    /// Wraps values of either format.
    pub fn of<T: Real>(values: &[T], format: Format) -> Self {
        match format {
            Format::F32 => Self::F32(values.iter().map(|&value| value.wide() as f32).collect()),
            Format::F64 => Self::F64(values.iter().map(|&value| value.wide()).collect()),
        }
    }
}

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
        match (settings.path, settings.dtype) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_end_of_their_format_are_counted() {
        let edge = (1.0 - f64::BOUNDARY_GAP).sqrt();
        let ball = [0.5, 0.5, edge, 0.0, 0.0, -edge, 0.0, 1.0 - 1e-12];
        let count = |table: Table, space| table.at_edge(space, 2);
        assert_eq!(count(Table::F64(ball.to_vec()), Space::PoincareBall), 2);
        let narrow = ball.map(|value| value as f32).to_vec();
        assert_eq!(count(Table::F32(narrow), Space::PoincareBall), 3);
        let far = 2.0 / f64::BOUNDARY_GAP;
        let hyperboloid = vec![1.0, 0.0, 0.0, far, far, 0.0];
        assert_eq!(count(Table::F64(hyperboloid), Space::Hyperboloid), 1);
        assert_eq!(count(Table::F64(ball.to_vec()), Space::Euclidean), 0);
    }
}
