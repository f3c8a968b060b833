//! A table of points, laid out to be scanned.

use super::scan::scan_columns;
use crate::geometry::{Metric, poincare};
use crate::real::{LANES, Real};

/// A table laid out coordinate by coordinate, padded to whole lanes, so that a scan reads it in
/// order.
#[derive(Clone, Debug)]
pub struct DistanceIndex<T: Real> {
    rows: usize,
    padded: usize,
    width: usize,
    metric: Metric,
    columns: Vec<T>,
    inverse_gap: Vec<T>,
}

impl<T: Real> DistanceIndex<T> {
    /// Lays out `points` (`rows × dim` coordinates, row by row).
    ///
    /// # Panics
    /// If the length of `points` is not a multiple of `dim`, or `dim` is 0 (1 on the hyperboloid).
    pub fn new(points: &[T], dim: usize, metric: Metric) -> Self {
        assert!(dim > 0, "a point needs at least one coordinate");
        assert_eq!(
            points.len() % dim,
            0,
            "{} numbers are no whole number of rows of {dim}",
            points.len()
        );
        let rows = points.len() / dim;
        let padded = rows.next_multiple_of(LANES);
        let width = if metric == Metric::Hyperboloid {
            dim - 1
        } else {
            dim
        };
        let mut columns = vec![T::zero(); width * padded];
        let mut inverse_gap = vec![T::one(); padded];
        for (row, point) in points.chunks_exact(dim).enumerate() {
            let (coordinates, scale) = match metric {
                Metric::Flat => (point, T::one()),
                Metric::Ball => {
                    inverse_gap[row] = poincare::gap(point).recip();
                    (point, T::one())
                }
                Metric::Hyperboloid => {
                    // As `hyperboloid` has it, with one division for all coordinates.
                    let sum = T::one() + point[0];
                    inverse_gap[row] = sum * T::from_f64(0.5);
                    (&point[1..], sum.recip())
                }
            };
            for (axis, &value) in coordinates.iter().enumerate() {
                columns[axis * padded + row] = value * scale;
            }
        }
        Self {
            rows,
            padded,
            width,
            metric,
            columns,
            inverse_gap,
        }
    }

    /// How many rows the table holds.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A buffer of the right length for [`scan`](Self::scan).
    pub fn buffer(&self) -> Vec<T> {
        vec![T::infinity(); self.padded]
    }

    /// Writes the compared value of every row against row `index` into `keys`; padding gets
    /// infinity.
    pub fn scan(&self, index: usize, keys: &mut [T]) {
        let query: Vec<T> = (0..self.width)
            .map(|axis| self.columns[axis * self.padded + index])
            .collect();
        scan_columns(
            &self.columns,
            &self.inverse_gap,
            self.padded,
            0,
            &query,
            keys,
        );
        keys[self.rows..].fill(T::infinity());
    }

    /// The coordinates column by column, the factors, and how many columns there are.
    pub(crate) fn parts(&self) -> (&[T], &[T], usize) {
        (&self.columns, &self.inverse_gap, self.width)
    }

    /// The geodesic distance from row `index` that a compared value stands for.
    pub fn distance(&self, index: usize, key: T) -> f64 {
        match self.metric {
            Metric::Flat => key.into_f64().sqrt(),
            Metric::Ball | Metric::Hyperboloid => {
                poincare::distance_of(key.into_f64() * self.inverse_gap[index].into_f64())
            }
        }
    }

    /// The geodesic distance of row `index` from the origin.
    pub fn radius(&self, index: usize) -> f64 {
        let square: f64 = (0..self.width)
            .map(|axis| self.columns[axis * self.padded + index].into_f64().powi(2))
            .sum();
        match self.metric {
            Metric::Flat => square.sqrt(),
            Metric::Ball | Metric::Hyperboloid => {
                poincare::distance_of(square * self.inverse_gap[index].into_f64())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::hyperboloid;

    fn spiral(rows: usize) -> Vec<f64> {
        (0..rows)
            .flat_map(|i| {
                let radius = 0.97 * (i as f64 + 0.5) / rows as f64;
                let angle = 2.4 * i as f64;
                [radius * angle.cos(), radius * angle.sin()]
            })
            .collect()
    }

    #[test]
    fn the_scan_orders_rows_as_the_distance_does() {
        let points = spiral(37);
        let table = DistanceIndex::new(&points, 2, Metric::Ball);
        let mut keys = table.buffer();
        table.scan(11, &mut keys);
        for (row, point) in points.chunks(2).enumerate() {
            let expected = poincare::distance(&points[22..24], point);
            assert!(
                (table.distance(11, keys[row]) - expected).abs() < 1e-12,
                "row {row}"
            );
            assert!(
                (table.radius(row) - poincare::distance(&[0.0, 0.0], point)).abs() < 1e-12,
                "row {row}"
            );
        }
        assert!(keys[37..].iter().all(|key| key.is_infinite()));
    }

    #[test]
    fn a_hyperboloid_is_compared_as_its_ball_points_are() {
        let points = spiral(21);
        let lifted: Vec<f64> = points
            .chunks(2)
            .flat_map(|p| hyperboloid::from_ball(p, poincare::gap(p)))
            .collect();
        let ball = DistanceIndex::new(&points, 2, Metric::Ball);
        let hyperboloid = DistanceIndex::new(&lifted, 3, Metric::Hyperboloid);
        let (mut a, mut b) = (ball.buffer(), hyperboloid.buffer());
        ball.scan(4, &mut a);
        hyperboloid.scan(4, &mut b);
        for row in 0..21 {
            assert!((ball.distance(4, a[row]) - hyperboloid.distance(4, b[row])).abs() < 1e-12);
            assert!((ball.radius(row) - hyperboloid.radius(row)).abs() < 1e-12);
        }
    }
}
