//! Points of hyperbolic space about their mean, along axes that tell classes apart.

use geom_kernels::geometry::{hyperboloid, norm, poincare};

/// Farther out than this, coordinates in double precision know the places of points to each other to less
/// than a thousandth.
const FARTHEST: f64 = 30.0;

/// The part of the whole spread beside that between classes: enough to decide where the means of the
/// classes leave an axis open.
const OF_ALL: f64 = 1e-3;

/// The vectors at the origin of points at curvature −1, translated so that their mean is the origin; `None`
/// if they are too far out for that.
///
/// The mean is the Lorentz centroid.
pub(super) fn about_the_mean(tangents: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    if !tangents.iter().all(|v| norm(v) <= FARTHEST) {
        return None;
    }
    let points: Vec<Vec<f64>> = tangents.iter().map(|v| hyperboloid::exp0(v)).collect();
    let rows: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    let mean = hyperboloid::centroid(&rows)?;
    let in_ball = |point: &[f64]| (hyperboloid::to_ball(point), hyperboloid::gap(point[0]));
    let (center, gap) = in_ball(&mean);
    let about_center = |point: &Vec<f64>| {
        let (point, own_gap) = in_ball(point);
        poincare::seen_from(&center, gap, &point, own_gap)
    };
    Some(points.iter().map(about_center).collect())
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
        hyperboloid::distance(&hyperboloid::exp0(a), &hyperboloid::exp0(b))
    }

    #[test]
    fn a_clump_is_brought_to_the_origin_with_its_distances() {
        let before = clump();
        let after = about_the_mean(&before).unwrap();
        for pair in [(0, 1), (5, 40), (13, 59)] {
            let moved = distance(&after[pair.0], &after[pair.1]);
            // A clump at a distance of 6.3 is known to about e^6.3 roundings.
            assert!((distance(&before[pair.0], &before[pair.1]) - moved).abs() < 1e-12);
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
