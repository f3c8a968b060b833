//! Formulas on rows, written once: composed of tensor operations, or recorded for one kernel.
//!
//! Geometry is arithmetic on the coordinates of a point. A function generic over [`Rows`] is that
//! arithmetic. With tensors it is Burn's operations one after the other, on any backend, under Burn's
//! automatic differentiation: the composed form, which is the reference. With a [`Node`](geom_kernels::rows::Node) it writes
//! down a row program of `geom-kernels`, which runs all of it in one pass over memory and knows its
//! own gradient. A formula is such a function with a name; its evaluation takes the kernel where
//! the tensors are on `flex`, and the composed form elsewhere.

#[cfg(feature = "flex")]
mod backward;
mod evaluate;
#[cfg(feature = "flex")]
mod flex;
mod formula;
mod node;
#[cfg(feature = "flex")]
mod ops;
mod tensor;
#[cfg(all(test, feature = "flex"))]
mod tests;
mod verbs;

use std::ops::{Add, Div, Mul, Neg, Sub};

pub(crate) use evaluate::evaluate;
pub(crate) use formula::{Formula, formulas};
pub use geom_kernels::rows::Function;
#[cfg(feature = "flex")]
pub use ops::{Call, RowOps, run, supports};
pub(crate) use verbs::row_verbs;
pub use verbs::{RowVerb, RowVerbs};

use crate::numerics::Limits;

/// Numbers for every row: one each, or the coordinates of a point.
///
/// Methods are those of Burn's tensors, and mean the same; a number for each row broadcasts against
/// coordinates.
pub trait Rows:
    Clone
    + Sized
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Where something holds.
    type Mask: Clone;

    /// Refuses coordinates of two widths, which broadcasting would hide where one of them is 1.
    ///
    /// # Panics
    /// If `other` has another number of coordinates.
    fn assert_one_width(&self, other: &Self);

    /// The constants of the number format.
    fn limits(&self) -> Limits;

    /// The sum with a number.
    fn add_scalar(self, value: f64) -> Self;

    /// The difference from a number.
    fn sub_scalar(self, value: f64) -> Self {
        self.add_scalar(-value)
    }

    /// The product with a number.
    fn mul_scalar(self, value: f64) -> Self;

    /// The square.
    fn square(self) -> Self;

    /// The square root.
    fn sqrt(self) -> Self;

    /// The reciprocal.
    fn recip(self) -> Self;

    /// The magnitude.
    fn abs(self) -> Self;

    /// At least `low`.
    fn clamp_min(self, low: f64) -> Self;

    /// At most `high`.
    fn clamp_max(self, high: f64) -> Self;

    /// The same numbers, as constants to automatic differentiation.
    fn detach(self) -> Self;

    /// The sum over the coordinates.
    fn row_sum(self) -> Self;

    /// The largest magnitude of a coordinate, as a constant to automatic differentiation.
    fn row_largest(&self) -> Self;

    /// A function of numbers.
    fn function(self, function: Function) -> Self;

    /// The factor that shortens vectors to length `longest` where their squares might overflow, as a
    /// constant to automatic differentiation: see [`clip_norm_detached`](crate::numerics::clip_norm_detached).
    fn clip_factor_detached(&self, longest: f64) -> Self;

    /// The factor that shortens to length `longest` the vectors whose squared lengths these are.
    fn clip_factor_of_square(self, longest: f64) -> Self;

    /// Where the numbers are less than `value`.
    fn lower_elem(self, value: f64) -> Self::Mask;

    /// Where the numbers are at most `value`.
    fn lower_equal_elem(self, value: f64) -> Self::Mask;

    /// Where the numbers equal `value`.
    fn equal_elem(self, value: f64) -> Self::Mask;

    /// Where the numbers are at most those of `other`.
    fn lower_equal(self, other: Self) -> Self::Mask;

    /// Where both masks hold.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;

    /// Where the mask does not hold.
    fn opposite(mask: Self::Mask) -> Self::Mask;

    /// `value` where the mask holds.
    fn mask_fill(self, mask: Self::Mask, value: f64) -> Self;

    /// `yes` in the rows where the mask holds and `no` in the others; the mask is one per row.
    fn mask_select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// The first two coordinate axes, as rows that broadcast against these.
    fn axes(&self) -> [Self; 2];

    /// The first coordinate.
    fn first(&self) -> Self;

    /// The coordinates after the first one.
    fn rest(&self) -> Self;

    /// The coordinates of a row: a first one, and `rest`.
    fn prepend(first: Self, rest: Self) -> Self;
}
