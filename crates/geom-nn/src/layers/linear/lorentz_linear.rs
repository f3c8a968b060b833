//! The fully hyperbolic linear layer.

use std::f64::consts::LN_2;

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Distribution, Tensor, TensorCreationOptions};
use geom_core::numerics::{norm, squared_norm};
use geom_core::{Hyperboloid, Limits, Manifold};

use crate::layers::dropout::{Dropout, DropoutConfig};
use crate::layers::slot::SlotFor;
use crate::layers::weights;
use crate::random;

/// The least time component of an output, in units of the origin's. Above 1, so that the root of
/// $t^2 - 1$ has a slope; the value is that of Chen et al.
const LEAST_TIME: f64 = 1.1;

/// Settings of a [`LorentzLinear`].
#[derive(Config, Debug)]
pub struct LorentzLinearConfig {
    /// The dimension of the points that come in.
    pub d_input: usize,
    /// The dimension of the points that go out.
    pub d_output: usize,
    /// Whether to add a bias to the product. Default: true
    #[config(default = true)]
    pub bias: bool,
    /// The factor $\lambda$ that the sigmoid of the time component starts with; it trains. Default: 10
    #[config(default = 10.0)]
    pub scale: f64,
    /// The probability with which each ambient coordinate of the input is dropped in training.
    /// Default: 0
    #[config(default = 0.0)]
    pub dropout: f64,
}

/// The fully hyperbolic linear layer: a linear map of ambient coordinates, brought back to the
/// hyperboloid. In units of $1/\sqrt c$,
///
/// $$ \begin{pmatrix} u_0 \\\\ u_s \end{pmatrix} = W\sqrt c\\,x + b, \qquad
///    t = \lambda\\,\sigma(u_0) + 1.1, \qquad
///    \sqrt c\\,y = \Bigl(t,\ \sqrt{t^2 - 1}\\,\frac{u_s}{\lVert u_s\rVert}\Bigr), $$
///
/// where $\lambda$ is positive and trains. So the distance of $y$ from the origin is a function of
/// $u_0$ alone, between $\operatorname{arcosh}(1.1)/\sqrt c$ and
/// $\operatorname{arcosh}(\lambda + 1.1)/\sqrt c$, and its direction one of $u_s$.
///
/// # Shapes
/// - `x`: `[..., d_input + 1]`
/// - returns: `[..., d_output + 1]`
///
/// # Domain
/// Every curvature: the time component of a point exceeds $1/\sqrt c$, and the layer scales with it,
/// $f_c(x) = f_1(\sqrt c\\,x)/\sqrt c$. The reference code has $c = 1$, and its constants leave the
/// hyperboloid for others. There is no Euclidean layer in the limit $c \to 0$: all outputs are at
/// least $0.44/\sqrt c$ away from the origin.
///
/// # Numerics
/// Where $u_s = 0$ there is no direction; the output is the origin, and its gradient 0. $\lambda$ is
/// limited so that outputs stay within [`Limits::max_radius`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::LorentzLinearConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(0.5);
/// let layer = LorentzLinearConfig::new(3, 2).init(space.clone(), &device);
/// let y = layer.forward_space(Tensor::<2>::ones([5, 3], &device));
/// assert_eq!(y.dims(), [5, 3]);
/// assert!(space.check_point(y).is_ok());
/// ```
///
/// # References
/// Chen et al. (2022), *Fully Hyperbolic Neural Networks*, eq. 3 and §3.
#[derive(Module, Debug)]
pub struct LorentzLinear<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// $W^\top$, `[d_input + 1, d_output + 1]`, time components first.
    pub weight: Param<Tensor<2>>,
    /// $b$, `[d_output + 1]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// $\log\lambda$, `[1]`.
    pub log_scale: Param<Tensor<1>>,
    /// Of the input's coordinates.
    pub dropout: Dropout,
    /// The space of `x` and `y`.
    pub space: S,
}

impl LorentzLinearConfig {
    /// Weights uniform within $1/\sqrt{d_{\text{out}} + 1}$, those of the input's time component 0, as
    /// in the reference code; bias 0.
    ///
    /// # Panics
    /// If a dimension is 0, the scale not positive, or the probability of dropout not in `[0, 1)`.
    pub fn init<S: SlotFor<Hyperboloid>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> LorentzLinear<S> {
        assert!(
            self.d_input > 0 && self.d_output > 0,
            "weights need dimensions of at least 1, got {} and {}",
            self.d_input,
            self.d_output
        );
        assert!(
            self.scale > 0.0 && self.scale.is_finite(),
            "the scale of time components is positive and finite, got {}",
            self.scale
        );
        let options = options.into();
        let width = self.d_output + 1;
        let bound = (width as f64).sqrt().recip();
        let from_space = random::tensor(
            [self.d_input, width],
            Distribution::Uniform(-bound, bound),
            options.clone(),
        );
        let from_time = Tensor::zeros([1, width], options.clone());
        LorentzLinear {
            weight: Param::from_tensor(Tensor::cat(vec![from_time, from_space], 0)),
            bias: self
                .bias
                .then(|| weights::constant([width], 0.0, options.clone())),
            log_scale: weights::constant([1], self.scale.ln(), options),
            dropout: DropoutConfig::new(self.dropout).init(),
            space,
        }
    }
}

impl LorentzLinear {
    /// The layer at points, whose time component is read.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }

    /// What follows the product $W\sqrt c\\,x$, which may have been taken elsewhere, with sparse
    /// features for instance.
    ///
    /// # Shapes
    /// - `product`: `[..., d_output + 1]`
    /// - returns: `[..., d_output + 1]`
    pub fn finish<const D: usize>(&self, product: Tensor<D>) -> Tensor<D> {
        self.finish_in(&self.space, product)
    }

    /// The layer at the points over `space`, their coordinates without the time component
    /// $\sqrt{1/c + \lVert x_s\rVert^2}$.
    ///
    /// # Shapes
    /// - `space`: `[..., d_input]`
    /// - returns: `[..., d_output + 1]`
    pub fn forward_space<const D: usize>(&self, space: Tensor<D>) -> Tensor<D> {
        let mut shape = space.dims();
        shape[D - 1] = 1;
        let time = Tensor::zeros(shape, (&space.device(), space.dtype()));
        let x = Tensor::cat(vec![time, space], D - 1);
        self.forward(self.space.project(x))
    }
}

impl<S: SlotFor<Hyperboloid>> LorentzLinear<S> {
    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in<const D: usize>(&self, space: &Hyperboloid, x: Tensor<D>) -> Tensor<D> {
        let root = space.curvature().coefficient(&x).sqrt();
        let x = self.dropout.forward(root.scale(x));
        self.finish_in(space, x.matmul(self.weight.val().unsqueeze()))
    }

    /// [`finish`](Self::finish) on a hyperboloid that another module owns.
    pub fn finish_in<const D: usize>(&self, space: &Hyperboloid, product: Tensor<D>) -> Tensor<D> {
        let root = space.curvature().coefficient(&product).sqrt();
        let product = match &self.bias {
            Some(bias) => product + bias.val().unsqueeze(),
            None => product,
        };
        root.divide(self.unit_point(product))
    }

    /// The point of curvature −1 that a product stands for.
    fn unit_point<const D: usize>(&self, product: Tensor<D>) -> Tensor<D> {
        let width = product.dims()[D - 1];
        // Half of e^r is cosh(r), as far as the number format can tell.
        let highest = Limits::of(product.dtype()).max_radius - LN_2;
        let scale = self.log_scale.val().clamp_max(highest).exp().unsqueeze();
        let time = sigmoid(product.clone().narrow(D - 1, 0, 1)) * scale;
        let time = time.add_scalar(LEAST_TIME);
        let space = product.narrow(D - 1, 1, width - 1);
        let length = norm(space.clone());
        let nowhere = length.clone().equal_elem(0.0);
        let radius = (time.clone().square().sub_scalar(1.0)).sqrt();
        let space = space * (radius / length.mask_fill(nowhere, 1.0));
        // The time component of the space part, which is the origin's where there is no direction.
        let time = squared_norm(space.clone()).add_scalar(1.0).sqrt();
        Tensor::cat(vec![time, space], D - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, assert_equal, assert_on, check_gradients, check_rests, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    const CURVATURES: [f64; 4] = [1e-6, 0.3, 1.0, 20.0];

    fn layer(space: Hyperboloid, dtype: DType, device: &Device) -> LorentzLinear {
        let mut layer = LorentzLinearConfig::new(3, 2).init(space, (device, dtype));
        // A bias and time weights that do something.
        layer.bias = Some(param(normal([3], 0.3, 8, dtype), device));
        layer.weight = param(normal([4, 3], 0.5, 9, dtype), device);
        layer
    }

    #[test]
    fn a_frozen_layer_rests() {
        let space = Hyperboloid::new(0.7);
        let config = LorentzLinearConfig::new(3, 2).with_dropout(0.5);
        let layer = config.init(space.clone(), &Device::flex());
        let x = space.exp0(normal::<2>([5, 3], 0.5, 7, DType::F32));
        check_rests(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn points_go_to_points_at_every_curvature() {
        for dtype in DTYPES {
            for c in CURVATURES {
                let space = Hyperboloid::new(c);
                let layer = layer(space.clone(), dtype, &Device::flex());
                let x = space.exp0(normal::<3>([2, 5, 3], c.sqrt().recip(), 1, dtype));
                assert_on(&space, layer.forward(x));
            }
        }
    }

    #[test]
    fn outputs_are_those_of_the_definition() {
        let c: f64 = 0.3;
        let space = Hyperboloid::new(c);
        let layer = layer(space.clone(), DType::F64, &Device::flex());
        let x = space.exp0(normal::<2>([1, 3], 1.0, 2, DType::F64));
        let (weight, bias) = (
            to_vec_f64(layer.weight.val()),
            to_vec_f64(layer.bias.as_ref().unwrap().val()),
        );
        let coordinates = to_vec_f64(x.clone());
        let u: Vec<f64> = (0..3)
            .map(|column| {
                let product: f64 = (0..4)
                    .map(|row| c.sqrt() * coordinates[row] * weight[3 * row + column])
                    .sum();
                product + bias[column]
            })
            .collect();
        let time = 10.0 / (1.0 + (-u[0]).exp()) + 1.1;
        let factor = (time * time - 1.0).sqrt() / u[1].hypot(u[2]);
        let expected = [time, factor * u[1], factor * u[2]].map(|y| y / c.sqrt());
        let expected = Tensor::<2>::from_data([expected], (&Device::flex(), DType::F64));
        assert_equal(layer.forward(x), expected);
    }

    #[test]
    fn it_scales_with_the_curvature() {
        let unit = layer(Hyperboloid::new(1.0), DType::F64, &Device::flex());
        let scaled = layer(Hyperboloid::new(4.0), DType::F64, &Device::flex());
        let space = normal::<2>([5, 3], 1.0, 3, DType::F64);
        let y = scaled.forward_space(space.clone().mul_scalar(0.5));
        assert_equal(y.mul_scalar(2.0), unit.forward_space(space));
    }

    #[test]
    fn space_coordinates_name_their_points() {
        let hyperboloid = Hyperboloid::new(0.3);
        let layer = layer(hyperboloid.clone(), DType::F64, &Device::flex());
        let x = hyperboloid.exp0(normal::<2>([5, 3], 1.0, 4, DType::F64));
        let space = x.clone().narrow(1, 1, 3);
        assert_equal(layer.forward_space(space), layer.forward(x));
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::learnable(0.7, (&device, DType::F64));
        let x = space.valid().exp0(normal::<2>([4, 3], 1.0, 5, DType::F64));
        let layer = layer(space, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }

    #[test]
    fn a_scale_beyond_the_number_format_gives_points_and_finite_gradients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::new(0.3);
        for dtype in DTYPES {
            let mut layer = layer(space.clone(), dtype, &device);
            let log_scale = Tensor::<1>::full([1], 1e3, (&Device::flex(), dtype));
            layer.log_scale = param(log_scale, &device);
            let x = Tensor::from_inner(normal::<2>([4, 3], 1.0, 6, dtype)).require_grad();
            let y = layer.forward_space(x.clone());
            let gradients = y.clone().sum().backward();
            assert_on(&space, y);
            let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }

    #[test]
    fn a_product_without_direction_gives_the_origin_and_finite_gradients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::new(1.0);
        let layer = LorentzLinearConfig::new(3, 2).init(space, &device);
        // The weights of the time component start at 0, and so does the bias.
        let x = Tensor::<2>::zeros([2, 3], &device).require_grad();
        let y = layer.forward_space(x.clone());
        let gradients = y.clone().sum().backward();
        assert_eq!(to_vec_f64(y), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
        assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
    }
}
