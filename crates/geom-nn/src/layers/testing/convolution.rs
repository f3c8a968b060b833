//! Convolution by its definition.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;

/// The convolution of images of vectors, by its definition.
///
/// # Shapes
/// - `image`: `[batch, height, width, d_input]`
/// - `kernel`: `[kernel_height, kernel_width, d_input, d_output]`
/// - `bias`: `[d_output]`
/// - returns: `[batch, out_height, out_width, d_output]`
pub(crate) fn convolution(
    image: Tensor<4>,
    kernel: Tensor<4>,
    bias: Tensor<1>,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<4> {
    let [batch, height, width, d_input] = image.dims();
    let [rows, columns, _, d_output] = kernel.dims();
    let out_height = (height + 2 * padding[0] - rows) / stride[0] + 1;
    let out_width = (width + 2 * padding[1] - columns) / stride[1] + 1;
    let [image, kernel] = [image, kernel].map(to_vec_f64);
    let bias = to_vec_f64(bias);
    let mut values = Vec::new();
    for b in 0..batch {
        for (y, x, k) in (0..out_height)
            .flat_map(|y| (0..out_width).map(move |x| (y, x)))
            .flat_map(|(y, x)| (0..d_output).map(move |k| (y, x, k)))
        {
            let mut sum = bias[k];
            for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                let (Some(row), Some(column)) = (
                    (y * stride[0] + i).checked_sub(padding[0]),
                    (x * stride[1] + j).checked_sub(padding[1]),
                ) else {
                    continue;
                };
                if row >= height || column >= width {
                    continue;
                }
                for d in 0..d_input {
                    let pixel = image[((b * height + row) * width + column) * d_input + d];
                    sum += pixel * kernel[((i * columns + j) * d_input + d) * d_output + k];
                }
            }
            values.push(sum);
        }
    }
    Tensor::from_data(
        TensorData::new(values, [batch, out_height, out_width, d_output]),
        (&Device::flex(), DType::F64),
    )
}
