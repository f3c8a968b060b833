//! How far an embedding stretches and shrinks the distances of a graph.

use super::MetricError;
use crate::adjacency::{Adjacency, UNREACHED};

/// The distortion of an embedding $f$ of a graph.
///
/// With the ratios $\rho = d(f(u), f(v))/d_G(u, v)$ over connected pairs $u \ne v$,
///
/// $$ D_{\text{avg}} = \operatorname{mean}\lvert\rho - 1\rvert, \qquad
///    D_{\text{wc}} = \frac{\max\rho}{\min\rho} $$
///
/// # References
/// Sala and others (2018), §2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distortion {
    /// $D_{\text{avg}}$; 0 is perfect. It depends on the scale of the embedding.
    pub average: f64,
    /// $D_{\text{wc}}$; 1 is perfect, and infinite is a pair at one point. It does not depend on
    /// the scale.
    pub worst: f64,
    /// The mean of $(\rho^2 - 1)$ in absolute value, the measure of embeddings in product spaces:
    /// Gu, Sala, Gunel, Ré (2019), eq. 2.
    pub average_squared: f64,
    /// The pairs that were measured.
    pub pairs: usize,
}

/// Measures the distortion from each of `sources` to all nodes that it reaches.
///
/// `distances(source, row)` writes the distances of an embedding from one node to all nodes. Only one
/// row is held at a time, so memory is $O(n)$; the graph costs one breadth-first search for a source.
/// With all nodes as sources the result is exact; with some, drawn at random, `average` is an
/// unbiased estimate and `worst` a lower bound.
///
/// # Errors
/// [`MetricError::Distance`] if a distance is negative or not a number, and [`MetricError::Empty`] if
/// no source reaches another node.
///
/// # Panics
/// If a source is out of range.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, numerics::to_vec_f64};
/// use geom_nn::{Adjacency, metrics::distortion};
///
/// // A path of three nodes, on a geodesic of the ball and twice as long.
/// let graph = Adjacency::new(&[0, 1, 3, 4], &[1, 0, 2, 1]);
/// let ball = PoincareBall::new(1.0);
/// let t = 1f64.tanh();
/// let points = Tensor::<2>::from_data([[-t, 0.0], [0.0, 0.0], [t, 0.0]], &Device::flex());
/// let measured = distortion(graph, &[0, 1, 2], |source, row| {
///     let x = points.clone().narrow(0, source as usize, 1);
///     row.copy_from_slice(&to_vec_f64(ball.distance(x, points.clone())));
/// })
/// .unwrap();
/// assert!((measured.average - 1.0).abs() < 1e-5);
/// assert!((measured.worst - 1.0).abs() < 1e-5);
/// ```
pub fn distortion(
    graph: Adjacency<'_>,
    sources: &[u32],
    mut distances: impl FnMut(u32, &mut [f64]),
) -> Result<Distortion, MetricError> {
    let mut row = vec![0.0; graph.nodes()];
    let mut hops = Vec::new();
    let mut queue = Vec::new();
    let (mut pairs, mut sum, mut sum_squared) = (0usize, 0.0, 0.0);
    let (mut largest, mut smallest) = (0f64, f64::INFINITY);
    for &source in sources {
        graph.hops_into(source, &mut hops, &mut queue);
        distances(source, &mut row);
        for (node, (&hops, &distance)) in hops.iter().zip(&row).enumerate() {
            if hops == 0 || hops == UNREACHED {
                continue;
            }
            if distance.is_nan() || distance < 0.0 {
                return Err(MetricError::Distance {
                    from: source,
                    to: node as u32,
                });
            }
            let ratio = distance / f64::from(hops);
            pairs += 1;
            sum += (ratio - 1.0).abs();
            sum_squared += (ratio * ratio - 1.0).abs();
            largest = largest.max(ratio);
            smallest = smallest.min(ratio);
        }
    }
    if pairs == 0 {
        return Err(MetricError::Empty {
            what: "connected pairs",
        });
    }
    let worst = if smallest > 0.0 {
        largest / smallest
    } else {
        f64::INFINITY
    };
    Ok(Distortion {
        average: sum / pairs as f64,
        worst,
        average_squared: sum_squared / pairs as f64,
        pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjacency::tests::Graph;

    /// A mean of some dozen quotients.
    const ROUNDING: f64 = 1e-14;

    #[test]
    fn a_cycle_on_a_circle_is_measured_by_hand() {
        // Chords of the unit circle against 1 and 2 hops of a square.
        let graph = Graph::cycle(4);
        let angle = |node: u32| f64::from(node) * std::f64::consts::FRAC_PI_2;
        let measured = distortion(graph.view(), &[0, 1, 2, 3], |source, row| {
            for (node, distance) in row.iter_mut().enumerate() {
                *distance = 2.0 * ((angle(source) - angle(node as u32)) / 2.0).sin().abs();
            }
        })
        .unwrap();
        let side = 2f64.sqrt();
        assert!((measured.average - 2.0 * (side - 1.0) / 3.0).abs() < ROUNDING);
        assert!((measured.worst - side).abs() < ROUNDING);
        assert!((measured.average_squared - 2.0 / 3.0).abs() < ROUNDING);
        assert_eq!(measured.pairs, 12);
    }

    #[test]
    fn an_isometry_has_none_and_components_are_not_compared() {
        let graph = Graph::new(6, [(0, 1), (1, 2), (3, 4)]);
        let measured = distortion(graph.view(), &[0, 1, 2, 3, 4, 5], |source, row| {
            for (node, distance) in row.iter_mut().enumerate() {
                *distance = f64::from(source).max(node as f64) - f64::from(source).min(node as f64);
            }
        })
        .unwrap();
        assert_eq!(measured.average, 0.0);
        assert_eq!(measured.worst, 1.0);
        assert_eq!(measured.pairs, 8);
    }

    #[test]
    fn two_nodes_at_one_point_are_infinitely_distorted() {
        let graph = Graph::cycle(3);
        let measured = distortion(graph.view(), &[0], |_, row| {
            row.copy_from_slice(&[0.0, 0.0, 1.0]);
        })
        .unwrap();
        assert_eq!(measured.worst, f64::INFINITY);
        assert_eq!(measured.average, 0.5);
    }

    #[test]
    fn what_has_no_distortion_is_an_error() {
        let graph = Graph::cycle(3);
        let diverged = distortion(graph.view(), &[1], |_, row| row.fill(f64::NAN));
        assert_eq!(diverged, Err(MetricError::Distance { from: 1, to: 0 }));
        let lonely = distortion(Graph::new(2, []).view(), &[0, 1], |_, _| ());
        assert!(matches!(lonely, Err(MetricError::Empty { .. })));
    }
}
