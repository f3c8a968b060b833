//! Singular values and vectors, by rotations of columns.

use num_traits::Float;

use crate::real::Real;

use super::failure::{Outcome, Reason};
use super::jacobi::{cosine_of_tangent, identity, pair_of, scale_of};
use super::job::run;
use super::number::Number;
use super::run::{Kernel, Report, expect_len};
use super::sort::{Rows, sort};

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
/// moderate. Those below $2\cdot 10^{-18}$ of the largest entry in `f32`, $2\cdot 10^{-153}$ in `f64`, count
/// as 0. Columns of $U$ that belong to singular values of 0 complete an orthonormal set.
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
    let kernel = Svd {
        vectors: true,
        m,
        n,
    };
    let outputs = vec![(u, m * k), (values, k), (v, n * k)];
    run(kernel, batch, threads, &[(a, m * n)], outputs)
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
    let kernel = Svd {
        vectors: false,
        m,
        n,
    };
    run(kernel, batch, threads, &[(a, m * n)], vec![(values, k)])
}

pub(crate) struct Svd {
    m: usize,
    n: usize,
    vectors: bool,
}

impl Kernel for Svd {
    fn scratch(&self) -> usize {
        let (long, k) = (self.m.max(self.n), self.m.min(self.n));
        k * long + k * k + k
    }

    fn cost(&self) -> usize {
        let (long, k) = (self.m.max(self.n), self.m.min(self.n));
        20 * k * k * long
    }

    #[inline(always)]
    fn matrix<N: Number>(
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
        let left = orthogonalize(columns, k, long, self.vectors.then_some(&mut *turns));
        report.fail_if(left, left, |_| Reason::NoConvergence);
        let floor = negligible::<N>();
        for (j, size) in sizes.iter_mut().enumerate() {
            let length = norm(&columns[j * long..][..long]);
            *size = (length - floor).choose(length, N::zero());
        }
        if self.vectors {
            let [u, values, v] = outputs else {
                unreachable!("three outputs")
            };
            for (column, &size) in columns.chunks_exact_mut(long.max(1)).zip(&*sizes) {
                let size = size.choose(size, N::one());
                for x in column {
                    *x /= size;
                }
            }
            // Of the transpose, left and right are exchanged.
            let (first, second) = if wide { (v, u) } else { (u, v) };
            let first = N::lanes_mut(first);
            let vectors = &mut [
                Rows {
                    rows: N::lanes(columns),
                    length: long,
                    columns: &mut *first,
                },
                Rows {
                    rows: N::lanes(turns),
                    length: k,
                    columns: N::lanes_mut(second),
                },
            ];
            sort(
                N::lanes(sizes),
                N::WIDTH,
                true,
                N::lanes_mut(values),
                vectors,
            );
            complete(first, N::lanes(values), N::WIDTH, k);
            finish(values, back);
        } else {
            sort(
                N::lanes(sizes),
                N::WIDTH,
                true,
                N::lanes_mut(outputs[0]),
                &mut [],
            );
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

/// Lengths from here on have squares that are normal numbers, where the largest entry is about 1. Shorter
/// vectors, whose lengths would be inexact, count as 0.
#[inline(always)]
fn negligible<N: Number>() -> N {
    let smallest = Float::sqrt(<N::Format as Float>::min_positive_value());
    N::all(smallest) * N::constant(16.0)
}

#[inline(always)]
fn norm<N: Number>(x: &[N]) -> N {
    let mut sum = N::zero();
    for &x in x {
        sum = x.times_plus(x, sum);
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
    let tolerance = N::Format::from_f64((long as f64).sqrt()) * <N::Format as Float>::epsilon();
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
        xx = x.times_plus(x, xx);
        yy = y.times_plus(y, yy);
        xy = x.times_plus(y, xy);
    }
    let (zero, one) = (N::zero(), N::one());
    // Vectors that count as 0 need not be orthogonal.
    let floor = negligible::<N>();
    let bound = N::all(tolerance) * (xx.root().larger(floor) * yy.root().larger(floor));
    let large = (xy.magnitude() - bound).choose(xy, zero);
    let size = large.magnitude();
    // tan of the angle from its double: z = cot 2θ, without squares that overflow.
    let z = (yy - xx) / (large + large);
    let t = one / (z.magnitude() + z.times_plus(z, one).root());
    let t = size.choose((-z).choose(-t, t), zero);
    let cosine = cosine_of_tangent(t);
    (cosine, t * cosine, size)
}

#[inline(always)]
fn turn<N: Number>(x: &mut [N], y: &mut [N], cosine: N, sine: N) {
    for (x, y) in x.iter_mut().zip(y) {
        let (a, b) = (*x, *y);
        *x = b.times_from(sine, a * cosine);
        *y = b.times_plus(cosine, a * sine);
    }
}

/// Columns of singular values that are 0: unit vectors orthogonal to the columns before. Of the axes, the
/// one that these cover least, freed from them twice, which leaves nothing but rounding.
#[inline(never)]
fn complete<T: Real>(vectors: &mut [T], values: &[T], width: usize, k: usize) {
    let long = vectors.len() / (k * width).max(1);
    let zero = T::from_f64(0.0);
    for lane in 0..width {
        for place in 0..k {
            if values[place * width + lane] != zero {
                continue;
            }
            let at = |i: usize, j: usize| (i * k + j) * width + lane;
            let covered = |i: usize| {
                (0..place).fold(zero, |sum, j| sum + vectors[at(i, j)] * vectors[at(i, j)])
            };
            let mut axis = 0;
            for i in 1..long {
                if covered(i) < covered(axis) {
                    axis = i;
                }
            }
            let mut x = vec![zero; long];
            x[axis] = T::from_f64(1.0);
            for _ in 0..2 {
                for j in 0..place {
                    let dot = (0..long).fold(zero, |sum, i| sum + vectors[at(i, j)] * x[i]);
                    for (i, x) in x.iter_mut().enumerate() {
                        *x -= dot * vectors[at(i, j)];
                    }
                }
            }
            let length = Float::sqrt(x.iter().fold(zero, |sum, &x| sum + x * x));
            for (i, &x) in x.iter().enumerate() {
                vectors[at(i, place)] = x / length;
            }
        }
    }
}
