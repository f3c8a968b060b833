//! Lengths and products of rows, without overflow.

#[cfg(doc)]
use crate::numerics::Limits;
use crate::numerics::functions::sqrt_or_zero;
use crate::rows::Rows;

/// The inner product $\langle x, y\rangle$ of the last axis, which is kept at size 1.
///
/// # Panics
/// If that axis has two sizes.
pub fn dot<T: Rows>(x: T, y: T) -> T {
    x.assert_one_width(&y);
    (x * y).row_sum()
}

/// $\lVert x\rVert^2$ over the last axis, which is kept at size 1.
pub fn squared_norm<T: Rows>(x: T) -> T {
    x.square().row_sum()
}

/// $\lVert x\rVert$ over the last axis, which is kept at size 1; the gradient at 0 is 0.
pub fn norm<T: Rows>(x: T) -> T {
    sqrt_or_zero(squared_norm(x))
}

/// Shortens rows of `x` longer than `longest` to that length; leaves the others bit for bit.
pub fn clip_norm<T: Rows>(x: T, longest: f64) -> T {
    // By a constant first: the derivative in the second factor is x times the incoming gradient,
    // which may overflow for an x that only just has no square.
    let max_squarable = x.limits().max_squarable;
    clip_squarable(clip_norm_detached(x, max_squarable), longest)
}

/// [`clip_norm`] for rows that are known to be [squarable](Limits::max_squarable), at half the price.
pub(crate) fn clip_squarable<T: Rows>(x: T, longest: f64) -> T {
    let factor = squared_norm(x.clone()).clip_factor_of_square(longest);
    x * factor
}

/// The factor `[..., 1]` that shortens rows of `x` to length `longest`: exactly 1 for shorter ones.
pub fn clip_factor<T: Rows>(x: T, longest: f64) -> T {
    let detached = clip_factor_detached(&x, x.limits().max_squarable);
    squared_norm(x * detached.clone()).clip_factor_of_square(longest) * detached
}

/// Shortens rows of `x` whose squares might overflow, to length `longest`; leaves others bit for bit.
/// For vectors so long that only their direction counts, which infinite squares would lose.
///
/// To automatic differentiation the factor is a constant: a map that does not change along the
/// direction keeps its derivative across it.
///
/// # Domain
/// `longest` is between 2^15 (`f32`) or 2^33 (`f64`) and [`Limits::max_squarable`].
pub fn clip_norm_detached<T: Rows>(x: T, longest: f64) -> T {
    let factor = clip_factor_detached(&x, longest);
    x * factor
}

/// The factor `[..., 1]` of [`clip_norm_detached`].
pub fn clip_factor_detached<T: Rows>(x: &T, longest: f64) -> T {
    x.clip_factor_detached(longest)
}

/// Rows divided by their largest coordinate, so that their squares neither overflow nor vanish;
/// the divisor is a constant to automatic differentiation.
pub(crate) fn divide_by_largest<T: Rows>(x: T) -> T {
    let largest = x.row_largest();
    let zero = largest.clone().equal_elem(0.0);
    x / largest.mask_fill(zero, 1.0)
}

/// The largest magnitude of a coordinate, `[..., 1]`, as a constant.
pub(crate) fn largest_coordinate<T: Rows>(x: &T) -> T {
    x.row_largest()
}
