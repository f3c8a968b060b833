//! Translation by a trained vector.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::Pointed;

use crate::layers::slot::SpaceSlot;
use crate::layers::weights;

/// Settings of a [`ManifoldBias`].
#[derive(Config, Debug)]
pub struct ManifoldBiasConfig {
    /// The dimension of the points.
    pub d_input: usize,
}

/// The translation of all points by one trained vector,
///
/// $$ y = \exp_x(P_{0 \to x}\\,b), $$
///
/// which on gyrovector spaces is $x \oplus \exp_0(b)$, and on vector spaces $x + b$. Every point moves
/// as far as every other: $d(x, y) = d(0, \exp_0(b))$. It starts as the identity.
///
/// # Shapes
/// - `x`, and the result: `[..., width(d_input)]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Hyperboloid;
/// use geom_nn::layers::ManifoldBiasConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let layer = ManifoldBiasConfig::new(2).init(space.clone(), &device);
/// let x = space.exp0(Tensor::<2>::from_floats([[0.3, -0.4]], &device));
/// assert!((layer.forward(x.clone()) - x).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), §3.2, on bias translation; Chami, Ying, Ré, Leskovec (2019), eq. 7.
#[derive(Module, Debug)]
pub struct ManifoldBias<S: SpaceSlot> {
    /// $b$, `[d_input]`.
    pub bias: Param<Tensor<1>>,
    /// The space of `x` and `y`.
    pub space: S,
}

impl ManifoldBiasConfig {
    /// A bias of 0.
    pub fn init<S: SpaceSlot>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> ManifoldBias<S> {
        ManifoldBias {
            bias: weights::constant([self.d_input], 0.0, options),
            space,
        }
    }
}

impl<S: Pointed> ManifoldBias<S> {
    /// The moved points.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_in(&self.space, x)
    }
}

impl<S: SpaceSlot> ManifoldBias<S> {
    /// [`forward`](Self::forward) in a space that another module owns.
    pub fn forward_in<M: Pointed, const D: usize>(&self, space: &M, x: Tensor<D>) -> Tensor<D> {
        space.translate(x, self.bias.val().unsqueeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients, normal,
        param,
    };
    use burn::tensor::{DType, Device};
    use geom_core::{Hyperboloid, Manifold, PoincareBall};

    fn layer<S: Pointed>(space: S, dtype: DType, device: &Device) -> ManifoldBias<S> {
        let bias = param(normal([3], 0.4, 20, dtype), device);
        ManifoldBias { bias, space }
    }

    #[test]
    fn every_point_moves_as_far_as_the_origin() {
        fn check<M: Manifold + Pointed>(manifold: M, dtype: DType) -> [Tensor<3>; 2] {
            let layer = layer(manifold.clone(), dtype, &Device::flex());
            let x = manifold.exp0(normal::<3>([2, 5, 3], 0.8, 1, dtype));
            let y = layer.forward(x.clone());
            assert_on(&manifold, y.clone());
            let start = manifold.exp0(Tensor::<3>::zeros([1, 1, 3], (&Device::flex(), dtype)));
            let end = manifold.exp0(layer.bias.val().unsqueeze::<3>());
            let way = manifold.distance(start, end);
            [manifold.distance(x, y), way.expand([2, 5, 1])]
        }
        for dtype in DTYPES {
            let pairs = [
                check(PoincareBall::new(0.7), dtype),
                check(Hyperboloid::new(0.7), dtype),
            ];
            for [moved, expected] in pairs {
                match dtype {
                    DType::F64 => assert_equal(moved, expected),
                    _ => assert_nearly_flat(moved, expected),
                }
            }
        }
    }

    #[test]
    fn without_curvature_it_is_a_sum() {
        let layer = layer(PoincareBall::new(NEARLY_FLAT), DType::F64, &Device::flex());
        let x = normal::<2>([6, 3], 1.0, 2, DType::F64);
        let expected = x.clone() + layer.bias.val().unsqueeze();
        assert_nearly_flat(layer.forward(x), expected);
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let space = Hyperboloid::learnable(0.7, (&device, DType::F64));
        let x = space.valid().exp0(normal::<2>([4, 3], 0.8, 3, DType::F64));
        let layer = layer(space, DType::F64, &device);
        check_gradients(layer, x, |layer, x| layer.forward(x));
    }
}
