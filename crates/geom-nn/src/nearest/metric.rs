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

    /// The geodesic distance of two points, in double precision.
    ///
    /// # Panics
    /// If they have no coordinates on the hyperboloid.
    pub fn distance<T: Real>(self, x: &[T], y: &[T]) -> f64 {
        let square = |a: &[T], b: &[T], (of_a, of_b): (f64, f64)| -> f64 {
            let pairs = a.iter().zip(b);
            pairs
                .map(|(a, b)| (a.into_f64() * of_a - b.into_f64() * of_b).powi(2))
                .sum()
        };
        let squared_sinh = match self {
            Self::Flat => return square(x, y, (1.0, 1.0)).sqrt(),
            Self::Ball => {
                square(x, y, (1.0, 1.0)) / (boundary_gap(x).into_f64() * boundary_gap(y).into_f64())
            }
            Self::Hyperboloid => {
                let [of_x, of_y] = [x, y].map(|point| (1.0 + point[0].into_f64()).recip());
                square(&x[1..], &y[1..], (of_x, of_y)) / (4.0 * of_x * of_y)
            }
        };
        2.0 * squared_sinh.sqrt().asinh()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_models() {
        let (x, y) = ([0.6, 0.3], [-0.1, 0.5]);
        let gap = |p: &[f64]| 1.0 - p.iter().map(|x| x * x).sum::<f64>();
        let square = (0.7f64).powi(2) + (0.2f64).powi(2);
        let expected = (1.0 + 2.0 * square / (gap(&x) * gap(&y))).acosh();
        let close = |found: f64| (found - expected).abs() < 1e-12;
        assert!(close(Metric::Ball.distance(&x, &y)));
        let lift = |p: &[f64; 2]| [2.0 / gap(p) - 1.0, 2.0 * p[0] / gap(p), 2.0 * p[1] / gap(p)];
        assert!(close(Metric::Hyperboloid.distance(&lift(&x), &lift(&y))));
        assert!((Metric::Flat.distance(&x, &y) - square.sqrt()).abs() < 1e-15);
        assert_eq!(Metric::Ball.distance(&x, &x), 0.0);
    }
}
