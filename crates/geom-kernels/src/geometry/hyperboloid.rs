//! Points of the unit hyperboloid, the time coordinate $t = \sqrt{1 + \lVert a\rVert^2}$ first, then the spatial
//! ones, $a$.

use super::poincare::distance_of;
use super::vectors::{dot, norm, of_length, squared_norm};
use crate::real::Real;

/// $t$ from $\lVert a\rVert^2$.
#[inline(always)]
pub fn time_of<T: Real>(square: T) -> T {
    (T::one() + square).sqrt()
}

/// The point with these spatial coordinates.
pub fn point_of<T: Real>(spatial: &[T]) -> Vec<T> {
    let time = time_of(squared_norm(spatial));
    std::iter::once(time)
        .chain(spatial.iter().copied())
        .collect()
}

/// The gap $2/(1 + t)$ of the point of the ball.
#[inline(always)]
pub fn gap<T: Real>(time: T) -> T {
    T::from_f64(2.0) / (T::one() + time)
}

/// The factor $2/g$ from coordinates in the ball to spatial ones.
#[inline(always)]
pub fn lift<T: Real>(gap: T) -> T {
    T::from_f64(2.0) / gap
}

/// The same point in the Poincaré ball: $a/(1 + t)$, whose gap is [`gap`] of the time.
pub fn to_ball<T: Real>(point: &[T]) -> Vec<T> {
    let one = T::one();
    point[1..].iter().map(|&x| x / (one + point[0])).collect()
}

/// The norm of the same point in the Poincaré ball.
pub fn norm_in_ball<T: Real>(point: &[T]) -> T {
    norm(&point[1..]) / (T::one() + point[0])
}

/// The same point of a point of the Poincaré ball with its gap.
///
/// # Examples
/// ```
/// use geom_kernels::geometry::{hyperboloid, poincare};
///
/// let x = [0.6, 0.0];
/// let point = hyperboloid::from_ball(&x, poincare::gap(&x));
/// assert_eq!(point, [2.125, 1.875, 0.0]);
/// assert_eq!(hyperboloid::to_ball(&point), x);
/// ```
pub fn from_ball<T: Real>(point: &[T], gap: T) -> Vec<T> {
    let factor = lift(gap);
    std::iter::once(factor - T::one())
        .chain(point.iter().map(|&x| x * factor))
        .collect()
}

/// The geodesic distance of two points, computed in double precision whatever their format.
///
/// With the spatial norms $A$ and $B$, and $\theta$ between the directions,
///
/// $$ \sinh^2\frac d2 = \frac{(A - B)^2}{2(1 + t_xt_y + AB)} + \frac{AB(1 - \cos\theta)}{2}, $$
///
/// where $A - B = \langle x - y, x + y\rangle/(A + B)$, and $1 - \cos\theta$ is found from the part of
/// $x - y$ across the shorter of both where the angle is acute. So nothing cancels at the origin, at
/// coincident points or far out.
///
/// # Panics
/// If a point has no coordinates.
pub fn distance<T: Real>(x: &[T], y: &[T]) -> f64 {
    let square = |point: &[T]| {
        point
            .iter()
            .map(|x| x.into_f64() * x.into_f64())
            .sum::<f64>()
    };
    let (mut far, mut near) = (&x[1..], &y[1..]);
    let (mut a, mut b) = (square(far).sqrt(), square(near).sqrt());
    if a < b {
        (far, near, a, b) = (near, far, b, a);
    }
    if a == 0.0 {
        return 0.0;
    }
    let pairs = || {
        far.iter()
            .zip(near)
            .map(|(x, y)| (x.into_f64(), y.into_f64()))
    };
    let radial = pairs().map(|(x, y)| (x - y) * (x + y)).sum::<f64>() / (a + b);
    let inner: f64 = pairs().map(|(x, y)| x * y).sum();
    // AB(1 - cos θ)
    let across = if inner > 0.0 && b > 0.0 {
        let along = pairs().map(|(x, y)| (x - y) * (y / b)).sum::<f64>();
        let square: f64 = pairs()
            .map(|(x, y)| (x - y - along * (y / b)).powi(2))
            .sum();
        b / a * square / (1.0 + inner / a / b)
    } else {
        a * b - inner
    };
    let times = time_of(a * a) * time_of(b * b);
    distance_of(0.5 * (radial * radial / (1.0 + times + a * b) + across))
}

/// The tangent vector at the origin that leads to a point: its spatial part, as long as the distance.
pub fn log0<T: Real>(point: &[T]) -> Vec<T> {
    of_length(&point[1..], norm(&point[1..]).asinh())
}

/// The point that the spatial part of a tangent vector at the origin leads to.
pub fn exp0<T: Real>(v: &[T]) -> Vec<T> {
    let length = norm(v);
    std::iter::once(length.cosh())
        .chain(of_length(v, length.sinh()))
        .collect()
}

/// The Lorentz centroid: the sum $(T, s)$ of the points, scaled back to the hyperboloid. `None` of no points.
///
/// # Numerics
/// The length of the sum is $\sqrt{(T - \lVert s\rVert)(T + \lVert s\rVert)}$, where
///
/// $$ T - \lVert s\rVert = \sum_i \bigl(t_i - \langle\hat s, a_i\rangle\bigr)
///    = \sum_i \frac{1 + \lVert a_i - \langle\hat s, a_i\rangle\hat s\rVert^2}{t_i + \langle\hat s, a_i\rangle} $$
///
/// by its last form for the points on the side of $\hat s$. The difference itself would have no digit left
/// from about 18 on, in distance from the origin.
///
/// # References
/// Law, Liao, Snell, Zemel (2019), *Lorentzian Distance Learning for Hyperbolic Representations*, §3.2.
pub fn centroid<T: Real>(points: &[&[T]]) -> Option<Vec<T>> {
    let [first, rest @ ..] = points else {
        return None;
    };
    if rest.is_empty() {
        return Some(first.to_vec());
    }
    let mut sum = vec![T::zero(); first.len()];
    for point in points {
        for (sum, &x) in sum.iter_mut().zip(*point) {
            *sum += x;
        }
    }
    let (time, spatial) = (sum[0], &sum[1..]);
    let ray = of_length(spatial, T::one());
    let mut difference = T::zero();
    for point in points {
        let along = dot(&point[1..], &ray);
        difference += if along > T::zero() {
            let mut square = T::one();
            for (&x, &ray) in point[1..].iter().zip(&ray) {
                let across = x - along * ray;
                square += across * across;
            }
            square / (point[0] + along)
        } else {
            point[0] - along
        };
    }
    let length = (difference * (time + norm(spatial))).sqrt();
    let spatial: Vec<T> = spatial.iter().map(|&x| x / length).collect();
    Some(point_of(&spatial))
}

#[cfg(test)]
mod tests {
    use super::super::poincare;
    use super::*;

    /// The formulas are exact in the coordinates: a few roundings.
    const ROUNDINGS: f64 = 4.0 * f64::EPSILON;

    /// Spatial coordinates and distances, by arithmetic with 80 digits: at the origin, nearly coincident, far
    /// out beside each other, in front of each other and on opposite sides.
    const DISTANCES: [([f64; 2], [f64; 2], f64); 12] = [
        ([1e-9, 2e-9], [-3e-9, 1e-9], 4.123105625617661e-9),
        (
            [0.75, 1.0],
            [0.75, 1.0 + 4096.0 * f64::EPSILON],
            7.101960449680443e-13,
        ),
        ([3e6, 4e6], [3e6 + 1.0, 4e6], 0.7800705949745592),
        ([3e6, 4e6], [3e6 + 4.0, 4e6 - 3.0], 3.2944622927419593),
        ([3e12, 4e12], [3.003e12, 4.004e12], 9.995003330835331e-4),
        ([3e12, 4e12], [-3e12, 4e12], 58.8455611703132),
        ([3e12, 4e12], [-3e12, -4e12], 59.86721241784519),
        ([3e12, 4e12], [0.0, 0.0], 29.933606208922594),
        ([3e12, 4e12], [1e-3, 0.0], 29.933006529150493),
        ([3e12, 4e12], [-4e-7, 3e-7], 29.93360620892272),
        ([1.5, -0.5], [0.25, 2.0], 2.2580240587622558),
        ([1.5, -0.5], [1.5, -0.5], 0.0),
    ];

    #[test]
    fn distances_are_those_of_exact_arithmetic() {
        for (a, b, expected) in DISTANCES {
            let (x, y) = (point_of(&a), point_of(&b));
            for found in [distance(&x, &y), distance(&y, &x)] {
                let error = (found - expected).abs();
                assert!(error <= ROUNDINGS * expected, "{a:?} {b:?}: {found}");
            }
        }
        let nearly_none = [1.0, 1e-200, 0.0];
        assert_eq!(distance(&nearly_none, &nearly_none), 0.0);
        assert_eq!(distance(&[1.0, 0.0], &[1.0, 0.0]), 0.0);
        assert!((distance(&point_of(&[1e3f32]), &point_of(&[1e3f32 + 1.0])) - 1e-3).abs() < 1e-6);
    }

    #[test]
    fn the_ball_is_the_same_space() {
        for point in [[0.5f64, 0.25], [-0.3, 0.9], [0.0, 1e-9], [0.0, 0.0]] {
            let own = poincare::gap(&point);
            let lifted = from_ball(&point, own);
            assert!((gap(lifted[0]) / own - 1.0).abs() < ROUNDINGS);
            let (back, ray) = (to_ball(&lifted), poincare::log0(&point));
            let of_lifted = log0(&lifted);
            for axis in 0..2 {
                assert!((back[axis] - point[axis]).abs() <= ROUNDINGS);
                assert!((of_lifted[axis] - ray[axis]).abs() < 1e-14);
            }
            assert!((norm_in_ball(&lifted) - norm(&point)).abs() <= ROUNDINGS);
            let there = exp0(&ray);
            assert!(distance(&there, &lifted) < 1e-13, "{there:?} {lifted:?}");
            let other = [0.1, -0.6];
            let expected = poincare::distance(&point, &other);
            let found = distance(&lifted, &from_ball(&other, poincare::gap(&other)));
            assert!((found - expected).abs() < 1e-13);
        }
    }

    #[test]
    fn the_centroid_is_that_of_exact_arithmetic() {
        let far = [3e9, 4e9];
        for (points, expected) in [
            (
                vec![far, [3e9 + 2.0, 4e9 - 1.0]],
                [2018018382.7058058f64, 2690691175.707841],
            ),
            (
                vec![far, [4e9, 3e9], [0.5, 0.25]],
                [4.949747453299232, 4.949747453122456],
            ),
            (
                vec![[0.5, 0.25], [-1.5, 2.0]],
                [-0.3396279642408009, 0.764162919541802],
            ),
            (vec![[1e-9, 0.0], [0.0, 1e-9]], [5e-10, 5e-10]),
            (vec![far, [-3e9, -4e9]], [0.0, 0.0]),
        ] {
            let points: Vec<Vec<f64>> = points.iter().map(|spatial| point_of(spatial)).collect();
            let rows: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
            let found = centroid(&rows).unwrap();
            // A rounding of coordinates of 5e9 is a distance of about 1e-6.
            let farthest = expected.iter().fold(1.0f64, |most, x| most.max(x.abs()));
            let apart = distance(&found, &point_of(&expected));
            assert!(apart <= ROUNDINGS * farthest, "{found:?}: {apart:e}");
        }
        assert_eq!(centroid::<f64>(&[]), None);
        assert_eq!(centroid(&[&[1.25f32, 0.75]]), Some(vec![1.25, 0.75]));
    }
}
