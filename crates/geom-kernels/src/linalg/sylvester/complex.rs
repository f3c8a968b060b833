//! Complex numbers.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use num_traits::Float;

use crate::real::Real;

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Complex<T> {
    pub(super) re: T,
    pub(super) im: T,
}

impl<T: Real> Complex<T> {
    pub(super) fn real(re: T) -> Self {
        Self {
            re,
            im: T::from_f64(0.0),
        }
    }

    pub(super) fn conjugate(self) -> Self {
        Self {
            re: self.re,
            im: -self.im,
        }
    }

    pub(super) fn length(self) -> T {
        Float::hypot(self.re, self.im)
    }

    pub(super) fn times(self, factor: T) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    pub(super) fn root(self) -> Self {
        let length = self.length();
        let half = T::from_f64(0.5);
        // The larger part first: it does not cancel.
        let part = Float::sqrt(half * (length + Float::abs(self.re)));
        if part == T::from_f64(0.0) {
            return Self::default();
        }
        let other = half * self.im / part;
        if self.re >= T::from_f64(0.0) {
            Self {
                re: part,
                im: other,
            }
        } else {
            Self {
                re: Float::abs(other),
                im: if self.im < T::from_f64(0.0) {
                    -part
                } else {
                    part
                },
            }
        }
    }
}

impl<T: Real> Add for Complex<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl<T: Real> Sub for Complex<T> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }
}

impl<T: Real> Mul for Complex<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl<T: Real> Div for Complex<T> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        // By the unit number in the direction of `other`, so that no square overflows.
        let length = other.length();
        let unit = Self {
            re: other.re / length,
            im: -other.im / length,
        };
        let turned = self * unit;
        Self {
            re: turned.re / length,
            im: turned.im / length,
        }
    }
}

impl<T: Real> Neg for Complex<T> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            re: -self.re,
            im: -self.im,
        }
    }
}

impl<T: Real> AddAssign for Complex<T> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<T: Real> SubAssign for Complex<T> {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
