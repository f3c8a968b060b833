//! Values of a block of rows, in lanes.

use crate::real::{LANES, Real};

/// Numbers side by side, on whole cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line<T>([T; LANES]);

/// One value for the rows of a block: a lane row for each coordinate.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer<T>(Vec<Line<T>>);

impl<T: Real> Buffer<T> {
    /// `count` zeros, where `count` is a multiple of [`LANES`].
    pub(super) fn new(count: usize) -> Self {
        Self(vec![Line([T::zero(); LANES]); count / LANES])
    }

    #[inline(always)]
    pub(super) fn numbers(&self) -> &[T] {
        const { assert!(size_of::<Line<T>>() == LANES * size_of::<T>()) };
        // SAFETY: a line is its array, as `repr(C)` says and the assertion confirms: lines one after
        // the other are numbers one after the other.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LANES) }
    }

    #[inline(always)]
    pub(super) fn numbers_mut(&mut self) -> &mut [T] {
        const { assert!(size_of::<Line<T>>() == LANES * size_of::<T>()) };
        // SAFETY: as in `numbers`, and nobody else has the lines.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * LANES) }
    }
}

// Plain loops over plain slices: what the compiler vectorises best.

#[inline(always)]
pub(super) fn map1<T: Real>(out: &mut [T], a: &[T], f: impl Fn(T) -> T) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = f(a);
    }
}

#[inline(always)]
pub(super) fn map2<T: Real>(out: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
    }
}

#[inline(always)]
pub(super) fn map3<T: Real>(out: &mut [T], a: &[T], b: &[T], c: &[T], f: impl Fn(T, T, T) -> T) {
    for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *out = f(a, b, c);
    }
}

#[inline(always)]
pub(super) fn map4<T: Real>(out: &mut [T], [a, b, c, d]: [&[T]; 4], f: impl Fn(T, T, T, T) -> T) {
    for ((((out, &a), &b), &c), &d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *out = f(a, b, c, d);
    }
}

/// For each row a number made of the coordinates of a vector, one after the other, from 0 on.
#[inline(always)]
pub(super) fn fold<T: Real>(out: &mut [T], a: &[T], f: impl Fn(T, T) -> T) {
    let rows = out.len();
    for (first, out) in (0..rows).step_by(LANES).zip(out.chunks_exact_mut(LANES)) {
        let mut sum = [T::zero(); LANES];
        for x in a.chunks_exact(rows) {
            let x = &x[first..][..LANES];
            for l in 0..LANES {
                sum[l] = f(sum[l], x[l]);
            }
        }
        out.copy_from_slice(&sum);
    }
}

/// For each row a number made of the coordinates of two vectors, one after the other, from 0 on.
#[inline(always)]
pub(super) fn fold2<T: Real>(out: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T, T) -> T) {
    let rows = out.len();
    for (first, out) in (0..rows).step_by(LANES).zip(out.chunks_exact_mut(LANES)) {
        let mut sum = [T::zero(); LANES];
        for (x, y) in a.chunks_exact(rows).zip(b.chunks_exact(rows)) {
            let (x, y) = (&x[first..][..LANES], &y[first..][..LANES]);
            for l in 0..LANES {
                sum[l] = f(sum[l], x[l], y[l]);
            }
        }
        out.copy_from_slice(&sum);
    }
}
