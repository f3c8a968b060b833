//! The linear map that layers of the hyperboloid are made of.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::numerics::squared_norm;
use geom_core::{Hyperboloid, Manifold};

use crate::layers::weights;

/// $x \mapsto y_s = W_s x_s + w_0\bigl(x_0 - \tfrac1{\sqrt c}\bigr) + b$: the space coordinates of the
/// image, over which [`lift`] puts the time component.
///
/// The fully hyperbolic linear layer, which maps all coordinates. The time component counts from that
/// of the origin, which only shifts $b$, and keeps the map finite for $c \to 0$, where $1/\sqrt c$ is
/// not.
///
/// [`LorentzLinear`](crate::layers::LorentzLinear) cannot take its place: that one learns the time
/// component and rescales the space coordinates to it, so that it has no Euclidean limit, which
/// attention and convolution here have. Like [`TangentMap`](super::tangent_map::TangentMap) it
/// borrows its space, for attention has four of them in one.
///
/// # References
/// Chen et al. (2022), *Fully Hyperbolic Neural Networks*, on linear layers; Bdeir, Schwethelm, Landwehr (2024),
/// *Fully Hyperbolic Convolutional Neural Networks for Computer Vision*, §4.1, for the form without
/// a learned time component.
#[derive(Module, Debug)]
pub(crate) struct LorentzMap {
    /// `[1 + d_input, d_output]`, the row of the time component first.
    pub(crate) weight: Param<Tensor<2>>,
    /// `[d_output]`
    pub(crate) bias: Option<Param<Tensor<1>>>,
}

impl LorentzMap {
    /// The time component starts without weight, so that the map starts as the Euclidean one.
    pub(crate) fn new(
        d_input: usize,
        d_output: usize,
        bias: bool,
        options: &TensorCreationOptions,
    ) -> Self {
        let space = weights::xavier_uniform([d_input, d_output], 1.0, options.clone());
        let time = Tensor::zeros([1, d_output], options.clone());
        // Detached, for the joined weights are one parameter.
        let weight = Tensor::cat(vec![time, space.val().detach()], 0);
        Self {
            weight: Param::from_tensor(weight),
            bias: bias.then(|| weights::constant([d_output], 0.0, options.clone())),
        }
    }

    /// # Shapes
    /// - `space`: `[..., d_input]`, the space coordinates of a point; rank 2 or more
    /// - returns: `[..., d_output]`, those of its image
    pub(crate) fn forward<const D: usize>(
        &self,
        hyperboloid: &Hyperboloid,
        space: Tensor<D>,
    ) -> Tensor<D> {
        let rise = time_above_origin(hyperboloid, space.clone());
        let x = Tensor::cat(vec![rise, space], D - 1);
        let y = x.matmul(self.weight.val().unsqueeze());
        match &self.bias {
            Some(bias) => y + bias.val().unsqueeze(),
            None => y,
        }
    }
}

/// $x_0 - \tfrac1{\sqrt c} = \tfrac1{\sqrt c}\\,\tfrac{q}{1 + \sqrt{1 + q}}$ with
/// $q = c\lVert x_s\rVert^2$, `[..., 1]`: without the difference, which cancels near the origin.
fn time_above_origin<const D: usize>(hyperboloid: &Hyperboloid, space: Tensor<D>) -> Tensor<D> {
    let root = hyperboloid.curvature().coefficient(&space).sqrt();
    let q = squared_norm(root.scale(space));
    let time = q.clone().add_scalar(1.0).sqrt();
    root.divide(q / time.add_scalar(1.0))
}

/// The point over space coordinates.
pub(crate) fn lift<const D: usize>(hyperboloid: &Hyperboloid, space: Tensor<D>) -> Tensor<D> {
    // `project` computes the time component and does not read it.
    let unread = space.clone().narrow(D - 1, 0, 1).zeros_like();
    hyperboloid.project(Tensor::cat(vec![unread, space], D - 1))
}

/// The space coordinates of points with `dim` of them.
///
/// # Panics
/// If they have another number.
pub(crate) fn space_part<const D: usize>(x: Tensor<D>, dim: usize) -> Tensor<D> {
    assert!(
        x.dims()[D - 1] == dim + 1,
        "points of a hyperboloid of dimension {dim} have {} coordinates, got shape {:?}",
        dim + 1,
        x.dims()
    );
    x.narrow(D - 1, 1, dim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_close, varied, wave};
    use burn::tensor::Device;

    #[test]
    fn it_is_the_linear_layer_of_all_coordinates_with_another_bias() {
        let c = 0.4;
        let hyperboloid = Hyperboloid::new(c);
        let map = varied(LorentzMap::new(3, 2, true, &(&Device::flex()).into()));
        let x = hyperboloid.exp0(wave([5, 3], 0.1));
        let weight = map.weight.val();
        let shift = weight.clone().narrow(0, 0, 1).mul_scalar(-1.0 / c.sqrt());
        let bias = map.bias.as_ref().expect("asked for").val();
        let expected = x.clone().matmul(weight) + bias.unsqueeze() + shift;
        // Rounding of sums of a few numbers of order one.
        assert_close(map.forward(&hyperboloid, space_part(x, 3)), expected, 1e-14);
    }
}
