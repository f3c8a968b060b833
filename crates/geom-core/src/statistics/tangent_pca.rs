//! Principal component analysis in the tangent space at the mean.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};

use super::error::StatisticsError;
use super::frame::orthonormal_frame;
use super::mean::frechet_mean;
use crate::manifold::Manifold;
use crate::numerics::{single, to_vec_f64};

/// Principal components of points on a manifold: those of their logarithms at the Fréchet mean, in an
/// orthonormal frame of the tangent space.
///
/// $$ C = \frac1n\sum_i z_i z_i^\top, \qquad z_i = \bigl(\langle\log_m(x_i), e_k\rangle_m\bigr)_k $$
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, statistics::TangentPca};
///
/// let ball = PoincareBall::new(1.0);
/// let line = Tensor::<2>::from_data([[-0.4, 0.0], [0.1, 0.0], [0.5, 0.0]], (&Device::flex(), DType::F64));
/// let pca = TangentPca::fit(&ball, line.clone(), 1)?;
/// // Points on one geodesic are described by one component.
/// let back = pca.inverse_transform(pca.transform(line.clone()));
/// assert!(ball.distance(back, line).max().into_scalar::<f64>() < 1e-9);
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
///
/// # References
/// Fletcher, Lu, Pizer, Joshi (2004), *Principal geodesic analysis for the study of nonlinear
/// statistics of shape*, §3.3 (its tangent-space approximation).
#[derive(Debug, Clone)]
pub struct TangentPca<M: Manifold, const D: usize> {
    manifold: M,
    mean: Tensor<D>,
    components: Tensor<D>,
    variances: Vec<f64>,
    total: f64,
}

impl<M: Manifold, const D: usize> TangentPca<M, D> {
    /// The first `components` principal components of `points`.
    ///
    /// # Shapes
    /// - `points`: `[n, point]`
    ///
    /// # Errors
    /// [`StatisticsError::TooMany`] if `components` is 0 or above the intrinsic dimension, and those
    /// of [`FrechetMean::compute`](super::FrechetMean::compute).
    ///
    /// # Panics
    /// If `points` has more than one batch axis.
    pub fn fit(
        manifold: &M,
        points: Tensor<D>,
        components: usize,
    ) -> Result<Self, StatisticsError> {
        let manifold = manifold.valid();
        let points = single(points.without_autodiff());
        let dims = points.dims();
        assert!(
            D == M::POINT_RANK + 1,
            "a sample has shape [n, point], got {dims:?}"
        );
        let mean = frechet_mean(&manifold, points.clone(), None)?;
        let dim = manifold.point_shape(&dims[1..]).dim();
        if components == 0 || components > dim {
            return Err(StatisticsError::TooMany {
                what: "components",
                asked: components,
                largest: dim,
            });
        }
        let frame = orthonormal_frame(&manifold, &mean);
        let logs = manifold.log(mean.clone(), points);
        let scores = to_vec_f64(coordinates(&manifold, &mean, &logs, &frame));
        let count = dims[0];
        let z = |i: usize, k: usize| scores[i * dim + k];
        let covariance = Mat::from_fn(dim, dim, |j, k| {
            (0..count).map(|i| z(i, j) * z(i, k)).sum::<f64>() / count as f64
        });
        let Ok(eigen) = covariance.self_adjoint_eigen(Side::Lower) else {
            // Only for entries that are not finite, which the mean has ruled out.
            return Err(StatisticsError::NotFinite { row: 0 });
        };
        let (values, vectors) = (eigen.S(), eigen.U());
        // In ascending order.
        let order: Vec<usize> = (0..dim).rev().collect();
        let variances = order[..components].iter().map(|&k| values[k].max(0.0));
        let rotation = order[..components]
            .iter()
            .flat_map(|&k| (0..dim).map(move |row| vectors[(row, k)]))
            .collect::<Vec<_>>();
        let rotation = TensorData::new(rotation, [components, dim]);
        let rotation = Tensor::<2>::from_data(rotation, (&mean.device(), mean.dtype()));
        Ok(Self {
            variances: variances.collect(),
            total: (0..dim).map(|k| values[k].max(0.0)).sum(),
            components: combine(rotation, &frame),
            mean,
            manifold,
        })
    }

    /// The Fréchet mean, `[1, point]`.
    pub fn mean(&self) -> Tensor<D> {
        self.mean.clone()
    }

    /// Orthonormal tangent vectors at the mean, `[components, point]`, the most variance first.
    pub fn components(&self) -> Tensor<D> {
        self.components.clone()
    }

    /// The variance along each component.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The share of the whole variance along each component; zeros if there is none.
    pub fn explained(&self) -> Vec<f64> {
        let share = |variance: &f64| match self.total > 0.0 {
            true => variance / self.total,
            false => 0.0,
        };
        self.variances.iter().map(share).collect()
    }

    /// Coordinates along the components.
    ///
    /// # Shapes
    /// - `points`: `[n, point]`
    /// - returns: `[n, components]`
    pub fn transform(&self, points: Tensor<D>) -> Tensor<2> {
        let logs = self
            .manifold
            .log(self.mean.clone(), single(points.without_autodiff()));
        coordinates(&self.manifold, &self.mean, &logs, &self.components)
    }

    /// The points with these coordinates, $\exp_m(\sum_k s_k u_k)$.
    ///
    /// # Shapes
    /// - `scores`: `[n, components]`
    /// - returns: `[n, point]`
    pub fn inverse_transform(&self, scores: Tensor<2>) -> Tensor<D> {
        let v = combine(single(scores), &self.components);
        self.manifold.exp(self.mean.clone(), v)
    }
}

/// $\langle v_i, e_k\rangle_m$, `[n, frame]`.
fn coordinates<M: Manifold, const D: usize>(
    manifold: &M,
    mean: &Tensor<D>,
    vectors: &Tensor<D>,
    frame: &Tensor<D>,
) -> Tensor<2> {
    let rows = vectors.dims()[0];
    let columns = (0..frame.dims()[0]).map(|k| {
        let unit = frame.clone().narrow(0, k, 1);
        manifold
            .inner(mean.clone(), vectors.clone(), unit)
            .reshape([rows, 1])
    });
    Tensor::cat(columns.collect(), 1)
}

/// $\sum_k s_{ik} e_k$, in the shape of points.
fn combine<const D: usize>(scores: Tensor<2>, frame: &Tensor<D>) -> Tensor<D> {
    let mut shape = frame.dims();
    let flat = frame
        .clone()
        .reshape([shape[0], shape[1..].iter().product()]);
    shape[0] = scores.dims()[0];
    scores.matmul(flat).reshape(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hyperboloid, PoincareBall, Sample};
    use burn::tensor::{DType, Device};

    #[test]
    fn all_components_describe_every_point() {
        let options = (&Device::flex(), DType::F64);
        let manifold = Hyperboloid::new(0.7);
        let points = manifold.random_normal([12, 4], 1.0, options);
        let pca = TangentPca::fit(&manifold, points.clone(), 3).expect("three dimensions");
        let back = pca.inverse_transform(pca.transform(points.clone()));
        assert!(to_vec_f64(manifold.distance(back, points).max())[0] < 1e-9);
        assert!((pca.explained().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(pca.variances().windows(2).all(|pair| pair[0] >= pair[1]));
    }

    #[test]
    fn the_components_decorrelate_the_scores_and_carry_their_variances() {
        let options = (&Device::flex(), DType::F64);
        let ball = PoincareBall::new(1.0);
        let points = ball.random_normal([200, 3], 0.5, options);
        let pca = TangentPca::fit(&ball, points.clone(), 3).expect("three dimensions");
        let scores = pca.transform(points);
        let covariance = scores.clone().transpose().matmul(scores).div_scalar(200.0);
        for (index, value) in to_vec_f64(covariance).into_iter().enumerate() {
            let (row, column) = (index / 3, index % 3);
            let expected = if row == column {
                pca.variances()[row]
            } else {
                0.0
            };
            assert!((value - expected).abs() < 1e-12, "{row}, {column}: {value}");
        }
    }

    #[test]
    fn the_direction_of_most_spread_comes_first() {
        let options = (&Device::flex(), DType::F64);
        let ball = PoincareBall::new(1.0);
        let v = Tensor::<2>::random(
            [300, 2],
            burn::tensor::Distribution::Normal(0.0, 1.0),
            options,
        ) * Tensor::<2>::from_data([[0.05, 0.5]], options);
        let pca = TangentPca::fit(&ball, ball.exp0(v), 1).expect("two dimensions");
        let first = to_vec_f64(pca.components());
        assert!(first[1].abs() > 20.0 * first[0].abs(), "{first:?}");
        assert!(pca.explained()[0] > 0.95);
    }

    #[test]
    fn impossible_numbers_of_components_are_refused() {
        let ball = PoincareBall::new(1.0);
        let points = Tensor::<2>::zeros([4, 2], &Device::flex());
        for asked in [0, 3] {
            let result = TangentPca::fit(&ball, points.clone(), asked).map(|_| ());
            let expected = StatisticsError::TooMany {
                what: "components",
                asked,
                largest: 2,
            };
            assert_eq!(result, Err(expected));
        }
    }
}
