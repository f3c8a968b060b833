//! The spaces the closed-form kernel works in, each as a change of coordinates around one formula.
//!
//! On both hyperbolic models the kernel computes in the unit ball with the *gap*
//! $1-\lVert p\rVert^2$ beside each point. The models differ in what the table stores, so their
//! steps are the same by isometry, and the hyperboloid keeps the gap exact far from the origin.

use crate::geometry::{hyperboloid, poincare};
use crate::real::{LANES, Lanes, Real};

/// The meaning of a row of the table.
pub(super) trait Space: Copy + Send + Sync + 'static {
    /// Whether the ball's formulas apply; flat otherwise.
    const CURVED: bool;

    /// From table coordinates to kernel coordinates, in place; returns the gaps.
    fn decode<T: Real>(point: &mut [Lanes<T>]) -> Lanes<T>;

    /// From kernel coordinates and gaps back to table coordinates, in place.
    fn encode<T: Real>(point: &mut [Lanes<T>], gap: &Lanes<T>);
}

/// $\lVert p\rVert^2$ in every lane.
#[inline(always)]
pub(super) fn squared_norm<T: Real>(point: &[Lanes<T>]) -> Lanes<T> {
    let mut sum = [T::zero(); LANES];
    for coordinate in point {
        for lane in 0..LANES {
            sum[lane] += coordinate[lane] * coordinate[lane];
        }
    }
    sum
}

/// Rows are points of the unit Poincaré ball.
#[derive(Clone, Copy)]
pub(super) struct Ball;

impl Space for Ball {
    const CURVED: bool = true;

    #[inline(always)]
    fn decode<T: Real>(point: &mut [Lanes<T>]) -> Lanes<T> {
        let mut gap = squared_norm(point);
        for gap in &mut gap {
            *gap = poincare::gap_of(*gap);
        }
        gap
    }

    #[inline(always)]
    fn encode<T: Real>(point: &mut [Lanes<T>], _gap: &Lanes<T>) {
        // Rounding can leave a point on the boundary itself.
        let square = squared_norm(point);
        let mut scale = [T::one(); LANES];
        for lane in 0..LANES {
            scale[lane] = poincare::confinement(square[lane]);
        }
        for coordinate in point {
            for lane in 0..LANES {
                coordinate[lane] *= scale[lane];
            }
        }
    }
}

/// Rows are the spatial coordinates of points of the unit hyperboloid.
#[derive(Clone, Copy)]
pub(super) struct Hyperboloid;

impl Space for Hyperboloid {
    const CURVED: bool = true;

    #[inline(always)]
    fn decode<T: Real>(point: &mut [Lanes<T>]) -> Lanes<T> {
        let square = squared_norm(point);
        let mut gap = [T::one(); LANES];
        let mut scale = [T::one(); LANES];
        for lane in 0..LANES {
            // One division for the factor of the coordinates and for the gap.
            scale[lane] = (T::one() + hyperboloid::time_of(square[lane])).recip();
            gap[lane] = scale[lane] + scale[lane];
        }
        for coordinate in point {
            for lane in 0..LANES {
                coordinate[lane] *= scale[lane];
            }
        }
        gap
    }

    #[inline(always)]
    fn encode<T: Real>(point: &mut [Lanes<T>], gap: &Lanes<T>) {
        let mut scale = [T::one(); LANES];
        for lane in 0..LANES {
            scale[lane] = hyperboloid::lift(gap[lane].max(T::BOUNDARY_GAP));
        }
        for coordinate in point {
            for lane in 0..LANES {
                coordinate[lane] *= scale[lane];
            }
        }
    }
}

/// Rows are points of Euclidean space.
#[derive(Clone, Copy)]
pub(super) struct Flat;

impl Space for Flat {
    const CURVED: bool = false;

    #[inline(always)]
    fn decode<T: Real>(_point: &mut [Lanes<T>]) -> Lanes<T> {
        [T::one(); LANES]
    }

    #[inline(always)]
    fn encode<T: Real>(_point: &mut [Lanes<T>], _gap: &Lanes<T>) {}
}

/// Similarities $e^{-d}$ and the factors $r$ of the distance gradients, from squared chords.
///
/// In the ball, with $s = \lVert x-y\rVert^2/(g_x g_y) = \sinh^2(d/2)$, no transcendental function
/// is needed: $e^{-d} = (\sqrt{1+s}+\sqrt s)^{-2}$ and $r = 1/(2\sqrt{s(1+s)}) = 1/\sinh d$. The
/// gradient at coincident points is zero.
#[inline(always)]
pub(super) fn similarity<T: Real, S: Space>(
    chord: &Lanes<T>,
    gap_x: T,
    gap_y: &Lanes<T>,
) -> (Lanes<T>, Lanes<T>) {
    let one = T::one();
    let mut similarity = [one; LANES];
    let mut factor = [T::zero(); LANES];
    if S::CURVED {
        let half = T::from_f64(0.5);
        for lane in 0..LANES {
            let s = chord[lane] / (gap_x * gap_y[lane]);
            let root = s.sqrt();
            let cosh = (one + s).sqrt();
            let h = (root + cosh).recip();
            similarity[lane] = h * h;
            let sinh = root * cosh;
            factor[lane] = if sinh > T::min_positive_value() {
                half / sinh
            } else {
                T::zero()
            };
        }
    } else {
        for lane in 0..LANES {
            let d = chord[lane].sqrt();
            similarity[lane] = (-d).exp();
            factor[lane] = if d > T::min_positive_value() {
                d.recip()
            } else {
                T::zero()
            };
        }
    }
    (similarity, factor)
}

/// Takes the points `y` along the tangent vectors `v` by the geodesic retraction, in place; returns
/// the new gaps.
///
/// In the ball these are [`poincare::retraction`] and [`poincare::Step`], with one division for all that is
/// over the denominator.
#[inline(always)]
pub(super) fn retract<T: Real, S: Space>(
    y: &mut [Lanes<T>],
    v: &[Lanes<T>],
    gap: &Lanes<T>,
) -> Lanes<T> {
    let one = T::one();
    if !S::CURVED {
        for (coordinate, step) in y.iter_mut().zip(v) {
            for lane in 0..LANES {
                coordinate[lane] += step[lane];
            }
        }
        return *gap;
    }
    let length = squared_norm(v);
    let mut dot = [T::zero(); LANES];
    for (coordinate, step) in y.iter().zip(v) {
        for lane in 0..LANES {
            dot[lane] += coordinate[lane] * step[lane];
        }
    }
    let mut keep = [one; LANES];
    let mut move_by = [T::zero(); LANES];
    let mut new_gap = [one; LANES];
    for lane in 0..LANES {
        let factor = poincare::retraction(gap[lane], length[lane]);
        let step = poincare::Step::new(
            gap[lane],
            dot[lane] * factor,
            length[lane] * factor * factor,
        );
        let inverse = step.denominator.recip();
        keep[lane] = step.of_point * inverse;
        move_by[lane] = step.of_step * factor * inverse;
        new_gap[lane] = (step.of_gap * inverse).max(T::BOUNDARY_GAP);
    }
    for (coordinate, step) in y.iter_mut().zip(v) {
        for lane in 0..LANES {
            coordinate[lane] = keep[lane] * coordinate[lane] + move_by[lane] * step[lane];
        }
    }
    new_gap
}
