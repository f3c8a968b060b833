//! Aggregation on the hyperboloid.

use burn::module::Module;
use burn::tensor::Tensor;
use geom_core::numerics::{sqrt_or_zero, squared_norm};
use geom_core::{Hyperboloid, Manifold};

use crate::layers::slot::SlotFor;
use crate::sparse::{Pattern, sparse_matmul};

/// The centroid of every node's neighbors on the hyperboloid:
///
/// $$ x_i' = \frac{s_i}{\sqrt c\\,\sqrt{-\langle s_i, s_i\rangle_{\mathcal L}}}, \qquad
///    s_i = \sum_j w_{ij}x_j $$
///
/// the point that minimizes the weighted sum of squared Lorentzian distances.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Hyperboloid;
/// use geom_nn::layers::graph::LorentzAggregation;
/// use geom_nn::sparse::Graph;
///
/// let device = Device::flex();
/// let graph = Graph::new(2, &[[0, 1]], &device).unwrap();
/// let space = Hyperboloid::new(1.0);
/// let x = space.exp0(Tensor::<2>::from_floats([[0.4], [-0.4]], &device));
/// let y = LorentzAggregation::new(space).forward(x, graph.pattern(), graph.mean_weights());
/// assert!((y - Tensor::from_floats([[1.0, 0.0]], &device)).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Law, Liao, Snell, Zemel (2019), *Lorentzian Distance Learning*, thm. 3.3; Chen et al. (2022),
/// *Fully Hyperbolic Neural Networks*, eq. 5.
#[derive(Module, Debug)]
pub struct LorentzAggregation<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// The space of the points.
    pub space: S,
}

impl<S: SlotFor<Hyperboloid>> LorentzAggregation<S> {
    /// Aggregation in `space`.
    pub fn new(space: S) -> Self {
        Self { space }
    }

    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in(
        &self,
        hyperboloid: &Hyperboloid,
        x: Tensor<2>,
        pattern: &Pattern,
        weights: Tensor<2>,
    ) -> Tensor<2> {
        let [_, ambient] = x.dims();
        let sum = sparse_matmul(pattern, weights, x);
        let time = sum.clone().narrow(1, 0, 1);
        let space = sum.clone().narrow(1, 1, ambient - 1);
        let length = sqrt_or_zero(squared_norm(space));
        // A difference of two large numbers far out, better as a product.
        let squared = (time.clone() - length.clone()) * (time.clone() + length);
        // At least one rounding of what it is the difference of.
        let rounding = geom_core::Limits::of(sum.dtype()).epsilon;
        let least = time.square().mul_scalar(rounding);
        let lost = squared.clone().lower(least.clone());
        let norm = squared.mask_where(lost, least).sqrt();
        let root = hyperboloid.curvature().coefficient(&sum).sqrt();
        // The projection finds the time from the rest, and so mends what rounding left.
        hyperboloid.project(root.divide(sum / norm))
    }
}

impl LorentzAggregation {
    /// One aggregation.
    ///
    /// # Shapes
    /// - `x`: points `[columns, d + 1]`
    /// - `weights`: `[entries, 1]`, not negative, not all zero in any row
    /// - returns: points `[rows, d + 1]`
    pub fn forward(&self, x: Tensor<2>, pattern: &Pattern, weights: Tensor<2>) -> Tensor<2> {
        self.forward_in(&self.space, x, pattern, weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::testing::{complete, differentiable, example, permuted};
    use burn::tensor::Device;

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        let space = Hyperboloid::learnable(0.7, &Device::flex());
        differentiable(LorentzAggregation::new(space), |layer, v, graph| {
            let x = layer.space.exp0(v);
            layer.forward(x, graph.pattern(), graph.mean_weights())
        });
    }

    #[test]
    fn renumbering_the_nodes_renumbers_the_result() {
        let layer = LorentzAggregation::new(Hyperboloid::new(0.7));
        permuted(|v, graph| {
            let x = layer.space.exp0(v);
            layer.forward(x, graph.pattern(), graph.mean_weights())
        });
    }

    #[test]
    fn nodes_of_a_complete_graph_meet_in_the_centroid() {
        let (v, graph) = complete();
        let space = Hyperboloid::new(0.7);
        let x = space.exp0(v);
        let expected = space.centroid(x.clone(), Tensor::ones([4, 1], &Device::flex()), 0);
        let layer = LorentzAggregation::new(space);
        let error = layer.forward(x, graph.pattern(), graph.mean_weights()) - expected;
        assert!(error.abs().max().into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn points_far_out_stay_on_the_hyperboloid_with_finite_gradients() {
        let (v, graph) = example();
        let layer = LorentzAggregation::new(Hyperboloid::new(1.0));
        let v = v.mul_scalar(20.0).autodiff().require_grad();
        let x = layer.space.exp0(v.clone());
        let y = layer.forward(x, graph.pattern(), graph.mean_weights());
        assert_eq!(layer.space.check_point(y.clone().inner()), Ok(()));
        let gradients = layer.space.log0(y).sum().backward();
        let gradient = v.grad(&gradients).unwrap();
        assert!(gradient.abs().max().into_scalar::<f32>().is_finite());
    }
}
