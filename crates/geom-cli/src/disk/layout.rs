//! Where each point goes in the disk.

use geom::train::embedding::EmbeddingCheckpoint;
use geom::train::embedding::Space;
use geom_kernels::geometry::{dot, hyperboloid, norm, of_length, poincare};

/// Rounds of orthogonal iteration; the picture does not change after far fewer.
const ROUNDS: usize = 200;

/// The position of every node in the unit disk.
///
/// Two-dimensional hyperbolic points are drawn where they are; points of other dimensions keep
/// their distance from the origin and take the direction of their tangent vector at the origin
/// along its two leading principal axes. Euclidean points are scaled so that the farthest is
/// inside.
pub(super) fn positions(checkpoint: &EmbeddingCheckpoint) -> Vec<[f64; 2]> {
    let settings = &checkpoint.settings;
    let values = checkpoint.points.to_f64();
    let width = settings.manifold.width(settings.dim);
    let tangents: Vec<Vec<f64>> = values
        .chunks_exact(width)
        .map(|point| tangent(settings.manifold, point))
        .collect();
    let farthest = tangents
        .iter()
        .map(|v| norm(v))
        .fold(f64::MIN_POSITIVE, f64::max);
    let radius = |v: &Vec<f64>| match settings.manifold {
        Space::Euclidean => 0.98 * norm(v) / farthest,
        Space::PoincareBall | Space::Hyperboloid => poincare::norm_at(norm(v)),
    };
    let radii: Vec<f64> = tangents.iter().map(radius).collect();
    polar(&tangents, &radii)
}

/// A place in the disk for every tangent vector at the center: in its direction along the two
/// leading principal axes, at its radius.
pub(crate) fn polar(tangents: &[Vec<f64>], radii: &[f64]) -> Vec<[f64; 2]> {
    polar_along(tangents, tangents, radii)
}

/// [`polar`], along the two leading principal axes of `spread` instead of those of the vectors.
pub(crate) fn polar_along(
    spread: &[Vec<f64>],
    tangents: &[Vec<f64>],
    radii: &[f64],
) -> Vec<[f64; 2]> {
    let place = |(flat, radius): ([f64; 2], &f64)| {
        let placed = of_length(&flat, *radius);
        [placed[0], placed[1]]
    };
    flatten(spread, tangents)
        .into_iter()
        .zip(radii)
        .map(place)
        .collect()
}

/// Vectors along their two leading principal axes about their mean, those that are the most spread.
pub(crate) fn plane(vectors: &[Vec<f64>]) -> Vec<[f64; 2]> {
    let mut mean = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for v in vectors {
        for (entry, x) in mean.iter_mut().zip(v) {
            *entry += x / vectors.len() as f64;
        }
    }
    let centered = |v: &Vec<f64>| v.iter().zip(&mean).map(|(x, m)| x - m).collect();
    let centered: Vec<Vec<f64>> = vectors.iter().map(centered).collect();
    flatten(&centered, &centered)
}

/// The two coordinates of vectors that have no more, else those along the two leading principal
/// axes of `spread`.
fn flatten(spread: &[Vec<f64>], vectors: &[Vec<f64>]) -> Vec<[f64; 2]> {
    let dim = vectors.first().map_or(0, Vec::len);
    if dim <= 2 {
        let coordinate = |v: &Vec<f64>, axis: usize| v.get(axis).copied().unwrap_or(0.0);
        let pair = |v| [coordinate(v, 0), coordinate(v, 1)];
        return vectors.iter().map(pair).collect();
    }
    let axes = principal_axes(spread, dim);
    let pair = |v: &Vec<f64>| [dot(v, &axes[0]), dot(v, &axes[1])];
    vectors.iter().map(pair).collect()
}

/// $\log_0$ of a point, with its length the distance from the origin.
fn tangent(space: Space, point: &[f64]) -> Vec<f64> {
    match space {
        Space::Euclidean => point.to_vec(),
        Space::PoincareBall => poincare::log0(point),
        Space::Hyperboloid => hyperboloid::log0(point),
    }
}

/// The two leading eigenvectors of the second moment of `vectors`, by orthogonal iteration.
fn principal_axes(vectors: &[Vec<f64>], dim: usize) -> Vec<Vec<f64>> {
    let mut moment = vec![vec![0.0; dim]; dim];
    for v in vectors {
        for (row, a) in moment.iter_mut().zip(v) {
            for (entry, b) in row.iter_mut().zip(v) {
                *entry += a * b;
            }
        }
    }
    // Any start with parts along all axes will do; fixed, so that pictures repeat.
    let mut axes: Vec<Vec<f64>> = (0..2)
        .map(|axis| {
            (0..dim)
                .map(|i| ((i * (axis + 2) + axis) as f64 * 1.7 + 1.0).sin())
                .collect()
        })
        .collect();
    for _ in 0..ROUNDS {
        for axis in &mut axes {
            *axis = moment.iter().map(|row| dot(row, axis)).collect();
        }
        normalize(&mut axes[0]);
        let overlap = dot(&axes[0], &axes[1]);
        let (first, second) = axes.split_at_mut(1);
        for (b, a) in second[0].iter_mut().zip(&first[0]) {
            *b -= overlap * a;
        }
        normalize(&mut axes[1]);
    }
    axes
}

fn normalize(v: &mut [f64]) {
    let length = norm(v);
    if length > 0.0 {
        v.iter_mut().for_each(|x| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principal_axes_are_those_of_the_spread() {
        let vectors: Vec<Vec<f64>> = (0..100)
            .map(|i| {
                let t = f64::from(i) * 0.7;
                vec![0.1 * (3.0 * t).sin(), 5.0 * t.sin(), 2.0 * (1.3 * t).cos()]
            })
            .collect();
        let axes = principal_axes(&vectors, 3);
        assert!(axes[0][1].abs() > 0.99, "{axes:?}");
        assert!(axes[1][2].abs() > 0.99, "{axes:?}");
        assert!(dot(&axes[0], &axes[1]).abs() < 1e-12);
    }

    #[test]
    fn the_plane_does_not_depend_on_where_the_vectors_are() {
        let vectors: Vec<Vec<f64>> = (0..40)
            .map(|i| {
                let t = f64::from(i) * 0.7;
                vec![0.01 * (3.0 * t).sin(), 5.0 * t.sin(), 2.0 * (1.3 * t).cos()]
            })
            .collect();
        let moved: Vec<Vec<f64>> = vectors
            .iter()
            .map(|v| v.iter().map(|x| x + 100.0).collect())
            .collect();
        for (a, b) in plane(&vectors).iter().zip(&plane(&moved)) {
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 1e-9, "{a:?} {b:?}");
        }
    }

    #[test]
    fn two_dimensions_are_drawn_where_they_are() {
        let placed = polar(&[vec![3.0, -4.0], vec![0.0, 0.0]], &[0.5, 0.0]);
        assert!((placed[0][0] - 0.3).abs() < 1e-15 && (placed[0][1] + 0.4).abs() < 1e-15);
        assert_eq!(placed[1], [0.0, 0.0]);
    }
}
