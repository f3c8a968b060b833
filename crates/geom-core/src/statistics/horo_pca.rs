//! Principal components of hyperbolic points by horospherical projection.

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Tensor, TensorData};

use super::error::StatisticsError;
use super::mean::frechet_mean;
use super::tangent_pca::TangentPca;
use crate::gyro::gyrovector::Gyrovector;
use crate::isometry::change_model;
use crate::manifold::Manifold;
use crate::manifolds::hyperbolic::hyperboloid::frame::{
    concat_time, spatial, temporal, time_component,
};
use crate::manifolds::{Hyperboloid, PoincareBall};
use crate::numerics::{dot, norm, single, sqrt_or_zero, to_vec_f64};

/// Settings of [`HoroPca`].
///
/// | Setting | Default | Purpose |
/// |---|---|---|
/// | `components` | | dimension of the result |
/// | `steps` | 300 | gradient steps for each component |
/// | `learning_rate` | 0.05 | of Adam on the directions, falling linearly to 0 |
#[derive(Debug, Clone, PartialEq)]
pub struct HoroPcaConfig {
    /// Dimension of the result.
    pub components: usize,
    /// Gradient steps for each component.
    pub steps: usize,
    /// Learning rate on the directions, falling linearly to 0.
    pub learning_rate: f64,
}

impl HoroPcaConfig {
    /// This many components and the defaults.
    pub fn new(components: usize) -> Self {
        Self {
            components,
            steps: 300,
            learning_rate: 0.05,
        }
    }
}

/// Principal components of points of the Poincaré ball by horospherical projection (HoroPCA).
///
/// With the mean moved to the origin, the components are orthonormal ideal points
/// $p_1, \dots, p_K$ on the boundary. A point $x$ is projected along horospheres to the point $y$ of
/// their span with the same Busemann functions,
///
/// $$ B_{p_k}(y) = B_{p_k}(x), \qquad B_p(x) = \log\frac{\lVert p - x\rVert^2}{1 - \lVert x\rVert^2}, $$
///
/// of the two such points the one nearer to the mean. The components are found one after the other,
/// each maximizing $\sum_{ij} d(y_i, y_j)^2$ with those before it held, from the directions of
/// [`TangentPca`]. Projection along horospheres keeps distances along the components better than
/// projection along geodesics, which shrinks exponentially what is far from the subspace.
///
/// On the hyperboloid $e^{B_p(x)} = X_0 - \langle X_s, p\rangle =: \beta_p$ is linear, so with
/// $Y_s = \sum_k a_k p_k$, $a_k = Y_0 - \beta_k$,
///
/// $$ (K - 1)\\,Y_0^2 - 2 Y_0 \sum_k\beta_k + 1 + \sum_k\beta_k^2 = 0, \qquad
///    Y_0 = \frac{1 + \sum\beta_k^2}{\sum\beta_k + \sqrt{(\sum\beta_k)^2 - (K-1)(1 + \sum\beta_k^2)}}. $$
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_core::statistics::{HoroPca, HoroPcaConfig};
///
/// let ball = PoincareBall::new(1.0);
/// let points = Tensor::<2>::from_data(
///     [[0.6, 0.1, 0.0], [-0.5, 0.1, 0.1], [0.1, -0.1, 0.0], [-0.2, 0.0, -0.1]],
///     (&Device::flex(), DType::F64),
/// );
/// let pca = HoroPca::fit(&ball, points.clone(), &HoroPcaConfig::new(1))?;
/// let line = pca.transform(points);
/// assert_eq!(line.dims(), [4, 1]);
/// assert!(ball.check_point(line).is_ok());
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
///
/// # References
/// Chami, Gu, Nguyen, Ré (2021), *HoroPCA: Hyperbolic Dimensionality Reduction via Horospherical
/// Projections*, §4; the closed form above is ours.
#[derive(Debug, Clone)]
pub struct HoroPca {
    ball: PoincareBall,
    mean: Tensor<2>,
    ideal_points: Tensor<2>,
    kept: f64,
}

/// The direction that is being found.
#[derive(Module, Debug)]
struct Direction {
    value: Param<Tensor<2>>,
}

impl HoroPca {
    /// The components of `points`.
    ///
    /// # Shapes
    /// - `points`: `[n, d]`
    ///
    /// # Errors
    /// [`StatisticsError::TooMany`] if `components` is 0 or above `d`, and those of
    /// [`FrechetMean::compute`](super::FrechetMean::compute).
    pub fn fit(
        ball: &PoincareBall,
        points: Tensor<2>,
        config: &HoroPcaConfig,
    ) -> Result<Self, StatisticsError> {
        let ball = PoincareBall::new(ball.curvature().value());
        let points = single(points.without_autodiff());
        let dim = points.dims()[1];
        if config.components == 0 || config.components > dim {
            return Err(StatisticsError::TooMany {
                what: "components",
                asked: config.components,
                largest: dim,
            });
        }
        let mean = frechet_mean(&ball, points.clone(), None)?;
        let lifted = lift(&ball, &mean, points.clone());
        // Tangent vectors at the mean; at the origin, where the mean goes, only their length changes.
        let start = TangentPca::fit(&ball, points, dim)?.components();

        let mut found: Vec<Tensor<2>> = Vec::new();
        for component in 0..config.components {
            let first = start.clone().narrow(0, component, 1);
            found.push(ascend(&lifted, &found, first, config));
        }
        let ideal_points = Tensor::cat(found, 0);
        let whole = squared_distance_sum(lifted.clone());
        let projected = squared_distance_sum(project(lifted, &ideal_points));
        let [whole, projected] = [whole, projected].map(|t| to_vec_f64(t)[0]);
        Ok(Self {
            ball,
            mean,
            ideal_points,
            kept: if whole > 0.0 { projected / whole } else { 1.0 },
        })
    }

    /// The Fréchet mean, which projections leave where it is, `[1, d]`.
    pub fn mean(&self) -> Tensor<2> {
        self.mean.clone()
    }

    /// The ideal points, orthonormal, `[components, d]`.
    pub fn ideal_points(&self) -> Tensor<2> {
        self.ideal_points.clone()
    }

    /// The share of $\sum_{ij} d(x_i, x_j)^2$ that the projection of the sample keeps.
    pub fn explained(&self) -> f64 {
        self.kept
    }

    /// The projections in coordinates along the ideal points: points of a ball of the same curvature
    /// and `components` dimensions, with the mean at its origin.
    ///
    /// # Shapes
    /// - `points`: `[n, d]`
    /// - returns: `[n, components]`
    pub fn transform(&self, points: Tensor<2>) -> Tensor<2> {
        let lifted = lift(&self.ball, &self.mean, single(points.without_autodiff()));
        let projected = project(lifted, &self.ideal_points);
        let (hyperboloid, unit_ball) = (Hyperboloid::new(1.0), PoincareBall::new(1.0));
        let in_unit_ball = change_model(&hyperboloid, &unit_ball, projected);
        let root = self.ball.curvature().value().sqrt();
        self.ball.project(in_unit_ball.div_scalar(root))
    }

    /// The points of the ball with these coordinates.
    ///
    /// # Shapes
    /// - `coordinates`: `[n, components]`
    /// - returns: `[n, d]`
    pub fn inverse_transform(&self, coordinates: Tensor<2>) -> Tensor<2> {
        let centered = single(coordinates).matmul(self.ideal_points.clone());
        self.ball.mobius_add(self.mean.clone(), centered)
    }
}

/// The points with the mean moved to the origin, on the hyperboloid of curvature −1.
fn lift(ball: &PoincareBall, mean: &Tensor<2>, points: Tensor<2>) -> Tensor<2> {
    let centered = ball.mobius_add(mean.clone().neg(), points);
    let root = ball.curvature().value().sqrt();
    let (unit_ball, hyperboloid) = (PoincareBall::new(1.0), Hyperboloid::new(1.0));
    change_model(&unit_ball, &hyperboloid, centered.mul_scalar(root))
}

/// The projections along horospheres, with spatial coordinates along the ideal points.
///
/// # Shapes
/// - `lifted`: `[n, d + 1]`, `ideal_points`: `[K, d]`, orthonormal
/// - returns: `[n, K + 1]`
fn project(lifted: Tensor<2>, ideal_points: &Tensor<2>) -> Tensor<2> {
    let count = ideal_points.dims()[0] as f64;
    let along = spatial(lifted.clone()).matmul(ideal_points.clone().transpose());
    let beta = temporal(lifted) - along;
    let sum = beta.clone().sum_dim(1);
    let constant = beta.clone().square().sum_dim(1).add_scalar(1.0);
    // Not negative for a point of the hyperboloid; rounding may bring it below.
    let discriminant = sum.clone().square() - constant.clone().mul_scalar(count - 1.0);
    let time = constant / (sum + sqrt_or_zero(discriminant));
    let space = time - beta;
    concat_time(time_component(space.clone()), space)
}

/// $\sum_{ij} d(y_i, y_j)^2$.
fn squared_distance_sum(points: Tensor<2>) -> Tensor<1> {
    let manifold = Hyperboloid::new(1.0);
    manifold
        .pairwise_distance(points.clone(), points)
        .square()
        .sum()
}

/// The unit vector orthogonal to the found ones that maximizes the sum of squared distances.
fn ascend(
    lifted: &Tensor<2>,
    found: &[Tensor<2>],
    start: Tensor<2>,
    config: &HoroPcaConfig,
) -> Tensor<2> {
    let device = lifted.device().autodiff();
    let lifted = lifted.clone().autodiff();
    let held: Vec<Tensor<2>> = found.iter().map(|p| p.clone().autodiff()).collect();
    let start = orthonormal(start, found);
    let scale = to_vec_f64(squared_distance_sum(lifted.clone().inner()))[0].max(f64::MIN_POSITIVE);
    let mut model = Direction {
        value: Param::from_tensor(start.clone().to_device(&device).autodiff()),
    };
    let mut optimizer = AdamConfig::new().init();
    // The first direction counts too: the result is never worse than the start.
    let (mut best, mut least) = (start, f64::INFINITY);
    for step in 0..=config.steps {
        let direction = orthonormal(model.value.val(), &held);
        let mut ideal_points = held.clone();
        ideal_points.push(direction.clone());
        let projected = project(lifted.clone(), &Tensor::cat(ideal_points, 0));
        let loss = squared_distance_sum(projected).mul_scalar(-scale.recip());
        let value = to_vec_f64(loss.clone().inner())[0];
        if value < least {
            (best, least) = (direction.inner(), value);
        }
        if step == config.steps {
            break;
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let rate = config.learning_rate * (1.0 - step as f64 / config.steps as f64);
        model = optimizer.step(rate, model, gradients);
    }
    best
}

/// The part of `p` orthogonal to the others, at length 1; a coordinate direction where nothing is
/// left of it.
fn orthonormal(p: Tensor<2>, others: &[Tensor<2>]) -> Tensor<2> {
    let remove = |mut p: Tensor<2>| {
        // Twice, because the first pass leaves rounding.
        for _ in 0..2 {
            for other in others {
                let along = dot(p.clone(), other.clone());
                p = p - other.clone() * along;
            }
        }
        p
    };
    let rest = remove(p);
    let length = norm(rest.clone());
    if to_vec_f64(length.clone())[0] > 0.0 {
        return rest / length;
    }
    let width = rest.dims()[1];
    let candidates = (0..width).map(|axis| {
        let unit: Vec<f64> = (0..width).map(|i| f64::from(u8::from(i == axis))).collect();
        let data = TensorData::new(unit, [1, width]);
        remove(Tensor::from_data(data, (&rest.device(), rest.dtype())))
    });
    let length = |t: &Tensor<2>| to_vec_f64(norm(t.clone()))[0];
    let longest = candidates
        .max_by(|a, b| length(a).total_cmp(&length(b)))
        .unwrap_or(rest);
    let size = norm(longest.clone());
    longest / size
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;
    use burn::tensor::{DType, Device};

    fn options() -> (Device, DType) {
        (Device::flex(), DType::F64)
    }

    fn busemann(x: &Tensor<2>, p: &Tensor<2>) -> Vec<f64> {
        let gap = (p.clone() - x.clone()).square().sum_dim(1);
        let rest = x.clone().square().sum_dim(1).neg().add_scalar(1.0);
        to_vec_f64((gap / rest).log())
    }

    #[test]
    fn projections_keep_the_busemann_functions_and_lie_in_the_span() {
        let (device, dtype) = options();
        let ball = PoincareBall::new(1.0);
        let points = ball.random_normal([30, 4], 1.2, (&device, dtype));
        for components in 1..=4 {
            let config = HoroPcaConfig {
                steps: 5,
                ..HoroPcaConfig::new(components)
            };
            let pca = HoroPca::fit(&ball, points.clone(), &config).expect("30 points");
            let centered = ball.mobius_add(pca.mean().neg(), points.clone());
            let projected = pca.transform(points.clone()).matmul(pca.ideal_points());
            for k in 0..components {
                let p = pca.ideal_points().narrow(0, k, 1);
                for (a, b) in busemann(&centered, &p).iter().zip(busemann(&projected, &p)) {
                    assert!((a - b).abs() < 1e-9, "{components}, {k}: {a} and {b}");
                }
            }
        }
    }

    #[test]
    fn points_of_the_span_stay_where_they_are() {
        let (device, dtype) = options();
        let ball = PoincareBall::new(0.5);
        let plane = ball.random_normal([25, 2], 1.0, (&device, dtype));
        let zeros = Tensor::zeros([25, 2], (&device, dtype));
        let points = Tensor::cat(vec![plane, zeros], 1);
        let pca = HoroPca::fit(&ball, points.clone(), &HoroPcaConfig::new(2)).expect("25 points");
        let distances = |x: Tensor<2>| to_vec_f64(ball.pairwise_distance(x.clone(), x));
        let kept = distances(pca.transform(points.clone()));
        // Of the two points with equal Busemann functions the nearer one is taken, so a point on the
        // far side of the geodesic between the ideal points is reflected: most pairs stay exact.
        let exact = distances(points)
            .iter()
            .zip(&kept)
            .filter(|(a, b)| (*a - *b).abs() < 1e-9)
            .count();
        assert!(exact > kept.len() / 2, "{exact} of {}", kept.len());
    }

    #[test]
    fn ideal_points_are_orthonormal_and_better_than_where_they_started() {
        let (device, dtype) = options();
        let ball = PoincareBall::new(1.0);
        let points = ball.random_normal([40, 5], 1.5, (&device, dtype));
        let fit = |components, steps| {
            let config = HoroPcaConfig {
                steps,
                ..HoroPcaConfig::new(components)
            };
            HoroPca::fit(&ball, points.clone(), &config).expect("40 points")
        };
        // Tangent directions are no optimum of the sum, for any sample that is not degenerate.
        assert!(fit(1, 300).explained() > fit(1, 0).explained());
        let end = fit(2, 300);
        assert!(end.explained() <= 1.0 + 1e-12);
        let gram = end.ideal_points().matmul(end.ideal_points().transpose());
        let expected = Tensor::<2>::eye(2, &device).cast(dtype);
        assert!(to_vec_f64((gram - expected).abs().max())[0] < 1e-12);
    }

    #[test]
    fn impossible_numbers_of_components_are_refused() {
        let points = Tensor::<2>::zeros([4, 2], &Device::flex());
        for asked in [0, 3] {
            let config = HoroPcaConfig::new(asked);
            let result = HoroPca::fit(&PoincareBall::new(1.0), points.clone(), &config);
            assert!(matches!(result, Err(StatisticsError::TooMany { .. })));
        }
    }
}
