//! What the rows of a table are compared by.

use super::{hyperboloid, poincare};
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
    /// The geodesic distance of two points, in double precision.
    ///
    /// # Panics
    /// If they have no coordinates on the hyperboloid.
    pub fn distance<T: Real>(self, x: &[T], y: &[T]) -> f64 {
        match self {
            Self::Flat => {
                let pairs = x.iter().zip(y);
                let square: f64 = pairs
                    .map(|(a, b)| (a.into_f64() - b.into_f64()).powi(2))
                    .sum();
                square.sqrt()
            }
            Self::Ball => poincare::distance(x, y),
            Self::Hyperboloid => hyperboloid::distance(x, y),
        }
    }
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
