//! Activations at the origin, between spaces.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, activation};
use geom_core::Pointed;
use serde::{Deserialize, Serialize};

/// A function of one number, applied to coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// $x$: the layer changes the space, and nothing else.
    Identity,
    /// $\max(x, 0)$.
    #[default]
    Relu,
    /// $x$ for positive, $\alpha x$ for other numbers; $\alpha$ is the field.
    LeakyRelu(f64),
    /// $x$ for positive, $e^x - 1$ for other numbers.
    Elu,
    /// $x\Phi(x)$ with the normal distribution function.
    Gelu,
    /// $x/(1 + e^{-x})$.
    Silu,
    /// $\tanh x$.
    Tanh,
    /// $1/(1 + e^{-x})$.
    Sigmoid,
}

impl Activation {
    /// All that a name alone describes: those without a parameter.
    pub const NAMED: [Self; 7] = [
        Self::Identity,
        Self::Relu,
        Self::Elu,
        Self::Gelu,
        Self::Silu,
        Self::Tanh,
        Self::Sigmoid,
    ];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Relu => "relu",
            Self::LeakyRelu(_) => "leaky-relu",
            Self::Elu => "elu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// The function at every coordinate.
    ///
    /// # Shapes
    /// - `v`, and the result: any
    pub fn forward<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        match *self {
            Self::Identity => v,
            Self::Relu => activation::relu(v),
            Self::LeakyRelu(slope) => activation::leaky_relu(v, slope),
            // Burn's takes the exponential of large numbers too, whose derivative is then 0 times infinity.
            Self::Elu => activation::relu(v.clone()) + v.clamp_max(0.0).exp().sub_scalar(1.0),
            Self::Gelu => activation::gelu(v),
            Self::Silu => activation::silu(v),
            Self::Tanh => activation::tanh(v),
            Self::Sigmoid => activation::sigmoid(v),
        }
    }

    /// [`ManifoldActivation`] between spaces that other layers own.
    ///
    /// # Shapes
    /// - `x`: `[..., input.width(d)]`
    /// - returns: `[..., output.width(d)]`
    pub fn between<S: Pointed, T: Pointed, const D: usize>(
        &self,
        input: &S,
        output: &T,
        x: Tensor<D>,
    ) -> Tensor<D> {
        output.exp0(self.forward(input.log0(x)))
    }
}

/// Settings of a [`ManifoldActivation`].
#[derive(Config, Debug)]
pub struct ManifoldActivationConfig {
    /// The function. Default: [`Activation::Relu`]
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

/// An activation in coordinates at the origin, between two spaces or two curvatures:
///
/// $$ y = \exp_0^{\text{out}}\bigl(\sigma(\log_0^{\text{in}}(x))\bigr). $$
///
/// With [`Activation::Identity`] it only changes the space.
///
/// Its spaces are its own. Between layers with learnable curvatures,
/// [`Activation::between`] borrows theirs.
///
/// # Shapes
/// - `x`: `[..., input.width(d)]`
/// - returns: `[..., output.width(d)]`
///
/// # Numerics
/// The ball's coordinates are half as long as the hyperboloid's for the same distance (see
/// [`Pointed`]): from one to the other, distances from the origin double or halve.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold, PoincareBall};
/// use geom_nn::layers::{Activation, ManifoldActivationConfig};
///
/// let (ball, hyperboloid) = (PoincareBall::new(1.0), Hyperboloid::new(0.5));
/// let config = ManifoldActivationConfig::new().with_activation(Activation::Tanh);
/// let layer = config.init(ball, hyperboloid.clone());
/// let x = Tensor::<2>::from_floats([[0.3, -0.4]], &Device::flex());
/// assert!(hyperboloid.check_point(layer.forward(x)).is_ok());
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), eq. 10; Ganea, Bécigneul, Hofmann (2018), §3.2.
#[derive(Module, Debug)]
pub struct ManifoldActivation<S: Pointed, T: Pointed> {
    /// $\sigma$.
    #[module(skip)]
    pub activation: Activation,
    /// The space of `x`.
    pub input: S,
    /// The space of the result.
    pub output: T,
}

impl ManifoldActivationConfig {
    /// The activation from points of `input` to points of `output`.
    pub fn init<S: Pointed, T: Pointed>(&self, input: S, output: T) -> ManifoldActivation<S, T> {
        ManifoldActivation {
            activation: self.activation,
            input,
            output,
        }
    }
}

impl<S: Pointed, T: Pointed> ManifoldActivation<S, T> {
    /// The activation at points.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.activation.between(&self.input, &self.output, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients, normal,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Hyperboloid, PoincareBall};

    const ALL: [Activation; 8] = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Elu,
        Activation::Gelu,
        Activation::Silu,
        Activation::Tanh,
        Activation::Sigmoid,
    ];

    fn init<S: Pointed, T: Pointed>(
        activation: Activation,
        input: S,
        output: T,
    ) -> ManifoldActivation<S, T> {
        let config = ManifoldActivationConfig::new().with_activation(activation);
        config.init(input, output)
    }

    #[test]
    fn values_and_derivatives_are_finite_for_numbers_of_any_size() {
        for dtype in DTYPES {
            for activation in ALL {
                let sizes = [
                    0.0, 1e-30, 1.0, 100.0, 1e3, 1e18, -1e-30, -1.0, -100.0, -1e3, -1e18,
                ];
                let v = Tensor::<1>::from_data(sizes, (&Device::flex().autodiff(), dtype));
                let v = v.require_grad();
                let y = activation.forward(v.clone());
                let gradient = v.grad(&y.clone().sum().backward()).unwrap();
                for numbers in [to_vec_f64(y.inner()), to_vec_f64(gradient)] {
                    let finite = numbers.iter().all(|x| x.is_finite());
                    assert!(finite, "{activation:?} {dtype:?}: {numbers:?}");
                }
            }
        }
    }

    #[test]
    fn points_of_one_curvature_go_to_points_of_another() {
        let (ball, hyperboloid) = (PoincareBall::new(2.0), Hyperboloid::new(0.5));
        for dtype in DTYPES {
            let x = ball.exp0(normal::<2>([6, 4], 1.0, 1, dtype));
            for activation in ALL {
                let there = init(activation, ball.clone(), hyperboloid.clone());
                let y = there.forward(x.clone());
                assert_on(&hyperboloid, y.clone());
                let back = init(activation, hyperboloid.clone(), ball.clone());
                assert_on(&ball, back.forward(y));
            }
        }
    }

    #[test]
    fn relu_keeps_what_points_forward_and_drops_the_rest() {
        // On the ball it is the ReLU of the direction: log0 and exp0 scale rows.
        let ball = PoincareBall::new(1.0);
        let x = Tensor::<2>::from_floats([[0.6, 0.0], [0.0, -0.6]], &Device::flex());
        let y = to_vec_f64(init(Activation::Relu, ball.clone(), ball).forward(x));
        assert!((y[0] - 0.6).abs() < 1e-6);
        assert_eq!(y[1..], [0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_identity_there_and_back_is_the_identity() {
        let (input, output) = (PoincareBall::new(0.7), PoincareBall::new(1.3));
        let x = input.exp0(normal::<2>([6, 4], 0.5, 2, DType::F64));
        let there = init(Activation::Identity, input.clone(), output.clone());
        let back = init(Activation::Identity, output, input);
        assert_equal(back.forward(there.forward(x.clone())), x);
    }

    #[test]
    fn without_curvature_it_is_the_activation() {
        let flat = || PoincareBall::new(NEARLY_FLAT);
        let x = normal::<2>([6, 4], 1.0, 3, DType::F64);
        for activation in ALL {
            let layer = init(activation, flat(), flat());
            let expected = activation.forward(x.clone());
            assert_nearly_flat(layer.forward(x.clone()), expected);
        }
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let options = (&device, DType::F64);
        for activation in ALL {
            let input = PoincareBall::learnable(0.7, options);
            let output = Hyperboloid::learnable(1.5, options);
            let x = input.valid().exp0(normal::<2>([4, 3], 0.5, 4, DType::F64));
            let layer = init(activation, input, output);
            check_gradients(layer, x, |layer, x| layer.forward(x));
        }
    }

    #[test]
    fn names_in_configuration_files_are_those_of_the_functions() {
        let config = ManifoldActivationConfig::new().with_activation(Activation::LeakyRelu(0.2));
        let text = config.to_string();
        assert!(text.contains("leaky-relu"), "{text}");
        let read = ManifoldActivationConfig::load_binary(text.as_bytes()).unwrap();
        assert_eq!(read.activation, config.activation);
    }
}
