//! The gated linear unit of the ball.

use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::PoincareBall;

use crate::layers::combine::poincare_concat::split_vectors;
use crate::layers::slot::SlotFor;
use crate::layers::weights;

/// The gated linear unit: one half of the coordinates opens and shuts the other,
///
/// $$ y = \exp_0\bigl(a \odot \sigma(e^s\sqrt n\\,b)\bigr), \qquad
///    (a, b) = \frac{\beta_{n/2}}{\beta_n}\log_0(x), $$
///
/// with the halves of a [β-split](crate::layers::PoincareSplit), and a number $s$ that trains and
/// starts at 0. $\sqrt n$ makes up for coordinates of points, which are smaller in more dimensions.
///
/// # Shapes
/// - `x`: `[..., n]`, `n` even
/// - returns: `[..., n / 2]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::PoincareGlu;
///
/// let device = Device::flex();
/// let layer = PoincareGlu::new(PoincareBall::new(1.0), &device);
/// // A gate of 0 is half open, and the β-split of four coordinates multiplies by 3/2.
/// let x = Tensor::<2>::from_floats([[0.3, -0.4, 0.0, 0.0]], &device);
/// let y = layer.forward(x.clone());
/// let expected = layer.space.log0(x).narrow(1, 0, 2).mul_scalar(0.75);
/// assert!((layer.space.log0(y) - expected).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, reference code; Dauphin, Fan, Auli,
/// Grangier (2017), *Language Modeling with Gated Convolutional Networks*.
#[derive(Module, Debug)]
pub struct PoincareGlu<S: SlotFor<PoincareBall> = PoincareBall> {
    /// $s$, `[1]`.
    pub log_scale: Param<Tensor<1>>,
    /// The space of `x` and `y`.
    pub space: S,
}

impl<S: SlotFor<PoincareBall>> PoincareGlu<S> {
    /// A unit with $s = 0$.
    pub fn new(space: S, options: impl Into<TensorCreationOptions>) -> Self {
        Self {
            log_scale: weights::constant([1], 0.0, options),
            space,
        }
    }

    /// [`forward`](Self::forward) on a ball that another module owns.
    pub fn forward_in<const D: usize>(&self, space: &PoincareBall, x: Tensor<D>) -> Tensor<D> {
        let width = x.dims()[D - 1];
        assert!(
            width.is_multiple_of(2),
            "a gated linear unit halves its input, got shape {:?}",
            x.dims()
        );
        let mut halves = split_vectors(space.log0(x), &[width / 2; 2]).into_iter();
        let (Some(a), Some(b)) = (halves.next(), halves.next()) else {
            unreachable!("two sizes make two parts")
        };
        let scale = self.log_scale.val().exp().unsqueeze();
        let gate = sigmoid(b.mul_scalar((width as f64).sqrt()) * scale);
        space.exp0(a * gate)
    }
}

impl PoincareGlu {
    /// The gated half.
    ///
    /// # Panics
    /// If the last axis is odd.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::PoincareSplit;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients, normal,
        param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::Gyrovector;

    fn layer(ball: PoincareBall, dtype: DType, device: &Device) -> PoincareGlu {
        let log_scale = param(normal([1], 0.5, 23, dtype), device);
        PoincareGlu {
            log_scale,
            space: ball,
        }
    }

    #[test]
    fn it_is_the_pointwise_product_of_the_halves_and_their_gates() {
        let ball = PoincareBall::new(0.7);
        let layer = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<3>([2, 5, 6], 0.5, 1, DType::F64));
        let halves = PoincareSplit::new(ball.clone(), vec![3, 3]).forward(x.clone());
        let scale = layer.log_scale.val().exp().mul_scalar(6f64.sqrt());
        let gates = sigmoid(ball.log0(halves[1].clone()) * scale.unsqueeze());
        let expected = ball.mobius_pointwise_mul(gates, halves[0].clone());
        assert_equal(layer.forward(x), expected);
    }

    #[test]
    fn points_go_to_points() {
        let ball = PoincareBall::new(2.0);
        for dtype in DTYPES {
            let layer = layer(ball.clone(), dtype, &Device::flex());
            let x = ball.exp0(normal::<2>([6, 4], 3.0, 2, dtype));
            assert_on(&ball, layer.forward(x));
        }
    }

    #[test]
    fn without_curvature_it_is_the_gated_linear_unit_of_scaled_halves() {
        // β_2 / β_4 = 2 / (4/3)
        const RATIO: f64 = 1.5;
        let layer = layer(PoincareBall::new(NEARLY_FLAT), DType::F64, &Device::flex());
        let x = normal::<2>([6, 4], 0.5, 3, DType::F64);
        let [a, b] = [0, 2].map(|start| x.clone().narrow(1, start, 2).mul_scalar(RATIO));
        let scale = layer.log_scale.val().exp().mul_scalar(2.0);
        assert_nearly_flat(layer.forward(x), a * sigmoid(b * scale.unsqueeze()));
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let ball = PoincareBall::learnable(0.7, (&device, DType::F64));
        let x = ball.valid().exp0(normal::<2>([4, 4], 0.5, 4, DType::F64));
        let layer = layer(ball, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    #[should_panic(expected = "halves its input, got shape [4, 3]")]
    fn an_odd_number_of_coordinates_is_refused() {
        let layer = layer(PoincareBall::new(1.0), DType::F32, &Device::flex());
        layer.forward(Tensor::<2>::zeros([4, 3], &Device::flex()));
    }
}
