//! The hyperbolicity of a large graph, from random quadruples.

use rand::Rng;
use rand::seq::index;

use super::{component, twice_delta};
use crate::adjacency::Adjacency;
use crate::metrics::MetricError;

/// How sure the bound of [`SampledHyperbolicity::exceeding`] is.
const CONFIDENCE: f64 = 0.95;

/// An estimate of the hyperbolicity of a graph from random quadruples.
///
/// Gromov's $\delta$ itself lies between `maximum` and `upper_bound`. No sample can say more of a
/// maximum: one quadruple among all may attain it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampledHyperbolicity {
    /// The largest $\delta$ of a quadruple that was drawn, which is what tables of data sets call
    /// $\delta$: a lower bound.
    pub maximum: f64,
    /// A bound that holds with certainty: half the diameter, by the smallest eccentricity that was
    /// seen.
    pub upper_bound: f64,
    /// With 95 % confidence, at most this fraction of all quadruples is above `maximum`:
    /// $1 - 0.05^{1/N}$ for $N$ samples, the bound of Clopper and Pearson for none in $N$.
    pub exceeding: f64,
    /// The mean $\delta$ of a quadruple.
    pub mean: f64,
    /// The standard error of `mean`.
    pub standard_error: f64,
    /// The mean distance of the pairs drawn, by which a `mean` is large or small.
    pub mean_distance: f64,
    /// The quadruples drawn.
    pub samples: usize,
    /// The nodes of the component that was measured.
    pub nodes: usize,
}

/// Draws `samples` quadruples of distinct nodes of the largest component, uniformly and
/// independently, and measures their $\delta$.
///
/// The distances cost one breadth-first search for each node drawn, $O(\min(n, 3N)\\,m)$ for $N$
/// samples, with memory $O(n + N)$. The result depends on the generator's state alone.
///
/// # Errors
/// [`MetricError::OneWay`] if the graph is directed, [`MetricError::Empty`] if the component has fewer
/// than four nodes or no sample is asked for.
///
/// # Examples
/// ```
/// use geom_nn::{Adjacency, metrics::sampled_delta_hyperbolicity};
/// use rand::SeedableRng;
///
/// let square = Adjacency::new(&[0, 2, 4, 6, 8], &[1, 3, 0, 2, 1, 3, 0, 2]);
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
/// let sampled = sampled_delta_hyperbolicity(square, 10, &mut rng).unwrap();
/// assert_eq!((sampled.maximum, sampled.mean, sampled.standard_error), (1.0, 1.0, 0.0));
/// ```
///
/// # References
/// Chami, Ying, Ré, Leskovec (2019), appendix; Clopper and Pearson (1934).
pub fn sampled_delta_hyperbolicity(
    graph: Adjacency<'_>,
    samples: usize,
    rng: &mut impl Rng,
) -> Result<SampledHyperbolicity, MetricError> {
    let component = component(graph)?;
    if component.len() < 4 || samples == 0 {
        return Err(MetricError::Empty {
            what: "quadruples of connected nodes",
        });
    }
    let quadruples: Vec<[u32; 4]> = (0..samples)
        .map(|_| {
            let drawn = index::sample(rng, component.len(), 4);
            [0, 1, 2, 3].map(|i| component[drawn.index(i)])
        })
        .collect();
    let (sums, radius) = sums_of_distances(graph, &quadruples);

    let (mut maximum, mut sum, mut sum_of_squares, mut length) = (0, 0.0, 0.0, 0.0);
    for sums in sums {
        let delta = twice_delta(sums);
        maximum = maximum.max(delta);
        sum += f64::from(delta);
        sum_of_squares += f64::from(delta).powi(2);
        length += f64::from(sums[0] + sums[1] + sums[2]);
    }
    let count = samples as f64;
    // The sums are of twice δ, which are integers, so that the variance is not negative by rounding.
    let mean = sum / count;
    let variance = (sum_of_squares - sum * mean).max(0.0) / (count - 1.0).max(1.0);
    Ok(SampledHyperbolicity {
        maximum: f64::from(maximum) / 2.0,
        upper_bound: f64::from(radius),
        exceeding: -((1.0 - CONFIDENCE).ln() / count).exp_m1(),
        mean: mean / 2.0,
        standard_error: (variance / count).sqrt() / 2.0,
        mean_distance: length / (6.0 * count),
        samples,
        nodes: component.len(),
    })
}

/// The places of two nodes of a quadruple, and the way of pairing that their distance belongs to.
const PAIRINGS: [(usize, usize, usize); 6] = [
    (0, 1, 0),
    (2, 3, 0),
    (0, 2, 1),
    (1, 3, 1),
    (0, 3, 2),
    (1, 2, 2),
];

/// For each quadruple the sums of the three ways to pair it; and the smallest eccentricity seen.
fn sums_of_distances(graph: Adjacency<'_>, quadruples: &[[u32; 4]]) -> (Vec<[u32; 3]>, u32) {
    // All distances that are asked for, source by source, so that each node is searched from once.
    let mut queries: Vec<(u32, u32, u32, u8)> = Vec::with_capacity(6 * quadruples.len());
    for (index, nodes) in quadruples.iter().enumerate() {
        for (from, to, pairing) in PAIRINGS {
            // From the lower node, so that fewer of them are sources.
            let (from, to) = (nodes[from].min(nodes[to]), nodes[from].max(nodes[to]));
            queries.push((from, to, index as u32, pairing as u8));
        }
    }
    queries.sort_unstable();
    let mut sums = vec![[0; 3]; quadruples.len()];
    let mut radius = u32::MAX;
    let mut hops = Vec::new();
    let mut queue = Vec::new();
    for of_source in queries.chunk_by(|a, b| a.0 == b.0) {
        radius = radius.min(graph.hops_into(of_source[0].0, &mut hops, &mut queue));
        for &(_, to, index, pairing) in of_source {
            sums[index as usize][usize::from(pairing)] += hops[to as usize];
        }
    }
    (sums, radius)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjacency::tests::Graph;
    use crate::metrics::delta_hyperbolicity;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn sampled(graph: &Graph, samples: usize, seed: u64) -> SampledHyperbolicity {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        sampled_delta_hyperbolicity(graph.view(), samples, &mut rng).unwrap()
    }

    #[test]
    fn the_bounds_hold_the_exact_value_and_a_tree_has_none() {
        for graph in [Graph::cycle(21), Graph::grid(5, 7), Graph::complete(9)] {
            let exact = delta_hyperbolicity(graph.view()).unwrap().delta;
            let sampled = sampled(&graph, 2000, 1);
            assert!(sampled.maximum <= exact && exact <= sampled.upper_bound);
            assert!(sampled.mean <= sampled.maximum);
        }
        let tree = sampled(&Graph::tree(100, 4), 500, 2);
        assert_eq!(
            (tree.maximum, tree.mean, tree.standard_error),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn the_mean_is_that_over_all_quadruples_within_its_error() {
        let graph = Graph::grid(3, 4);
        let quadruples: Vec<[u32; 4]> = (0..12u32)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .flat_map(|(a, b)| (0..b).flat_map(move |c| (0..c).map(move |d| [a, b, c, d])))
            .collect();
        let (sums, radius) = sums_of_distances(graph.view(), &quadruples);
        assert_eq!(radius, 3, "the middle of a 3 by 4 grid");
        let deltas: Vec<f64> = sums
            .iter()
            .map(|&s| f64::from(twice_delta(s)) / 2.0)
            .collect();
        let mean = deltas.iter().sum::<f64>() / deltas.len() as f64;
        let variance = deltas.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / deltas.len() as f64;
        let sampled = sampled(&graph, 4000, 3);
        let error = (variance / 4000.0).sqrt();
        assert!((sampled.standard_error / error - 1.0).abs() < 0.1);
        // Four standard errors: one seed in 16,000 would fail.
        assert!((sampled.mean - mean).abs() < 4.0 * error);
        // The mean over the pairs of a grid: of its rows and of its columns.
        let within = |side: f64| (side * side - 1.0) / (3.0 * side);
        let expected = (within(3.0) + within(4.0)) * 12.0 / 11.0;
        assert!((sampled.mean_distance - expected).abs() < 0.05);
    }

    #[test]
    fn the_bound_on_the_rest_is_that_of_clopper_and_pearson() {
        let sampled = sampled(&Graph::cycle(8), 100, 4);
        // (1 - p)^100 = 0.05.
        assert!(((1.0 - sampled.exceeding).powi(100) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_seed_gives_the_same_result_again() {
        let graph = Graph::grid(6, 6);
        assert_eq!(sampled(&graph, 300, 5), sampled(&graph, 300, 5));
        assert_ne!(sampled(&graph, 300, 5), sampled(&graph, 300, 6));
    }

    #[test]
    fn too_few_nodes_or_samples_are_an_error() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for (nodes, samples) in [(3, 10), (8, 0)] {
            let graph = Graph::cycle(nodes);
            let result = sampled_delta_hyperbolicity(graph.view(), samples, &mut rng);
            assert!(matches!(result, Err(MetricError::Empty { .. })));
        }
    }
}
