//! What the rows of a table are compared by.

use geom_core::ManifoldKind;

use crate::real::Real;

/// How a table's rows are to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Squared Euclidean distance.
    Flat,
    /// Rows are points of the unit Poincaré ball; the compared value for a query $x$ is
    /// $\lVert x-y\rVert^2 / (1-\lVert y\rVert^2)$, which orders the rows $y$ as
    /// $d(x, y)$ does.
    Ball,
    /// Rows are points of the unit hyperboloid, time coordinate first; they are laid out as ball
    /// points, with $1-\lVert y\rVert^2 = 2/(1+y_0)$ taken from the time coordinate.
    Hyperboloid,
}

impl Metric {
    /// That of the unit model of this manifold; `None` for one whose tables cannot be scanned.
    pub fn of(kind: ManifoldKind) -> Option<Self> {
        match kind {
            ManifoldKind::Euclidean => Some(Self::Flat),
            ManifoldKind::PoincareBall => Some(Self::Ball),
            ManifoldKind::Hyperboloid => Some(Self::Hyperboloid),
            _ => None,
        }
    }
}

/// $1-\lVert x\rVert^2 = (1-\lVert x\rVert)(1+\lVert x\rVert)$, at least the format's own limit.
#[inline(always)]
pub fn boundary_gap<T: Real>(point: &[T]) -> T {
    let mut square = T::zero();
    for &value in point {
        square += value * value;
    }
    (T::one() - square).max(T::BOUNDARY_GAP)
}
