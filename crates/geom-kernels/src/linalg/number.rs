//! One number, or one number for each of sixteen matrices: algorithms are written once for both.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::Float;

use crate::real::{LANES, Real};

/// A number of one matrix, or of a matrix in each lane.
///
/// Operations are those of the number format, lane by lane and without contraction, so that a matrix
/// has the same result to the last bit alone and among others.
pub(super) trait Number:
    Copy
    + Send
    + Sync
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

    /// Matrices computed with at once.
    const WIDTH: usize;

    /// The same number in every lane.
    fn all(value: Self::Format) -> Self;

    /// The number of one lane.
    fn lane(&self, lane: usize) -> Self::Format;

    /// Changes the number of one lane.
    fn set(&mut self, lane: usize, value: Self::Format);

    /// `f` of every lane.
    fn map(self, f: impl Fn(Self::Format) -> Self::Format) -> Self;

    /// `f` of every lane of two.
    fn zip(self, other: Self, f: impl Fn(Self::Format, Self::Format) -> Self::Format) -> Self;

    /// Three numbers of three, in every lane.
    fn three(x: [Self; 3], f: impl Fn([Self::Format; 3]) -> [Self::Format; 3]) -> [Self; 3];

    /// One number of four, in every lane.
    fn four(x: [Self; 4], f: impl Fn([Self::Format; 4]) -> Self::Format) -> Self;

    /// Whether the number of some lane is positive.
    fn any_positive(self) -> bool;

    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::all(Self::Format::of(value))
    }

    #[inline(always)]
    fn zero() -> Self {
        Self::constant(0.0)
    }

    #[inline(always)]
    fn one() -> Self {
        Self::constant(1.0)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.map(|x| x.sqrt())
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.map(|x| x.abs())
    }

    /// The larger one; `self` where `other` is not a number.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, |x, y| if y > x { y } else { x })
    }

    /// The smaller one; `self` where `other` is not a number.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.zip(other, |x, y| if y < x { y } else { x })
    }

    /// `yes` where `self` is positive, else `no`.
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        Self::three([self, yes, no], |[x, yes, no]| {
            let chosen = if x > Self::Format::of(0.0) { yes } else { no };
            [chosen; 3]
        })[0]
    }

    /// The square.
    #[inline(always)]
    fn squared(self) -> Self {
        self * self
    }
}

impl<T: Real> Number for T {
    type Format = T;

    const WIDTH: usize = 1;

    #[inline(always)]
    fn all(value: T) -> Self {
        value
    }

    #[inline(always)]
    fn lane(&self, _: usize) -> T {
        *self
    }

    #[inline(always)]
    fn set(&mut self, _: usize, value: T) {
        *self = value;
    }

    #[inline(always)]
    fn map(self, f: impl Fn(T) -> T) -> Self {
        f(self)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        f(self, other)
    }

    #[inline(always)]
    fn three(x: [Self; 3], f: impl Fn([T; 3]) -> [T; 3]) -> [Self; 3] {
        f(x)
    }

    #[inline(always)]
    fn four(x: [Self; 4], f: impl Fn([T; 4]) -> T) -> Self {
        f(x)
    }

    #[inline(always)]
    fn any_positive(self) -> bool {
        self > <T as num_traits::Zero>::zero()
    }
}

/// A number of a matrix in every lane, on whole cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Pack<T>(pub(super) [T; LANES]);

macro_rules! lane_by_lane {
    ($($trait:ident $function:ident $assign:ident $in_place:ident $sign:tt;)*) => {$(
        impl<T: Real> $trait for Pack<T> {
            type Output = Self;

            #[inline(always)]
            fn $function(mut self, other: Self) -> Self {
                for l in 0..LANES {
                    self.0[l] = self.0[l] $sign other.0[l];
                }
                self
            }
        }

        impl<T: Real> $assign for Pack<T> {
            #[inline(always)]
            fn $in_place(&mut self, other: Self) {
                *self = *self $sign other;
            }
        }
    )*};
}

lane_by_lane! {
    Add add AddAssign add_assign +;
    Sub sub SubAssign sub_assign -;
    Mul mul MulAssign mul_assign *;
    Div div DivAssign div_assign /;
}

impl<T: Real> Neg for Pack<T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|x| -x)
    }
}

impl<T: Real> Number for Pack<T> {
    type Format = T;

    const WIDTH: usize = LANES;

    #[inline(always)]
    fn all(value: T) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn lane(&self, lane: usize) -> T {
        self.0[lane]
    }

    #[inline(always)]
    fn set(&mut self, lane: usize, value: T) {
        self.0[lane] = value;
    }

    #[inline(always)]
    fn map(mut self, f: impl Fn(T) -> T) -> Self {
        for l in 0..LANES {
            self.0[l] = f(self.0[l]);
        }
        self
    }

    #[inline(always)]
    fn zip(mut self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        for l in 0..LANES {
            self.0[l] = f(self.0[l], other.0[l]);
        }
        self
    }

    #[inline(always)]
    fn three([mut x, mut y, mut z]: [Self; 3], f: impl Fn([T; 3]) -> [T; 3]) -> [Self; 3] {
        for l in 0..LANES {
            [x.0[l], y.0[l], z.0[l]] = f([x.0[l], y.0[l], z.0[l]]);
        }
        [x, y, z]
    }

    #[inline(always)]
    fn four([mut x, y, z, w]: [Self; 4], f: impl Fn([T; 4]) -> T) -> Self {
        for l in 0..LANES {
            x.0[l] = f([x.0[l], y.0[l], z.0[l], w.0[l]]);
        }
        x
    }

    #[inline(always)]
    fn any_positive(self) -> bool {
        // Without a branch in the loop: a vector comparison.
        let mut count = 0u32;
        for l in 0..LANES {
            count += u32::from(self.0[l] > <T as num_traits::Zero>::zero());
        }
        count > 0
    }
}
