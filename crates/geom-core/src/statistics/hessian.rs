//! The Hessian of the mean squared distance, and its inverse, as matrices in ambient coordinates.

use burn::tensor::{Tensor, TensorData};
use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;

use super::sample_axis;
use crate::manifold::Manifold;
use crate::numerics::{Limits, to_vec_f64};

/// The inverse of $H = \sum_i w_i \operatorname{Hess}_m \tfrac12 d(\cdot, x_i)^2$ on the tangent
/// space at `m`, as a list of `P × P` matrices in row-major order, one per batch entry, where `P` is
/// the number of coordinates of a point.
///
/// On a manifold of constant curvature $\kappa$, with $u$ the unit vector towards $x_i$ at distance
/// $d$ and $s = \sqrt{|\kappa|}\\,d$,
///
/// $$ \operatorname{Hess}\tfrac12 d^2\\,[v] = \langle u, v\rangle u + h(s)\\,(v - \langle u, v\rangle u),
///    \qquad h(s) = s\coth s \\;(\kappa < 0),\quad s\cot s \\;(\kappa > 0). $$
///
/// Elsewhere it is the central difference of $-\sum_i w_i\log_m(x_i)$ along geodesics.
///
/// # References
/// Pennec (2018), *Barycentric Subspace Analysis on Manifolds*, §A.
pub(crate) fn inverse<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    weights: &Tensor<D>,
    mean: &Tensor<D>,
) -> Vec<f64> {
    let coordinates: usize = mean.dims()[D - M::POINT_RANK..].iter().product();
    let batch = mean.dims().iter().product::<usize>() / coordinates.max(1);
    let mut matrices = vec![0.0; batch * coordinates * coordinates];
    let operator = Operator::new(manifold, points, weights, mean);
    for column in 0..coordinates {
        let ambient = basis::<M, D>(mean, column);
        let v = manifold.project_tangent(mean.clone(), ambient.clone());
        // The identity on the normal space, so that the whole has an inverse.
        let image = operator.apply(&v) + (ambient - v);
        for (index, value) in to_vec_f64(image).into_iter().enumerate() {
            let (entry, row) = (index / coordinates, index % coordinates);
            matrices[(entry * coordinates + row) * coordinates + column] = value;
        }
    }
    for matrix in matrices.chunks_exact_mut(coordinates * coordinates) {
        let at = |i: usize, j: usize| matrix[i * coordinates + j];
        let inverse = Mat::from_fn(coordinates, coordinates, at)
            .partial_piv_lu()
            .inverse();
        for i in 0..coordinates {
            for j in 0..coordinates {
                matrix[i * coordinates + j] = inverse[(i, j)];
            }
        }
    }
    matrices
}

/// The matrices applied to vectors of the shape of `v`, differentiable in `v`.
pub(crate) fn apply<const D: usize>(
    matrices: Vec<f64>,
    coordinates: usize,
    v: Tensor<D>,
) -> Tensor<D> {
    let shape = v.dims();
    let batch = matrices.len() / (coordinates * coordinates).max(1);
    let data = TensorData::new(matrices, [batch, coordinates, coordinates]);
    let matrices = Tensor::<3>::from_data(data, (&v.device(), v.dtype()));
    matrices
        .matmul(v.reshape([batch, coordinates, 1]))
        .reshape(shape)
}

/// The ambient basis vector of one coordinate, at every mean.
fn basis<M: Manifold, const D: usize>(mean: &Tensor<D>, column: usize) -> Tensor<D> {
    let dims = mean.dims();
    let coordinates: usize = dims[D - M::POINT_RANK..].iter().product();
    let count: usize = dims.iter().product();
    let one = |index: usize| f64::from(u8::from(index % coordinates == column));
    let data = TensorData::new((0..count).map(one).collect::<Vec<_>>(), dims);
    Tensor::from_data(data, (&mean.device(), mean.dtype()))
}

/// $v \mapsto H v$.
// One lives on the stack while a mean is differentiated.
#[allow(clippy::large_enum_variant)]
enum Operator<'a, M, const D: usize> {
    ConstantCurvature {
        manifold: &'a M,
        mean: &'a Tensor<D>,
        weights: &'a Tensor<D>,
        /// $h$, `[..., n, 1]`.
        across: Tensor<D>,
        /// Unit vectors, or zero where a point is the mean itself.
        towards: Tensor<D>,
    },
    Difference {
        manifold: &'a M,
        mean: &'a Tensor<D>,
        weights: &'a Tensor<D>,
        points: &'a Tensor<D>,
    },
}

impl<'a, M: Manifold, const D: usize> Operator<'a, M, D> {
    fn new(
        manifold: &'a M,
        points: &'a Tensor<D>,
        weights: &'a Tensor<D>,
        mean: &'a Tensor<D>,
    ) -> Self {
        let Some(curvature) = manifold.sectional_curvature() else {
            return Self::Difference {
                manifold,
                mean,
                weights,
                points,
            };
        };
        let logs = manifold.log(mean.clone(), points.clone());
        let length = manifold.norm(mean.clone(), logs.clone());
        let at_mean = length.clone().equal_elem(0.0);
        let angle = length.clone().mul_scalar(curvature.abs().sqrt());
        // Below this, 1 + s²/3 is 1 to rounding.
        let tiny = Limits::of(angle.dtype()).epsilon.sqrt();
        let close = angle.clone().lower_elem(tiny);
        let safe = angle.mask_fill(close.clone(), 1.0);
        let across = match curvature {
            k if k < 0.0 => safe.clone() / safe.tanh(),
            k if k > 0.0 => safe.clone() / safe.tan(),
            _ => safe.ones_like(),
        };
        Self::ConstantCurvature {
            manifold,
            mean,
            weights,
            across: across.mask_fill(close, 1.0),
            towards: logs / length.mask_fill(at_mean, 1.0),
        }
    }

    fn apply(&self, v: &Tensor<D>) -> Tensor<D> {
        let axis = sample_axis::<M, D>();
        match self {
            Self::ConstantCurvature {
                manifold,
                mean,
                weights,
                across,
                towards,
            } => {
                let along = manifold.inner((*mean).clone(), towards.clone(), v.clone());
                let rest = across.clone().neg().add_scalar(1.0);
                let terms = across.clone() * v.clone() + towards.clone() * (along * rest);
                (terms * (*weights).clone()).sum_dim(axis)
            }
            Self::Difference {
                manifold,
                mean,
                weights,
                points,
            } => {
                let length = manifold.norm((*mean).clone(), v.clone());
                let still = length.clone().equal_elem(0.0);
                let length = length.mask_fill(still, 1.0);
                let step = Limits::of(v.dtype()).epsilon.cbrt();
                let unit = v.clone() / length.clone();
                let pull = |t: f64| {
                    let there = manifold.exp((*mean).clone(), unit.clone().mul_scalar(t));
                    let logs = manifold.log(there.clone(), (*points).clone());
                    let sum = (logs * (*weights).clone()).sum_dim(axis);
                    manifold.transport(there, (*mean).clone(), sum)
                };
                (pull(-step) - pull(step)) * length.div_scalar(2.0 * step)
            }
        }
    }
}
