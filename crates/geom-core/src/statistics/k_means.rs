//! Clusters around Fréchet means.

use burn::tensor::{Int, Tensor, TensorData};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::check::{check, in_working_format};
use super::error::StatisticsError;
use super::mean::FrechetMean;
use crate::manifold::Manifold;
use crate::numerics::{single, to_vec_f64};

/// Settings of [`KMeans`].
///
/// | Setting | Default | Purpose |
/// |---|---|---|
/// | `clusters` | | how many |
/// | `seed` | 0 | of the first centers |
/// | `max_iterations` | 100 | rounds of assigning and averaging, if no assignment changes earlier |
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansConfig {
    /// How many clusters.
    pub clusters: usize,
    /// Seed of the first centers.
    pub seed: u64,
    /// Most rounds.
    pub max_iterations: usize,
}

impl KMeansConfig {
    /// `clusters` clusters and the defaults.
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            seed: 0,
            max_iterations: 100,
        }
    }

    /// With this seed.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// A partition of points into clusters, each around its Fréchet mean (Lloyd's algorithm).
///
/// The first centers are points of the sample, drawn one after the other with probability
/// proportional to the squared distance from those before (k-means++). A cluster that loses its last
/// point moves to the point farthest from its own center.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_core::statistics::{KMeans, KMeansConfig};
///
/// let points = Tensor::<2>::from_floats(
///     [[0.5, 0.0], [0.51, 0.02], [-0.5, 0.0], [-0.52, 0.01]],
///     &Device::flex(),
/// );
/// let clusters = KMeans::fit(&PoincareBall::new(1.0), points, &KMeansConfig::new(2))?;
/// let of = clusters.assignments();
/// assert!(of[0] == of[1] && of[2] == of[3] && of[0] != of[2]);
/// # Ok::<(), geom_core::statistics::StatisticsError>(())
/// ```
///
/// # References
/// Lloyd (1982), *Least squares quantization in PCM*; Arthur, Vassilvitskii (2007), *k-means++*.
#[derive(Debug, Clone)]
pub struct KMeans<M: Manifold, const D: usize> {
    manifold: M,
    centers: Tensor<D>,
    assignments: Vec<usize>,
    inertia: f64,
    iterations: usize,
}

impl<M: Manifold, const D: usize> KMeans<M, D> {
    /// Clusters of `points`.
    ///
    /// # Shapes
    /// - `points`: `[n, point]`
    ///
    /// # Errors
    /// [`StatisticsError::TooMany`] for no clusters or more than points, and those of
    /// [`FrechetMean::compute`](super::FrechetMean::compute).
    ///
    /// # Panics
    /// If `points` has more than one batch axis.
    pub fn fit(
        manifold: &M,
        points: Tensor<D>,
        config: &KMeansConfig,
    ) -> Result<Self, StatisticsError> {
        let manifold = manifold.valid();
        let dims = points.dims();
        assert!(
            D == M::POINT_RANK + 1,
            "a sample has shape [n, point], got {dims:?}"
        );
        let points = points.without_autodiff();
        check(&manifold, &points, None)?;
        let points = in_working_format(&manifold, points);
        let (count, clusters) = (dims[0], config.clusters);
        if clusters == 0 || clusters > count {
            return Err(StatisticsError::TooMany {
                what: "clusters",
                asked: clusters,
                largest: count,
            });
        }

        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut centers = first_centers(&manifold, &points, clusters, &mut rng);
        let (mut assignments, mut squares) = nearest(&manifold, &points, &centers);
        let mut iterations = 0;
        // Of which points the centers are the means.
        let mut averaged: Option<Vec<usize>> = None;
        while iterations < config.max_iterations {
            refill(&mut assignments, &mut squares, clusters);
            centers = means(
                &manifold,
                &points,
                &assignments,
                averaged.as_deref(),
                centers,
            )?;
            let (next, next_squares) = nearest(&manifold, &points, &centers);
            iterations += 1;
            let settled = next == assignments;
            averaged = Some(std::mem::replace(&mut assignments, next));
            squares = next_squares;
            if settled {
                break;
            }
        }
        Ok(Self {
            manifold,
            centers,
            assignments,
            inertia: squares.iter().sum(),
            iterations,
        })
    }

    /// The centers, `[clusters, point]`.
    pub fn centers(&self) -> Tensor<D> {
        self.centers.clone()
    }

    /// The cluster of each point.
    pub fn assignments(&self) -> &[usize] {
        &self.assignments
    }

    /// The sum of squared distances of the points from their centers.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Rounds done.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The cluster whose center is nearest to each of other points, `[n, point]`.
    pub fn predict(&self, points: Tensor<D>) -> Vec<usize> {
        let points = single(points.without_autodiff());
        nearest(&self.manifold, &points, &self.centers).0
    }
}

fn rows<const D: usize>(points: &Tensor<D>, indices: &[usize]) -> Tensor<D> {
    let indices: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
    let data = TensorData::new(indices.clone(), [indices.len()]);
    let indices = Tensor::<1, Int>::from_data(data, &points.device());
    points.clone().select(0, indices)
}

fn first_centers<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    clusters: usize,
    rng: &mut ChaCha8Rng,
) -> Tensor<D> {
    let count = points.dims()[0];
    let mut chosen = vec![rng.random_range(0..count)];
    while chosen.len() < clusters {
        let (_, squares) = nearest(manifold, points, &rows(points, &chosen));
        let next = match WeightedIndex::new(&squares) {
            Ok(law) => law.sample(rng),
            // All points coincide with a center: any one that is not yet chosen.
            Err(_) => (0..count)
                .find(|index| !chosen.contains(index))
                .unwrap_or_default(),
        };
        chosen.push(next);
    }
    rows(points, &chosen)
}

/// The nearest center of every point and the squared distance to it.
fn nearest<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    centers: &Tensor<D>,
) -> (Vec<usize>, Vec<f64>) {
    let clusters = centers.dims()[0];
    let distances = to_vec_f64(manifold.pairwise_distance(points.clone(), centers.clone()));
    distances
        .chunks_exact(clusters)
        .map(|row| {
            let (index, distance) = row
                .iter()
                .enumerate()
                .min_by(|a, b| a.1.total_cmp(b.1))
                .unwrap_or((0, &0.0));
            (index, distance * distance)
        })
        .unzip()
}

/// Gives every empty cluster the point farthest from its center.
fn refill(assignments: &mut [usize], squares: &mut [f64], clusters: usize) {
    let mut sizes = vec![0usize; clusters];
    for &cluster in assignments.iter() {
        sizes[cluster] += 1;
    }
    for empty in 0..clusters {
        if sizes[empty] > 0 {
            continue;
        }
        let farthest = (0..assignments.len())
            .filter(|&point| sizes[assignments[point]] > 1)
            .max_by(|&a, &b| squares[a].total_cmp(&squares[b]));
        if let Some(point) = farthest {
            sizes[assignments[point]] -= 1;
            sizes[empty] = 1;
            assignments[point] = empty;
            squares[point] = 0.0;
        }
    }
}

/// The means of all clusters. A mean begins at the center that the cluster had, and stays there if
/// that was the mean of the same points: of those which `averaged` gave to it.
fn means<M: Manifold, const D: usize>(
    manifold: &M,
    points: &Tensor<D>,
    assignments: &[usize],
    averaged: Option<&[usize]>,
    centers: Tensor<D>,
) -> Result<Tensor<D>, StatisticsError> {
    let clusters = centers.dims()[0];
    let mut members = vec![Vec::new(); clusters];
    let mut moved = vec![averaged.is_none(); clusters];
    for (point, &cluster) in assignments.iter().enumerate() {
        members[cluster].push(point);
        if let Some(before) = averaged.map(|averaged| averaged[point])
            && before != cluster
        {
            moved[before] = true;
            moved[cluster] = true;
        }
    }
    let centers: Result<Vec<_>, _> = (members.iter().zip(moved).enumerate())
        .map(|(cluster, (members, moved))| {
            let before = centers.clone().narrow(0, cluster, 1);
            match members[..] {
                _ if !moved => Ok(before),
                [_] => Ok(rows(points, members)),
                _ => FrechetMean::default().refine(manifold, &rows(points, members), before),
            }
        })
        .collect();
    Ok(Tensor::cat(centers?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gyrovector, Hyperboloid, PoincareBall, Sample};
    use burn::tensor::{DType, Device};

    /// Three tight groups far apart.
    fn groups(ball: &PoincareBall) -> Tensor<2> {
        let options = (&Device::flex(), DType::F64);
        let centers = [[1.5, 0.0], [-1.0, 1.2], [-0.8, -1.4]];
        let parts = centers.map(|center| {
            let center = ball.exp0(Tensor::<2>::from_data([center], options));
            let noise = ball.random_normal([20, 2], 0.1, options);
            ball.mobius_add(center, noise)
        });
        Tensor::cat(parts.to_vec(), 0)
    }

    #[test]
    fn separate_groups_are_found_from_any_seed() {
        let ball = PoincareBall::new(1.0);
        let points = groups(&ball);
        for seed in 0..10 {
            let config = KMeansConfig::new(3).with_seed(seed);
            let clusters = KMeans::fit(&ball, points.clone(), &config).expect("60 points");
            let of = clusters.assignments();
            for group in 0..3 {
                let members = &of[20 * group..20 * (group + 1)];
                assert!(members.iter().all(|&c| c == members[0]), "seed {seed}");
            }
            assert_eq!(clusters.predict(points.clone()), of);
        }
    }

    #[test]
    fn centers_are_means_and_assignments_nearest() {
        let options = (&Device::flex(), DType::F64);
        let manifold = Hyperboloid::new(1.0);
        let points = manifold.random_normal([40, 3], 1.0, options);
        let clusters =
            KMeans::fit(&manifold, points.clone(), &KMeansConfig::new(5)).expect("40 points");
        let (of, squares) = nearest(&manifold, &points, &clusters.centers());
        assert_eq!(of, clusters.assignments());
        assert!((squares.iter().sum::<f64>() - clusters.inertia()).abs() < 1e-12);
        let again =
            means(&manifold, &points, &of, None, clusters.centers()).expect("no cluster is empty");
        let moved = manifold.distance(again, clusters.centers());
        assert!(to_vec_f64(moved.max())[0] < 1e-9);
    }

    #[test]
    fn coincident_points_fill_all_clusters() {
        let points = Tensor::<2>::zeros([4, 2], &Device::flex());
        let clusters = KMeans::fit(&PoincareBall::new(1.0), points, &KMeansConfig::new(3));
        assert_eq!(clusters.expect("4 points").inertia(), 0.0);
    }

    #[test]
    fn impossible_numbers_of_clusters_are_refused() {
        let points = Tensor::<2>::zeros([4, 2], &Device::flex());
        for asked in [0, 5] {
            let config = KMeansConfig::new(asked);
            let result = KMeans::fit(&PoincareBall::new(1.0), points.clone(), &config);
            assert!(matches!(result, Err(StatisticsError::TooMany { .. })));
        }
    }
}
