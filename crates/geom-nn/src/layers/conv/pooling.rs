//! Pooling of images whose pixels are points.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use geom_core::Pointed;

use super::windows::windows;
use crate::layers::centroid::Centroid;

/// Settings of a [`ManifoldAvgPool2d`].
#[derive(Config, Debug)]
pub struct ManifoldAvgPool2dConfig {
    /// Height and width of a window.
    pub kernel_size: [usize; 2],
    /// Rows and columns from one window to the next; those of a window if not set, so that windows
    /// do not overlap.
    pub stride: Option<[usize; 2]>,
}

impl ManifoldAvgPool2dConfig {
    /// It has no weights, and so needs no device.
    pub fn init<S: Centroid>(&self, space: S) -> ManifoldAvgPool2d<S> {
        ManifoldAvgPool2d {
            space,
            kernel_size: self.kernel_size,
            stride: self.stride.unwrap_or(self.kernel_size),
        }
    }
}

/// The [centroid](Centroid) of the pixels of every window; in Euclidean space, and in any for
/// $c \to 0$, their mean.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::ManifoldAvgPool2dConfig;
///
/// let space = Hyperboloid::new(1.0);
/// let image = space.exp0(Tensor::<4>::ones([2, 8, 6, 3], &Device::flex()));
/// let pool = ManifoldAvgPool2dConfig::new([2, 2]).init(space.clone());
/// let result = pool.forward(image);
/// assert_eq!(result.dims(), [2, 4, 3, 4]);
/// assert!(space.check_point(result).is_ok());
/// ```
///
/// # References
/// van Spengler, Berkhout, Mettes (2023), *Poincaré ResNet*, on pooling by midpoints; Bdeir,
/// Schwethelm, Landwehr (2024), by centroids.
#[derive(Module, Debug)]
pub struct ManifoldAvgPool2d<S: Centroid> {
    /// The space of pixels.
    pub space: S,
    kernel_size: [usize; 2],
    stride: [usize; 2],
}

impl<S: Centroid> ManifoldAvgPool2d<S> {
    /// The image of means.
    ///
    /// # Shapes
    /// - `image`: `[batch, height, width, ambient]`, a point for every pixel
    /// - returns: `[batch, out_height, out_width, ambient]` with `out = (size - kernel) / stride + 1`
    ///
    /// # Panics
    /// If a window does not fit into the image.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let windows = windows(image, self.kernel_size, self.stride, [0, 0]);
        mean(&self.space, windows, 3).squeeze_dim(3)
    }
}

/// The [centroid](Centroid) of all pixels; in Euclidean space, and in any for $c \to 0$, their mean.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::ManifoldGlobalAvgPool;
///
/// let pool = ManifoldGlobalAvgPool::new(PoincareBall::new(1.0));
/// let image = Tensor::<4>::zeros([2, 8, 6, 3], &Device::flex());
/// assert_eq!(pool.forward(image).dims(), [2, 3]);
/// ```
#[derive(Module, Debug)]
pub struct ManifoldGlobalAvgPool<S: Centroid> {
    /// The space of pixels.
    pub space: S,
}

impl<S: Centroid> ManifoldGlobalAvgPool<S> {
    /// It has no settings.
    pub fn new(space: S) -> Self {
        Self { space }
    }

    /// The mean of every image.
    ///
    /// # Shapes
    /// - `image`: `[batch, height, width, ambient]`, a point for every pixel, at least one
    /// - returns: `[batch, ambient]`
    ///
    /// # Panics
    /// If the image has no pixels.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<2> {
        let [batch, height, width, ambient] = image.dims();
        assert!(
            height * width > 0,
            "an image without pixels has no mean, got shape {:?}",
            image.dims()
        );
        let pixels: Tensor<3> = image.reshape([batch, height * width, ambient]);
        mean(&self.space, pixels, 1).squeeze_dim(1)
    }
}

/// The mean over `axis`, which is kept at size 1.
fn mean<S: Centroid, const D: usize>(space: &S, x: Tensor<D>, axis: usize) -> Tensor<D> {
    let mut shape = [1; D];
    shape[axis] = x.dims()[axis];
    let ones = Tensor::ones(shape, (&x.device(), x.dtype()));
    space.centroid(x, ones, axis)
}

/// Settings of a [`ManifoldMaxPool2d`].
#[derive(Config, Debug)]
pub struct ManifoldMaxPool2dConfig {
    /// Height and width of a window.
    pub kernel_size: [usize; 2],
    /// Rows and columns from one window to the next; those of a window if not set, so that windows
    /// do not overlap.
    pub stride: Option<[usize; 2]>,
}

impl ManifoldMaxPool2dConfig {
    /// It has no weights, and so needs no device.
    pub fn init<S: Pointed>(&self, space: S) -> ManifoldMaxPool2d<S> {
        ManifoldMaxPool2d {
            space,
            kernel_size: self.kernel_size,
            stride: self.stride.unwrap_or(self.kernel_size),
        }
    }
}

/// The largest of every coordinate at the origin, $y = \exp_0(\max_i\log_0(x_i))$, over the pixels
/// $x_i$ of every window.
///
/// Coordinates have no meaning of their own in a curved space: a rotation about the origin changes
/// the result. In Euclidean space, and in any for $c \to 0$, it is the usual one.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::ManifoldMaxPool2dConfig;
///
/// let ball = PoincareBall::new(1.0);
/// let image = ball.project(Tensor::<4>::ones([2, 5, 5, 3], &Device::flex()).mul_scalar(0.3));
/// let config = ManifoldMaxPool2dConfig::new([3, 3]).with_stride(Some([2, 2]));
/// let pool = config.init(ball);
/// assert_eq!(pool.forward(image).dims(), [2, 2, 2, 3]);
/// ```
#[derive(Module, Debug)]
pub struct ManifoldMaxPool2d<S: Pointed> {
    /// The space of pixels.
    pub space: S,
    kernel_size: [usize; 2],
    stride: [usize; 2],
}

impl<S: Pointed> ManifoldMaxPool2d<S> {
    /// The image of largest coordinates.
    ///
    /// # Shapes
    /// - `image`: `[batch, height, width, ambient]`, a point for every pixel
    /// - returns: `[batch, out_height, out_width, ambient]` with `out = (size - kernel) / stride + 1`
    ///
    /// # Panics
    /// If a window does not fit into the image.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let v = self.space.log0(image);
        let windows = windows(v, self.kernel_size, self.stride, [0, 0]);
        self.space.exp0(windows.max_dim(3).squeeze_dim(3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_close, check_edges, check_gradients, varied, wave};
    use burn::tensor::Device;
    use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall, Stereographic};

    /// The deviation from flat space, for vectors of order one and a curvature of 1e-6.
    const CURVATURE: f64 = 1e-4;
    /// Rounding of a few dozen operations on numbers of order one.
    const ROUNDING: f64 = 1e-12;

    fn image() -> Tensor<4> {
        wave([2, 5, 6, 3], 0.4)
    }

    fn average<S: Centroid>(space: &S) -> ManifoldAvgPool2d<S> {
        let config = ManifoldAvgPool2dConfig::new([3, 2]).with_stride(Some([2, 2]));
        config.init(space.clone())
    }

    fn maximum<S: Centroid>(space: &S) -> ManifoldMaxPool2d<S> {
        let config = ManifoldMaxPool2dConfig::new([3, 2]).with_stride(Some([2, 2]));
        config.init(space.clone())
    }

    /// The pixels of a window of these.
    fn window(image: Tensor<4>, row: usize, column: usize) -> Tensor<3> {
        let (row, column) = (2 * row, 2 * column);
        let pixels = image.narrow(1, row, 3).narrow(2, column, 2);
        pixels.reshape([2, 6, -1])
    }

    #[test]
    fn every_window_is_pooled_by_itself() {
        fn check<S: Centroid>(space: &S) {
            let points = space.exp0(image());
            let means = average(space).forward(points.clone());
            let largest = maximum(space).forward(points.clone());
            assert_eq!([means.dims()[1], means.dims()[2]], [2, 3]);
            for (row, column) in [(0, 0), (0, 2), (1, 1)] {
                let at = |x: &Tensor<4>| {
                    let x = x.clone().narrow(1, row, 1).narrow(2, column, 1);
                    x.squeeze_dim::<3>(1).squeeze_dim::<2>(1)
                };
                let pixels = window(points.clone(), row, column);
                let mean = space.centroid(pixels, wave([2, 6, 1], 0.0).ones_like(), 1);
                assert_close(at(&means), mean.squeeze_dim(1), ROUNDING);
                let pixels = window(image(), row, column);
                let maximum = space.exp0(pixels.max_dim(1).squeeze_dim::<2>(1));
                assert_close(at(&largest), maximum, ROUNDING);
            }
        }
        check(&Euclidean::new());
        check(&PoincareBall::new(0.7));
        check(&Hyperboloid::new(0.7));
        check(&Stereographic::new(0.3));
    }

    #[test]
    fn without_curvature_it_is_the_pooling_of_vectors() {
        fn check<S: Centroid>(space: &S) {
            let points = space.exp0(image());
            let flat = Euclidean::new();
            let means = average(space).forward(points.clone());
            let expected = average(&flat).forward(image());
            assert_close(space.log0(means), expected, CURVATURE);
            let largest = maximum(space).forward(points.clone());
            let expected = maximum(&flat).forward(image());
            assert_close(space.log0(largest), expected, CURVATURE);
            let mean = ManifoldGlobalAvgPool::new(space.clone()).forward(points);
            let expected = image().reshape([2, 30, 3]).mean_dim(1).squeeze_dim(1);
            assert_close(space.log0(mean), expected, CURVATURE);
        }
        check(&Euclidean::new());
        check(&PoincareBall::new(1e-6));
        check(&Hyperboloid::new(1e-6));
    }

    #[test]
    fn windows_lie_side_by_side_if_no_stride_is_set() {
        let pool = ManifoldAvgPool2dConfig::new([2, 3]).init(Euclidean::new());
        assert_eq!(pool.forward(image()).dims(), [2, 2, 2, 3]);
        let pool = ManifoldMaxPool2dConfig::new([2, 3]).init(Euclidean::new());
        assert_eq!(pool.forward(image()).dims(), [2, 2, 2, 3]);
    }

    #[test]
    fn results_are_points() {
        let hyperboloid = Hyperboloid::new(0.7);
        let points = hyperboloid.exp0(image());
        let pool = average(&hyperboloid);
        assert!(
            hyperboloid
                .check_point(pool.forward(points.clone()))
                .is_ok()
        );
        let pool = maximum(&hyperboloid);
        assert!(
            hyperboloid
                .check_point(pool.forward(points.clone()))
                .is_ok()
        );
        let pool = ManifoldGlobalAvgPool::new(hyperboloid.clone());
        assert!(hyperboloid.check_point(pool.forward(points)).is_ok());
    }

    /// The three ways to pool.
    fn pools<S: Centroid>(
        space: S,
    ) -> (
        ManifoldAvgPool2d<S>,
        ManifoldGlobalAvgPool<S>,
        ManifoldMaxPool2d<S>,
    ) {
        (
            average(&space),
            ManifoldGlobalAvgPool::new(space.clone()),
            maximum(&space),
        )
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        fn check<S: Centroid>(space: S) {
            let (avg, global, max) = varied(pools(space));
            check_gradients(avg.train(), image(), |pool, v| {
                pool.forward(pool.space.exp0(v))
            });
            check_gradients(global.train(), image(), |pool, v| {
                pool.forward(pool.space.exp0(v))
            });
            check_gradients(max.train(), image(), |pool, v| {
                pool.forward(pool.space.exp0(v))
            });
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        fn check<S: Centroid>(space: S) {
            let (avg, global, max) = pools(space);
            let shape = image().dims();
            check_edges(&avg, shape, |pool, v| pool.forward(pool.space.exp0(v)));
            check_edges(&global, shape, |pool, v| pool.forward(pool.space.exp0(v)));
            check_edges(&max, shape, |pool, v| pool.forward(pool.space.exp0(v)));
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    #[should_panic(expected = "an image without pixels has no mean")]
    fn an_image_without_pixels_is_refused() {
        let image = Tensor::zeros([2, 0, 6, 3], &Device::flex());
        ManifoldGlobalAvgPool::new(Euclidean::new()).forward(image);
    }
}
