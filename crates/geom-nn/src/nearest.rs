//! Exact nearest neighbors over a whole table of points, on the CPU.
//!
//! Distances in hyperbolic and flat space are increasing functions of a rational expression of the
//! coordinates, so ranking needs no transcendental function at all: one pass of additions and
//! multiplications over the table for each query.

use crate::real::{LANES, Lanes, Real};
use crate::vectorized;

/// How a table's rows are to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
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

/// A table laid out coordinate by coordinate, padded to whole lanes, so that a scan reads it in
/// order.
#[derive(Clone, Debug)]
pub struct ScanTable<T: Real> {
    rows: usize,
    padded: usize,
    width: usize,
    comparison: Comparison,
    columns: Vec<T>,
    inverse_gap: Vec<T>,
}

impl<T: Real> ScanTable<T> {
    /// Lays out `points` (`rows × dim` coordinates, row by row).
    ///
    /// # Panics
    /// If the length of `points` is not a multiple of `dim`, or `dim` is 0 (1 on the hyperboloid).
    pub fn new(points: &[T], dim: usize, comparison: Comparison) -> Self {
        assert!(dim > 0, "a point needs at least one coordinate");
        assert_eq!(
            points.len() % dim,
            0,
            "{} numbers are no whole number of rows of {dim}",
            points.len()
        );
        let rows = points.len() / dim;
        let padded = rows.next_multiple_of(LANES);
        let width = if comparison == Comparison::Hyperboloid {
            dim - 1
        } else {
            dim
        };
        let mut columns = vec![T::zero(); width * padded];
        let mut inverse_gap = vec![T::one(); padded];
        for (row, point) in points.chunks_exact(dim).enumerate() {
            let (coordinates, scale) = match comparison {
                Comparison::Flat => (point, T::one()),
                Comparison::Ball => {
                    inverse_gap[row] = boundary_gap(point).recip();
                    (point, T::one())
                }
                Comparison::Hyperboloid => {
                    let sum = T::one() + point[0];
                    inverse_gap[row] = sum * T::of(0.5);
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
            comparison,
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
        self.scan_tile(&self.query(index), 0, keys);
    }

    /// Writes the compared values of the rows from `start` on against row `index`, as many as
    /// `keys` holds; padding gets infinity. `start` and the length of `keys` are whole lanes.
    pub(crate) fn scan_tile(&self, query: &[T], start: usize, keys: &mut [T]) {
        scan_columns(
            &self.columns,
            &self.inverse_gap,
            self.padded,
            start,
            query,
            keys,
        );
        if start + keys.len() > self.rows {
            keys[self.rows.saturating_sub(start)..].fill(T::infinity());
        }
    }

    /// The coordinates of row `index` as they are laid out.
    pub(crate) fn query(&self, index: usize) -> Vec<T> {
        (0..self.width)
            .map(|axis| self.columns[axis * self.padded + index])
            .collect()
    }

    /// The number of rows, rounded up to whole lanes.
    pub(crate) fn padded(&self) -> usize {
        self.padded
    }

    /// The geodesic distance from row `index` that a compared value stands for.
    pub fn distance(&self, index: usize, key: T) -> f64 {
        match self.comparison {
            Comparison::Flat => key.wide().sqrt(),
            Comparison::Ball | Comparison::Hyperboloid => {
                2.0 * (key.wide() * self.inverse_gap[index].wide()).sqrt().asinh()
            }
        }
    }

    /// The geodesic distance of row `index` from the origin.
    pub fn radius(&self, index: usize) -> f64 {
        let square: f64 = (0..self.width)
            .map(|axis| self.columns[axis * self.padded + index].wide().powi(2))
            .sum();
        match self.comparison {
            Comparison::Flat => square.sqrt(),
            Comparison::Ball | Comparison::Hyperboloid => {
                2.0 * (square * self.inverse_gap[index].wide()).sqrt().asinh()
            }
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

#[inline(always)]
fn scan_columns_body<T: Real>(
    columns: &[T],
    inverse_gap: &[T],
    padded: usize,
    first: usize,
    query: &[T],
    keys: &mut [T],
) {
    for (block, out) in keys.chunks_exact_mut(LANES).enumerate() {
        let start = first + block * LANES;
        let mut sum: Lanes<T> = [T::zero(); LANES];
        for (axis, &coordinate) in query.iter().enumerate() {
            let from = axis * padded + start;
            let column = &columns[from..from + LANES];
            for lane in 0..LANES {
                let difference = coordinate - column[lane];
                sum[lane] += difference * difference;
            }
        }
        let scale = &inverse_gap[start..start + LANES];
        for lane in 0..LANES {
            out[lane] = sum[lane] * scale[lane];
        }
    }
}

vectorized! {
    fn scan_columns<T: Real>(
        columns: &[T], inverse_gap: &[T], padded: usize, first: usize, query: &[T], keys: &mut [T],
    ) = scan_columns_body;
}

/// Keeps the `k` smallest of the values offered to it.
#[derive(Clone, Debug)]
pub struct Smallest<T: Real> {
    k: usize,
    kept: Vec<(T, u32)>,
    threshold: T,
    blocks: Vec<u32>,
}

impl<T: Real> Smallest<T> {
    /// A collector of the `k` smallest.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            kept: Vec::with_capacity(4 * k),
            threshold: T::infinity(),
            blocks: Vec::new(),
        }
    }

    /// Offers every finite value of `keys`, with its position as index.
    pub fn offer_all(&mut self, keys: &[T]) {
        self.offer(keys, 0);
    }

    /// Offers every finite value of `keys`; the first has index `first`.
    pub fn offer(&mut self, keys: &[T], first: usize) {
        self.blocks.clear();
        blocks_below(keys, self.threshold, &mut self.blocks);
        for index in 0..self.blocks.len() {
            let start = self.blocks[index] as usize * LANES;
            for (lane, &key) in keys[start..].iter().take(LANES).enumerate() {
                if key < self.threshold {
                    self.kept.push((key, (first + start + lane) as u32));
                }
            }
            if self.kept.len() >= 3 * self.k + LANES {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        if self.k == 0 {
            self.kept.clear();
            return;
        }
        if self.kept.len() > self.k {
            self.kept.select_nth_unstable_by(self.k - 1, order);
            self.kept.truncate(self.k);
            self.threshold = self.kept[self.k - 1].0;
        }
    }

    /// Takes what was kept, smallest first, ties by index, and starts anew.
    pub fn take(&mut self, out: &mut Vec<(T, u32)>) {
        self.shrink();
        self.kept.sort_unstable_by(order);
        out.clear();
        out.append(&mut self.kept);
        self.threshold = T::infinity();
    }
}

/// The blocks of lanes that hold a value below `threshold`: few, so that most values cost one
/// comparison in a vector.
#[inline(always)]
fn blocks_below_body<T: Real>(keys: &[T], threshold: T, blocks: &mut Vec<u32>) {
    let (whole, rest) = keys.as_chunks::<LANES>();
    for (block, chunk) in whole.iter().enumerate() {
        let mut any = false;
        for &key in chunk {
            any |= key < threshold;
        }
        if any {
            blocks.push(block as u32);
        }
    }
    if rest.iter().any(|&key| key < threshold) {
        blocks.push(whole.len() as u32);
    }
}

vectorized! {
    fn blocks_below<T: Real>(keys: &[T], threshold: T, blocks: &mut Vec<u32>) = blocks_below_body;
}

fn order<T: Real>(a: &(T, u32), b: &(T, u32)) -> std::cmp::Ordering {
    a.0.partial_cmp(&b.0)
        .unwrap_or(std::cmp::Ordering::Equal)
        .then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ball_distance(x: &[f64], y: &[f64]) -> f64 {
        let square: f64 = x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum();
        2.0 * (square / (boundary_gap(x) * boundary_gap(y)))
            .sqrt()
            .asinh()
    }

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
        let table = ScanTable::new(&points, 2, Comparison::Ball);
        let mut keys = table.buffer();
        table.scan(11, &mut keys);
        for (row, point) in points.chunks(2).enumerate() {
            let expected = ball_distance(&points[22..24], point);
            assert!(
                (table.distance(11, keys[row]) - expected).abs() < 1e-12,
                "row {row}"
            );
            assert!(
                (table.radius(row) - ball_distance(&[0.0, 0.0], point)).abs() < 1e-12,
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
            .flat_map(|p| {
                let gap = boundary_gap(p);
                [2.0 / gap - 1.0, 2.0 * p[0] / gap, 2.0 * p[1] / gap]
            })
            .collect();
        let ball = ScanTable::new(&points, 2, Comparison::Ball);
        let hyperboloid = ScanTable::new(&lifted, 3, Comparison::Hyperboloid);
        let (mut a, mut b) = (ball.buffer(), hyperboloid.buffer());
        ball.scan(4, &mut a);
        hyperboloid.scan(4, &mut b);
        for row in 0..21 {
            assert!((ball.distance(4, a[row]) - hyperboloid.distance(4, b[row])).abs() < 1e-12);
            assert!((ball.radius(row) - hyperboloid.radius(row)).abs() < 1e-12);
        }
    }

    #[test]
    fn smallest_keeps_the_k_smallest_in_order() {
        let keys: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1009)).collect();
        let mut smallest = Smallest::new(10);
        smallest.offer_all(&keys);
        let mut found = Vec::new();
        smallest.take(&mut found);
        let mut expected: Vec<(f64, u32)> = keys.iter().copied().zip(0u32..).collect();
        expected.sort_by(order);
        assert_eq!(found, expected[..10]);
    }

    #[test]
    fn smallest_of_fewer_rows_than_k_returns_them_all() {
        let mut smallest = Smallest::new(10);
        smallest.offer_all(&[2.0f32, f32::INFINITY, 1.0]);
        let mut found = Vec::new();
        smallest.take(&mut found);
        assert_eq!(found, [(1.0, 2), (2.0, 0)]);
    }
}
