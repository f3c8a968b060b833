//! Classes from coordinates at the origin.

use burn::config::Config;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use geom_core::Pointed;

use crate::layers::SpaceSlot;
use crate::random;

/// Settings of a [`LinearDecoder`].
#[derive(Config, Debug)]
pub struct LinearDecoderConfig {
    /// The dimension of the space.
    pub d_input: usize,
    /// The number of classes.
    pub classes: usize,
    /// Whether to learn a bias.
    #[config(default = true)]
    pub bias: bool,
}

impl LinearDecoderConfig {
    /// Builds the decoder for points of `space`, with weights on `device`.
    pub fn init<S: SpaceSlot>(&self, space: S, device: &Device) -> LinearDecoder<S> {
        LinearDecoder {
            space,
            linear: random::linear(self.d_input, self.classes, self.bias, device),
        }
    }
}

/// A linear classifier in the tangent space at the origin.
///
/// $$ z = \log_0(x)\\,W + b $$
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Hyperboloid;
/// use geom_nn::decoders::LinearDecoderConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let points = space.exp0(Tensor::<2>::ones([5, 3], &device));
/// let decoder = LinearDecoderConfig::new(3, 7).init(space, &device);
/// assert_eq!(decoder.forward(points).dims(), [5, 7]);
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), §4, node classification.
#[derive(Module, Debug)]
pub struct LinearDecoder<S: SpaceSlot> {
    /// The space that points come from.
    pub space: S,
    /// The map to logits, `[d, classes]`.
    pub linear: Linear,
}

impl<S: Pointed> LinearDecoder<S> {
    /// The logits of points.
    ///
    /// # Shapes
    /// - `x`: `[..., width(d)]`
    /// - returns: `[..., classes]`
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SpaceSlot> LinearDecoder<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed, const D: usize>(&self, space: &M, x: Tensor<D>) -> Tensor<D> {
        self.linear.forward(space.log0(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::normal;
    use burn::module::Param;
    use burn::tensor::DType;
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Curvature, Euclidean, Hyperboloid, PoincareBall};

    fn vectors(dtype: DType) -> Tensor<2> {
        normal([6, 3], 0.5, 1, dtype)
    }

    #[test]
    fn it_classifies_the_coordinates_at_the_origin_on_every_model() {
        fn check<S: Pointed>(space: S, dtype: DType, tolerance: f64) {
            let device = Device::flex();
            let mut decoder = LinearDecoderConfig::new(3, 4).init(space, &device);
            let weight = decoder.linear.weight.val().cast(dtype);
            decoder.linear.weight = Param::from_tensor(weight);
            let bias = decoder.linear.bias.map(|bias| bias.val().cast(dtype));
            decoder.linear.bias = bias.map(Param::from_tensor);
            let v = vectors(dtype);
            let expected = to_vec_f64(decoder.linear.forward(v.clone()));
            let logits = to_vec_f64(decoder.forward(decoder.space.exp0(v)));
            for (a, b) in logits.iter().zip(&expected) {
                assert!((a - b).abs() < tolerance, "{a} is not {b}");
            }
        }
        // A round trip of vectors of length two through the exponential map.
        for (dtype, tolerance) in [(DType::F32, 1e-4), (DType::F64, 1e-12)] {
            check(Euclidean::new(), dtype, tolerance);
            check(PoincareBall::new(0.5), dtype, tolerance);
            check(Hyperboloid::new(0.5), dtype, tolerance);
        }
    }

    #[test]
    fn without_curvature_it_is_a_linear_layer_on_the_points() {
        let device = Device::flex();
        let decoder = LinearDecoderConfig::new(3, 4).init(PoincareBall::new(1e-6), &device);
        let x = vectors(DType::F32);
        let flat = decoder.linear.forward(x.clone());
        let scale = flat.clone().abs().max().into_scalar::<f32>();
        let difference = (decoder.forward(x) - flat).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-4 * scale, "{difference}");
    }

    #[test]
    fn a_learnable_curvature_gets_a_gradient() {
        let device = Device::flex().autodiff();
        let curvature = Curvature::learnable(1.0, &device);
        let decoder =
            LinearDecoderConfig::new(2, 3).init(PoincareBall::with_curvature(curvature), &device);
        let x = Tensor::<2>::from_data([[0.3, -0.4]], &device);
        let gradients = decoder.forward(x).square().sum().backward();
        struct Count<'a>(&'a burn::tensor::Gradients, Vec<f64>);
        impl burn::module::ModuleVisitor for Count<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let gradient = param.val().grad(self.0);
                let gradient = to_vec_f64(gradient.expect("every parameter has a gradient"));
                self.1.push(gradient.iter().map(|slope| slope.abs()).sum());
            }
        }
        let mut count = Count(&gradients, Vec::new());
        decoder.visit(&mut count);
        assert_eq!(count.1.len(), 3, "curvature, weight, bias");
        assert!(count.1.iter().all(|&size| size.is_finite() && size > 0.0));
    }
}
