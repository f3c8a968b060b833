//! Hyperbolic random graphs: many nodes, few of high degree, strongly clustered.
//!
//! $N$ points lie in a hyperbolic disk of radius $R$, their angles even and their radii with density
//! $\alpha \sinh(\alpha r) / (\cosh(\alpha R) - 1)$; two are linked if their distance is below $R$.
//! Degrees follow a power law with exponent $2\alpha + 1$. $R$ is chosen so that the mean degree is
//! the one asked for.
//!
//! # Numerics
//! Points are sorted into rings of width 1 and by angle within. From a ring outwards only points within
//! the largest angle at which a link is possible are looked at, less than twice as many as there are
//! links: the work is $O(N \log N + E)$. With $\Delta$ the angle between two points, their distance is
//! taken from $\cosh d = \cosh(r_1 - r_2) + 2 \sinh r_1 \sinh r_2 \sin^2(\Delta / 2)$, which loses no
//! digits for close points.
//!
//! # References
//! Krioukov, Papadopoulos, Kitsak, Vahdat, Boguñá (2010), *Hyperbolic Geometry of Complex Networks*.

mod links;

use super::{GraphData, GraphProblem, Labels, MAX_NODES, SparseRows};
use crate::DataError;
use links::{Point, link_angle, links};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::{PI, TAU};

/// What kind of graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Number of nodes.
    pub nodes: usize,
    /// Mean degree, in expectation.
    pub mean_degree: f64,
    /// Radial density: the exponent of the degrees is `2 * alpha + 1`. Default: 0.75.
    pub alpha: f64,
    /// Number of features: in turn the cosine and the sine of the angle, and the radius over $R$, each
    /// with noise of its own. Default: 8.
    pub features: usize,
    /// Standard deviation of the noise. Default: 0.5.
    pub noise: f64,
    /// Number of classes, sectors of equal angle. Default: 6.
    pub classes: u32,
}

impl Config {
    /// Defaults for so many nodes of this mean degree.
    pub fn new(nodes: usize, mean_degree: f64) -> Self {
        Self {
            nodes,
            mean_degree,
            alpha: 0.75,
            features: 8,
            noise: 0.5,
            classes: 6,
        }
    }
}

/// Makes a graph; equal seeds make equal graphs.
///
/// # Errors
/// [`GraphProblem::Parameter`] for values out of range; [`GraphProblem::NoEdges`] and
/// [`GraphProblem::EmptyClass`] where there are very few nodes.
///
/// # Examples
/// ```
/// use geom_data::graph::random::{Config, hyperbolic};
/// let graph = hyperbolic(&Config::new(3_000, 10.0), 1)?;
/// let mean_degree = 2.0 * graph.edges().len() as f64 / 3_000.0;
/// assert!((mean_degree - 10.0).abs() < 1.5);
/// # Ok::<(), geom_data::graph::GraphProblem>(())
/// ```
pub fn hyperbolic(config: &Config, seed: u64) -> Result<GraphData, GraphProblem> {
    check(config)?;
    let radius = disk_radius(config);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rings: Vec<Vec<Point>> = Vec::new();
    rings.resize_with(radius.ceil() as usize, Vec::new);
    let mut features = SparseRows::with_width(config.features);
    let mut classes = Vec::with_capacity(config.nodes);
    let outermost = rings.len() - 1;
    let mut row = Vec::with_capacity(config.features);
    for node in 0..config.nodes as u32 {
        let angle = rng.random_range(0.0..TAU);
        let r = radius_at(rng.random(), config.alpha, radius);
        classes.push(Some(sector(angle, config.classes)));
        let clean = [angle.cos(), angle.sin(), r / radius];
        row.clear();
        row.extend(
            (0..config.features as u32)
                .zip(clean.iter().cycle())
                .map(|(column, value)| {
                    let noise: f64 = rng.sample(StandardNormal);
                    (column, (value + config.noise * noise) as f32)
                }),
        );
        features.push_row(&row)?;
        rings[(r as usize).min(outermost)].push(Point {
            angle,
            radius: r,
            node,
        });
    }
    for ring in &mut rings {
        ring.sort_unstable_by(|a, b| a.angle.total_cmp(&b.angle));
    }
    GraphData::builder("hyperbolic-random", config.nodes)
        .edges(links(&rings, radius))
        .features(features)
        .labels(Labels::try_new(classes, config.classes as usize)?)
        .note(format!(
            "hyperbolic random graph, alpha {}, mean degree {}, radius {radius:.3}, seed {seed}",
            config.alpha, config.mean_degree
        ))
        .build()
}

/// What the names of random graphs begin with: `random:NODES,DEGREE`.
pub const PREFIX: &str = "random:";

/// Seed of graphs by name: a name always means the same one.
const SEED_OF_NAMES: u64 = 0;

/// The graph of the name `random:NODES,DEGREE`, which is its name.
pub(super) fn named(name: &str) -> Result<GraphData, DataError> {
    let numbers = name.strip_prefix(PREFIX).and_then(|numbers| {
        let (nodes, degree) = numbers.split_once(',')?;
        Some((nodes.trim().parse().ok()?, degree.trim().parse().ok()?))
    });
    let Some((nodes, degree)) = numbers else {
        let name = name.to_owned();
        return Err(DataError::RandomGraphName { name });
    };
    let graph = hyperbolic(&Config::new(nodes, degree), SEED_OF_NAMES)?;
    Ok(graph.named(name))
}

fn check(config: &Config) -> Result<(), GraphProblem> {
    let refused = |name, value: String, expected| {
        Err(GraphProblem::Parameter {
            name,
            value,
            expected,
        })
    };
    let largest_degree = config.nodes.saturating_sub(1) as f64 / 4.0;
    if !(4..=MAX_NODES).contains(&config.nodes) {
        return refused("nodes", config.nodes.to_string(), "4 to 268435456");
    }
    if !(config.mean_degree > 0.0 && config.mean_degree <= largest_degree) {
        let expected = "above 0 and at most a quarter of the nodes";
        return refused("mean_degree", config.mean_degree.to_string(), expected);
    }
    if !(config.alpha > 0.5 && config.alpha <= 4.0) {
        return refused("alpha", config.alpha.to_string(), "above 0.5, up to 4");
    }
    if config.features == 0 || config.features > 4_096 {
        return refused("features", config.features.to_string(), "1 to 4096");
    }
    if !(config.noise >= 0.0 && config.noise.is_finite()) {
        return refused("noise", config.noise.to_string(), "finite, 0 or above");
    }
    if config.classes == 0 || config.classes as usize > config.nodes {
        return refused(
            "classes",
            config.classes.to_string(),
            "1 to the number of nodes",
        );
    }
    Ok(())
}

fn sector(angle: f64, sectors: u32) -> u32 {
    // The product may round up to the number of sectors itself.
    ((angle / TAU * f64::from(sectors)) as u32).min(sectors - 1)
}

/// The radius below which a share `quantile` of the points lies.
fn radius_at(quantile: f64, alpha: f64, disk: f64) -> f64 {
    // cosh x - 1 = 2 sinh²(x / 2), which keeps its digits for small radii.
    let half = quantile.sqrt() * (0.5 * alpha * disk).sinh();
    2.0 / alpha * half.asinh()
}

/// The radius of the disk that gives the mean degree, by bisection.
fn disk_radius(config: &Config) -> f64 {
    // Radii by quantile, denser at the center, where points are few but have most links: u = s^4.
    const SAMPLES: usize = 160;
    const STEPS: usize = 40;
    let samples: Vec<(f64, f64)> = (0..SAMPLES)
        .map(|i| {
            let edge = |i: usize| (i as f64 / SAMPLES as f64).powi(4);
            let middle = ((i as f64 + 0.5) / SAMPLES as f64).powi(4);
            (middle, edge(i + 1) - edge(i))
        })
        .collect();
    let degree = |disk: f64| {
        let radii: Vec<f64> = samples
            .iter()
            .map(|(quantile, _)| radius_at(*quantile, config.alpha, disk))
            .collect();
        let mut share = 0.0;
        for (a, (_, weight_a)) in radii.iter().zip(&samples) {
            for (b, (_, weight_b)) in radii.iter().zip(&samples) {
                share += weight_a * weight_b * link_angle(*a, *b, disk) / PI;
            }
        }
        (config.nodes - 1) as f64 * share
    };
    // A larger disk is emptier. e^(4 ln N) is beyond any mean degree that can be told from 0.
    let (mut small, mut large) = (0.1, 4.0 * (config.nodes as f64).ln() + 40.0);
    for _ in 0..STEPS {
        let middle = 0.5 * (small + large);
        if degree(middle) > config.mean_degree {
            small = middle;
        } else {
            large = middle;
        }
    }
    0.5 * (small + large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_degree_is_the_one_asked_for() {
        // One graph's mean degree varies by about a tenth, from its few innermost points; the mean of
        // so many by a third of that.
        const SEEDS: u64 = 12;
        const SPREAD: f64 = 0.08;
        for (nodes, degree, alpha) in [(2_000, 6.0, 0.75), (20_000, 20.0, 0.75), (5_000, 10.0, 1.2)]
        {
            let config = Config {
                alpha,
                ..Config::new(nodes, degree)
            };
            let edges: usize = (0..SEEDS)
                .map(|seed| hyperbolic(&config, seed).unwrap().edges().len())
                .sum();
            let mean = 2.0 * edges as f64 / (nodes as u64 * SEEDS) as f64;
            assert!((mean / degree - 1.0).abs() < SPREAD, "{mean} for {degree}");
        }
    }

    #[test]
    fn there_are_hubs_and_triangles() {
        let graph = hyperbolic(&Config::new(5_000, 10.0), 2).unwrap();
        let largest = *graph.degrees().iter().max().unwrap();
        assert!(largest > 200, "the largest degree is {largest}");
        assert_eq!(graph.labels().unwrap().num_classes(), 6);
        assert_eq!(graph.features().unwrap().width(), 8);
        assert_eq!(hyperbolic(&Config::new(5_000, 10.0), 2), Ok(graph));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let good = Config::new(100, 4.0);
        for bad in [
            Config { nodes: 3, ..good },
            Config {
                mean_degree: f64::NAN,
                ..good
            },
            Config {
                mean_degree: 90.0,
                ..good
            },
            Config { alpha: 0.5, ..good },
            Config {
                features: 0,
                ..good
            },
            Config {
                noise: f64::INFINITY,
                ..good
            },
            Config { classes: 0, ..good },
        ] {
            assert!(
                matches!(hyperbolic(&bad, 0), Err(GraphProblem::Parameter { .. })),
                "{bad:?}"
            );
        }
    }
}
