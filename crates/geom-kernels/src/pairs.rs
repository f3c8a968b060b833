//! Squared distances of all pairs of two sets of points, and their gradient, from differences.

use rayon::prelude::*;

use crate::real::{LANES, Real};

/// Columns that are worked on together: their coordinates stay in the first cache.
const COLUMNS: usize = 256;
/// Rows of a task of the forward pass.
const ROWS: usize = 32;
/// Parts into which the rows are split for the gradient, whatever the number of threads, so that the
/// sums over rows do not depend on it.
const PARTS: usize = 8;
/// Below this many coordinates of pairs a thread costs more than it saves.
const PARALLEL: usize = 1 << 18;

/// Points as columns: coordinate `k` of all of them side by side, zeros after the last.
struct Columns<T> {
    values: Vec<T>,
    stride: usize,
}

impl<T: Real> Columns<T> {
    fn zeros(points: usize, width: usize) -> Self {
        let stride = points.next_multiple_of(LANES);
        Self {
            values: vec![T::zero(); stride * width],
            stride,
        }
    }

    fn new(points: &[T], width: usize) -> Self {
        let count = points.len() / width;
        let mut columns = Self::zeros(count, width);
        for (j, point) in points.chunks_exact(width).enumerate() {
            for (k, &x) in point.iter().enumerate() {
                columns.values[k * columns.stride + j] = x;
            }
        }
        columns
    }
}

/// $\lVert x_i - y_j\rVert^2$, a row for each $x_i$.
///
/// # Panics
/// If `width` is 0.
pub fn squared_distances<T: Real>(x: &[T], y: &[T], width: usize) -> Vec<T> {
    let (n, m) = (x.len() / width, y.len() / width);
    let columns = Columns::new(y, width);
    let mut out = vec![T::zero(); n * m];
    if m == 0 {
        return out;
    }
    let block = |(block, out): (usize, &mut [T])| {
        let rows = &x[block * ROWS * width..];
        forward(rows, &columns.values, columns.stride, width, m, out);
    };
    match n * m * width < PARALLEL {
        true => out.chunks_mut(ROWS * m).enumerate().for_each(block),
        false => out.par_chunks_mut(ROWS * m).enumerate().for_each(block),
    }
    out
}

#[inline(always)]
fn forward_body<T: Real>(
    x: &[T],
    columns: &[T],
    stride: usize,
    width: usize,
    m: usize,
    out: &mut [T],
) {
    for first in (0..m).step_by(COLUMNS) {
        let count = COLUMNS.min(m - first);
        for (point, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(m)) {
            let out = &mut out[first..first + count];
            for (k, &x) in point.iter().enumerate() {
                let column = &columns[k * stride + first..][..count];
                for (out, &y) in out.iter_mut().zip(column) {
                    let difference = y - x;
                    *out += difference * difference;
                }
            }
        }
    }
}

crate::vectorized! {
    /// Adds the squares of some rows to `out`, which is 0.
    fn forward<T: Real>(
        x: &[T],
        columns: &[T],
        stride: usize,
        width: usize,
        m: usize,
        out: &mut [T],
    ) = forward_body::<T>;
}

/// The gradients of [`squared_distances`] by `x` and by `y`, for the gradient of its result:
/// $2\sum_j g_{ij}(x_i - y_j)$ and $-2\sum_i g_{ij}(x_i - y_j)$.
///
/// # Panics
/// If `width` is 0, or `gradient` does not hold a number for each pair.
pub fn squared_distances_gradient<T: Real>(
    x: &[T],
    y: &[T],
    gradient: &[T],
    width: usize,
) -> (Vec<T>, Vec<T>) {
    let (n, m) = (x.len() / width, y.len() / width);
    assert_eq!(gradient.len(), n * m, "a number for each pair");
    let mut by_x = vec![T::zero(); x.len()];
    let mut by_y = vec![T::zero(); y.len()];
    if n == 0 || m == 0 {
        return (by_x, by_y);
    }
    let columns = Columns::new(y, width);
    let rows = n.div_ceil(PARTS);
    let part = |(part, by_x): (usize, &mut [T])| {
        let mut sums = Columns::zeros(m, width);
        let (x, g) = (&x[part * rows * width..], &gradient[part * rows * m..]);
        let (values, stride) = (&columns.values, columns.stride);
        backward(x, g, values, stride, width, m, by_x, &mut sums.values);
        sums
    };
    let parts = by_x.chunks_mut(rows * width).enumerate();
    let sums: Vec<Columns<T>> = match n * m * width < PARALLEL {
        true => parts.map(part).collect(),
        false => (by_x.par_chunks_mut(rows * width).enumerate())
            .map(part)
            .collect(),
    };
    for (j, point) in by_y.chunks_exact_mut(width).enumerate() {
        for (k, out) in point.iter_mut().enumerate() {
            for sums in &sums {
                *out += sums.values[k * sums.stride + j];
            }
        }
    }
    (by_x, by_y)
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "plain slices, for the compiler")]
fn backward_body<T: Real>(
    x: &[T],
    gradient: &[T],
    columns: &[T],
    stride: usize,
    width: usize,
    m: usize,
    by_x: &mut [T],
    by_y: &mut [T],
) {
    let rows = x.chunks_exact(width).zip(gradient.chunks_exact(m));
    for ((point, g), by_x) in rows.zip(by_x.chunks_exact_mut(width)) {
        for (k, (&x, by_x)) in point.iter().zip(by_x).enumerate() {
            let column = &columns[k * stride..][..m];
            let by_y = &mut by_y[k * stride..][..m];
            let mut sums = [T::zero(); LANES];
            let (chunks, rest) = g.as_chunks::<LANES>();
            let (column, column_rest) = column.as_chunks::<LANES>();
            let (by_y, by_y_rest) = by_y.as_chunks_mut::<LANES>();
            for ((g, y), out) in chunks.iter().zip(column).zip(by_y) {
                for l in 0..LANES {
                    let product = (g[l] + g[l]) * (x - y[l]);
                    sums[l] += product;
                    out[l] -= product;
                }
            }
            let mut sum = T::zero();
            for ((&g, &y), out) in rest.iter().zip(column_rest).zip(by_y_rest) {
                let product = (g + g) * (x - y);
                sum += product;
                *out -= product;
            }
            *by_x = sums.iter().fold(sum, |sum, &x| sum + x);
        }
    }
}

crate::vectorized! {
    /// The gradients of some rows: by `x`, and a part of that by `y` as columns.
    #[allow(clippy::too_many_arguments, reason = "plain slices, for the compiler")]
    fn backward<T: Real>(
        x: &[T],
        gradient: &[T],
        columns: &[T],
        stride: usize,
        width: usize,
        m: usize,
        by_x: &mut [T],
        by_y: &mut [T],
    ) = backward_body::<T>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize, width: usize, salt: f64) -> Vec<f64> {
        (0..count * width)
            .map(|index| (1.3 * index as f64 + salt).sin())
            .collect()
    }

    #[test]
    fn squares_and_gradients_are_those_of_the_formula() {
        // Some with a rest of every kind, one large enough for threads.
        for (n, m, width) in [(1, 1, 1), (3, 17, 2), (40, 300, 5), (70, 400, 11)] {
            let (x, y) = (points(n, width, 0.1), points(m, width, 0.7));
            let gradient = points(n, m, 0.3);
            let squares = squared_distances(&x, &y, width);
            let (by_x, by_y) = squared_distances_gradient(&x, &y, &gradient, width);
            let difference = |i: usize, j: usize, k: usize| x[i * width + k] - y[j * width + k];
            let (mut exact_x, mut exact_y) = (vec![0.0; n * width], vec![0.0; m * width]);
            for i in 0..n {
                for j in 0..m {
                    let square: f64 = (0..width).map(|k| difference(i, j, k).powi(2)).sum();
                    assert!((squares[i * m + j] - square).abs() < 1e-13);
                    for k in 0..width {
                        let share = 2.0 * gradient[i * m + j] * difference(i, j, k);
                        exact_x[i * width + k] += share;
                        exact_y[j * width + k] -= share;
                    }
                }
            }
            // A thousand terms of order one.
            let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-11);
            assert!(
                close(&by_x, &exact_x) && close(&by_y, &exact_y),
                "{n} {m} {width}"
            );
        }
    }

    #[test]
    fn no_points_have_no_distances() {
        assert!(squared_distances::<f32>(&[], &[1.0], 1).is_empty());
        assert!(squared_distances::<f32>(&[1.0], &[], 1).is_empty());
        let (by_x, by_y) = squared_distances_gradient::<f32>(&[1.0], &[], &[], 1);
        assert_eq!((by_x, by_y), (vec![0.0], vec![]));
    }
}
