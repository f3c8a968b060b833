//! All pairs of points closer than the radius of their disk.

use std::f64::consts::{PI, TAU};

/// A point of the disk.
pub(super) struct Point {
    pub(super) angle: f64,
    pub(super) radius: f64,
    pub(super) node: u32,
}

/// The largest angle between linked points at radii `a` and `b`.
pub(super) fn link_angle(a: f64, b: f64, disk: f64) -> f64 {
    if a + b <= disk {
        return PI;
    }
    let sine_squared = (disk.cosh() - (a - b).cosh()) / (2.0 * a.sinh() * b.sinh());
    2.0 * sine_squared.clamp(0.0, 1.0).sqrt().asin()
}

/// All pairs of points closer than `disk`, each once.
pub(super) fn links(rings: &[Vec<Point>], disk: f64) -> Vec<[u32; 2]> {
    let cosh_disk = disk.cosh();
    let mut links = Vec::new();
    for (inner, points) in rings.iter().enumerate() {
        for (index, p) in points.iter().enumerate() {
            let sinh_p = p.radius.sinh();
            let mut test = |q: &Point| {
                let sine = (0.5 * (p.angle - q.angle)).sin();
                let cosh =
                    (p.radius - q.radius).cosh() + 2.0 * sinh_p * q.radius.sinh() * sine * sine;
                if cosh < cosh_disk {
                    links.push([p.node, q.node]);
                }
            };
            // Within the ring: points after this one, each pair once, angles up to half a turn.
            let reach = link_angle(p.radius, inner as f64, disk);
            within_ring(points, index, reach, &mut test);
            for (outer, ring) in rings.iter().enumerate().skip(inner + 1) {
                around(
                    ring,
                    p.angle,
                    link_angle(p.radius, outer as f64, disk),
                    &mut test,
                );
            }
        }
    }
    links
}

/// Points of the same ring that come after `index` going round, up to `reach`; half a turn at most, so
/// that a pair is met from one side only.
fn within_ring(points: &[Point], index: usize, reach: f64, test: &mut impl FnMut(&Point)) {
    let from = points[index].angle;
    for q in points[index + 1..]
        .iter()
        .take_while(|q| q.angle - from <= reach)
    {
        test(q);
    }
    // Beyond the start of the count, up to where the other side would meet this pair.
    for q in points[..index]
        .iter()
        .take_while(|q| q.angle + TAU - from <= reach)
    {
        let other_way = from - q.angle;
        if other_way > reach {
            test(q);
        }
    }
}

/// Points of a ring no further than `reach` from `angle`, either way, each once.
fn around(ring: &[Point], angle: f64, reach: f64, test: &mut impl FnMut(&Point)) {
    if reach >= PI {
        ring.iter().for_each(test);
        return;
    }
    let mut span = |from: f64, to: f64| {
        let start = ring.partition_point(|q| q.angle < from);
        for q in ring[start..].iter().take_while(|q| q.angle <= to) {
            test(q);
        }
    };
    let (from, to) = (angle - reach, angle + reach);
    span(from.max(0.0), to.min(TAU));
    if from < 0.0 {
        span(from + TAU, TAU);
    }
    if to > TAU {
        span(0.0, to - TAU);
    }
}

#[cfg(test)]
mod tests {
    use super::super::radius_at;
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Points of a small disk, drawn as the generator does.
    fn rings(nodes: u32, disk: f64, alpha: f64, seed: u64) -> Vec<Vec<Point>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rings: Vec<Vec<Point>> = (0..disk.ceil() as usize).map(|_| Vec::new()).collect();
        for node in 0..nodes {
            let radius = radius_at(rng.random(), alpha, disk);
            let angle = rng.random_range(0.0..TAU);
            rings[radius as usize].push(Point {
                angle,
                radius,
                node,
            });
        }
        for ring in &mut rings {
            ring.sort_unstable_by(|a, b| a.angle.total_cmp(&b.angle));
        }
        rings
    }

    #[test]
    fn links_are_all_pairs_closer_than_the_radius_each_once() {
        for (disk, alpha, seed) in [
            (2.5, 0.6, 1),
            (6.0, 0.75, 2),
            (11.0, 1.0, 3),
            (11.0, 0.55, 4),
        ] {
            let rings = rings(500, disk, alpha, seed);
            let points: Vec<&Point> = rings.iter().flatten().collect();
            let mut expected = Vec::new();
            for (i, p) in points.iter().enumerate() {
                for q in &points[..i] {
                    let cosh = p.radius.cosh() * q.radius.cosh()
                        - p.radius.sinh() * q.radius.sinh() * (p.angle - q.angle).cos();
                    if cosh < disk.cosh() {
                        expected.push([p.node.min(q.node), p.node.max(q.node)]);
                    }
                }
            }
            expected.sort_unstable();
            let found = links(&rings, disk).into_iter();
            let mut found: Vec<_> = found.map(|[u, v]| [u.min(v), u.max(v)]).collect();
            found.sort_unstable();
            assert!(expected.len() > 500, "{} links", expected.len());
            assert!(
                found == expected,
                "disk {disk}: {} of {}",
                found.len(),
                expected.len()
            );
        }
    }
}
