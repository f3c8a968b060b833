//! One number for each of several matrices: algorithms are written once for all vector units.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::Float;

use crate::real::Real;

use super::product::{LANES_UP_TO, View};

/// A number of a matrix in each lane.
///
/// Operations are those of the number format, lane by lane, each rounded once, the fused ones too: a
/// matrix has the same result to the last bit in every lane, and on every vector unit.
pub(super) trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// The format.
    type Format: Real;

    /// One number a lane.
    type Array: AsRef<[Self::Format]> + AsMut<[Self::Format]>;

    /// How many matrices are computed with at once.
    const WIDTH: usize;

    /// The same number in every lane.
    fn all(value: Self::Format) -> Self;

    /// The lanes side by side.
    fn array(self) -> Self::Array;

    /// Lanes that stand side by side.
    fn from_array(array: Self::Array) -> Self;

    /// The numbers in memory, lane by lane.
    fn lanes(numbers: &[Self]) -> &[Self::Format];

    /// The same to be changed.
    fn lanes_mut(numbers: &mut [Self]) -> &mut [Self::Format];

    /// `self * factor + term`, rounded once.
    fn times_plus(self, factor: Self, term: Self) -> Self;

    /// `term - self * factor`, rounded once.
    fn times_from(self, factor: Self, term: Self) -> Self;

    /// The square root.
    fn root(self) -> Self;

    /// Without the sign.
    fn magnitude(self) -> Self;

    /// The larger one; `self` where one is not a number.
    fn larger(self, other: Self) -> Self;

    /// The smaller one; `self` where one is not a number.
    fn smaller(self, other: Self) -> Self;

    /// `yes` where `self` is positive, else `no`.
    fn choose(self, yes: Self, no: Self) -> Self;

    /// Whether the number of some lane is positive.
    fn any_positive(self) -> bool;

    /// The number of one lane.
    #[inline(always)]
    fn lane(&self, lane: usize) -> Self::Format {
        Self::lanes(std::slice::from_ref(self))[lane]
    }

    /// Multiplies large matrices one by one, where there is one in a number. Whether it has.
    #[inline(always)]
    fn whole_product(_: &mut [Self], _: View<'_, Self>, _: View<'_, Self>, _: [usize; 3]) -> bool {
        false
    }

    /// Does some work in a function of its own, compiled for these vectors: once, however often it is
    /// asked for.
    fn run<W: Work>(work: W);

    /// `f` of every lane: for what is done a few times for a matrix.
    #[inline(always)]
    fn map(self, f: impl Fn(Self::Format) -> Self::Format) -> Self {
        let mut x = self.array();
        each(x.as_mut(), f);
        Self::from_array(x)
    }

    /// `f` of every lane of two, as [`map`](Self::map).
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(Self::Format, Self::Format) -> Self::Format) -> Self {
        let (mut x, y) = (self.array(), other.array());
        both(x.as_mut(), y.as_ref(), f);
        Self::from_array(x)
    }

    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::all(Self::Format::from_f64(value))
    }

    #[inline(always)]
    fn zero() -> Self {
        Self::constant(0.0)
    }

    #[inline(always)]
    fn one() -> Self {
        Self::constant(1.0)
    }

    /// The square.
    #[inline(always)]
    fn squared(self) -> Self {
        self * self
    }
}

/// A loop that is worth a function of its own.
pub(super) trait Work {
    /// Does it. Always inlined.
    fn work(self);
}

#[inline(never)]
fn each<T: Real>(x: &mut [T], f: impl Fn(T) -> T) {
    for x in x {
        *x = f(*x);
    }
}

#[inline(never)]
fn both<T: Real>(x: &mut [T], y: &[T], f: impl Fn(T, T) -> T) {
    for (x, &y) in x.iter_mut().zip(y) {
        *x = f(*x, y);
    }
}

/// One matrix by itself.
impl<T: Real> Number for T {
    type Format = T;
    type Array = [T; 1];

    const WIDTH: usize = 1;

    #[inline(always)]
    fn whole_product(out: &mut [T], a: View<'_, T>, b: View<'_, T>, sizes: [usize; 3]) -> bool {
        let large = sizes.iter().product::<usize>() > LANES_UP_TO;
        if large {
            T::product(out, a, b, sizes);
        }
        large
    }

    #[inline(always)]
    fn run<W: Work>(work: W) {
        work.work();
    }

    #[inline(always)]
    fn all(value: T) -> Self {
        value
    }

    #[inline(always)]
    fn array(self) -> [T; 1] {
        [self]
    }

    #[inline(always)]
    fn from_array([value]: [T; 1]) -> Self {
        value
    }

    #[inline(always)]
    fn lanes(numbers: &[Self]) -> &[T] {
        numbers
    }

    #[inline(always)]
    fn lanes_mut(numbers: &mut [Self]) -> &mut [T] {
        numbers
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, term: Self) -> Self {
        Float::mul_add(self, factor, term)
    }

    #[inline(always)]
    fn times_from(self, factor: Self, term: Self) -> Self {
        Float::mul_add(-self, factor, term)
    }

    #[inline(always)]
    fn root(self) -> Self {
        Float::sqrt(self)
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Float::abs(self)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        if self > T::from_f64(0.0) { yes } else { no }
    }

    #[inline(always)]
    fn any_positive(self) -> bool {
        self > T::from_f64(0.0)
    }
}
