//! Convolution of images whose pixels are points of the ball.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::PoincareBall;

use super::windows::windows;
use crate::layers::combine::beta::rescale;
use crate::layers::linear::poincare_linear::{PoincareLinear, PoincareLinearConfig};
use crate::layers::slot::{Borrowed, SlotFor};

/// Settings of a [`PoincareConv2d`].
#[derive(Config, Debug)]
pub struct PoincareConv2dConfig {
    /// The dimension of pixels.
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
    /// Whether hyperplanes may lie off the origin.
    #[config(default = true)]
    pub bias: bool,
}

impl PoincareConv2dConfig {
    /// Draws the weights, as those of a [`PoincareLinear`] from windows to pixels.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SlotFor<PoincareBall>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> PoincareConv2d<S> {
        let pixels: usize = self.kernel_size.iter().product();
        let linear = PoincareLinearConfig::new(pixels * self.d_input, self.d_output);
        PoincareConv2d {
            linear: linear.with_bias(self.bias).init(Borrowed, options),
            space,
            d_input: self.d_input,
            kernel_size: self.kernel_size,
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// Convolution on the Poincaré ball: the pixels $x_1, \dots, x_K$ of a window are put together to one
/// point by the β-concatenation,
///
/// $$ x = \exp_0\Bigl(\tfrac{\beta_{Kd}}{\beta_d}\bigl(\log_0(x_1), \dots, \log_0(x_K)\bigr)\Bigr),
///    \qquad \beta_n = \mathrm B(\tfrac n2, \tfrac12), $$
///
/// and $x$ goes through a [`PoincareLinear`] layer, which takes for the $k$-th coordinate of the result
/// a scaled distance of $x$ from a learned hyperplane.
///
/// For $c \to 0$ it is the Euclidean convolution with the kernel $2\tfrac{\beta_{Kd}}{\beta_d}z_k$ and
/// the bias $-2\lVert z_k\rVert r_k$. A kernel of one pixel is the fully connected layer in every pixel.
///
/// Channels come last, because a pixel is a point.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::PoincareConv2dConfig;
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let conv = PoincareConv2dConfig::new(3, 5, [3, 3])
///     .with_stride([2, 2])
///     .with_padding([1, 1])
///     .init(ball.clone(), &device);
/// let image = ball.project(Tensor::<4>::ones([2, 8, 6, 3], &device).mul_scalar(0.2));
/// let result = conv.forward(image);
/// assert_eq!(result.dims(), [2, 4, 3, 5]);
/// assert!(ball.check_point(result).is_ok());
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, §3.2–3.4.
#[derive(Module, Debug)]
pub struct PoincareConv2d<S: SlotFor<PoincareBall> = PoincareBall> {
    /// What windows go through. Its space is that of pixels.
    pub linear: PoincareLinear<Borrowed>,
    /// The space of the pixels.
    pub space: S,
    d_input: usize,
    kernel_size: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl PoincareConv2d {
    /// The image of results.
    ///
    /// # Shapes
    /// - `image`: `[batch, height, width, d_input]`, a point for every pixel
    /// - returns: `[batch, out_height, out_width, d_output]` with
    ///   `out = (size + 2 * padding - kernel) / stride + 1`
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        self.forward_in(&self.space, image)
    }
}

impl<S: SlotFor<PoincareBall>> PoincareConv2d<S> {
    /// [`forward`](Self::forward) on a ball that another module owns.
    pub fn forward_in(&self, space: &PoincareBall, image: Tensor<4>) -> Tensor<4> {
        let d = self.d_input;
        assert!(
            image.dims()[3] == d,
            "pixels are points [batch, height, width, {d}], got shape {:?}",
            image.dims()
        );
        // Logarithms before windows: a pixel is in several. Zeros are those of the origin.
        let v = space.log0(image);
        let windows = windows(v, self.kernel_size, self.stride, self.padding);
        let [batch, height, width, pixels, _] = windows.dims();
        let v: Tensor<4> = windows.reshape([batch, height, width, pixels * d]);
        let x = space.exp0(rescale(v, d, pixels * d));
        self.linear.forward_in(space, x)
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

    fn config() -> PoincareConv2dConfig {
        PoincareConv2dConfig::new(2, 3, [3, 2])
            .with_stride([2, 1])
            .with_padding([1, 0])
    }

    #[test]
    fn without_curvature_it_is_the_convolution_of_vectors() {
        // For vectors of order one and a curvature of 1e-6.
        const CURVATURE: f64 = 1e-4;
        let ball = PoincareBall::new(1e-6);
        let conv = varied(config().init(ball.clone(), &Device::flex()));
        let image = wave([2, 5, 4, 2], 0.1);
        let normals = conv.linear.mlr.weight.val();
        let offsets = conv.linear.mlr.offset.as_ref().expect("by default").val();
        let length = normals.clone().square().sum_dim(0).sqrt();
        let bias = length.reshape([3]) * offsets.mul_scalar(-2.0);
        // B(1, 1/2) = 2 and B(6, 1/2) = 512/693.
        let scale = 2.0 * (512.0 / 693.0) / 2.0;
        let kernel = normals.mul_scalar(scale).reshape([3, 2, 2, 3]);
        let expected = convolution(image.clone(), kernel, bias, [2, 1], [1, 0]);
        let result = conv.forward(ball.exp0(image));
        assert_close(ball.log0(result), expected, CURVATURE);
    }

    #[test]
    fn a_kernel_of_one_pixel_is_the_fully_connected_layer() {
        let ball = PoincareBall::new(0.7);
        let config = PoincareConv2dConfig::new(2, 3, [1, 1]);
        let conv = varied(config.init(ball.clone(), &Device::flex()));
        let image = ball.exp0(wave([2, 5, 4, 2], 0.1));
        let expected = conv.linear.forward_in(&ball, image.clone());
        // The logarithm undone.
        assert_close(conv.forward(image), expected, 1e-13);
    }

    #[test]
    fn results_are_points_in_either_format() {
        let ball = PoincareBall::new(0.7);
        let conv = config().init(ball.clone(), &Device::flex());
        let v = wave([2, 5, 4, 2], 0.1);
        let result = conv.forward(ball.exp0(v.clone().cast(DType::F32)));
        assert_eq!(result.dims(), [2, 3, 3, 3]);
        assert!(ball.check_point(result).is_ok());
        let result = varied(conv).forward(ball.exp0(v));
        assert!(ball.check_point(result).is_ok());
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        let ball = PoincareBall::learnable(0.7, &Device::flex());
        let conv = varied(config().init(ball, &Device::flex()));
        check_gradients(conv.train(), wave([2, 5, 4, 2], 0.1), |conv, v| {
            conv.forward(conv.space.exp0(v))
        });
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        let ball = PoincareBall::learnable(0.7, &Device::flex());
        let conv = config().init(ball, &Device::flex());
        check_edges(&conv, [2, 5, 4, 2], |conv, v| {
            let result = conv.forward(conv.space.exp0(v));
            assert!(conv.space.check_point(result.clone()).is_ok());
            result
        });
    }

    #[test]
    fn records_bring_it_back() {
        let init = || {
            config().init(
                PoincareBall::learnable(0.7, &Device::flex()),
                &Device::flex(),
            )
        };
        check_record(init, |conv| {
            conv.forward(conv.space.exp0(wave([2, 5, 4, 2], 0.1)))
        });
    }

    #[test]
    #[should_panic(expected = "pixels are points [batch, height, width, 2]")]
    fn pixels_of_another_dimension_are_refused() {
        config()
            .init(PoincareBall::new(1.0), &Device::flex())
            .forward(Tensor::zeros([2, 5, 4, 3], &Device::flex()));
    }
}
