//! Lanes as arrays, for vector units without a type of their own.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::real::{LANES, Real};

use super::number::{Number, Work};

/// A number of a matrix in every lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Pack<T>([T; LANES]);

macro_rules! lane_by_lane {
    ($($trait:ident $function:ident $assign:ident $in_place:ident $sign:tt;)*) => {$(
        impl<T: Real> $trait for Pack<T> {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                Self(std::array::from_fn(|l| self.0[l] $sign other.0[l]))
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
        Self(self.0.map(|x| -x))
    }
}

impl<T: Real> Number for Pack<T> {
    type Format = T;
    type Array = [T; LANES];

    const WIDTH: usize = LANES;

    #[inline(always)]
    fn run<W: Work>(work: W) {
        work.work();
    }

    #[inline(always)]
    fn all(value: T) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn array(self) -> [T; LANES] {
        self.0
    }

    #[inline(always)]
    fn from_array(array: [T; LANES]) -> Self {
        Self(array)
    }

    #[inline(always)]
    fn lanes(numbers: &[Self]) -> &[T] {
        const { assert!(size_of::<Self>() == LANES * size_of::<T>()) };
        // SAFETY: a pack is its array, as `repr(C)` says and the assertion confirms.
        unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), numbers.len() * LANES) }
    }

    #[inline(always)]
    fn lanes_mut(numbers: &mut [Self]) -> &mut [T] {
        const { assert!(size_of::<Self>() == LANES * size_of::<T>()) };
        // SAFETY: as in `lanes`, and nobody else has the numbers.
        unsafe {
            std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), numbers.len() * LANES)
        }
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, term: Self) -> Self {
        Self(std::array::from_fn(|l| {
            self.0[l].times_plus(factor.0[l], term.0[l])
        }))
    }

    #[inline(always)]
    fn times_from(self, factor: Self, term: Self) -> Self {
        Self(std::array::from_fn(|l| {
            self.0[l].times_from(factor.0[l], term.0[l])
        }))
    }

    #[inline(always)]
    fn root(self) -> Self {
        Self(self.0.map(|x| x.root()))
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Self(self.0.map(|x| x.magnitude()))
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l].larger(other.0[l])))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l].smaller(other.0[l])))
    }

    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l].choose(yes.0[l], no.0[l])))
    }

    #[inline(always)]
    fn any_positive(self) -> bool {
        // Without a branch in the loop: a vector comparison.
        let count = self.0.iter().map(|&x| u32::from(x > T::from_f64(0.0)));
        count.sum::<u32>() > 0
    }
}
