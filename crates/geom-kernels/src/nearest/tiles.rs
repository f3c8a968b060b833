//! A table of points in tiles, most of which a query can pass over.

use super::index::DistanceIndex;
use super::scan::scan_columns;
use crate::geometry::Metric;
use crate::real::{LANES, Real};

/// Rows of a tile: few enough to bound closely, enough to scan at full speed.
const TILE: usize = 256;

/// A table for questions about all rows within a compared value of a row.
///
/// Rows of about one distance from the origin, and near each other, share a tile. A box around the
/// coordinates of a tile and its least factor bound the compared values of its rows from below: by the
/// same operations in the same order, each of which rounds monotonically, so that the bound holds to
/// the last bit. Tiles beyond what is asked for are passed over, and so are whole groups of them.
#[derive(Clone, Debug)]
pub struct TileIndex<T: Real> {
    rows: usize,
    width: usize,
    padded: usize,
    columns: Vec<T>,
    inverse_gap: Vec<T>,
    /// Where each row is.
    place: Vec<u32>,
    /// The row at each place; of padding, none that means anything.
    row: Vec<u32>,
    nodes: Vec<Node<T>>,
    /// The lowest and the highest coordinates of every node.
    boxes: Vec<T>,
}

/// A tile, or a group of them that follow it in order.
#[derive(Clone, Debug)]
struct Node<T> {
    /// The least factor of its rows.
    least: T,
    /// The node after all of this group.
    after: usize,
    /// The places of a tile, whole lanes; none for a group.
    tile: Option<Tile>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    pub(crate) start: usize,
    /// The end of its rows; padding to whole lanes follows.
    pub(crate) end: usize,
    /// Whether all its numbers are finite, so that no compared value can be NaN.
    pub(crate) is_finite: bool,
}

impl<T: Real> TileIndex<T> {
    /// Lays out `points` (`rows × dim` coordinates, row by row).
    ///
    /// # Panics
    /// As [`DistanceIndex::new`].
    pub fn new(points: &[T], dim: usize, metric: Metric) -> Self {
        let source = DistanceIndex::new(points, dim, metric);
        let (columns, inverse_gap, width) = source.parts();
        let padded = inverse_gap.len();
        let finite = |row: usize| {
            inverse_gap[row].is_finite()
                && (0..width).all(|axis| columns[axis * padded + row].is_finite())
        };
        // Shells between which the factor doubles, and a last one of what has no place.
        let shell = |row: usize| match finite(row) {
            true => inverse_gap[row].into_f64().log2().floor() as i32,
            false => i32::MAX,
        };
        let mut order: Vec<(i32, u32)> = (0..source.rows())
            .map(|row| (shell(row), row as u32))
            .collect();
        order.sort_unstable();
        let mut layout = Layout {
            columns,
            inverse_gap,
            padded,
            width,
            order: Vec::with_capacity(source.rows()),
            nodes: Vec::new(),
            boxes: Vec::new(),
        };
        for shell in order.chunk_by(|a, b| a.0 == b.0) {
            let mut rows: Vec<u32> = shell.iter().map(|&(_, row)| row).collect();
            layout.add(&mut rows, shell[0].0 != i32::MAX);
        }
        layout.finish(source.rows())
    }

    /// How many rows the table holds.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Where a row is.
    pub(crate) fn place(&self, row: u32) -> u32 {
        self.place[row as usize]
    }

    /// The coordinates of a row as they are laid out.
    pub(crate) fn query(&self, row: u32, out: &mut Vec<T>) {
        let place = self.place(row) as usize;
        out.clear();
        out.extend((0..self.width).map(|axis| self.columns[axis * self.padded + place]));
    }

    /// The compared value of the row at `place`, to the last bit as in a scan.
    pub(crate) fn key(&self, query: &[T], place: u32) -> T {
        let mut sum = T::zero();
        for (axis, &coordinate) in query.iter().enumerate() {
            let difference = coordinate - self.columns[axis * self.padded + place as usize];
            sum += difference * difference;
        }
        sum * self.inverse_gap[place as usize]
    }

    /// Calls `visit` with every tile that may hold rows whose compared value is at most `farthest`, in
    /// the order of places, and with these values. Those of padding are NaN.
    pub(crate) fn within(
        &self,
        query: &[T],
        farthest: T,
        keys: &mut Vec<T>,
        mut visit: impl FnMut(Tile, &mut [T]),
    ) {
        let mut next = 0;
        while let Some(node) = self.nodes.get(next) {
            if self.bound(next, query) > farthest {
                next = node.after;
                continue;
            }
            next += 1;
            let Some(tile) = node.tile else { continue };
            self.scan(tile, query, keys);
            visit(tile, keys);
        }
    }

    /// All tiles, each with its number.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = (usize, Tile)> + '_ {
        let numbered = self.nodes.iter().enumerate();
        numbered.filter_map(|(number, node)| Some((number, node.tile?)))
    }

    /// The rows of a tile, in the order of its values.
    pub(crate) fn rows_of(&self, tile: Tile) -> &[u32] {
        &self.row[tile.start..tile.end]
    }

    /// Writes the compared values of a tile into `keys`; those of padding are NaN.
    pub(crate) fn scan(&self, tile: Tile, query: &[T], keys: &mut Vec<T>) {
        let length = (tile.end - tile.start).next_multiple_of(LANES);
        keys.resize(length, T::nan());
        scan_columns(
            &self.columns,
            &self.inverse_gap,
            self.padded,
            tile.start,
            query,
            keys,
        );
        keys[tile.end - tile.start..].fill(T::nan());
    }

    /// No compared value of the rows of a tile or group is less.
    pub(crate) fn bound(&self, node: usize, query: &[T]) -> T {
        let corners = &self.boxes[2 * self.width * node..][..2 * self.width];
        let mut sum = T::zero();
        for ((&x, &low), &high) in query
            .iter()
            .zip(&corners[..self.width])
            .zip(&corners[self.width..])
        {
            let outside = if x < low {
                low - x
            } else if x > high {
                x - high
            } else {
                T::zero()
            };
            sum += outside * outside;
        }
        sum * self.nodes[node].least
    }
}

/// A table that is being laid out.
struct Layout<'a, T: Real> {
    columns: &'a [T],
    inverse_gap: &'a [T],
    padded: usize,
    width: usize,
    /// The row at each place; none for padding.
    order: Vec<Option<u32>>,
    nodes: Vec<Node<T>>,
    boxes: Vec<T>,
}

impl<T: Real> Layout<'_, T> {
    fn coordinate(&self, axis: usize, row: u32) -> T {
        self.columns[axis * self.padded + row as usize]
    }

    /// Adds the tiles of `rows`, halved along their longest extent until each is one.
    fn add(&mut self, rows: &mut [u32], is_finite: bool) {
        let number = self.nodes.len();
        let (mut low, mut high) = (Vec::new(), Vec::new());
        let mut least = T::infinity();
        for axis in 0..self.width {
            let values = rows.iter().map(|&row| self.coordinate(axis, row));
            let (lowest, highest) = values
                .fold((T::infinity(), T::neg_infinity()), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
            low.push(if is_finite { lowest } else { T::neg_infinity() });
            high.push(if is_finite { highest } else { T::infinity() });
        }
        for &row in rows.iter() {
            least = least.min(self.inverse_gap[row as usize]);
        }
        let longest = (0..self.width).max_by(|&a, &b| {
            let extent = |axis: usize| (high[axis] - low[axis]).into_f64();
            extent(a).total_cmp(&extent(b))
        });
        self.boxes.extend(low);
        self.boxes.extend(high);
        self.nodes.push(Node {
            least: if is_finite { least } else { T::zero() },
            after: 0,
            tile: None,
        });
        match longest.filter(|_| rows.len() > TILE) {
            Some(axis) => {
                // Whole tiles on the left.
                let half = (rows.len() / 2).next_multiple_of(TILE).min(rows.len() - 1);
                let by_axis = |a: &u32, b: &u32| {
                    let [a_at, b_at] = [a, b].map(|&row| self.coordinate(axis, row).into_f64());
                    a_at.total_cmp(&b_at).then(a.cmp(b))
                };
                rows.select_nth_unstable_by(half, by_axis);
                let (left, right) = rows.split_at_mut(half);
                self.add(left, is_finite);
                self.add(right, is_finite);
            }
            None => {
                let start = self.order.len();
                self.order.extend(rows.iter().map(|&row| Some(row)));
                let end = self.order.len();
                self.order.resize(end.next_multiple_of(LANES), None);
                self.nodes[number].tile = Some(Tile {
                    start,
                    end,
                    is_finite,
                });
            }
        }
        self.nodes[number].after = self.nodes.len();
    }

    fn finish(self, rows: usize) -> TileIndex<T> {
        let padded = self.order.len();
        let row = self.order.iter().map(|row| row.unwrap_or(0)).collect();
        let mut place = vec![0; rows];
        let mut columns = vec![T::zero(); self.width * padded];
        let mut inverse_gap = vec![T::one(); padded];
        for (at, row) in self.order.iter().enumerate() {
            let Some(row) = *row else { continue };
            place[row as usize] = at as u32;
            inverse_gap[at] = self.inverse_gap[row as usize];
            for axis in 0..self.width {
                columns[axis * padded + at] = self.coordinate(axis, row);
            }
        }
        TileIndex {
            rows,
            width: self.width,
            padded,
            columns,
            inverse_gap,
            place,
            row,
            nodes: self.nodes,
            boxes: self.boxes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of the ball in clusters, some of them at one place.
    fn clusters(rows: usize) -> Vec<f64> {
        (0..rows)
            .flat_map(|row| {
                let cluster = (row * 7919 % 13) as f64;
                let radius = 1.0 - 0.7 * 2f64.powf(-(cluster / 2.0)) - 1e-5 * (row % 97) as f64;
                let angle = 0.5 * cluster + 1e-3 * (row % 31) as f64;
                [radius * angle.cos(), radius * angle.sin()]
            })
            .collect()
    }

    #[test]
    fn every_row_within_a_value_is_visited_once_with_that_value() {
        let points = clusters(3_000);
        for metric in [Metric::Ball, Metric::Flat] {
            let table = TileIndex::new(&points, 2, metric);
            let whole = DistanceIndex::new(&points, 2, metric);
            let (mut query, mut keys, mut expected) = (Vec::new(), Vec::new(), whole.buffer());
            let mut visited = 0;
            for row in [0, 17, 1_234, 2_999] {
                table.query(row, &mut query);
                whole.scan(row as usize, &mut expected);
                let farthest = expected[(row as usize + 40) % 3_000];
                let mut found = Vec::new();
                table.within(&query, farthest, &mut keys, |tile, keys| {
                    visited += 1;
                    let at = (tile.start as u32..).zip(keys.iter());
                    found.extend(
                        at.filter(|(_, key)| **key <= farthest)
                            .map(|(at, key)| (at, *key)),
                    );
                });
                let mut wanted: Vec<(u32, f64)> = (0..3_000)
                    .filter(|&other| expected[other as usize] <= farthest)
                    .map(|other| (table.place(other), expected[other as usize]))
                    .collect();
                wanted.sort_unstable_by_key(|&(at, _)| at);
                assert_eq!(found, wanted, "{metric:?} {row}");
                assert!(wanted.iter().all(|&(at, key)| table.key(&query, at) == key));
            }
            assert!(visited < 4 * table.nodes.len() / 2, "tiles are passed over");
        }
    }

    #[test]
    fn rows_that_are_not_finite_are_never_passed_over() {
        let mut points = clusters(600);
        points[2 * 5] = f64::NAN;
        points[2 * 9 + 1] = f64::INFINITY;
        let table = TileIndex::new(&points, 2, Metric::Flat);
        let (mut query, mut keys, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        table.query(0, &mut query);
        table.within(&query, 0.0, &mut keys, |tile, _| {
            if !tile.is_finite {
                seen.extend(tile.start as u32..tile.end as u32);
            }
        });
        assert!([5, 9].iter().all(|&row| seen.contains(&table.place(row))));
    }
}
