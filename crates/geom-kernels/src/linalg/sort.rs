//! Values in order, lane by lane, and vectors with them.

use crate::real::Real;

/// Vectors one after the other as rows, `length` numbers each, that become columns.
pub(super) struct Rows<'a, T> {
    pub(super) rows: &'a [T],
    pub(super) length: usize,
    pub(super) columns: &'a mut [T],
}

/// Values of `width` lanes in ascending or descending order, and vectors in the same order.
///
/// Lane by lane, each in its own order: not worth vector instructions, and compiled once.
#[inline(never)]
pub(super) fn sort<T: Real>(
    values: &[T],
    width: usize,
    descending: bool,
    out: &mut [T],
    vectors: &mut [Rows<'_, T>],
) {
    let count = values.len() / width;
    let mut order: Vec<usize> = (0..count).collect();
    for lane in 0..width {
        let value = |index: usize| values[index * width + lane];
        for (place, index) in order.iter_mut().enumerate() {
            *index = place;
        }
        // By insertion: a stable order, whatever the order before.
        for end in 1..count {
            let mut place = end;
            while place > 0 {
                let (x, y) = (value(order[place - 1]), value(order[place]));
                if if descending { y <= x } else { y >= x } {
                    break;
                }
                // What is not a number stays where it is.
                if x.is_nan() || y.is_nan() {
                    break;
                }
                order.swap(place, place - 1);
                place -= 1;
            }
        }
        for (place, &index) in order.iter().enumerate() {
            out[place * width + lane] = value(index);
            for Rows {
                rows,
                length,
                columns,
            } in vectors.iter_mut()
            {
                for i in 0..*length {
                    columns[(i * count + place) * width + lane] =
                        rows[(index * *length + i) * width + lane];
                }
            }
        }
    }
}
