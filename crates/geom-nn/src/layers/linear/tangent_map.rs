//! The linear map of several [`TangentLinear`](crate::layers::TangentLinear) layers in one space.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use crate::layers::weights;

/// $x \mapsto \exp_0(W\log_0(x)) \oplus \exp_0(b)$ in a space that the layer around it owns.
///
/// A layer made of several maps has one space. If each map were a
/// [`TangentLinear`](crate::layers::TangentLinear), with a space of its own, a learnable curvature
/// would have several values under one parameter id.
#[derive(Module, Debug)]
pub(crate) struct TangentMap {
    /// `[d_input, d_output]`
    pub(crate) weight: Param<Tensor<2>>,
    /// `[d_output]`, at the origin
    pub(crate) bias: Option<Param<Tensor<1>>>,
}

impl TangentMap {
    pub(crate) fn new(
        d_input: usize,
        d_output: usize,
        bias: bool,
        options: &TensorCreationOptions,
    ) -> Self {
        Self {
            weight: weights::xavier_uniform([d_input, d_output], 1.0, options.clone()),
            bias: bias.then(|| weights::constant([d_output], 0.0, options.clone())),
        }
    }

    /// # Shapes
    /// - `x`: `[..., width(d_input)]`, rank 2 or more
    /// - returns: `[..., width(d_output)]`
    pub(crate) fn forward<S: Pointed, const D: usize>(&self, space: &S, x: Tensor<D>) -> Tensor<D> {
        let y = space.exp0(space.log0(x).matmul(self.weight.val().unsqueeze()));
        match &self.bias {
            Some(bias) => space.translate(y, bias.val().unsqueeze()),
            None => y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::TangentLinearConfig;
    use crate::layers::testing::{assert_close, varied, wave};
    use burn::tensor::Device;
    use geom_core::{Hyperboloid, PoincareBall};

    #[test]
    fn it_is_the_tangent_linear_layer() {
        fn check<S: Pointed>(space: S) {
            let device = Device::flex();
            let map = varied(TangentMap::new(3, 2, true, &(&device).into()));
            let mut layer = TangentLinearConfig::new(3, 2).init(space.clone(), &device);
            layer.weight = map.weight.clone();
            layer.bias = map.bias.clone();
            let x = space.exp0(wave([5, 3], 0.1));
            assert_close(map.forward(&space, x.clone()), layer.forward(x), 0.0);
        }
        check(PoincareBall::new(0.7));
        check(Hyperboloid::new(0.7));
    }
}
