//! The linear maps that layers of the ball are made of.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use geom_core::numerics::{Limits, asinhc, cosh_sqrt, sinhc, sqrt_or_zero, squared_norm};
use geom_core::{Gyrovector, Manifold, PoincareBall};

use super::init::xavier_uniform;
use crate::spaces::OriginChart;

/// $x \mapsto W \otimes x \oplus \exp_0(b)$.
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), §3.2.
#[derive(Module, Debug)]
pub(crate) struct MobiusMap {
    /// `[d_input, d_output]`
    pub(crate) weight: Param<Tensor<2>>,
    /// `[d_output]`, at the origin
    pub(crate) bias: Option<Param<Tensor<1>>>,
}

impl MobiusMap {
    pub(crate) fn new(d_input: usize, d_output: usize, bias: bool, device: &Device) -> Self {
        Self {
            weight: Param::from_tensor(xavier_uniform([d_input, d_output], 1.0, device)),
            bias: bias.then(|| Param::from_tensor(Tensor::zeros([d_output], device))),
        }
    }

    /// # Shapes
    /// - `x`: `[..., d_input]`, rank 2 or more
    /// - returns: `[..., d_output]`
    pub(crate) fn forward<const D: usize>(&self, ball: &PoincareBall, x: Tensor<D>) -> Tensor<D> {
        let y = ball.mobius_matvec(self.weight.val(), x);
        match &self.bias {
            Some(bias) => ball.translate(y, bias.val().unsqueeze()),
            None => y,
        }
    }
}

/// The Poincaré fully connected layer: $y$ is the point whose signed distances to the coordinate
/// hyperplanes are the scores
///
/// $$ v_k = \tfrac{2\lVert z_k\rVert}{\sqrt c}\operatorname{asinh}\Bigl(\lambda_x\bigl\langle
///    \sqrt c\,x, \tfrac{z_k}{\lVert z_k\rVert}\bigr\rangle\cosh(2\sqrt c\,r_k) -
///    (\lambda_x - 1)\sinh(2\sqrt c\,r_k)\Bigr), \qquad
///    y = \frac{w}{1 + \sqrt{1 + c\lVert w\rVert^2}}, \quad
///    w_k = \tfrac1{\sqrt c}\sinh(\sqrt c\,v_k). $$
///
/// For $c \to 0$ it is $y_k = 2(\langle x, z_k\rangle - \lVert z_k\rVert r_k)$.
///
/// # References
/// Shimizu, Mukuta, Harada (2021), eqs. 6 and 7.
#[derive(Module, Debug)]
pub(crate) struct FullyConnected {
    /// The $z_k$ as columns, `[d_input, d_output]`.
    pub(crate) normals: Param<Tensor<2>>,
    /// The $r_k$, `[d_output]`.
    pub(crate) offsets: Option<Param<Tensor<1>>>,
}

impl FullyConnected {
    pub(crate) fn new(d_input: usize, d_output: usize, bias: bool, device: &Device) -> Self {
        // Half the usual gain, for the factor 2 in front.
        let normals = xavier_uniform([d_input, d_output], 0.5, device);
        Self {
            normals: Param::from_tensor(normals),
            offsets: bias.then(|| Param::from_tensor(Tensor::zeros([d_output], device))),
        }
    }

    /// # Shapes
    /// - `x`: `[..., d_input]`, rank 2 or more
    /// - returns: `[..., d_output]`
    ///
    /// # Numerics
    /// Angles and scores, in units of $1/\sqrt c$, are kept within [`Limits::max_radius`], beyond
    /// which the ball has no points. A normal of length 0 has the score 0.
    pub(crate) fn forward<const D: usize>(&self, ball: &PoincareBall, x: Tensor<D>) -> Tensor<D> {
        let root = ball.curvature().coefficient(&x).sqrt();
        let longest = Limits::of(x.dtype()).max_radius;
        let lambda = ball.conformal_factor(x.clone());

        let normals = self.normals.val();
        let length = sqrt_or_zero(normals.clone().square().sum_dim(0));
        let none = length.clone().equal_elem(0.0);
        let unit = normals / length.clone().mask_fill(none, 1.0);

        let along = root.scale(x).matmul(unit.unsqueeze()) * lambda.clone();
        let sinh = match &self.offsets {
            Some(offsets) => {
                let offsets: Tensor<D> = offsets.val().unsqueeze();
                let angle = root.scale(offsets).mul_scalar(2.0);
                let angle = angle.clamp(-longest, longest);
                let square = angle.clone().square();
                along * cosh_sqrt(square.clone()) - lambda.sub_scalar(1.0) * (sinhc(square) * angle)
            }
            None => along,
        };
        let distance = sinh.clone() * asinhc(sinh.square());
        let scores = distance * length.mul_scalar(2.0).unsqueeze();
        let scores = scores.clamp(-longest, longest);
        let w = scores.clone() * sinhc(scores.square());
        let hypotenuse = squared_norm(w.clone()).add_scalar(1.0).sqrt();
        ball.project(root.divide(w / hypotenuse.add_scalar(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::numeric_checks::{assert_close, check_gradients, varied, wave};
    use burn::tensor::DType;

    #[test]
    fn coordinates_of_the_image_are_scores_of_hyperplanes() {
        let ball = PoincareBall::new(0.8);
        let layer = varied(FullyConnected::new(3, 4, true, &Device::flex()));
        let x = ball.exp0(wave([5, 3], 0.4));
        let y = layer.forward(&ball, x.clone());
        assert!(ball.check_point(y.clone()).is_ok());
        let offsets = layer.offsets.as_ref().expect("asked for").val();
        for k in 0..4 {
            // The hyperplane of z_k through p = exp_0(r_k z_k / |z_k|).
            let z: Tensor<2> = layer.normals.val().narrow(1, k, 1).transpose();
            let length = z.clone().square().sum_dim(1).sqrt();
            let r: Tensor<2> = offsets.clone().narrow(0, k, 1).unsqueeze();
            let p = ball.exp0(z.clone() / length.clone() * r);
            let to_plane = ball.signed_distance_to_hyperplane(x.clone(), p, z);
            let axis = Tensor::<2>::eye(4, &Device::flex()).cast(DType::F64);
            let axis = axis.narrow(0, k, 1);
            let origin = axis.zeros_like();
            let to_axis = ball.signed_distance_to_hyperplane(y.clone(), origin, axis);
            // Rounding of a few dozen operations.
            assert_close(to_axis, to_plane * length.mul_scalar(2.0), 1e-12);
        }
    }

    #[test]
    fn gradients_are_derivatives() {
        let layer = varied(FullyConnected::new(3, 4, true, &Device::flex()));
        let ball = PoincareBall::new(0.8);
        check_gradients(&layer, wave([5, 3], 0.4), |layer, v| {
            layer.forward(&ball, ball.exp0(v))
        });
    }

    #[test]
    fn points_at_the_edge_have_finite_images_in_either_format() {
        let ball = PoincareBall::new(1.0);
        let layer = FullyConnected::new(3, 4, true, &Device::flex());
        let far = wave([5, 3], 0.4).mul_scalar(1e3);
        let y = layer.forward(&ball, ball.exp0(far.clone().cast(DType::F32)));
        assert!(ball.check_point(y).is_ok());
        let y = varied(layer).forward(&ball, ball.exp0(far));
        assert!(ball.check_point(y).is_ok());
    }
}
