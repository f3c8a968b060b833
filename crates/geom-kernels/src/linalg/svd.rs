//! Singular values and vectors, by rotations of columns.

use std::marker::PhantomData;

use num_traits::Float;

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::jacobi::{identity, pair_of, scale_of};
use super::number::Number;
use super::run::{Kernel, Report, expect_len, run};

const MAX_SWEEPS: usize = 40;

/// $A = U \operatorname{diag}(\sigma) V^\top$ with $\sigma$ descending, for $m\times n$ matrices, in the thin
/// form: $k = \min(m, n)$ columns in $U$ and $V$.
///
/// # Shapes
/// - `a`: `[batch, m, n]`
/// - `u`: `[batch, m, k]`, `values`: `[batch, k]`, `v`: `[batch, n, k]`
///
/// # Numerics
/// By one-sided Jacobi rotations. Singular values of different sizes have relative errors of some
/// roundings, if columns (of the transpose, if $m < n$) can be scaled such that the condition becomes
/// moderate. Columns of $U$ that belong to singular values of 0 complete an orthonormal set.
///
/// # Errors
/// [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
///
/// # References
/// Demmel, Veselić (1992).
#[allow(
    clippy::too_many_arguments,
    reason = "an input, its sizes, and three results"
)]
pub fn svd<T: Real>(
    a: &[T],
    batch: usize,
    m: usize,
    n: usize,
    u: &mut [T],
    values: &mut [T],
    v: &mut [T],
    threads: usize,
) -> Outcome {
    let k = m.min(n);
    expect_len("a", a.len(), batch * m * n);
    expect_len("u", u.len(), batch * m * k);
    expect_len("values", values.len(), batch * k);
    expect_len("v", v.len(), batch * n * k);
    let kernel = Svd::<T, true> {
        m,
        n,
        format: PhantomData,
    };
    let outputs = vec![(u, m * k), (values, k), (v, n * k)];
    run(&kernel, batch, threads, &[(a, m * n)], outputs)
}

/// The singular values alone, descending, as in [`svd`].
///
/// # Shapes
/// - `a`: `[batch, m, n]`
/// - `values`: `[batch, min(m, n)]`
///
/// # Errors
/// As [`svd`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn singular_values<T: Real>(
    a: &[T],
    batch: usize,
    m: usize,
    n: usize,
    values: &mut [T],
    threads: usize,
) -> Outcome {
    let k = m.min(n);
    expect_len("a", a.len(), batch * m * n);
    expect_len("values", values.len(), batch * k);
    let kernel = Svd::<T, false> {
        m,
        n,
        format: PhantomData,
    };
    run(&kernel, batch, threads, &[(a, m * n)], vec![(values, k)])
}

struct Svd<T, const VECTORS: bool> {
    m: usize,
    n: usize,
    format: PhantomData<fn(T)>,
}

impl<T: Real, const VECTORS: bool> Kernel for Svd<T, VECTORS> {
    type Format = T;

    fn scratch(&self) -> usize {
        let (long, k) = (self.m.max(self.n), self.m.min(self.n));
        k * long + k * k + k
    }

    fn cost(&self) -> usize {
        let (long, k) = (self.m.max(self.n), self.m.min(self.n));
        20 * k * k * long
    }

    #[inline(always)]
    fn matrix<N: Number<Format = T>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    ) {
        let (long, k) = (self.m.max(self.n), self.m.min(self.n));
        let wide = self.m < self.n;
        let (columns, rest) = scratch.split_at_mut(k * long);
        let (turns, sizes) = rest.split_at_mut(k * k);
        let (scale, back) = scale_of(inputs[0]);
        for j in 0..k {
            for i in 0..long {
                let place = if wide { j * self.n + i } else { i * self.n + j };
                columns[j * long + i] = inputs[0][place] * scale;
            }
        }
        let left = orthogonalize(columns, k, long, VECTORS.then_some(&mut *turns));
        report.fail_where(left, |x| x > T::of(0.0), |_| Reason::NoConvergence);
        for (j, size) in sizes.iter_mut().enumerate() {
            *size = norm(&columns[j * long..][..long]);
        }
        if VECTORS {
            let [u, values, v] = outputs else {
                unreachable!("three outputs")
            };
            // Of the transpose, left and right are exchanged.
            let (first, second) = if wide { (v, u) } else { (u, v) };
            sort(
                columns,
                Some((turns, first, second)),
                sizes,
                k,
                long,
                values,
            );
            finish(values, back);
        } else {
            sort(columns, None, sizes, k, long, outputs[0]);
            finish(outputs[0], back);
        }
    }
}

#[inline(always)]
fn finish<N: Number>(values: &mut [N], back: N) {
    for value in values {
        *value *= back;
    }
}

#[inline(always)]
fn norm<N: Number>(x: &[N]) -> N {
    let mut sum = N::zero();
    for &x in x {
        sum += x.squared();
    }
    sum.root()
}

/// Turns pairs of the vectors `columns` until all are orthogonal to rounding, and the rows of `turns`,
/// the identity at first, with them. Returns positive numbers where the iteration did not end.
#[inline(always)]
pub(super) fn orthogonalize<N: Number>(
    columns: &mut [N],
    k: usize,
    long: usize,
    mut turns: Option<&mut [N]>,
) -> N {
    if let Some(turns) = turns.as_deref_mut() {
        identity(turns, k);
    }
    let tolerance = N::Format::of((long as f64).sqrt()) * <N::Format as Float>::epsilon();
    let mut left = N::zero();
    if k < 2 {
        return left;
    }
    for _ in 0..MAX_SWEEPS {
        left = N::zero();
        let mut turned = false;
        for round in 0..k + k % 2 - 1 {
            for pair in 0..k.div_ceil(2) {
                let (p, q) = pair_of(k, round, pair);
                if q >= k {
                    continue;
                }
                let (before, from) = columns.split_at_mut(q * long);
                let (x, y) = (&mut before[p * long..][..long], &mut from[..long]);
                let (cosine, sine, size) = rotation(x, y, tolerance);
                if !size.any_positive() {
                    continue;
                }
                turned = true;
                left = left.larger(size);
                turn(x, y, cosine, sine);
                if let Some(turns) = turns.as_deref_mut() {
                    let (before, from) = turns.split_at_mut(q * k);
                    turn(&mut before[p * k..][..k], &mut from[..k], cosine, sine);
                }
            }
        }
        if !turned {
            break;
        }
    }
    left
}

/// The rotation that makes two vectors orthogonal, and a positive number where they are not yet.
#[inline(always)]
fn rotation<N: Number>(x: &[N], y: &[N], tolerance: N::Format) -> (N, N, N) {
    let (mut xx, mut yy, mut xy) = (N::zero(), N::zero(), N::zero());
    for (&x, &y) in x.iter().zip(y) {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let (zero, one) = (N::Format::of(0.0), N::Format::of(1.0));
    let [large, xx, yy] = N::three([xy, xx, yy], |[xy, xx, yy]| {
        let scale = Float::sqrt(xx) * Float::sqrt(yy);
        let large = Float::abs(xy) > tolerance * scale;
        [if large { xy } else { zero }, xx, yy]
    });
    let size = large.magnitude();
    let [cosine, sine, _] = N::three([xx, yy, large], |[xx, yy, xy]| {
        // tan of the angle from its double: z = cot 2θ, without squares that overflow.
        let z = (yy - xx) / (xy + xy);
        let root = Float::abs(z) + Float::sqrt(one + z * z);
        let t = if z < zero { -one / root } else { one / root };
        let t = if xy == zero { zero } else { t };
        let c = one / Float::sqrt(one + t * t);
        [c, t * c, t]
    });
    (cosine, sine, size)
}

#[inline(always)]
fn turn<N: Number>(x: &mut [N], y: &mut [N], cosine: N, sine: N) {
    for (x, y) in x.iter_mut().zip(y) {
        let (a, b) = (*x, *y);
        *x = a * cosine - b * sine;
        *y = a * sine + b * cosine;
    }
}

/// Descending values; columns of both factors in the same order, those of the first one with length 1.
#[inline(always)]
fn sort<N: Number>(
    columns: &[N],
    factors: Option<(&[N], &mut [N], &mut [N])>,
    sizes: &[N],
    k: usize,
    long: usize,
    values: &mut [N],
) {
    let mut order: Vec<usize> = (0..k).collect();
    let mut factors = factors;
    for lane in 0..N::WIDTH {
        for (place, index) in order.iter_mut().enumerate() {
            *index = place;
        }
        for end in 1..k {
            let mut place = end;
            while place > 0 && sizes[order[place]].lane(lane) > sizes[order[place - 1]].lane(lane) {
                order.swap(place, place - 1);
                place -= 1;
            }
        }
        let zero = N::Format::of(0.0);
        let mut rank = k;
        for (place, &index) in order.iter().enumerate() {
            let size = sizes[index].lane(lane);
            values[place].set(lane, size);
            let Some((turns, first, second)) = factors.as_mut() else {
                continue;
            };
            for (i, x) in turns[index * k..][..k].iter().enumerate() {
                second[i * k + place].set(lane, x.lane(lane));
            }
            if size == zero {
                rank = rank.min(place);
                continue;
            }
            for (i, x) in columns[index * long..][..long].iter().enumerate() {
                first[i * k + place].set(lane, x.lane(lane) / size);
            }
        }
        if let Some((_, first, _)) = factors.as_mut() {
            for place in rank..k {
                complete(first, lane, place, k, long);
            }
        }
    }
}

/// Column `place`: a unit vector orthogonal to the columns before it. Of the axes, the one that they
/// cover least, freed from them twice, which leaves nothing but rounding.
#[inline(always)]
fn complete<N: Number>(first: &mut [N], lane: usize, place: usize, k: usize, long: usize) {
    let zero = N::Format::of(0.0);
    let covered = |i: usize| {
        let row = first[i * k..][..place].iter();
        row.fold(zero, |sum, x| sum + x.lane(lane) * x.lane(lane))
    };
    let mut axis = 0;
    for i in 1..long {
        if covered(i) < covered(axis) {
            axis = i;
        }
    }
    let mut x = vec![zero; long];
    x[axis] = N::Format::of(1.0);
    for _ in 0..2 {
        for j in 0..place {
            let dot = (0..long).fold(zero, |sum, i| sum + first[i * k + j].lane(lane) * x[i]);
            for (i, x) in x.iter_mut().enumerate() {
                *x = *x - dot * first[i * k + j].lane(lane);
            }
        }
    }
    let length = Float::sqrt(x.iter().fold(zero, |sum, &x| sum + x * x));
    for (i, &x) in x.iter().enumerate() {
        first[i * k + place].set(lane, x / length);
    }
}
