//! The multinomial logistic regression of hyperbolic neural networks.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Gyrovector;
use geom_core::numerics::norm;

use crate::layers::slot::SpaceSlot;
use crate::layers::weights;

/// Settings of a [`GaneaMlr`].
#[derive(Config, Debug)]
pub struct GaneaMlrConfig {
    /// The dimension of the points.
    pub d_input: usize,
    /// The number of classes.
    pub classes: usize,
}

/// Multinomial logistic regression on the ball, or the stereographic model of either sign, with
/// hyperplanes through points $p_k$ with normals $a_k$: the logits
///
/// $$ v_k(x) = \lVert a_k\rVert_{p_k}\\,d(x, H_{p_k, a_k})
///    = \frac{\lambda_{p_k}\lVert a_k\rVert}{\sqrt c}\operatorname{asinh}
///      \frac{2\sqrt c\\,\langle z, a_k\rangle}{(1 - c\lVert z\rVert^2)\lVert a_k\rVert},
///    \qquad z = (-p_k) \oplus x, \quad p_k = \exp_0(b_k), \quad
///    a_k = \frac{\lambda_0}{\lambda_{p_k}}a'_k, $$
///
/// with signed distances $d$. Points and normals are given by vectors at the origin, $b_k$ and $a'_k$,
/// of which the normals are carried to their points; so all parameters are Euclidean.
/// For $\kappa \to 0$, $v_k(x) = 4\langle x - b_k, a'_k\rangle$.
///
/// # Shapes
/// - `x`: `[..., d_input]`
/// - returns: `[..., classes]`, for a softmax
///
/// # Numerics
/// Memory is `d_input` times that of the logits. Where $a'_k = 0$, the logit and its gradient
/// are 0.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Stereographic;
/// use geom_nn::layers::GaneaMlrConfig;
///
/// let device = Device::flex();
/// let mlr = GaneaMlrConfig::new(2, 3).init(Stereographic::new(0.5), &device);
/// let x = Tensor::<2>::from_floats([[0.3, -0.4], [0.0, 0.0]], &device);
/// let logits = mlr.forward(x);
/// assert_eq!(logits.dims(), [2, 3]);
/// // Hyperplanes start at the origin.
/// assert_eq!(logits.narrow(0, 1, 1).abs().sum().into_scalar::<f32>(), 0.0);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, eq. 25; Bachmann, Bécigneul, Ganea
/// (2020), *Constant Curvature Graph Convolutional Networks*, §3, for both signs.
#[derive(Module, Debug)]
pub struct GaneaMlr<S: SpaceSlot> {
    /// $b_k$, `[classes, d_input]`.
    pub offsets: Param<Tensor<2>>,
    /// $a'_k$, `[classes, d_input]`.
    pub normals: Param<Tensor<2>>,
    /// The space of `x`.
    pub space: S,
}

impl GaneaMlrConfig {
    /// Points at the origin; Xavier normal vectors with gain ¼, which without curvature are those of
    /// a linear layer with gain 1.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> GaneaMlr<S> {
        const GAIN: f64 = 0.25;
        let options = options.into();
        let shape = [self.classes, self.d_input];
        GaneaMlr {
            offsets: weights::constant(shape, 0.0, options.clone()),
            normals: weights::xavier_normal(shape, GAIN, options),
            space,
        }
    }
}

impl<M: Gyrovector> GaneaMlr<M> {
    /// The logits.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SpaceSlot> GaneaMlr<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Gyrovector, const D: usize>(&self, space: &M, x: Tensor<D>) -> Tensor<D> {
        let [classes, width] = self.normals.shape().dims();
        let mut shape = x.dims();
        assert!(
            shape[D - 1] == width,
            "points of {width} coordinates are classified, got shape {shape:?}"
        );
        shape[D - 1] = classes;
        let rows = x.reshape([-1, 1, width as i32]);
        let points = space.exp0(self.offsets.val()).unsqueeze::<3>();
        let normals = self.normals.val().unsqueeze::<3>();
        // ‖a‖ λ_p = ‖a'‖ λ_0, and a has the direction of a'.
        let length = norm(normals.clone()).mul_scalar(2.0);
        let distance = space.signed_distance_to_hyperplane(rows, points, normals);
        (distance * length).reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, check_gradients, normal, param,
    };
    use crate::layers::{UnidirectionalMlr, UnidirectionalMlrConfig};
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{PoincareBall, Stereographic};

    fn layer<M: Gyrovector>(manifold: M, dtype: DType, device: &Device) -> GaneaMlr<M> {
        GaneaMlr {
            offsets: param(normal([2, 3], 0.3, 16, dtype), device),
            normals: param(normal([2, 3], 0.7, 17, dtype), device),
            space: manifold,
        }
    }

    #[test]
    fn logits_are_those_of_the_definition() {
        let ball = PoincareBall::new(0.7);
        let layer = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<2>([5, 3], 0.5, 1, DType::F64));
        let c: f64 = 0.7;
        let columns = [0, 1].map(|k| {
            let p = ball.exp0(layer.offsets.val().narrow(0, k, 1));
            let a = layer.normals.val().narrow(0, k, 1) * ball.conformal_factor(p.clone()).recip();
            let a = a.mul_scalar(2.0);
            let z = ball.mobius_add(p.clone().neg(), x.clone());
            let length = norm(a.clone());
            let squared = z.clone().square().sum_dim(1).mul_scalar(c);
            let along = (z * a).sum_dim(1).mul_scalar(2.0 * c.sqrt());
            let argument = along / (squared.neg().add_scalar(1.0) * length.clone());
            argument.asinh() * length * ball.conformal_factor(p).mul_scalar(c.sqrt().recip())
        });
        assert_equal(layer.forward(x), Tensor::cat(columns.to_vec(), 1));
    }

    #[test]
    fn with_points_along_the_normals_it_is_the_unidirectional_one() {
        let ball = PoincareBall::new(0.7);
        let (device, dtype) = (Device::flex(), DType::F64);
        let config = UnidirectionalMlrConfig::new(3, 2);
        let mut other: UnidirectionalMlr = config.init(ball.clone(), (&device, dtype));
        other.offset = Some(param(normal([2], 0.4, 18, dtype), &device));
        let z = other.weight.val().transpose();
        let r = other.offset.as_ref().unwrap().val().reshape([2, 1]);
        let layer = GaneaMlr {
            offsets: Param::from_tensor(z.clone() / norm(z.clone()) * r),
            normals: Param::from_tensor(z),
            space: ball.clone(),
        };
        let x = ball.exp0(normal::<3>([2, 5, 3], 0.5, 2, dtype));
        assert_equal(layer.forward(x.clone()), other.forward(x));
    }

    #[test]
    fn without_curvature_it_is_linear_from_either_side() {
        let x = normal::<2>([6, 3], 1.0, 3, DType::F64);
        for kappa in [-NEARLY_FLAT, NEARLY_FLAT] {
            let layer = layer(Stereographic::new(kappa), DType::F64, &Device::flex());
            let a = layer.normals.val();
            let shift = (layer.offsets.val() * a.clone()).sum_dim(1).transpose();
            let expected = (x.clone().matmul(a.transpose()) - shift).mul_scalar(4.0);
            assert_nearly_flat(layer.forward(x.clone()), expected);
        }
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
    fn both_number_formats_give_finite_logits_at_the_edge() {
        let ball = PoincareBall::new(1.0);
        for dtype in DTYPES {
            let layer = layer(ball.clone(), dtype, &Device::flex());
            let x = ball.exp0(normal::<2>([4, 3], 50.0, 5, dtype));
            let logits = to_vec_f64(layer.forward(x));
            assert!(logits.iter().all(|x| x.is_finite()), "{logits:?}");
        }
    }

    #[test]
    #[should_panic(expected = "points of 3 coordinates are classified, got shape [4, 2]")]
    fn points_of_another_width_are_refused() {
        let layer = layer(PoincareBall::new(1.0), DType::F32, &Device::flex());
        layer.forward(Tensor::<2>::zeros([4, 2], &Device::flex()));
    }
}
