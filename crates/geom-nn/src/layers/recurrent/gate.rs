//! What a step of a recurrent network is made of.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use crate::layers::weights;

/// $(h, x) \mapsto \log_0(W \otimes h \oplus U \otimes x \oplus \exp_0(b))$ in coordinates at the
/// origin, for a hidden state and an input.
#[derive(Module, Debug)]
pub(crate) struct Gate {
    /// $W$, `[d_hidden, d_hidden]`
    pub(crate) hidden: Param<Tensor<2>>,
    /// $U$, `[d_input, d_hidden]`
    pub(crate) input: Param<Tensor<2>>,
    /// $b$, `[d_hidden]`
    pub(crate) bias: Option<Param<Tensor<1>>>,
}

impl Gate {
    pub(crate) fn new(
        d_input: usize,
        d_hidden: usize,
        bias: bool,
        options: &TensorCreationOptions,
    ) -> Self {
        let weight = |rows| weights::xavier_uniform([rows, d_hidden], 1.0, options.clone());
        Self {
            hidden: weight(d_hidden),
            input: weight(d_input),
            bias: bias.then(|| weights::constant([d_hidden], 0.0, options.clone())),
        }
    }

    /// $U\log_0(x)$ of every input of a sequence.
    ///
    /// # Shapes
    /// - `input`: `[batch, sequence, d_input]`, at the origin
    /// - returns: `[batch, sequence, d_hidden]`
    pub(crate) fn read(&self, input: Tensor<3>) -> Tensor<3> {
        input.matmul(self.input.val().unsqueeze())
    }

    /// # Shapes
    /// - `hidden`: `[batch, d_hidden]`, at the origin
    /// - `read`: `[batch, d_hidden]`, one step of what [`read`](Self::read) returns
    /// - returns: `[batch, d_hidden]`, at the origin
    pub(crate) fn forward<S: Pointed>(
        &self,
        space: &S,
        hidden: Tensor<2>,
        read: Tensor<2>,
    ) -> Tensor<2> {
        let carried = space.exp0(hidden.matmul(self.hidden.val()));
        let sum = space.translate(carried, read);
        let sum = match &self.bias {
            Some(bias) => space.translate(sum, bias.val().unsqueeze()),
            None => sum,
        };
        space.log0(sum)
    }
}

/// The coordinates at the origin of a sequence of inputs, and the state before the first: the one
/// given, or the origin.
///
/// # Panics
/// If the shapes are not those of points of `dims`, the dimensions of inputs and states, or the
/// sequence is empty.
pub(crate) fn start_sequence<S: Pointed>(
    space: &S,
    dims: [usize; 2],
    input: Tensor<3>,
    state: Option<Tensor<2>>,
) -> (Tensor<3>, Tensor<2>) {
    let [width, state_width] = dims.map(|dim| space.width(dim));
    let [batch, length, _] = input.dims();
    assert!(
        length > 0 && input.dims()[2] == width,
        "a recurrent network takes points [batch, sequence, {width}], at least one of a sequence, \
         got shape {:?}",
        input.dims()
    );
    let input = space.log0(input);
    let state = state.unwrap_or_else(|| {
        let options = (&input.device(), input.dtype());
        space.exp0(Tensor::zeros([batch, dims[1]], options))
    });
    assert!(
        state.dims() == [batch, state_width],
        "a state of this sequence is points [{batch}, {state_width}], got shape {:?}",
        state.dims()
    );
    (input, state)
}

/// The `t`-th step of a sequence.
pub(crate) fn step_at(sequence: &Tensor<3>, t: usize) -> Tensor<2> {
    sequence.clone().narrow(1, t, 1).squeeze_dim(1)
}
