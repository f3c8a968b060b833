//! Points of the unit Poincaré ball, each with its gap $g_x = 1 - \lVert x\rVert^2$.
//!
//! With $\delta = y - x$, nothing cancels in
//!
//! $$ S = \frac{\lVert\delta\rVert^2}{g_xg_y} = \sinh^2\frac{d(x, y)}{2}, \qquad
//!    (-x) \oplus y = \frac{g_x\delta - \lVert\delta\rVert^2x}{g_xg_y + \lVert\delta\rVert^2}. $$
//!
//! What is lost is lost in the gaps: their absolute error is that of the squares of the coordinates, about
//! $\varepsilon$, so that a distance is off by about $\varepsilon/g$. That is how far rounded coordinates are
//! from the point they stand for, too.
//!
//! # References
//! Ungar (2008), *A Gyrovector Space Approach to Hyperbolic Geometry*, §3.4–3.6, for the textbook forms.

use super::vectors::{dot, of_length, squared_norm};
use crate::real::Real;

/// The gap of a point, from $\lVert x\rVert^2$; at least [`Real::BOUNDARY_GAP`].
#[inline(always)]
pub fn gap_of<T: Real>(square: T) -> T {
    (T::one() - square).max(T::BOUNDARY_GAP)
}

/// The gap $1 - \lVert x\rVert^2$ of a point, at least [`Real::BOUNDARY_GAP`].
#[inline(always)]
pub fn gap<T: Real>(point: &[T]) -> T {
    gap_of(squared_norm(point))
}

/// The largest $\lVert x\rVert^2$ of a point that a table holds.
#[inline(always)]
pub fn largest_square<T: Real>() -> T {
    T::one() - T::BOUNDARY_GAP
}

/// The factor that takes a point with this $\lVert x\rVert^2$ back to the last sphere which the number format
/// can tell from the boundary, if rounding left it outside; else 1.
#[inline(always)]
pub fn confinement<T: Real>(square: T) -> T {
    let limit = largest_square::<T>();
    if square > limit {
        (limit / square).sqrt()
    } else {
        T::one()
    }
}

/// The distance $d$ with $S = \sinh^2\tfrac d2$.
pub fn distance_of<T: Real>(squared_sinh: T) -> T {
    T::from_f64(2.0) * squared_sinh.sqrt().asinh()
}

/// The geodesic distance of two points, computed in double precision whatever their format.
///
/// # Examples
/// ```
/// use geom_kernels::geometry::poincare::distance;
///
/// // On a ray from the origin it is the difference of 2 artanh of the norms.
/// let expected = 2.0 * (0.8f64.atanh() - 0.5f64.atanh());
/// assert!((distance(&[0.3, 0.4], &[0.48, 0.64]) - expected).abs() < 1e-14);
/// ```
pub fn distance<T: Real>(x: &[T], y: &[T]) -> f64 {
    // A point of a narrow format at its own edge stays there.
    let lowest = T::BOUNDARY_GAP.into_f64();
    let gap = |point: &[T]| {
        let square: f64 = point.iter().map(|x| x.into_f64() * x.into_f64()).sum();
        (1.0 - square).max(lowest)
    };
    let chord: f64 = (x.iter().zip(y))
        .map(|(a, b)| (a.into_f64() - b.into_f64()).powi(2))
        .sum();
    distance_of(chord / (gap(x) * gap(y)))
}

/// $\lVert x\rVert$ of the points at distance `radius` from the origin.
pub fn norm_at<T: Real>(radius: T) -> T {
    (T::from_f64(0.5) * radius).tanh()
}

/// $\tanh\tfrac v2 - \tanh\tfrac u2$: how far apart the norms of points at the distances $u$ and $v$ from the
/// origin are, where both norms are nearly 1 too.
pub fn norm_difference<T: Real>(u: T, v: T) -> T {
    let half = T::from_f64(0.5);
    (half * (v - u)).sinh() / ((half * v).cosh() * (half * u).cosh())
}

/// The tangent vector at the origin that leads to a point: as long as its distance from there.
pub fn log0<T: Real>(point: &[T]) -> Vec<T> {
    let square = squared_norm(point);
    of_length(point, distance_of(square / gap_of(square)))
}

/// $x \oplus w$ as a fraction, and its gap: what a step $w$ from a point comes to.
///
/// Of one inner product and one square, so that lanes and slices can share it. It is meant for steps: where
/// $w$ nearly takes $x$ back to the origin from next to the boundary, it cancels and [`add`] does not.
#[derive(Clone, Copy, Debug)]
pub struct Step<T> {
    /// The coefficient of $x$, over the denominator.
    pub of_point: T,
    /// The coefficient of $w$.
    pub of_step: T,
    /// The new gap.
    pub of_gap: T,
    /// $1 + 2\langle x, w\rangle + \lVert x\rVert^2\lVert w\rVert^2$.
    pub denominator: T,
}

impl<T: Real> Step<T> {
    /// From the gap of $x$, $\langle x, w\rangle$ and $\lVert w\rVert^2$.
    #[inline(always)]
    pub fn new(gap: T, inner: T, square: T) -> Self {
        let (one, two) = (T::one(), T::from_f64(2.0));
        Self {
            of_point: one + two * inner + square,
            of_step: gap,
            of_gap: gap * (one - square),
            denominator: (one + two * inner + (one - gap) * square).max(T::min_positive_value()),
        }
    }
}

/// The factor $f$ with which $x \oplus fv$ is the geodesic retraction of the tangent vector $v$ at $x$:
///
/// $$ f = \frac{2/g_x}{1 + \sqrt{1 + t^2}}, \qquad t = \frac{2}{g_x}\lVert v\rVert $$
///
/// with the Riemannian length $t$. It is the exponential map of a step of length $\operatorname{arsinh} t$:
/// it agrees with the exponential map to second order, needs one square root, and tames steps that are far
/// too long.
#[inline(always)]
pub fn retraction<T: Real>(gap: T, squared_length: T) -> T {
    let (one, scale) = (T::one(), T::from_f64(2.0) / gap);
    scale / (one + (one + scale * scale * squared_length).sqrt())
}

/// Takes a point along `scale` times the tangent vector `v` by the [`retraction`]; returns the new gap.
pub fn retract<T: Real>(point: &mut [T], gap: T, v: &[T], scale: T) -> T {
    let length = squared_norm(v) * scale * scale;
    let inner = dot(point, v) * scale;
    let factor = retraction(gap, length);
    let step = Step::new(gap, inner * factor, length * factor * factor);
    let keep = step.of_point / step.denominator;
    let by = step.of_step * factor * scale / step.denominator;
    for (x, &v) in point.iter_mut().zip(v) {
        *x = keep * *x + by * v;
    }
    (step.of_gap / step.denominator).max(T::BOUNDARY_GAP)
}

/// Takes a point $x$ to $x \oplus w$ for a short $w$; returns the new gap.
pub fn translate<T: Real>(point: &mut [T], gap: T, w: &[T]) -> T {
    let step = Step::new(gap, dot(point, w), squared_norm(w));
    for (x, &w) in point.iter_mut().zip(w) {
        *x = (step.of_point * *x + step.of_step * w) / step.denominator;
    }
    (step.of_gap / step.denominator).max(T::BOUNDARY_GAP)
}

/// Möbius addition $x \oplus y$ of any two points with their gaps: with $s = x + y$,
///
/// $$ x \oplus y = \frac{g_xs + \lVert s\rVert^2x}{g_xg_y + \lVert s\rVert^2}. $$
///
/// # Examples
/// ```
/// use geom_kernels::geometry::poincare::{add, gap};
///
/// let (x, y) = ([0.6_f64, 0.0], [-0.6, 0.0]);
/// assert_eq!(add(&x, gap(&x), &y, gap(&y)), [0.0, 0.0]);
/// // On a line it is the addition of velocities.
/// let sum = add(&x, gap(&x), &x, gap(&x));
/// assert!((sum[0] - 1.2 / 1.36).abs() < 1e-15 && sum[1] == 0.0);
/// ```
pub fn add<T: Real>(x: &[T], gap_x: T, y: &[T], gap_y: T) -> Vec<T> {
    let sum: Vec<T> = x.iter().zip(y).map(|(&x, &y)| x + y).collect();
    let square = squared_norm(&sum);
    let denominator = gap_x * gap_y + square;
    (x.iter().zip(&sum))
        .map(|(&x, &sum)| (gap_x * sum + square * x) / denominator)
        .collect()
}

/// The tangent vector at the origin that leads to $(-x) \oplus y$: where $y$ lies as seen from $x$.
pub fn seen_from<T: Real>(x: &[T], gap_x: T, y: &[T], gap_y: T) -> Vec<T> {
    let delta: Vec<T> = x.iter().zip(y).map(|(&x, &y)| y - x).collect();
    let square = squared_norm(&delta);
    let direction: Vec<T> = (x.iter().zip(&delta))
        .map(|(&x, &delta)| gap_x * delta - square * x)
        .collect();
    // The distance by S, and not by the norm of the sum, which can be too near to 1.
    of_length(&direction, distance_of(square / (gap_x * gap_y)))
}

#[cfg(test)]
mod tests {
    use super::super::vectors::norm;
    use super::*;

    /// Pairs and their distances, by arithmetic with 80 digits: at the origin, nearly coincident, and next to
    /// the boundary.
    const DISTANCES: [([f64; 2], [f64; 2], f64); 7] = [
        ([1e-9, 2e-9], [-3e-9, 1e-9], 8.246211251235322e-9),
        ([0.3, 0.4], [0.3, 0.4 + 1e-12], 2.6666076754144316e-12),
        ([0.6, 0.8 - 1e-9], [-0.8, 0.6 - 1e-8], 40.571063002010746),
        ([0.5, 0.25], [-0.125, 0.75], 2.3741541828445696),
        ([0.0, 0.0], [0.75, 0.0], 1.9459101490553132),
        ([0.6, 0.8 - 1e-9], [0.6, 0.8 - 1.1e-9], 0.11911241290199084),
        ([0.3, 0.4], [0.3, 0.4], 0.0),
    ];

    /// Roundings of the squares, over a gap, and of the formula.
    fn tolerance(distance: f64, gap: f64) -> f64 {
        4.0 * f64::EPSILON * (distance + distance.min(1.0) / gap)
    }

    #[test]
    fn distances_are_those_of_exact_arithmetic() {
        for (x, y, expected) in DISTANCES {
            let tolerance = tolerance(expected, gap(&x).min(gap(&y)));
            for found in [distance(&x, &y), distance(&y, &x)] {
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{x:?} {y:?}: {found}"
                );
            }
            let (gap_x, gap_y) = (gap(&x), gap(&y));
            let seen = norm(&seen_from(&x, gap_x, &y, gap_y));
            assert!(
                (seen - expected).abs() <= tolerance,
                "{x:?} {y:?}: {seen} seen"
            );
        }
    }

    #[test]
    fn points_of_a_narrow_format_have_the_distance_of_their_coordinates() {
        let (x, y) = ([0.6f32, 0.799], [-0.8f32, 0.59]);
        let [wide_x, wide_y] = [x, y].map(|point| point.map(f64::from));
        assert_eq!(distance(&x, &y), distance(&wide_x, &wide_y));
        // At the edge of the format, or beyond it, the distance stays finite.
        let edge = distance(&[1.0f32, 0.0], &[0.0, 0.0]);
        assert!(edge.is_finite() && edge < 20.0, "{edge}");
    }

    #[test]
    fn sums_are_those_of_exact_arithmetic() {
        for (x, y, expected) in [
            (
                [0.5f64, 0.25],
                [-0.125, 0.75],
                [0.578839590443686, 0.6798634812286689],
            ),
            // Nearly opposite, next to the boundary.
            (
                [0.6, 0.8 - 1e-9],
                [-0.6, -0.8 + 1.5e-9],
                [0.03667482464396875, 0.24449880363159665],
            ),
            ([1e-9, 0.0], [0.0, 3e-9], [1e-9, 3e-9]),
            (
                [0.6, 0.8 - 1e-9],
                [0.36, 0.48],
                [0.60000000036, 0.79999999948],
            ),
        ] {
            let (gap_x, gap_y) = (gap(&x), gap(&y));
            let found = add(&x, gap_x, &y, gap_y);
            let size = norm(&expected);
            let tolerance = 4.0 * f64::EPSILON * size / gap_x.min(gap_y);
            for axis in 0..2 {
                let error = (found[axis] - expected[axis]).abs();
                assert!(error <= tolerance, "{x:?} {y:?}: {found:?}");
            }
        }
    }

    #[test]
    fn steps_are_sums_with_their_gaps() {
        for (x, w) in [
            ([0.5f64, 0.25], [-0.125, 0.3]),
            ([0.0, 0.0], [0.2, 0.1]),
            ([0.6, 0.8 - 1e-6], [0.1, -0.2]),
        ] {
            let mut moved = x;
            let new_gap = translate(&mut moved, gap(&x), &w);
            let expected = add(&x, gap(&x), &w, gap(&w));
            // A gap of 2e-6 knows 10 digits.
            assert!((moved[0] - expected[0]).abs() < 1e-10);
            assert!((moved[1] - expected[1]).abs() < 1e-10);
            assert!((new_gap / gap(&moved) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_retraction_goes_as_far_as_it_says_along_the_geodesic() {
        for (x, scale) in [([0.3, -0.4], -0.2), ([0.0, 0.0], 1.5), ([0.9, 0.4], 1e6)] {
            let v = [1.0, 2.0];
            let own = gap(&x);
            let mut moved = x;
            let new_gap = retract(&mut moved, own, &v, scale);
            let length = norm(&v) * f64::abs(scale) * 2.0 / own;
            let seen = seen_from(&x, own, &moved, new_gap);
            // Far out the gap has lost digits.
            let tolerance = 1e-12 + 4.0 * f64::EPSILON / new_gap;
            assert!(
                (norm(&seen) - length.asinh()).abs() < tolerance,
                "{x:?}: {seen:?}"
            );
            let across = seen[0] * v[1] - seen[1] * v[0];
            assert!(across.abs() < tolerance * norm(&seen) * norm(&v), "{x:?}");
            assert!(seen[0] * scale > 0.0);
        }
        let mut still = [0.3f32, 0.1];
        assert_eq!(retract(&mut still, 0.9, &[0.0, 0.0], 2.0), 0.9);
        assert_eq!(still, [0.3, 0.1]);
    }

    #[test]
    fn norms_and_radii_undo_each_other() {
        for radius in [0.0f64, 1e-9, 0.5, 3.0, 15.0] {
            let point = [0.6 * norm_at(radius), 0.8 * norm_at(radius)];
            let back = log0(&point);
            let tolerance = tolerance(radius, gap(&point));
            assert!((norm(&back) - radius).abs() <= tolerance, "{radius}");
            assert!((back[0] * 0.8 - back[1] * 0.6).abs() <= tolerance);
        }
        // tanh 17 and tanh 16.5 differ by 4e-15, of which plain subtraction keeps one digit.
        let exact = 2.0 * ((-33.0f64).exp() - (-34.0f64).exp());
        assert!((norm_difference(33.0, 34.0) / exact - 1.0).abs() < 1e-13);
        assert_eq!(norm_difference(1.0, 1.0), 0.0);
    }

    #[test]
    fn points_outside_come_back_to_the_last_sphere() {
        assert_eq!(confinement(0.5), 1.0);
        assert_eq!(confinement(largest_square::<f32>()), 1.0);
        let factor = confinement(1.5f64);
        assert!((1.5 * factor * factor - largest_square::<f64>()).abs() <= 2.0 * f64::EPSILON);
        assert_eq!(gap(&[1.0f64, 1.0]), f64::BOUNDARY_GAP);
    }
}
