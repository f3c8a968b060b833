//! Convolution of images whose pixels are points of the hyperboloid.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Hyperboloid;

use super::windows::windows;
use crate::layers::linear::lorentz_map::{LorentzMap, lift, space_part};
use crate::layers::slot::SlotFor;

/// Settings of a [`LorentzConv2d`].
#[derive(Config, Debug)]
pub struct LorentzConv2dConfig {
    /// The dimension of pixels, whose points have one coordinate more.
    pub d_input: usize,
    /// The dimension of the pixels of the result.
    pub d_output: usize,
    /// Height and width of a window.
    pub kernel_size: [usize; 2],
    /// Rows and columns from one window to the next.
    #[config(default = "[1, 1]")]
    pub stride: [usize; 2],
    /// Rows and columns of origins on every side.
    #[config(default = "[0, 0]")]
    pub padding: [usize; 2],
    /// Whether the linear map has a bias.
    #[config(default = true)]
    pub bias: bool,
}

impl LorentzConv2dConfig {
    /// Draws the weights.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SlotFor<Hyperboloid>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> LorentzConv2d<S> {
        let pixels: usize = self.kernel_size.iter().product();
        LorentzConv2d {
            space,
            map: LorentzMap::new(
                pixels * self.d_input,
                self.d_output,
                self.bias,
                &options.into(),
            ),
            d_input: self.d_input,
            kernel_size: self.kernel_size,
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// Convolution on the hyperboloid: the pixels $x^1, \dots, x^K$ of a window are put together to one
/// point by the direct concatenation of their space coordinates,
///
/// $$ x_s = (x^1_s, \dots, x^K_s), \qquad
///    x_0 = \sqrt{\textstyle\sum_i (x^i_0)^2 - \tfrac{K - 1}c} = \sqrt{\tfrac1c + \lVert x_s\rVert^2}, $$
///
/// and $x$ goes through a linear map of all its coordinates, after which the time component is
/// recomputed:
///
/// $$ y_s = W_s x_s + w_0\bigl(x_0 - \tfrac1{\sqrt c}\bigr) + b, \qquad
///    y_0 = \sqrt{\tfrac1c + \lVert y_s\rVert^2}. $$
///
/// The $\tfrac1{\sqrt c}$, which the paper has in its $b$, makes it for $c \to 0$ the Euclidean
/// convolution with the kernel $W_s$ and the bias $b$. $w_0$ starts at 0. A kernel of one pixel is the
/// linear map in every pixel.
///
/// Channels come last, because a pixel is a point.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::LorentzConv2dConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let conv = LorentzConv2dConfig::new(3, 5, [3, 3])
///     .with_padding([1, 1])
///     .init(space.clone(), &device);
/// let image = space.exp0(Tensor::<4>::ones([2, 8, 6, 3], &device));
/// let result = conv.forward(image);
/// assert_eq!(result.dims(), [2, 8, 6, 6]);
/// assert!(space.check_point(result).is_ok());
/// ```
///
/// # References
/// Bdeir, Schwethelm, Landwehr (2024), *Fully Hyperbolic Convolutional Neural Networks for Computer
/// Vision*, §4.1; Qu, Zou (2022), *Lorentzian Fully Hyperbolic Generative Adversarial Network*, for the
/// concatenation.
#[derive(Module, Debug)]
pub struct LorentzConv2d<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// The space of pixels.
    pub space: S,
    map: LorentzMap,
    d_input: usize,
    kernel_size: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl LorentzConv2d {
    /// The image of results.
    ///
    /// # Shapes
    /// - `image`: `[batch, height, width, d_input + 1]`, a point for every pixel
    /// - returns: `[batch, out_height, out_width, d_output + 1]` with
    ///   `out = (size + 2 * padding - kernel) / stride + 1`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        self.forward_in(&self.space, image)
    }
}

impl<S: SlotFor<Hyperboloid>> LorentzConv2d<S> {
    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in(&self, space: &Hyperboloid, image: Tensor<4>) -> Tensor<4> {
        // Zeros are the space coordinates of the origin.
        let pixels = space_part(image, self.d_input);
        let windows = windows(pixels, self.kernel_size, self.stride, self.padding);
        let [batch, height, width, pixels, d] = windows.dims();
        let x: Tensor<4> = windows.reshape([batch, height, width, pixels * d]);
        lift(space, self.map.forward(space, x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        assert_close, check_edges, check_gradients, check_record, convolution, varied, wave,
    };
    use burn::tensor::{DType, Device};
    use geom_core::Manifold;

    fn config() -> LorentzConv2dConfig {
        LorentzConv2dConfig::new(2, 3, [3, 2])
            .with_stride([2, 1])
            .with_padding([1, 0])
    }

    #[test]
    fn without_curvature_it_is_the_convolution_of_vectors() {
        // The time component of vectors of order one rises by √c/2.
        const CURVATURE: f64 = 1e-4;
        let hyperboloid = Hyperboloid::new(1e-10);
        let conv = varied(config().init(hyperboloid.clone(), &Device::flex()));
        let image = wave([2, 5, 4, 2], 0.1);
        let kernel = conv.map.weight.val().narrow(0, 1, 12).reshape([3, 2, 2, 3]);
        let bias = conv.map.bias.as_ref().expect("by default").val();
        let expected = convolution(image.clone(), kernel, bias, [2, 1], [1, 0]);
        let result = conv.forward(hyperboloid.exp0(image));
        assert_close(hyperboloid.log0(result), expected, CURVATURE);
    }

    #[test]
    fn the_time_component_of_a_window_is_that_of_the_paper() {
        let c = 0.7;
        let hyperboloid = Hyperboloid::new(c);
        // A window that is the image, and a map that passes on the first pixel's first coordinate
        // and the time component.
        let config = LorentzConv2dConfig::new(2, 2, [2, 3]).with_bias(false);
        let mut conv = config.init(hyperboloid.clone(), &Device::flex());
        conv.map.weight = conv.map.weight.map(|weight| {
            let [rows, columns] = weight.dims();
            let mut entries = vec![0.0; rows * columns];
            entries[1] = 1.0;
            entries[columns] = 1.0;
            let entries = burn::tensor::TensorData::new(entries, [rows, columns]);
            Tensor::from_data(entries, (&Device::flex(), DType::F64))
        });
        let image = hyperboloid.exp0(wave([1, 2, 3, 2], 0.1));
        let times = image.clone().narrow(3, 0, 1);
        let time = times.square().sum().sub_scalar(5.0 / c).sqrt();
        let first = image.clone().slice([0..1, 0..1, 0..1, 1..2]).reshape([1]);
        let rise = time.sub_scalar(1.0 / c.sqrt());
        let expected = Tensor::cat(vec![first, rise], 0);
        let result = conv.forward(image).slice([0..1, 0..1, 0..1, 1..3]);
        // Rounding of a dozen operations.
        assert_close(result.reshape([2]), expected, 1e-14);
    }

    #[test]
    fn a_kernel_of_one_pixel_is_the_linear_map() {
        let hyperboloid = Hyperboloid::new(0.7);
        let config = LorentzConv2dConfig::new(2, 3, [1, 1]);
        let conv = varied(config.init(hyperboloid.clone(), &Device::flex()));
        let image = hyperboloid.exp0(wave([2, 5, 4, 2], 0.1));
        let space = conv.map.forward(&hyperboloid, space_part(image.clone(), 2));
        assert_close(conv.forward(image), lift(&hyperboloid, space), 0.0);
    }

    #[test]
    fn results_are_points_in_either_format() {
        let hyperboloid = Hyperboloid::new(0.7);
        let conv = config().init(hyperboloid.clone(), &Device::flex());
        let v = wave([2, 5, 4, 2], 0.1);
        let result = conv.forward(hyperboloid.exp0(v.clone().cast(DType::F32)));
        assert_eq!(result.dims(), [2, 3, 3, 4]);
        assert!(hyperboloid.check_point(result).is_ok());
        let result = varied(conv).forward(hyperboloid.exp0(v));
        assert!(hyperboloid.check_point(result).is_ok());
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        let hyperboloid = Hyperboloid::learnable(0.7, &Device::flex());
        let conv = varied(config().init(hyperboloid, &Device::flex()));
        check_gradients(conv.train(), wave([2, 5, 4, 2], 0.1), |conv, v| {
            conv.forward(conv.space.exp0(v))
        });
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        let hyperboloid = Hyperboloid::learnable(0.7, &Device::flex());
        let conv = config().init(hyperboloid, &Device::flex());
        check_edges(&conv, [2, 5, 4, 2], |conv, v| {
            let result = conv.forward(conv.space.exp0(v));
            assert!(conv.space.check_point(result.clone()).is_ok());
            result
        });
    }

    #[test]
    fn records_bring_it_back() {
        let device = Device::flex();
        let init = || config().init(Hyperboloid::learnable(0.7, &device), &device);
        check_record(init, |conv| {
            conv.forward(conv.space.exp0(wave([2, 5, 4, 2], 0.1)))
        });
    }

    #[test]
    #[should_panic(expected = "points of a hyperboloid of dimension 2 have 3 coordinates")]
    fn pixels_of_another_dimension_are_refused() {
        config()
            .init(Hyperboloid::new(1.0), &Device::flex())
            .forward(Tensor::zeros([2, 5, 4, 2], &Device::flex()));
    }
}
