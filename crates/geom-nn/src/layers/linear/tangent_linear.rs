//! The linear layer in coordinates at the origin.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{PoincareBall, Pointed};

use crate::layers::dropout::{Dropout, DropoutConfig};
use crate::layers::slot::SpaceSlot;
use crate::layers::weights;

/// Settings of a [`TangentLinear`].
#[derive(Config, Debug)]
pub struct TangentLinearConfig {
    /// The dimension of the points that come in.
    pub d_input: usize,
    /// The dimension of the points that go out.
    pub d_output: usize,
    /// Whether to translate. Default: true
    #[config(default = true)]
    pub bias: bool,
    /// The probability with which each weight is left out of a training step (DropConnect).
    /// Default: 0
    #[config(default = 0.0)]
    pub dropout: f64,
    /// The gain of the Xavier uniform weights. Default: √2, as in the HGCN reference code
    #[config(default = "std::f64::consts::SQRT_2")]
    pub gain: f64,
}

/// The linear layer at the origin, followed by a translation:
///
/// $$ y = \exp_0(W \log_0(x)) \oplus \exp_0(b), $$
///
/// where $\oplus\exp_0(b)$ moves a point along the geodesic of $b$, carried from the origin
/// ([`Pointed::translate`]). On gyrovector spaces it is the Möbius linear layer
/// $W \otimes x \oplus \exp_0(b)$, alias [`MobiusLinear`]; on vector spaces $Wx + b$.
///
/// # Shapes
/// - `x`: `[..., width(d_input)]`
/// - returns: `[..., width(d_output)]`
///
/// # Numerics
/// $\exp_0$ keeps the result within the number format's reach, however large the weights are.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::TangentLinearConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let layer = TangentLinearConfig::new(3, 2).init(space.clone(), &device);
/// let x = space.exp0(Tensor::<2>::ones([5, 3], &device));
/// let y = layer.forward(x);
/// assert_eq!(y.dims(), [5, 3]);
/// assert!(space.check_point(y).is_ok());
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §3.2; Chami, Ying, Ré, Leskovec
/// (2019), *Hyperbolic Graph Convolutional Neural Networks*, eqs. 6 and 7; Wan et al. (2013),
/// *Regularization of Neural Networks using DropConnect*.
#[derive(Module, Debug)]
pub struct TangentLinear<S: SpaceSlot> {
    /// $W^\top$, `[d_input, d_output]`.
    pub weight: Param<Tensor<2>>,
    /// $b$, `[d_output]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Of the weights.
    pub dropout: Dropout,
    /// The space of `x` and `y`.
    pub space: S,
}

/// The Möbius linear layer of hyperbolic neural networks, $y = W \otimes x \oplus \exp_0(b)$.
pub type MobiusLinear = TangentLinear<PoincareBall>;

impl TangentLinearConfig {
    /// Xavier uniform weights, bias 0.
    ///
    /// # Panics
    /// If a dimension is 0, or the probability of dropout not in `[0, 1)`.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> TangentLinear<S> {
        let options = options.into();
        let shape = [self.d_input, self.d_output];
        TangentLinear {
            weight: weights::xavier_uniform(shape, self.gain, options.clone()),
            bias: self
                .bias
                .then(|| weights::constant([self.d_output], 0.0, options)),
            dropout: DropoutConfig::new(self.dropout).init(),
            space,
        }
    }
}

impl<S: Pointed> TangentLinear<S> {
    /// The layer at points.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }

    /// The layer at $\exp_0(v)$, for vectors that are known without their points.
    ///
    /// # Shapes
    /// - `v`: `[..., d_input]`
    /// - returns: `[..., width(d_output)]`
    pub fn forward_tangent<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.forward_tangent_in(&self.space, v)
    }

    /// What follows the product: $\exp_0(v) \oplus \exp_0(b)$.
    ///
    /// # Shapes
    /// - `product`: `[..., d_output]`
    /// - returns: `[..., width(d_output)]`
    pub fn finish<const D: usize>(&self, product: Tensor<D>) -> Tensor<D> {
        self.finish_in(&self.space, product)
    }
}

impl<S: SpaceSlot> TangentLinear<S> {
    /// The weights of this step, some of them 0 under DropConnect: the matrix for a product that is
    /// taken elsewhere, with sparse features for instance, and handed to [`finish`](Self::finish).
    pub fn sampled_weight(&self) -> Tensor<2> {
        self.dropout.forward(self.weight.val())
    }

    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed, const D: usize>(&self, space: &M, x: Tensor<D>) -> Tensor<D> {
        self.forward_tangent_in(space, space.log0(x))
    }

    /// [`forward_tangent`](Self::forward_tangent) in a space that another module owns.
    pub fn forward_tangent_in<M: Pointed, const D: usize>(
        &self,
        space: &M,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let weight = self.sampled_weight();
        self.finish_in(space, v.matmul(weight.unsqueeze()))
    }

    /// [`finish`](Self::finish) in a space that another module owns.
    pub fn finish_in<M: Pointed, const D: usize>(
        &self,
        space: &M,
        product: Tensor<D>,
    ) -> Tensor<D> {
        let y = space.exp0(product);
        match &self.bias {
            Some(bias) => space.translate(y, bias.val().unsqueeze()),
            None => y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients,
        check_rests, normal, param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::{
        Euclidean, Gyrovector, Hyperboloid, Manifold, SpaceConfig, SpaceName, Stereographic,
    };

    const BIAS: [f64; 2] = [0.2, -0.1];

    fn layer<S: Pointed>(space: S, dtype: DType, device: &Device) -> TangentLinear<S> {
        let mut layer = TangentLinearConfig::new(3, 2).init(space, (device, dtype));
        let bias = Tensor::from_data(BIAS, (&Device::flex(), dtype));
        layer.bias = Some(param(bias, device));
        layer
    }

    #[test]
    fn on_a_vector_space_it_is_the_linear_layer() {
        let layer = layer(Euclidean::new(), DType::F64, &Device::flex());
        let x = normal::<3>([2, 5, 3], 1.0, 1, DType::F64);
        let bias = Tensor::<1>::from_data(BIAS, (&Device::flex(), DType::F64));
        let expected = x.clone().matmul(layer.weight.val().unsqueeze()) + bias.unsqueeze();
        assert_equal(layer.forward(x), expected);
    }

    #[test]
    fn on_the_ball_it_is_the_mobius_linear_layer() {
        let ball = PoincareBall::new(0.7);
        let layer: MobiusLinear = layer(ball.clone(), DType::F64, &Device::flex());
        let x = ball.exp0(normal::<2>([5, 3], 0.5, 2, DType::F64));
        let bias = Tensor::<2>::from_data([BIAS], (&Device::flex(), DType::F64));
        let product = ball.mobius_matvec(layer.weight.val(), x.clone());
        let expected = ball.mobius_add(product, ball.exp0(bias));
        assert_equal(layer.forward(x), expected);
    }

    #[test]
    fn points_go_to_points() {
        fn check<M: Manifold + Pointed>(manifold: M) {
            for dtype in DTYPES {
                let layer = layer(manifold.clone(), dtype, &Device::flex());
                let x = manifold.exp0(normal::<3>([2, 5, 3], 1.0, 3, dtype));
                assert_on(&manifold, layer.forward(x));
            }
        }
        check(PoincareBall::new(2.0));
        check(Hyperboloid::new(0.3));
        check(Stereographic::new(0.5));
    }

    #[test]
    fn without_curvature_it_is_the_linear_layer() {
        let device = Device::flex();
        let v = normal::<2>([6, 3], 1.0, 4, DType::F64);
        let flat = layer(Euclidean::new(), DType::F64, &device);
        let ball = PoincareBall::new(NEARLY_FLAT);
        let mut on_ball = layer(ball, DType::F64, &device);
        on_ball.weight = flat.weight.clone();
        assert_nearly_flat(on_ball.forward(v.clone()), flat.forward(v.clone()));
        let hyperboloid = Hyperboloid::new(NEARLY_FLAT);
        let mut on_hyperboloid = layer(hyperboloid.clone(), DType::F64, &device);
        on_hyperboloid.weight = flat.weight.clone();
        let space = on_hyperboloid
            .forward(hyperboloid.exp0(v.clone()))
            .narrow(1, 1, 2);
        assert_nearly_flat(space, flat.forward(v));
    }

    #[test]
    fn the_space_may_be_chosen_at_run_time() {
        let device = Device::flex();
        let name: SpaceName = "product:poincare=2,hyperboloid=1".parse().unwrap();
        let config = SpaceConfig::new(name)
            .with_curvature(0.7)
            .with_learnable(false);
        let space = config.init(&device);
        let layer = TangentLinearConfig::new(3, 3).init(space.clone(), &device);
        let x = space.exp0(normal::<2>([5, 3], 0.5, 6, DType::F32));
        let y = layer.forward(x);
        assert_eq!(y.dims(), [5, 4]);
        assert_on(&PoincareBall::new(0.7), y.clone().narrow(1, 0, 2));
        assert_on(&Hyperboloid::new(0.7), y.narrow(1, 2, 2));
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let options = (&device, DType::F64);
        let v = normal::<2>([4, 3], 0.5, 5, DType::F64);
        let ball = PoincareBall::learnable(0.7, options);
        let x = ball.valid().exp0(v.clone());
        check_gradients(layer(ball, DType::F64, &device), x, |layer, x| {
            layer.forward(x)
        });
        let hyperboloid = Hyperboloid::learnable(0.7, options);
        let layer = layer(hyperboloid, DType::F64, &device);
        check_gradients(layer, v, |layer, v| layer.forward_tangent(v));
    }

    #[test]
    fn a_frozen_layer_rests() {
        let config = TangentLinearConfig::new(3, 2).with_dropout(0.5);
        let layer = config.init(Hyperboloid::new(0.7), &Device::flex());
        let v = normal::<2>([5, 3], 0.5, 7, DType::F32);
        check_rests(layer, v, |layer, v| layer.forward_tangent(v));
    }

    #[test]
    fn weights_are_left_out_in_training_alone() {
        let device = Device::flex().autodiff();
        let config = TangentLinearConfig::new(30, 20).with_dropout(0.5);
        let layer = config.init(PoincareBall::new(1.0), &device);
        let zeros = |weight: Tensor<2>| {
            let values = geom_core::numerics::to_vec_f64(weight);
            values.iter().filter(|&&w| w == 0.0).count()
        };
        // 300 of 600 are expected, with a standard deviation of 12.
        assert!((200..400).contains(&zeros(layer.sampled_weight())));
        assert_eq!(zeros(layer.valid().sampled_weight()), 0);
    }
}
