//! The Poincaré fully connected layer of HNN++.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::numerics::{Limits, squared_norm};
use geom_core::{Manifold, PoincareBall};

use crate::layers::classify::unidirectional_mlr::{
    UnidirectionalMlr, UnidirectionalMlrConfig, root,
};
use crate::layers::slot::{Borrowed, SlotFor};

/// Settings of a [`PoincareLinear`].
#[derive(Config, Debug)]
pub struct PoincareLinearConfig {
    /// The dimension of the points that come in.
    pub d_input: usize,
    /// The dimension of the points that go out.
    pub d_output: usize,
    /// Whether hyperplanes may leave the origin. Default: true
    #[config(default = true)]
    pub bias: bool,
}

/// The Poincaré fully connected layer: the point whose signed distances from the coordinate
/// hyperplanes are the logits $v_k(x)$ of a [`UnidirectionalMlr`],
///
/// $$ y = \frac{w}{1 + \sqrt{1 + c\lVert w\rVert^2}}, \qquad
///    w_k = \frac{\sinh(\sqrt c\\,v_k(x))}{\sqrt c}. $$
///
/// For $c \to 0$, $y_k = 2(\langle x, z_k\rangle - r_k\lVert z_k\rVert)$. With $z_k = e_k/2$ and no
/// offsets it is the identity, at every curvature.
///
/// # Shapes
/// - `x`: `[..., d_input]`, rank 2 or more
/// - returns: `[..., d_output]`
///
/// # Numerics
/// $\sqrt c\lvert v_k\rvert$ is limited to [`Limits::max_step`], 1.5 times the reach of the ball, and
/// $y$ to the ball. Memory is that of the output.
///
/// # Examples
/// ```
/// use burn::module::Param;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::PoincareLinearConfig;
///
/// let device = Device::flex();
/// let mut layer = PoincareLinearConfig::new(2, 2).init(PoincareBall::new(0.5), &device);
/// layer.mlr.weight = Param::from_tensor(Tensor::eye(2, &device).mul_scalar(0.5));
/// let x = Tensor::<2>::from_floats([[0.3, -0.4]], &device);
/// let moved = layer.forward(x.clone()) - x;
/// assert!(moved.abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, eq. 7.
#[derive(Module, Debug)]
pub struct PoincareLinear<S: SlotFor<PoincareBall> = PoincareBall> {
    /// The hyperplanes.
    pub mlr: UnidirectionalMlr<Borrowed>,
    /// The space of `x` and `y`.
    pub space: S,
}

impl PoincareLinearConfig {
    /// Xavier normal weights with gain ½, which without curvature are those of a linear layer with
    /// gain 1; offsets 0.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SlotFor<PoincareBall>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> PoincareLinear<S> {
        const GAIN: f64 = 0.5;
        let mlr = UnidirectionalMlrConfig::new(self.d_input, self.d_output).with_bias(self.bias);
        PoincareLinear {
            mlr: mlr.init_with_gain(Borrowed, GAIN, options.into()),
            space,
        }
    }
}

impl PoincareLinear {
    /// The layer at points.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SlotFor<PoincareBall>> PoincareLinear<S> {
    /// [`forward`](Self::forward) on a ball that another module owns.
    pub fn forward_in<const D: usize>(&self, space: &PoincareBall, x: Tensor<D>) -> Tensor<D> {
        let root = root(space, &x);
        let longest = Limits::of(x.dtype()).max_step;
        let w = self.mlr.unit_logits(space, x);
        let w = w.clamp(-longest, longest).sinh();
        let hypotenuse = squared_norm(w.clone()).add_scalar(1.0).sqrt();
        let y = root.divide(w / hypotenuse.add_scalar(1.0));
        space.project(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_close, assert_equal, assert_nearly_flat, assert_on,
        check_gradients, normal, param, varied, wave,
    };
    use burn::tensor::{DType, Device};
    use geom_core::Gyrovector;
    use geom_core::numerics::{norm, to_vec_f64};

    fn layer(ball: PoincareBall, dtype: DType, device: &Device) -> PoincareLinear {
        let mut layer = PoincareLinearConfig::new(3, 2).init(ball, (device, dtype));
        layer.mlr.weight = param(normal([3, 2], 0.5, 12, dtype), device);
        layer.mlr.offset = Some(param(normal([2], 0.3, 13, dtype), device));
        layer
    }

    #[test]
    fn outputs_are_as_far_from_the_coordinate_hyperplanes_as_the_logits_say() {
        let ball = PoincareBall::new(0.7);
        let layer = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<2>([5, 3], 0.5, 1, DType::F64));
        let y = layer.forward(x.clone());
        let distances = [[1.0, 0.0], [0.0, 1.0]].map(|axis| {
            let axis = Tensor::<2>::from_data([axis], (&Device::flex(), DType::F64));
            ball.signed_distance_to_hyperplane(y.clone(), axis.zeros_like(), axis)
        });
        assert_equal(
            Tensor::cat(distances.to_vec(), 1),
            layer.mlr.forward_in(&ball, x),
        );
    }

    #[test]
    fn half_the_identity_matrix_is_the_identity() {
        let device = Device::flex();
        for c in [1e-6, 0.7, 30.0] {
            let ball = PoincareBall::new(c);
            let config = PoincareLinearConfig::new(3, 3);
            let mut layer = config.init(ball.clone(), (&device, DType::F64));
            let half = Tensor::<2>::eye(3, &device)
                .cast(DType::F64)
                .mul_scalar(0.5);
            layer.mlr.weight = param(half, &device);
            let x = ball.exp0(normal::<3>([2, 5, 3], 0.5, 2, DType::F64));
            assert_equal(layer.forward(x.clone()), x);
        }
    }

    #[test]
    fn points_go_to_points_however_large_the_weights_are() {
        let ball = PoincareBall::new(0.3);
        for dtype in DTYPES {
            for size in [1e-10, 1.0, 1e3] {
                let mut layer = layer(ball.clone(), dtype, &Device::flex());
                layer.mlr.weight = layer.mlr.weight.map(|weight| weight.mul_scalar(size));
                let x = ball.exp0(normal::<2>([5, 3], 1.0, 3, dtype));
                assert_on(&ball, layer.forward(x));
            }
        }
    }

    #[test]
    fn without_curvature_it_is_the_linear_layer() {
        let layer = layer(PoincareBall::new(NEARLY_FLAT), DType::F64, &Device::flex());
        let x = normal::<2>([6, 3], 1.0, 4, DType::F64);
        let z = layer.mlr.weight.val();
        let lengths = norm(z.clone().transpose()).transpose();
        let shift = layer.mlr.offset.as_ref().unwrap().val().unsqueeze() * lengths;
        let expected = (x.clone().matmul(z) - shift).mul_scalar(2.0);
        assert_nearly_flat(layer.forward(x), expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let ball = PoincareBall::learnable(0.7, (&device, DType::F64));
        let x = ball.valid().exp0(normal::<2>([4, 3], 0.5, 5, DType::F64));
        let layer = layer(ball, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn gradients_are_finite_at_the_edge() {
        let device = Device::flex().autodiff();
        for dtype in DTYPES {
            let layer = layer(PoincareBall::new(1.0), dtype, &device);
            let v = [[40.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
            let v = Tensor::<2>::from_data(v, (&Device::flex(), dtype));
            let x = PoincareBall::new(1.0).exp0(v).autodiff().require_grad();
            let gradients = layer.forward(x.clone()).sum().backward();
            let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }

    #[test]
    fn coordinates_of_the_image_are_scores_of_hyperplanes() {
        let ball = PoincareBall::new(0.8);
        let layer = varied(PoincareLinearConfig::new(3, 4).init(ball.clone(), &Device::flex()));
        let x = ball.exp0(wave([5, 3], 0.4));
        let y = layer.forward(x.clone());
        assert!(ball.check_point(y.clone()).is_ok());
        let offsets = layer.mlr.offset.as_ref().expect("asked for").val();
        for k in 0..4 {
            // The hyperplane of z_k through p = exp_0(r_k z_k / |z_k|).
            let z: Tensor<2> = layer.mlr.weight.val().narrow(1, k, 1).transpose();
            let length = z.clone().square().sum_dim(1).sqrt();
            let r: Tensor<2> = offsets.clone().narrow(0, k, 1).unsqueeze();
            let p = ball.exp0(z.clone() / length.clone() * r);
            let to_plane = ball.signed_distance_to_hyperplane(x.clone(), p, z);
            let axis = Tensor::<2>::eye(4, &Device::flex()).cast(DType::F64);
            let axis = axis.narrow(0, k, 1);
            let origin = axis.zeros_like();
            let to_axis = ball.signed_distance_to_hyperplane(y.clone(), origin, axis);
            // Rounding of a few dozen operations.
            assert_close(to_axis, to_plane * length.mul_scalar(2.0), 1e-12);
        }
    }

    #[test]
    fn gradients_through_coordinates_at_the_origin_are_derivatives() {
        let ball = PoincareBall::new(0.8);
        let layer = varied(PoincareLinearConfig::new(3, 4).init(ball.clone(), &Device::flex()));
        check_gradients(layer.train(), wave([5, 3], 0.4), |layer, v| {
            layer.forward(ball.exp0(v))
        });
    }

    #[test]
    fn points_at_the_edge_have_finite_images_in_either_format() {
        let ball = PoincareBall::new(1.0);
        let layer = PoincareLinearConfig::new(3, 4).init(ball.clone(), &Device::flex());
        let far = wave([5, 3], 0.4).mul_scalar(1e3);
        let y = layer.forward(ball.exp0(far.clone().cast(DType::F32)));
        assert!(ball.check_point(y).is_ok());
        let y = varied(layer).forward(ball.exp0(far));
        assert!(ball.check_point(y).is_ok());
    }
}
