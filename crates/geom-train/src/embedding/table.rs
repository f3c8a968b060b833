//! The points of an embedding at rest.

use geom_kernels::geometry::{hyperboloid, poincare};
use geom_kernels::real::Real;

use super::settings::Space;
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
    pub fn to_f64(&self) -> Vec<f64> {
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
            let edge = T::BOUNDARY_GAP * T::from_f64(4.0);
            let gap = |point: &[T]| match space {
                Space::PoincareBall => poincare::gap(point),
                Space::Hyperboloid => hyperboloid::gap(point[0]),
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
                .map(|&value| T::from_f64(f64::from(value)))
                .collect(),
            Self::F64(values) => values.iter().map(|&value| T::from_f64(value)).collect(),
        }
    }

    /// Wraps values of either format.
    pub fn of<T: Real>(values: &[T], format: Format) -> Self {
        match format {
            Format::F32 => Self::F32(
                values
                    .iter()
                    .map(|&value| value.into_f64() as f32)
                    .collect(),
            ),
            Format::F64 => Self::F64(values.iter().map(|&value| value.into_f64()).collect()),
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
