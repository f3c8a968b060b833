//! The Poincaré multinomial logistic regression of HNN++.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::PoincareBall;
use geom_core::curvature::Coefficient;

use crate::layers::classify::hyperplanes::{UnitPoint, row};
use crate::layers::slot::SlotFor;
use crate::layers::weights;

/// Settings of a [`UnidirectionalMlr`].
#[derive(Config, Debug)]
pub struct UnidirectionalMlrConfig {
    /// The dimension of the points.
    pub d_input: usize,
    /// The number of classes.
    pub classes: usize,
    /// Whether hyperplanes may leave the origin. Default: true
    #[config(default = true)]
    pub bias: bool,
}

/// Multinomial logistic regression on the ball with one direction per class: the logits
///
/// $$ v_k(x) = \frac{2\lVert z_k\rVert}{\sqrt c}\operatorname{asinh}\Bigl(
///    \lambda_x\langle\sqrt c\\,x, \hat z_k\rangle\cosh(2\sqrt c\\,r_k)
///    {}- (\lambda_x - 1)\sinh(2\sqrt c\\,r_k)\Bigr), \qquad \hat z_k = \frac{z_k}{\lVert z_k\rVert}: $$
///
/// $2\lVert z_k\rVert$ times the signed distance from the hyperplane through
/// $\exp_0(r_k\hat z_k)$ at a right angle to $z_k$. It is [`GaneaMlr`](crate::layers::GaneaMlr)
/// without the freedom to name one hyperplane by different points, and all its parameters are
/// Euclidean. For $c \to 0$, $v_k(x) = 4(\langle x, z_k\rangle - r_k\lVert z_k\rVert)$.
///
/// # Shapes
/// - `x`: `[..., d_input]`, rank 2 or more
/// - returns: `[..., classes]`, for a softmax
///
/// # Numerics
/// Memory is that of the logits. Distances $2r_k$ of hyperplanes from the origin are limited to
/// [`Limits::max_radius`](geom_core::Limits::max_radius). Where $z_k = 0$, the logit and its
/// gradient are 0.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::UnidirectionalMlrConfig;
///
/// let device = Device::flex();
/// let mlr = UnidirectionalMlrConfig::new(2, 3).init(PoincareBall::new(1.0), &device);
/// let x = Tensor::<2>::from_floats([[0.3, -0.4], [0.0, 0.0]], &device);
/// let logits = mlr.forward(x);
/// assert_eq!(logits.dims(), [2, 3]);
/// // Hyperplanes start at the origin.
/// assert_eq!(logits.narrow(0, 1, 1).abs().sum().into_scalar::<f32>(), 0.0);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, eq. 6.
#[derive(Module, Debug)]
pub struct UnidirectionalMlr<S: SlotFor<PoincareBall> = PoincareBall> {
    /// $z_k$ in its columns, `[d_input, classes]`.
    pub weight: Param<Tensor<2>>,
    /// $r_k$, `[classes]`.
    pub offset: Option<Param<Tensor<1>>>,
    /// The space of `x`.
    pub space: S,
}

impl UnidirectionalMlrConfig {
    /// Xavier normal weights with gain ¼, which without curvature are those of a linear layer with
    /// gain 1; offsets 0.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SlotFor<PoincareBall>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> UnidirectionalMlr<S> {
        const GAIN: f64 = 0.25;
        self.init_with_gain(space, GAIN, options.into())
    }

    pub(crate) fn init_with_gain<S: SlotFor<PoincareBall>>(
        &self,
        space: S,
        gain: f64,
        options: TensorCreationOptions,
    ) -> UnidirectionalMlr<S> {
        let shape = [self.d_input, self.classes];
        UnidirectionalMlr {
            weight: weights::xavier_normal(shape, gain, options.clone()),
            offset: self
                .bias
                .then(|| weights::constant([self.classes], 0.0, options)),
            space,
        }
    }
}

impl UnidirectionalMlr {
    /// The logits.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SlotFor<PoincareBall>> UnidirectionalMlr<S> {
    /// [`forward`](Self::forward) on a ball that another module owns.
    pub fn forward_in<const D: usize>(&self, space: &PoincareBall, x: Tensor<D>) -> Tensor<D> {
        root(space, &x).divide(self.unit_logits(space, x))
    }

    /// $\sqrt c\\,v_k(x)$.
    pub(crate) fn unit_logits<const D: usize>(
        &self,
        space: &PoincareBall,
        x: Tensor<D>,
    ) -> Tensor<D> {
        let root = root(space, &x);
        let offsets = row(&self.offset).map(|r: Tensor<D>| r.mul_scalar(2.0));
        UnitPoint::from_ball(space, x)
            .weighted_distances(&root, self.weight.val(), offsets)
            .mul_scalar(2.0)
    }
}

pub(crate) fn root<const D: usize>(space: &PoincareBall, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
    space.curvature().coefficient(x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, check_gradients, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::{norm, to_vec_f64};
    use geom_core::{Hyperboloid, change_model};

    fn layer(ball: PoincareBall, dtype: DType, device: &Device) -> UnidirectionalMlr {
        let mut layer = UnidirectionalMlrConfig::new(3, 2).init(ball, (device, dtype));
        layer.weight = param(normal([3, 2], 0.7, 10, dtype), device);
        layer.offset = Some(param(normal([2], 0.4, 11, dtype), device));
        layer
    }

    #[test]
    fn logits_are_those_of_the_definition() {
        let c: f64 = 0.7;
        let ball = PoincareBall::new(c);
        let layer = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<2>([1, 3], 0.5, 1, DType::F64));
        let z = to_vec_f64(layer.weight.val());
        let r = to_vec_f64(layer.offset.as_ref().unwrap().val());
        let point = to_vec_f64(x.clone());
        let squared: f64 = point.iter().map(|x| x * x).sum();
        let lambda = 2.0 / (1.0 - c * squared);
        let expected = [0, 1].map(|k| {
            let z = [z[k], z[2 + k], z[4 + k]];
            let length = z.iter().map(|z| z * z).sum::<f64>().sqrt();
            let along: f64 = point.iter().zip(z).map(|(x, z)| x * z / length).sum();
            let angle = 2.0 * c.sqrt() * r[k];
            let sinh = lambda * c.sqrt() * along * angle.cosh() - (lambda - 1.0) * angle.sinh();
            2.0 * length / c.sqrt() * sinh.asinh()
        });
        let expected = Tensor::<2>::from_data([expected], (&Device::flex(), DType::F64));
        assert_equal(layer.forward(x), expected);
    }

    #[test]
    fn logits_are_distances_on_the_hyperboloid_too() {
        let ball = PoincareBall::new(0.7);
        let hyperboloid = Hyperboloid::new(0.7);
        let layer = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<2>([5, 3], 0.5, 2, DType::F64));
        let y = change_model(&ball, &hyperboloid, x.clone());
        let offsets = layer.offset.as_ref().unwrap().val();
        let columns = [0, 1].map(|k| {
            let z = layer.weight.val().narrow(1, k, 1).transpose();
            let offset = offsets
                .clone()
                .narrow(0, k, 1)
                .reshape([1, 1])
                .mul_scalar(2.0);
            let distance = hyperboloid.hyperplane_distance(y.clone(), z.clone(), offset);
            distance * norm(z).mul_scalar(2.0)
        });
        assert_equal(layer.forward(x), Tensor::cat(columns.to_vec(), 1));
    }

    #[test]
    fn without_curvature_it_is_linear() {
        let layer = layer(PoincareBall::new(NEARLY_FLAT), DType::F64, &Device::flex());
        let x = normal::<3>([2, 5, 3], 1.0, 3, DType::F64);
        let z = layer.weight.val();
        let lengths = norm(z.clone().transpose()).reshape([1, 1, 2]);
        let shift = layer.offset.as_ref().unwrap().val().unsqueeze() * lengths;
        let expected = (x.clone().matmul(z.unsqueeze()) - shift).mul_scalar(4.0);
        assert_nearly_flat(layer.forward(x), expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let ball = PoincareBall::learnable(0.7, (&device, DType::F64));
        let x = ball.valid().exp0(normal::<2>([4, 3], 0.5, 4, DType::F64));
        let layer = layer(ball, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn values_and_gradients_are_finite_everywhere() {
        let device = Device::flex().autodiff();
        for dtype in DTYPES {
            let ball = PoincareBall::new(1.0);
            let mut layer = layer(ball.clone(), dtype, &device);
            // A class without direction, and a hyperplane beyond reach.
            let weight = [[1.0, 0.0], [-1.0, 0.0], [2.0, 0.0]];
            layer.weight = param(Tensor::from_data(weight, (&Device::flex(), dtype)), &device);
            let offset = [1e3, 0.5];
            layer.offset = Some(param(
                Tensor::from_data(offset, (&Device::flex(), dtype)),
                &device,
            ));
            let v = [[0.0; 3], [1e-20, 0.0, 0.0], [0.0, 50.0, -50.0]];
            let v = Tensor::<2>::from_data(v, (&Device::flex(), dtype));
            let x = ball.exp0(v).autodiff().require_grad();
            let logits = layer.forward(x.clone());
            let gradients = logits.clone().sum().backward();
            let mut all = to_vec_f64(logits);
            all.extend(to_vec_f64(x.grad(&gradients).expect("a leaf")));
            let weight = layer.weight.val().grad(&gradients).expect("a leaf");
            all.extend(to_vec_f64(weight));
            assert!(all.iter().all(|x| x.is_finite()), "{dtype:?}: {all:?}");
        }
    }
}
