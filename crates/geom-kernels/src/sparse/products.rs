//! Products with a sparse matrix, and the products that are its entries.

use super::{AHEAD, Direction, Positions, prefetch, row_blocks};
use crate::real::Real;
use crate::vectorized;

/// $y_{i} = \sum_e w_e x_{j(e)}$ over the entries of row $i$; of column $i$ if `transposed`.
pub fn matmul<T: Real>(
    positions: &Positions,
    transposed: bool,
    values: &[T],
    heads: usize,
    x: &[T],
    width: usize,
) -> Vec<T> {
    let direction = Direction::of(positions, transposed);
    let mut y = vec![T::zero(); direction.compressed.len() * width];
    let work = positions.entries() * width;
    row_blocks(&mut y, width, work, |first, rows| {
        matmul_block(&direction, values, heads, x, width, first, rows);
    });
    y
}

/// $s_{e} = \langle a_{i(e)}, b_{j(e)}\rangle$ in each head.
pub fn sampled_product<T: Real>(
    positions: &Positions,
    a: &[T],
    b: &[T],
    width: usize,
    heads: usize,
) -> Vec<T> {
    let mut products = vec![T::zero(); positions.entries() * heads];
    let work = positions.entries() * width;
    // Made once, not by the first thread that needs it while others wait.
    let ends = (positions.row_indices(), positions.indices());
    row_blocks(&mut products, heads, work, |first, rows| {
        sampled_block(ends, a, b, width, heads, first, rows);
    });
    products
}

vectorized! {
    fn matmul_block<T: Real>(
        direction: &Direction<'_>,
        values: &[T],
        heads: usize,
        x: &[T],
        width: usize,
        first: usize,
        rows: &mut [T],
    ) = matmul_of_any_width;
}

vectorized! {
    fn sampled_block<T: Real>(
        ends: (&[u32], &[u32]),
        a: &[T],
        b: &[T],
        width: usize,
        heads: usize,
        first: usize,
        rows: &mut [T],
    ) = sampled_of_any_width;
}

/// Calls `$rows` with the width as a constant where it is a usual one of one head, `$any` otherwise:
/// a width that the compiler knows keeps a row in registers.
macro_rules! by_width {
    ($form:expr, $rows:ident($($argument:expr),*), $any:expr) => {
        match $form {
            (1, 1) => $rows::<T, 1>($($argument),*),
            (1, 8) => $rows::<T, 8>($($argument),*),
            (1, 16) => $rows::<T, 16>($($argument),*),
            (1, 32) => $rows::<T, 32>($($argument),*),
            _ => $any,
        }
    };
}

#[inline(always)]
fn matmul_of_any_width<T: Real>(
    direction: &Direction<'_>,
    values: &[T],
    heads: usize,
    x: &[T],
    width: usize,
    first: usize,
    rows: &mut [T],
) {
    by_width!(
        (heads, width),
        matmul_rows(direction, values, x, first, rows),
        matmul_heads(direction, values, heads, x, width, first, rows)
    );
}

#[inline(always)]
fn matmul_rows<T: Real, const WIDTH: usize>(
    direction: &Direction<'_>,
    values: &[T],
    x: &[T],
    first: usize,
    rows: &mut [T],
) {
    let (x, _) = x.as_chunks::<WIDTH>();
    for (index, row) in rows.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
        let mut sum = [T::zero(); WIDTH];
        for place in direction.places(first + index) {
            direction.prefetch_row(place, x, 1);
            direction.prefetch_entry(place, values, 1);
            let weight = values[direction.entry(place)];
            let source = &x[direction.compressed.indices[place] as usize];
            for (sum, &x) in sum.iter_mut().zip(source) {
                *sum = *sum + weight * x;
            }
        }
        *row = sum;
    }
}

#[inline(always)]
fn matmul_heads<T: Real>(
    direction: &Direction<'_>,
    values: &[T],
    heads: usize,
    x: &[T],
    width: usize,
    first: usize,
    rows: &mut [T],
) {
    let head = width / heads;
    for (index, out) in rows.chunks_exact_mut(width).enumerate() {
        for place in direction.places(first + index) {
            direction.prefetch_row(place, x, width);
            direction.prefetch_entry(place, values, heads);
            let source = direction.compressed.indices[place] as usize * width;
            let source = &x[source..source + width];
            let entry = direction.entry(place) * heads;
            for (block, &weight) in values[entry..entry + heads].iter().enumerate() {
                let columns = block * head..(block + 1) * head;
                let (out, source) = (&mut out[columns.clone()], &source[columns]);
                for (out, &x) in out.iter_mut().zip(source) {
                    *out = *out + weight * x;
                }
            }
        }
    }
}

#[inline(always)]
fn sampled_of_any_width<T: Real>(
    ends: (&[u32], &[u32]),
    a: &[T],
    b: &[T],
    width: usize,
    heads: usize,
    first: usize,
    rows: &mut [T],
) {
    by_width!(
        (heads, width),
        sampled_rows(ends, a, b, first, rows),
        sampled_heads(ends, a, b, width, heads, first, rows)
    );
}

#[inline(always)]
fn sampled_rows<T: Real, const WIDTH: usize>(
    (from, to): (&[u32], &[u32]),
    a: &[T],
    b: &[T],
    first: usize,
    products: &mut [T],
) {
    let ((a, _), (b, _)) = (a.as_chunks::<WIDTH>(), b.as_chunks::<WIDTH>());
    for (index, product) in products.iter_mut().enumerate() {
        let entry = first + index;
        if let Some(&later) = to.get(entry + AHEAD) {
            prefetch(b, later as usize, 1);
        }
        *product = dot(&a[from[entry] as usize], &b[to[entry] as usize]);
    }
}

#[inline(always)]
fn sampled_heads<T: Real>(
    (from, to): (&[u32], &[u32]),
    a: &[T],
    b: &[T],
    width: usize,
    heads: usize,
    first: usize,
    products: &mut [T],
) {
    let head = width / heads;
    for (index, products) in products.chunks_exact_mut(heads).enumerate() {
        let entry = first + index;
        if let Some(&later) = to.get(entry + AHEAD) {
            prefetch(b, later as usize * width, width);
        }
        let (from, to) = (from[entry] as usize * width, to[entry] as usize * width);
        let (a, b) = (&a[from..from + width], &b[to..to + width]);
        for (block, product) in products.iter_mut().enumerate() {
            let columns = block * head..(block + 1) * head;
            *product = dot(&a[columns.clone()], &b[columns]);
        }
    }
}

/// $\langle a, b\rangle$ of slices of one length, in eight partial sums that vectorise.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    const LANES: usize = 8;
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest = a_rest.iter().zip(b_rest);
    let rest = rest.fold(T::zero(), |sum, (&a, &b)| sum + a * b);
    let mut sums = [T::zero(); LANES];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] = sums[lane] + a[lane] * b[lane];
        }
    }
    sums.iter().fold(rest, |sum, &lane| sum + lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers whose sums round.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| 1.0 / (1.0 + (i % 97) as f32)).collect()
    }

    #[test]
    fn wide_vectors_change_no_bit() {
        let (nodes, degree) = (40usize, 9);
        let offsets = (0..=nodes).map(|row| row * degree).collect();
        let columns = (0..nodes * degree).map(|entry| (entry * 7 % nodes) as u32);
        let positions = Positions::new(offsets, columns.collect(), nodes);
        for (heads, width) in [(1, 1), (1, 8), (1, 16), (1, 24), (1, 32), (2, 16), (4, 20)] {
            let (x, values) = (numbers(nodes * width), numbers(positions.entries() * heads));
            for transposed in [false, true] {
                let direction = Direction::of(&positions, transposed);
                let mut plain = vec![0f32; nodes * width];
                matmul_of_any_width(&direction, &values, heads, &x, width, 0, &mut plain);
                let wide = matmul(&positions, transposed, &values, heads, &x, width);
                assert!(wide == plain, "{heads} heads, {width} wide");
            }
            let ends = (positions.row_indices(), positions.indices());
            let mut plain = vec![0f32; positions.entries() * heads];
            sampled_of_any_width(ends, &x, &x, width, heads, 0, &mut plain);
            assert!(sampled_product(&positions, &x, &x, width, heads) == plain);
        }
    }
}
