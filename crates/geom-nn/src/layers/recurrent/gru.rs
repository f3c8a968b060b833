//! The gated recurrent unit of curved spaces.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use super::gate::{Gate, start_sequence, step_at};
use crate::layers::activation::Activation;
use crate::layers::slot::SpaceSlot;

/// Settings of a [`ManifoldGru`].
#[derive(Config, Debug)]
pub struct ManifoldGruConfig {
    /// The dimension of inputs.
    pub d_input: usize,
    /// The dimension of states.
    pub d_hidden: usize,
    /// Whether the gates have biases.
    #[config(default = true)]
    pub bias: bool,
    /// The function $\varphi$ of the candidate state, at the origin. Default: [`Activation::Tanh`]
    #[config(default = "Activation::Tanh")]
    pub activation: Activation,
}

impl ManifoldGruConfig {
    /// Draws the weights. The space is that of inputs and of states.
    ///
    /// # Panics
    /// If a dimension is 0.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> ManifoldGru<S> {
        let options = options.into();
        let gate = || Gate::new(self.d_input, self.d_hidden, self.bias, &options);
        ManifoldGru {
            space,
            reset: gate(),
            update: gate(),
            candidate: gate(),
            activation: self.activation,
        }
    }
}

/// A gated recurrent unit whose inputs and states are points:
///
/// $$ \begin{aligned}
///    r_t &= \sigma\log_0\bigl(W^r \otimes h_{t-1} \oplus U^r \otimes x_t \oplus \exp_0(b^r)\bigr) \\\\
///    z_t &= \sigma\log_0\bigl(W^z \otimes h_{t-1} \oplus U^z \otimes x_t \oplus \exp_0(b^z)\bigr) \\\\
///    \tilde h_t &= \varphi^\otimes\bigl((W\operatorname{diag}(r_t)) \otimes h_{t-1}
///       \oplus U \otimes x_t \oplus \exp_0(b)\bigr) \\\\
///    h_t &= h_{t-1} \oplus \operatorname{diag}(z_t) \otimes (-h_{t-1} \oplus \tilde h_t)
///    \end{aligned} $$
///
/// Where $z_t$ is constant over the coordinates, $h_t$ lies on the geodesic from $h_{t-1}$ to
/// $\tilde h_t$. The formula for $h_t$ comes from the requirement that stretching time must not
/// change the form of the network. $-h$ is $\exp_0(-\log_0(h))$, and $x \oplus \exp_0(v)$ is
/// [`Pointed::translate`], so that on the hyperboloid the unit is that of the ball carried over.
///
/// In Euclidean space, and in any for $c \to 0$, it is the unit of Chung et al. (2014),
/// $h_t = (1 - z_t)h_{t-1} + z_t\tilde h_t$. Burn's `Gru` has $z_t$ and $1 - z_t$ interchanged.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::ManifoldGruConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::learnable(1.0, &device);
/// let gru = ManifoldGruConfig::new(2, 5).init(space.clone(), &device);
/// let words = space.exp0(Tensor::<3>::ones([4, 7, 2], &device));
/// let states = gru.forward(words, None);
/// assert_eq!(states.dims(), [4, 7, 6]);
/// assert!(space.check_point(states).is_ok());
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Neural Networks*, §3.3; Tallec, Ollivier (2018),
/// *Can Recurrent Neural Networks Warp Time?*, for the requirement; Chung, Gulcehre, Cho, Bengio (2014),
/// *Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling*.
#[derive(Module, Debug)]
pub struct ManifoldGru<S: SpaceSlot> {
    /// The space of inputs and states.
    pub space: S,
    reset: Gate,
    update: Gate,
    candidate: Gate,
    #[module(skip)]
    activation: Activation,
}

impl<S: Pointed> ManifoldGru<S> {
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

impl<S: SpaceSlot> ManifoldGru<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed>(
        &self,
        space: &M,
        input: Tensor<3>,
        state: Option<Tensor<2>>,
    ) -> Tensor<3> {
        let [d_input, d_hidden] = self.candidate.input.shape().dims();
        let (input, mut state) = start_sequence(space, [d_input, d_hidden], input, state);
        let gates = [&self.reset, &self.update, &self.candidate];
        let read = gates.map(|gate| gate.read(input.clone()));
        let mut states = Vec::with_capacity(input.dims()[1]);
        for t in 0..input.dims()[1] {
            state = self.step(space, state, read.each_ref().map(|read| step_at(read, t)));
            states.push(state.clone());
        }
        Tensor::stack(states, 1)
    }

    fn step<M: Pointed>(
        &self,
        space: &M,
        state: Tensor<2>,
        [reset, update, candidate]: [Tensor<2>; 3],
    ) -> Tensor<2> {
        let hidden = space.log0(state.clone());
        let r = sigmoid(self.reset.forward(space, hidden.clone(), reset));
        let z = sigmoid(self.update.forward(space, hidden.clone(), update));
        let kept = hidden.clone() * r;
        let candidate = self.candidate.forward(space, kept, candidate);
        let candidate = self.activation.forward(candidate);
        let way = space.log0(space.translate(space.exp0(hidden.neg()), candidate));
        space.translate(state, way * z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        assert_close, check_edges, check_gradients, check_record, varied, wave,
    };
    use burn::module::Param;
    use burn::tensor::{DType, Device};
    use geom_core::{Hyperboloid, Manifold, PoincareBall, Stereographic};

    /// Rounding of a few hundred operations on numbers of order one.
    const ROUNDING: f64 = 1e-11;
    /// The deviation from flat space, for vectors of order one and a curvature of 1e-6.
    const CURVATURE: f64 = 1e-4;

    fn gru<S: Pointed>(space: S) -> ManifoldGru<S> {
        varied(ManifoldGruConfig::new(3, 4).init(space, &Device::flex()))
    }

    fn last(states: Tensor<3>) -> Tensor<2> {
        step_at(&states, states.dims()[1] - 1)
    }

    #[test]
    fn states_are_points_of_the_space() {
        let input = wave([2, 5, 3], 0.0);
        let ball = PoincareBall::new(0.7);
        let states = gru(ball.clone()).forward(ball.exp0(input.clone()), None);
        assert!(ball.check_point(states).is_ok());
        let hyperboloid = Hyperboloid::new(0.7);
        let states = gru(hyperboloid.clone()).forward(hyperboloid.exp0(input), None);
        assert!(hyperboloid.check_point(states).is_ok());
    }

    #[test]
    fn a_sequence_is_its_steps_one_after_the_other() {
        fn check<S: Pointed>(space: S) {
            let gru = gru(space.clone());
            let input = space.exp0(wave([2, 5, 3], 0.0));
            let whole = gru.forward(input.clone(), None);
            let mut state = None;
            for t in 0..5 {
                let step = last(gru.forward(input.clone().narrow(1, t, 1), state));
                assert_close(step.clone(), step_at(&whole, t), ROUNDING);
                state = Some(step);
            }
        }
        check(PoincareBall::new(0.7));
        check(Hyperboloid::new(0.7));
        check(Stereographic::new(0.3));
    }

    /// The unit with an update gate that does not look at anything: $z$ is the sigmoid of `bias`.
    fn with_update<S: Pointed>(mut gru: ManifoldGru<S>, bias: f64) -> ManifoldGru<S> {
        let Gate { hidden, input, .. } = gru.update;
        gru.update = Gate {
            hidden: hidden.map(|w| w.zeros_like()),
            input: input.map(|w| w.zeros_like()),
            bias: Some(Param::from_tensor(Tensor::from_data(
                [bias; 4],
                (&Device::flex(), DType::F64),
            ))),
        };
        gru
    }

    #[test]
    fn constant_update_gates_go_their_part_of_one_geodesic() {
        fn check<S: Pointed>(space: S) {
            let input = space.exp0(wave([2, 1, 3], 0.0));
            let state = space.exp0(wave([2, 4], 0.5));
            // σ(0) = 1/2, σ(-ln 3) = 1/4; larger ones would lie beyond the space's reach.
            let gru = gru(space.clone());
            let after = |bias| {
                let gru = with_update(gru.clone(), bias);
                last(gru.forward(input.clone(), Some(state.clone())))
            };
            let (half, quarter) = (after(0.0), after(-(3f64.ln())));
            let way = space.log(state.clone(), half);
            let expected = space.exp(state.clone(), way.mul_scalar(0.5));
            assert_close(quarter, expected, ROUNDING);
        }
        check(PoincareBall::new(0.7));
        check(Hyperboloid::new(0.7));
        check(Stereographic::new(0.3));
    }

    /// Coordinates of the ball are half the length of the hyperboloid's. A bias, a gate that looks at
    /// them and a function other than a linear one would notice.
    #[test]
    fn ball_and_hyperboloid_run_the_same_unit() {
        fn run<S: Pointed>(gru: ManifoldGru<S>, unit: f64) -> Tensor<3> {
            let input = gru.space.exp0(wave([2, 4, 3], 0.0).mul_scalar(unit));
            let states = gru.space.log0(gru.forward(input, None));
            states.mul_scalar(1.0 / unit)
        }
        let mut first = with_update(gru(Hyperboloid::new(0.7)), 0.0);
        first.reset = first.update.clone();
        first.reset.bias = None;
        first.update.bias = None;
        first.candidate.bias = None;
        first.activation = Activation::Identity;
        let second = ManifoldGru {
            space: PoincareBall::new(0.7),
            reset: first.reset.clone(),
            update: first.update.clone(),
            candidate: first.candidate.clone(),
            activation: first.activation,
        };
        assert_close(run(first, 1.0), run(second, 0.5), ROUNDING);
    }

    #[test]
    fn without_curvature_it_is_the_gated_recurrent_unit_of_vectors() {
        fn check<S: Pointed>(space: S) {
            let gru = gru(space.clone());
            let (input, state) = (wave([2, 3, 3], 0.0), wave([2, 4], 0.5));
            let mut h = state.clone();
            for t in 0..3 {
                let sum = |gate: &Gate, h: Tensor<2>| {
                    let bias = gate.bias.as_ref().expect("by default").val();
                    h.matmul(gate.hidden.val())
                        + step_at(&input, t).matmul(gate.input.val())
                        + bias.unsqueeze()
                };
                let r = sigmoid(sum(&gru.reset, h.clone()));
                let z = sigmoid(sum(&gru.update, h.clone()));
                let candidate = sum(&gru.candidate, r * h.clone()).tanh();
                h = z.clone() * candidate + (z.neg().add_scalar(1.0)) * h;
            }
            let states = gru.forward(space.exp0(input), Some(space.exp0(state)));
            assert_close(space.log0(last(states)), h, CURVATURE);
        }
        check(PoincareBall::new(1e-6));
        check(Hyperboloid::new(1e-6));
        check(Stereographic::new(-1e-6));
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        fn check<S: Pointed>(space: S) {
            check_gradients(gru(space).train(), wave([2, 3, 3], 0.0), |gru, v| {
                gru.forward(gru.space.exp0(v), None)
            });
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        fn check<S: Pointed + Manifold>(space: S) {
            let gru = ManifoldGruConfig::new(3, 4).init(space, &Device::flex());
            check_edges(&gru, [2, 3, 3], |gru, v| {
                let states = gru.forward(gru.space.exp0(v), None);
                assert!(gru.space.check_point(states.clone()).is_ok());
                states
            });
        }
        check(PoincareBall::learnable(0.7, &Device::flex()));
        check(Hyperboloid::learnable(0.7, &Device::flex()));
    }

    #[test]
    fn records_bring_it_back() {
        let device = Device::flex();
        let config = ManifoldGruConfig::new(3, 4);
        let init = || config.init(Hyperboloid::learnable(0.7, &device), &device);
        check_record(init, |gru| {
            gru.forward(gru.space.exp0(wave([2, 3, 3], 0.0)), None)
        });
    }

    #[test]
    #[should_panic(expected = "a state of this sequence is points [2, 5]")]
    fn a_state_of_another_batch_is_refused() {
        let hyperboloid = Hyperboloid::new(1.0);
        let input = hyperboloid.exp0(wave([2, 5, 3], 0.0));
        gru(hyperboloid.clone()).forward(input, Some(hyperboloid.exp0(wave([3, 4], 0.0))));
    }
}
