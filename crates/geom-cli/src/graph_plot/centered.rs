//! Points of hyperbolic space about their mean, along axes that tell classes apart.

/// Farther out than this, a translation in double precision loses the places of points to each other.
const FARTHEST: f64 = 15.0;

/// The part of the whole spread beside that between classes: enough to decide where the means of the
/// classes leave an axis open.
const OF_ALL: f64 = 1e-3;

/// The vectors at the origin of points at curvature −1, translated so that their mean is the origin; `None`
/// if they are too far out for that.
///
/// The mean is the Lorentz centroid, the sum of the points of the hyperboloid scaled back to it.
pub(super) fn about_the_mean(tangents: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    if !tangents.iter().all(|v| norm(v) <= FARTHEST) {
        return None;
    }
    let points: Vec<Vec<f64>> = tangents.iter().map(|v| lift(v)).collect();
    let mut sum = vec![0.0; points.first()?.len()];
    for point in &points {
        for (total, x) in sum.iter_mut().zip(point) {
            *total += x;
        }
    }
    let square = sum[0] * sum[0] - dot(&sum[1..], &sum[1..]);
    let mean: Vec<f64> = sum.iter().map(|x| x / square.max(1.0).sqrt()).collect();
    Some(
        points
            .iter()
            .map(|point| vector_of(&boost(&mean, point)))
            .collect(),
    )
}

/// The point of the hyperboloid at a vector at its origin, time first.
fn lift(v: &[f64]) -> Vec<f64> {
    let length = norm(v);
    let scale = if length > 0.0 {
        length.sinh() / length
    } else {
        1.0
    };
    std::iter::once(length.cosh())
        .chain(v.iter().map(|x| x * scale))
        .collect()
}

/// The vector at the origin that leads to a point of the hyperboloid.
fn vector_of(point: &[f64]) -> Vec<f64> {
    let length = norm(&point[1..]);
    let scale = if length > 0.0 {
        length.asinh() / length
    } else {
        0.0
    };
    point[1..].iter().map(|x| x * scale).collect()
}

/// The point where the boost that takes `mean` to the origin takes `point`.
fn boost(mean: &[f64], point: &[f64]) -> Vec<f64> {
    let (time, space) = (mean[0], &mean[1..]);
    let along = dot(space, &point[1..]);
    let shift = along / (1.0 + time) - point[0];
    std::iter::once(time * point[0] - along)
        .chain(point[1..].iter().zip(space).map(|(x, m)| x + shift * m))
        .collect()
}

/// What spreads the axes of a picture: for every node the mean of its class, and a little of its own place;
/// its own place alone where no classes are known.
pub(super) fn spread(tangents: &[Vec<f64>], classes: &[Option<u32>]) -> Vec<Vec<f64>> {
    let dim = tangents.first().map_or(0, Vec::len);
    let count = classes
        .iter()
        .flatten()
        .max()
        .map_or(0, |&most| most as usize + 1);
    let mut sums = vec![(0.0, vec![0.0; dim]); count];
    for (v, class) in tangents.iter().zip(classes) {
        if let Some((number, sum)) = class.and_then(|class| sums.get_mut(class as usize)) {
            *number += 1.0;
            sum.iter_mut().zip(v).for_each(|(total, x)| *total += x);
        }
    }
    if sums.iter().filter(|(number, _)| *number > 0.0).count() < 2 {
        return tangents.to_vec();
    }
    let means = tangents.iter().zip(classes).filter_map(|(_, class)| {
        let (number, sum) = sums.get((*class)? as usize)?;
        Some(sum.iter().map(|x| x / number).collect())
    });
    let little = OF_ALL.sqrt();
    let own = tangents
        .iter()
        .map(|v| v.iter().map(|x| little * x).collect());
    means.chain(own).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clump far from the origin.
    fn clump() -> Vec<Vec<f64>> {
        (0..60)
            .map(|i| {
                let t = f64::from(i);
                vec![
                    6.0 + 0.1 * t.sin(),
                    2.0 + 0.2 * (1.7 * t).cos(),
                    0.1 * (0.6 * t).sin(),
                ]
            })
            .collect()
    }

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        let (a, b) = (lift(a), lift(b));
        let difference: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x - y).collect();
        let square = dot(&difference[1..], &difference[1..]) - difference[0] * difference[0];
        2.0 * (square.max(0.0).sqrt() / 2.0).asinh()
    }

    #[test]
    fn a_clump_is_brought_to_the_origin_with_its_distances() {
        let before = clump();
        let after = about_the_mean(&before).unwrap();
        for pair in [(0, 1), (5, 40), (13, 59)] {
            let moved = distance(&after[pair.0], &after[pair.1]);
            assert!((distance(&before[pair.0], &before[pair.1]) - moved).abs() < 1e-6);
        }
        let mut mean = vec![0.0; 3];
        for v in &after {
            mean.iter_mut()
                .zip(v)
                .for_each(|(total, x)| *total += x / 60.0);
        }
        let largest = after.iter().map(|v| norm(v)).fold(0.0, f64::max);
        assert!(norm(&mean) < 0.1 * largest, "{mean:?} {largest}");
    }

    #[test]
    fn points_at_the_end_of_all_numbers_stay() {
        assert_eq!(about_the_mean(&[vec![0.0, 40.0], vec![1.0, 0.0]]), None);
        assert_eq!(about_the_mean(&[vec![f64::NAN, 0.0]]), None);
    }

    #[test]
    fn the_axes_follow_the_classes_and_not_the_widest_spread() {
        // Classes differ in the third coordinate, and nodes the most in the first.
        let node = |i: u32| {
            vec![
                5.0 * f64::from(i).sin(),
                0.1,
                if i.is_multiple_of(2) { 0.5 } else { -0.5 },
            ]
        };
        let tangents: Vec<_> = (0..40).map(node).collect();
        let classes: Vec<_> = (0..40).map(|i| Some(i % 2)).collect();
        let spread = spread(&tangents, &classes);
        let moment = |axis: usize| spread.iter().map(|v| v[axis] * v[axis]).sum::<f64>();
        assert!(moment(2) > moment(0));
        assert!(
            moment(0) > moment(1),
            "and the spread decides the second axis"
        );
        assert_eq!(super::spread(&tangents, &[]), tangents);
    }
}
