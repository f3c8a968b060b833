//! Great circles of the unit sphere, for the sphere and its subspheres.

use std::f64::consts::PI;

use burn::tensor::Tensor;

use crate::numerics::{self, arcsinc, dot, mask_select, norm, sqrt_or_zero, squared_norm};
use crate::rows::Rows;

/// How many roundings the sine of a distance may be away from 0 for far points to count as
/// antipodes: the norms of both are off by one or two, and nothing else is left in their sum.
const ANTIPODE_ROUNDINGS: f64 = 4.0;

/// $2\arctan(\text{difference}/\text{sum})$: the angle between unit vectors, from the lengths of
/// their difference and their sum.
pub(crate) fn angle<const D: usize>(difference: Tensor<D>, sum: Tensor<D>) -> Tensor<D> {
    numerics::angle(difference, sum).mul_scalar(2.0)
}

/// The logarithm, where geodesics between antipodes leave towards one of two `axes`:
/// orthonormal points that broadcast against `x`.
pub(crate) fn log<T: Rows>(x: T, y: T, axes: [T; 2]) -> T {
    let Pair {
        near,
        difference,
        difference_squared,
        turn,
        sum_squared,
    } = Pair::new(&x, &y, axes);
    let direction = mask_select(near.clone(), tangential(&x, difference), turn);
    // A second time: a difference that is all rounding may be normal to the last digit.
    let direction = tangential(&x, direction);
    // The smaller of θ and π - θ is 2 arcsin √quarter, and the direction as long as its sine.
    let quarter = mask_select(near.clone(), difference_squared, sum_squared).mul_scalar(0.25);
    let arcsinc = arcsinc(quarter.clone());
    let cosine = (-quarter.clone()).add_scalar(1.0).sqrt();
    let stretch = arcsinc.clone() / cosine;
    let smaller = (sqrt_or_zero(quarter) * arcsinc).mul_scalar(2.0);
    let sine = norm(direction.clone()).mask_fill(near.clone(), 1.0);
    direction * mask_select(near, stretch, (-smaller).add_scalar(PI) / sine)
}

/// Parallel transport, with `axes` as in [`log`]: the reflection that carries $x$ to $-y$.
pub(crate) fn parallel_transport<T: Rows>(x: T, y: T, v: T, axes: [T; 2]) -> T {
    let pair = Pair::new(&x, &y, axes);
    // The sum of x and y; but next to antipodes its own part along x is what their norms are off.
    let mirror = pair.turn + x * pair.sum_squared.mul_scalar(0.5);
    let along = dot(mirror.clone(), v.clone()) / squared_norm(mirror.clone());
    v - mirror * along.mul_scalar(2.0)
}

/// Difference and sum of two points. The shorter one holds the direction of the geodesic.
struct Pair<T: Rows> {
    /// Whether the difference is the shorter one.
    near: T::Mask,
    /// $y - x$.
    difference: T,
    /// $\lVert x - y\rVert^2$.
    difference_squared: T,
    /// The part of $x + y$ tangent at $x$; a unit vector at antipodes, where it vanishes.
    turn: T,
    /// $\lVert x + y\rVert^2$.
    sum_squared: T,
}

impl<T: Rows> Pair<T> {
    fn new(x: &T, y: &T, axes: [T; 2]) -> Self {
        x.assert_one_width(y);
        let difference = y.clone() - x.clone();
        let sum = x.clone() + y.clone();
        let difference_squared = squared_norm(difference.clone());
        let sum_squared = squared_norm(sum.clone());
        let near = difference_squared.clone().lower_equal(sum_squared.clone());

        let turn = tangential(x, sum);
        let lost = ANTIPODE_ROUNDINGS * turn.limits().epsilon;
        let antipodal = T::both(
            squared_norm(turn.clone()).lower_equal_elem(lost * lost),
            T::opposite(near.clone()),
        );
        let axis = further_axis(x, axes);
        Self {
            near,
            difference,
            difference_squared,
            turn: mask_select(antipodal, axis, turn),
            sum_squared,
        }
    }
}

/// The unit tangent vector at `x` towards the one of two orthonormal axes that is further from
/// $\pm x$, the first of equals: it has a tangential part of $\sqrt{1/2}$ or more.
fn further_axis<T: Rows>(x: &T, [first, second]: [T; 2]) -> T {
    let along = |axis: &T| dot(x.clone(), axis.clone()).abs();
    let towards_first = along(&first).lower_equal(along(&second));
    unit(tangential(x, mask_select(towards_first, first, second)))
}

/// $u - \langle x, u\rangle x$.
pub(crate) fn tangential<T: Rows>(x: &T, u: T) -> T {
    u.clone() - x.clone() * dot(x.clone(), u)
}

/// Rows divided by their norm, which must not be 0.
pub(crate) fn unit<T: Rows>(x: T) -> T {
    let length = norm(x.clone());
    x / length
}
