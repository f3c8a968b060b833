//! Sliding windows over images whose pixels are vectors.

use burn::tensor::Tensor;
use burn::tensor::ops::PadMode;

/// The windows of `x`, padded with vectors 0.
///
/// # Shapes
/// - `x`: `[batch, height, width, d]`
/// - returns: `[batch, out_height, out_width, kernel_height * kernel_width, d]` with
///   `out = (size + 2 * padding - kernel) / stride + 1` along either axis; the pixels of a window in
///   row-major order
///
/// # Panics
/// If a stride is 0, or the kernel does not fit into the padded image.
pub(crate) fn windows(
    x: Tensor<4>,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<5> {
    let [batch, height, width, d] = x.dims();
    for (axis, size) in [height, width].into_iter().enumerate() {
        assert!(
            stride[axis] > 0 && (1..=size + 2 * padding[axis]).contains(&kernel[axis]),
            "a kernel of {kernel:?} with stride {stride:?} does not fit into pixels of shape {:?} \
             padded by {padding:?}",
            x.dims()
        );
    }
    let x = match padding {
        [0, 0] => x,
        [rows, columns] => x.pad(
            [(0, 0), (rows, rows), (columns, columns), (0, 0)],
            PadMode::Constant(0.0),
        ),
    };
    let x: Tensor<5> = x.unfold(1, kernel[0], stride[0]);
    let x: Tensor<6> = x.unfold(2, kernel[1], stride[1]);
    let [_, rows, columns, ..] = x.dims();
    x.permute([0, 1, 2, 4, 5, 3])
        .reshape([batch, rows, columns, kernel[0] * kernel[1], d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::wave;
    use geom_core::numerics::to_vec_f64;

    #[test]
    fn a_window_holds_its_pixels_row_by_row_and_zeros_outside() {
        let x = wave([2, 4, 5, 3], 0.0);
        let windows = windows(x.clone(), [3, 2], [2, 3], [1, 0]);
        assert_eq!(windows.dims(), [2, 2, 2, 6, 3]);
        for (row, column, i, j) in [(0usize, 0, 0, 1), (0, 1, 2, 1), (1, 0, 1, 0), (1, 1, 2, 1)] {
            let pixel = windows.clone().slice([
                1..2,
                row..row + 1,
                column..column + 1,
                2 * i + j..2 * i + j + 1,
            ]);
            let (below, across) = (2 * row + i, 3 * column + j);
            let expected = match below.checked_sub(1) {
                Some(y) => to_vec_f64(x.clone().slice([1..2, y..y + 1, across..across + 1])),
                None => vec![0.0; 3],
            };
            assert_eq!(to_vec_f64(pixel), expected, "{row} {column} {i} {j}");
        }
    }

    #[test]
    #[should_panic(expected = "a kernel of [5, 1] with stride [1, 1] does not fit")]
    fn a_kernel_larger_than_the_image_is_refused() {
        windows(wave([1, 2, 4, 3], 0.0), [5, 1], [1, 1], [1, 1]);
    }
}
