//! Multinomial logistic regression on the hyperboloid.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Hyperboloid;

use crate::layers::classify::hyperplanes::{UnitPoint, row};
use crate::layers::slot::SlotFor;
use crate::layers::weights;

/// Settings of a [`LorentzMlr`].
#[derive(Config, Debug)]
pub struct LorentzMlrConfig {
    /// The dimension of the points.
    pub d_input: usize,
    /// The number of classes.
    pub classes: usize,
    /// Whether hyperplanes may leave the origin. Default: true
    #[config(default = true)]
    pub bias: bool,
}

/// Multinomial logistic regression on the hyperboloid: the logits
///
/// $$ v_k(x) = \frac{\lVert z_k\rVert}{\sqrt c}\operatorname{asinh}\Bigl(\sqrt c\\,\bigl(
///    \cosh(\sqrt c\\,a_k)\langle x_s, \hat z_k\rangle - \sinh(\sqrt c\\,a_k)\\,x_0\bigr)\Bigr),
///    \qquad \hat z_k = \frac{z_k}{\lVert z_k\rVert}: $$
///
/// $\lVert z_k\rVert$ times the signed distance from the hyperplane at a right angle to $z_k$ at the
/// distance $a_k$ from the origin. For $c \to 0$,
/// $v_k(x) = \langle x_s, z_k\rangle - a_k\lVert z_k\rVert$.
///
/// # Shapes
/// - `x`: `[..., d_input + 1]`, rank 2 or more
/// - returns: `[..., classes]`, for a softmax
///
/// # Numerics
/// Memory is that of the logits; the time component is not read. Offsets are limited to
/// [`Limits::max_radius`](geom_core::Limits::max_radius). Where $z_k = 0$, the logit and its
/// gradient are 0.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Hyperboloid;
/// use geom_nn::layers::LorentzMlrConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let mlr = LorentzMlrConfig::new(2, 3).init(space.clone(), &device);
/// let x = space.exp0(Tensor::<2>::from_floats([[0.3, -0.4], [0.0, 0.0]], &device));
/// let logits = mlr.forward(x);
/// assert_eq!(logits.dims(), [2, 3]);
/// // Hyperplanes start at the origin.
/// assert_eq!(logits.narrow(0, 1, 1).abs().sum().into_scalar::<f32>(), 0.0);
/// ```
///
/// # References
/// Bdeir, Schwethelm, Landwehr (2024), *Fully Hyperbolic Convolutional Neural Networks for Computer
/// Vision*, theorem 2.
#[derive(Module, Debug)]
pub struct LorentzMlr<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// $z_k$ in its columns, `[d_input, classes]`.
    pub weight: Param<Tensor<2>>,
    /// $a_k$, `[classes]`.
    pub offset: Option<Param<Tensor<1>>>,
    /// The space of `x`.
    pub space: S,
}

impl LorentzMlrConfig {
    /// Xavier normal weights, offsets 0.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SlotFor<Hyperboloid>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> LorentzMlr<S> {
        let options = options.into();
        LorentzMlr {
            weight: weights::xavier_normal([self.d_input, self.classes], 1.0, options.clone()),
            offset: self
                .bias
                .then(|| weights::constant([self.classes], 0.0, options)),
            space,
        }
    }
}

impl LorentzMlr {
    /// The logits.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SlotFor<Hyperboloid>> LorentzMlr<S> {
    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in<const D: usize>(&self, space: &Hyperboloid, x: Tensor<D>) -> Tensor<D> {
        let root = space.curvature().coefficient(&x).sqrt();
        let width = x.dims()[D - 1];
        let unit = UnitPoint::from_space(root.scale(x.narrow(D - 1, 1, width - 1)));
        let weight = self.weight.val();
        root.divide(unit.weighted_distances(&root, weight, row(&self.offset)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        NEARLY_FLAT, assert_equal, assert_nearly_flat, check_gradients, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::norm;

    fn layer(space: Hyperboloid, device: &Device) -> LorentzMlr {
        let mut layer = LorentzMlrConfig::new(3, 2).init(space, (device, DType::F64));
        layer.weight = param(normal([3, 2], 0.7, 14, DType::F64), device);
        layer.offset = Some(param(normal([2], 0.6, 15, DType::F64), device));
        layer
    }

    #[test]
    fn logits_are_weighted_distances_to_hyperplanes() {
        let space = Hyperboloid::new(0.7);
        let layer = layer(space.clone(), &Device::flex());
        let x = space.exp0(normal::<3>([2, 5, 3], 0.8, 1, DType::F64));
        let offsets = layer.offset.as_ref().unwrap().val();
        let columns = [0, 1].map(|k| {
            let z = layer.weight.val().narrow(1, k, 1).reshape([1, 1, 3]);
            let offset = offsets.clone().narrow(0, k, 1).reshape([1, 1, 1]);
            space.hyperplane_distance(x.clone(), z.clone(), offset) * norm(z)
        });
        assert_equal(layer.forward(x), Tensor::cat(columns.to_vec(), 2));
    }

    #[test]
    fn without_curvature_it_is_linear() {
        let space = Hyperboloid::new(NEARLY_FLAT);
        let layer = layer(space.clone(), &Device::flex());
        let v = normal::<2>([6, 3], 1.0, 2, DType::F64);
        let z = layer.weight.val();
        let lengths = norm(z.clone().transpose()).transpose();
        let shift = layer.offset.as_ref().unwrap().val().unsqueeze() * lengths;
        let expected = v.clone().matmul(z) - shift;
        assert_nearly_flat(layer.forward(space.exp0(v)), expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::learnable(0.7, (&device, DType::F64));
        let x = space.valid().exp0(normal::<2>([4, 3], 0.8, 3, DType::F64));
        check_gradients(layer(space, &device), x, |layer, x| layer.forward(x));
    }

    #[test]
    fn single_precision_logits_are_those_of_double_precision() {
        let space = Hyperboloid::new(0.7);
        let double = layer(space.clone(), &Device::flex());
        let x = space.exp0(normal::<2>([6, 3], 0.8, 4, DType::F64));
        let mut single = double.clone();
        single.weight = single.weight.map(|weight| weight.cast(DType::F32));
        single.offset = single
            .offset
            .map(|offset| offset.map(|a| a.cast(DType::F32)));
        let logits = single.forward(x.clone().cast(DType::F32)).cast(DType::F64);
        assert_nearly_flat(logits, double.forward(x));
    }
}
