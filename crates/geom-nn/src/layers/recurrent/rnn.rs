//! The recurrent network of curved spaces.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use super::gate::{Gate, start_sequence, step_at};
use crate::layers::activation::Activation;
use crate::layers::slot::SpaceSlot;

/// Settings of a [`ManifoldRnn`].
#[derive(Config, Debug)]
pub struct ManifoldRnnConfig {
    /// The dimension of inputs.
    pub d_input: usize,
    /// The dimension of states.
    pub d_hidden: usize,
    /// Whether a bias moves every state.
    #[config(default = true)]
    pub bias: bool,
    /// The function $\varphi$, at the origin: $\varphi^\otimes(x) = \exp_0(\varphi(\log_0(x)))$. With
    /// [`Activation::Identity`], which Ganea, Bécigneul and Hofmann mostly use, the network is not
    /// linear in a curved space even so. Default: [`Activation::Tanh`]
    #[config(default = "Activation::Tanh")]
    pub activation: Activation,
}

impl ManifoldRnnConfig {
    /// Draws the weights. The space is that of inputs and of states.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> ManifoldRnn<S> {
        ManifoldRnn {
            space,
            gate: Gate::new(self.d_input, self.d_hidden, self.bias, &options.into()),
            activation: self.activation,
        }
    }
}

/// A recurrent network whose inputs and states are points:
///
/// $$ h_t = \varphi^\otimes\bigl(W \otimes h_{t-1} \oplus U \otimes x_t \oplus \exp_0(b)\bigr),
///    \qquad M \otimes x = \exp_0(M\log_0(x)). $$
///
/// Sums are taken from the left, and $x \oplus \exp_0(v)$ is [`Pointed::translate`]: Möbius
/// addition on the ball, transport and exponential map on the hyperboloid. In Euclidean space, and in
/// any for $c \to 0$, it is the network of Elman, $h_t = \varphi(Wh_{t-1} + Ux_t + b)$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::ManifoldRnnConfig;
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let rnn = ManifoldRnnConfig::new(2, 5).init(ball.clone(), &device);
/// let words = ball.project(Tensor::<3>::ones([4, 7, 2], &device).mul_scalar(0.1));
/// let states = rnn.forward(words.clone(), None);
/// assert_eq!(states.dims(), [4, 7, 5]);
/// assert!(ball.check_point(states.clone()).is_ok());
///
/// // Goes on where another sequence ended.
/// let last = states.narrow(1, 6, 1).squeeze_dim(1);
/// assert_eq!(rnn.forward(words, Some(last)).dims(), [4, 7, 5]);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §3.3.
#[derive(Module, Debug)]
pub struct ManifoldRnn<S: SpaceSlot> {
    /// The space of inputs and states.
    pub space: S,
    gate: Gate,
    #[module(skip)]
    activation: Activation,
}

impl<S: Pointed> ManifoldRnn<S> {
    /// The states after every step, of which the last one continues the sequence.
    ///
    /// # Shapes
    /// - `input`: `[batch, sequence, width(d_input)]`, points; at least one step
    /// - `state`: `[batch, width(d_hidden)]`, the state before the first step; the origin if
    ///   `None`
    /// - returns: `[batch, sequence, width(d_hidden)]`, points
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn forward(&self, input: Tensor<3>, state: Option<Tensor<2>>) -> Tensor<3> {
        self.forward_in(&self.space, input, state)
    }
}

impl<S: SpaceSlot> ManifoldRnn<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed>(
        &self,
        space: &M,
        input: Tensor<3>,
        state: Option<Tensor<2>>,
    ) -> Tensor<3> {
        let [d_input, d_hidden] = self.gate.input.shape().dims();
        let (input, state) = start_sequence(space, [d_input, d_hidden], input, state);
        let read = self.gate.read(input);
        let mut hidden = space.log0(state);
        let mut states = Vec::with_capacity(read.dims()[1]);
        for t in 0..read.dims()[1] {
            let sum = self.gate.forward(space, hidden, step_at(&read, t));
            hidden = self.activation.forward(sum);
            states.push(hidden.clone());
        }
        space.exp0(Tensor::stack(states, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        assert_close, check_edges, check_gradients, check_record, varied, wave,
    };
    use burn::tensor::Device;
    use geom_core::{
        Hyperboloid, Manifold, ManifoldKind, PoincareBall, SpaceConfig, SpaceName, Stereographic,
    };

    /// Rounding of a few hundred operations on numbers of order one.
    const ROUNDING: f64 = 1e-11;
    /// The deviation from flat space, for vectors of order one and a curvature of 1e-6.
    const CURVATURE: f64 = 1e-4;

    fn rnn<S: Pointed>(space: S) -> ManifoldRnn<S> {
        varied(ManifoldRnnConfig::new(3, 4).init(space, &Device::flex()))
    }

    fn last(states: Tensor<3>) -> Tensor<2> {
        step_at(&states, states.dims()[1] - 1)
    }

    #[test]
    fn states_are_points() {
        let input = wave([2, 5, 3], 0.0);
        let ball = PoincareBall::new(0.7);
        let states = rnn(ball.clone()).forward(ball.exp0(input.clone()), None);
        assert!(ball.check_point(states).is_ok());
        let hyperboloid = Hyperboloid::new(0.7);
        let states = rnn(hyperboloid.clone()).forward(hyperboloid.exp0(input), None);
        assert_eq!(states.dims(), [2, 5, 5]);
        assert!(hyperboloid.check_point(states).is_ok());
    }

    #[test]
    fn on_the_ball_it_is_the_formula_in_mobius_operations() {
        use geom_core::Gyrovector;
        let ball = PoincareBall::new(0.7);
        let rnn = rnn(ball.clone());
        let (x, h) = (ball.exp0(wave([2, 3], 0.0)), ball.exp0(wave([2, 4], 0.5)));
        let bias = rnn
            .gate
            .bias
            .as_ref()
            .expect("by default")
            .val()
            .unsqueeze();
        let sum = ball.mobius_add(
            ball.mobius_matvec(rnn.gate.hidden.val(), h.clone()),
            ball.mobius_matvec(rnn.gate.input.val(), x.clone()),
        );
        let sum = ball.mobius_add(sum, ball.exp0(bias));
        let expected = ball.exp0(ball.log0(sum).tanh());
        let step = rnn.forward(x.unsqueeze_dim(1), Some(h));
        assert_close(last(step), expected, ROUNDING);
    }

    #[test]
    fn a_sequence_is_its_steps_one_after_the_other() {
        fn check<S: Pointed>(space: S) {
            let rnn = rnn(space.clone());
            let input = space.exp0(wave([2, 5, 3], 0.0));
            let whole = rnn.forward(input.clone(), None);
            let mut state = None;
            for t in 0..5 {
                let step = last(rnn.forward(input.clone().narrow(1, t, 1), state));
                assert_close(step.clone(), step_at(&whole, t), ROUNDING);
                state = Some(step);
            }
        }
        check(PoincareBall::new(0.7));
        check(Hyperboloid::new(0.7));
        check(Stereographic::new(0.3));
        let product = SpaceName::Product(vec![
            (ManifoldKind::PoincareBall, 1),
            (ManifoldKind::Hyperboloid, 2),
        ]);
        // A product has one dimension, so states are of that of inputs.
        let space = SpaceConfig::new(product).with_curvature(0.7);
        let space = space.init(&Device::flex());
        let rnn = varied(ManifoldRnnConfig::new(3, 3).init(space.clone(), &Device::flex()));
        let input = space.exp0(wave([2, 2, 3], 0.0));
        let first = last(rnn.forward(input.clone().narrow(1, 0, 1), None));
        let second = last(rnn.forward(input.clone().narrow(1, 1, 1), Some(first)));
        assert_close(last(rnn.forward(input, None)), second, ROUNDING);
    }

    #[test]
    fn without_curvature_it_is_the_network_of_elman() {
        fn check<S: Pointed>(space: S) {
            type ByHand = fn(Tensor<2>) -> Tensor<2>;
            let activations: [(Activation, ByHand); 3] = [
                (Activation::Identity, |sum| sum),
                (Activation::Tanh, Tensor::tanh),
                (Activation::Relu, |sum| {
                    let negative = sum.clone().lower_elem(0.0);
                    sum.mask_fill(negative, 0.0)
                }),
            ];
            for (activation, by_hand) in activations {
                let config = ManifoldRnnConfig::new(3, 4).with_activation(activation);
                let rnn = varied(config.init(space.clone(), &Device::flex()));
                let (input, state) = (wave([2, 3, 3], 0.0), wave([2, 4], 0.5));
                let mut hidden = state.clone();
                for t in 0..3 {
                    let bias = rnn.gate.bias.as_ref().expect("by default").val();
                    let sum = hidden.matmul(rnn.gate.hidden.val())
                        + step_at(&input, t).matmul(rnn.gate.input.val())
                        + bias.unsqueeze();
                    hidden = by_hand(sum);
                }
                let states = rnn.forward(space.exp0(input), Some(space.exp0(state)));
                assert_close(space.log0(last(states)), hidden, CURVATURE);
            }
        }
        check(PoincareBall::new(1e-6));
        check(Hyperboloid::new(1e-6));
        check(Stereographic::new(1e-6));
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        fn check<S: Pointed>(space: S) {
            check_gradients(rnn(space).train(), wave([2, 3, 3], 0.0), |rnn, v| {
                rnn.forward(rnn.space.exp0(v), None)
            });
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        fn check<S: Pointed + Manifold>(space: S) {
            let rnn = ManifoldRnnConfig::new(3, 4).init(space, &Device::flex());
            check_edges(&rnn, [2, 3, 3], |rnn, v| {
                let states = rnn.forward(rnn.space.exp0(v), None);
                assert!(rnn.space.check_point(states.clone()).is_ok());
                states
            });
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    fn records_bring_it_back() {
        let device = Device::flex();
        let config = ManifoldRnnConfig::new(3, 4);
        let init = || config.init(Hyperboloid::learnable(0.7, &device), &device);
        check_record(init, |rnn| {
            rnn.forward(rnn.space.exp0(wave([2, 3, 3], 0.0)), None)
        });
    }

    #[test]
    #[should_panic(expected = "takes points [batch, sequence, 4]")]
    fn vectors_in_the_place_of_points_are_refused() {
        rnn(Hyperboloid::new(1.0)).forward(wave([2, 5, 3], 0.0), None);
    }
}
