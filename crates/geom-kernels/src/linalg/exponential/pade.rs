//! The Padé approximants of the exponential, for matrices and their derivatives.

use num_traits::Float;

use crate::linalg::lu::{back_substitute, eliminate};
use crate::linalg::number::Number;
use crate::linalg::product::{View, multiply};
use crate::linalg::run::Report;
use crate::real::{LANES, Real};

/// Matrices of scratch memory for the exponential; twice that with its derivative.
pub(super) const SCRATCH: usize = 7;

/// Coefficients $b_0, \dots, b_m$ of the numerator of degree $m$ = 7 and 13.
const SEVEN: [f64; 8] = [
    17_297_280.0,
    8_648_640.0,
    1_995_840.0,
    277_200.0,
    25_200.0,
    1_512.0,
    56.0,
    1.0,
];
const THIRTEEN: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];

/// Norms up to which the approximants of degree 7 in `f32` and 13 in `f64` err by less than a rounding
/// (Higham 2005, table 2.3).
const SEVEN_UP_TO: f64 = 3.925_724_783_138_66;
const THIRTEEN_UP_TO: f64 = 5.371_920_351_148_152;

/// A matrix and, if it is wanted, its derivative.
struct Dual<'a, N> {
    value: &'a mut [N],
    slope: Option<&'a mut [N]>,
}

impl<'a, N: Number> Dual<'a, N> {
    /// The first of the matrices in `scratch`, which keeps the others.
    #[inline(always)]
    fn take(scratch: &mut &'a mut [N], size: usize, slope: bool) -> Self {
        let mut next = || {
            let (these, rest) = std::mem::take(scratch).split_at_mut(size);
            *scratch = rest;
            these
        };
        let value = next();
        Self {
            value,
            slope: slope.then(next),
        }
    }

    /// This becomes the product of two others.
    #[inline(always)]
    fn product(&mut self, a: &Dual<'_, N>, b: &Dual<'_, N>, work: &mut [N], n: usize) {
        multiply(
            self.value,
            View::new(a.value, n),
            View::new(b.value, n),
            [n; 3],
        );
        if let (Some(out), Some(da), Some(db)) = (&mut self.slope, &a.slope, &b.slope) {
            multiply(out, View::new(da, n), View::new(b.value, n), [n; 3]);
            multiply(work, View::new(a.value, n), View::new(db, n), [n; 3]);
            for (out, &x) in out.iter_mut().zip(&*work) {
                *out += x;
            }
        }
    }

    /// This becomes a combination of others and the identity.
    #[inline(always)]
    fn combination<const K: usize>(
        &mut self,
        n: usize,
        unit: f64,
        terms: [(f64, &Dual<'_, N>); K],
    ) {
        let factors = terms.map(|(factor, _)| N::constant(factor));
        for (i, out) in self.value.iter_mut().enumerate() {
            let mut sum = N::zero();
            for (&factor, (_, term)) in factors.iter().zip(&terms) {
                sum = factor.times_plus(term.value[i], sum);
            }
            *out = sum;
        }
        for i in 0..n {
            self.value[i * n + i] += N::constant(unit);
        }
        let Some(slope) = &mut self.slope else { return };
        for (i, out) in slope.iter_mut().enumerate() {
            let mut sum = N::zero();
            for (&factor, (_, term)) in factors.iter().zip(&terms) {
                if let Some(slope) = &term.slope {
                    sum = factor.times_plus(slope[i], sum);
                }
            }
            *out = sum;
        }
    }
}

/// $e^A$, and its derivative in a direction if there is one.
#[inline(always)]
pub(super) fn exponential<N: Number>(
    a: &[N],
    direction: Option<&[N]>,
    n: usize,
    out: &mut [N],
    slope: Option<&mut [N]>,
    mut scratch: &mut [N],
) {
    let size = n * n;
    let both = direction.is_some();
    let (work, rest) = std::mem::take(&mut scratch).split_at_mut(size);
    scratch = rest;
    let mut take = || Dual::take(&mut scratch, size, both);
    let (mut one, mut two, mut four, mut six) = (take(), take(), take(), take());
    let (mut u, mut v) = (take(), Dual { value: out, slope });
    let squarings = scaled(a, direction, n, &mut one);
    two.product(&one, &one, work, n);
    four.product(&two, &two, work, n);
    six.product(&four, &two, work, n);
    // U = A (odd coefficients), V = even coefficients; what is no longer needed is overwritten.
    if N::Format::DOUBLE {
        let b = &THIRTEEN;
        v.combination(n, 0.0, [(b[13], &six), (b[11], &four), (b[9], &two)]);
        u.product(&six, &v, work, n);
        v.combination(
            n,
            b[1],
            [(b[7], &six), (b[5], &four), (b[3], &two), (1.0, &u)],
        );
        u.product(&one, &v, work, n);
        one.combination(n, 0.0, [(b[12], &six), (b[10], &four), (b[8], &two)]);
        v.product(&six, &one, work, n);
        one.combination(
            n,
            b[0],
            [(b[6], &six), (b[4], &four), (b[2], &two), (1.0, &v)],
        );
    } else {
        let b = &SEVEN;
        v.combination(n, b[1], [(b[7], &six), (b[5], &four), (b[3], &two)]);
        u.product(&one, &v, work, n);
        one.combination(n, b[0], [(b[6], &six), (b[4], &four), (b[2], &two)]);
    }
    // (V - U) X = V + U, and (V - U) X' = (V + U)' - (V - U)' X.
    two.combination(n, 0.0, [(1.0, &one), (-1.0, &u)]);
    four.combination(n, 0.0, [(1.0, &one), (1.0, &u)]);
    // Its condition is moderate by the choice of the scaling: no pivot is missing.
    let mut reasons = [None; LANES];
    let report = &mut Report::new(&mut reasons);
    work.copy_from_slice(two.value);
    eliminate(work, n, four.value, n);
    back_substitute(work, n, four.value, n, report);
    if let (Some(right), Some(left)) = (&mut four.slope, &two.slope) {
        multiply(work, View::new(left, n), View::new(four.value, n), [n; 3]);
        for (right, &x) in right.iter_mut().zip(&*work) {
            *right -= x;
        }
        work.copy_from_slice(two.value);
        eliminate(work, n, right, n);
        back_substitute(work, n, right, n, report);
    }
    square(&mut four, &mut six, squarings, work, n);
    v.value.copy_from_slice(four.value);
    if let (Some(out), Some(slope)) = (&mut v.slope, &four.slope) {
        out.copy_from_slice(slope);
    }
}

/// $A/2^s$ with the smallest $s\ge 0$ that brings the 1-norm below the bound of the approximant.
#[inline(always)]
fn scaled<N: Number>(a: &[N], direction: Option<&[N]>, n: usize, out: &mut Dual<'_, N>) -> N {
    let mut norm = N::zero();
    for j in 0..n {
        let mut sum = N::zero();
        for i in 0..n {
            sum += a[i * n + j].magnitude();
        }
        norm = norm.larger(sum);
    }
    let bound = N::Format::from_f64(if N::Format::DOUBLE {
        THIRTEEN_UP_TO
    } else {
        SEVEN_UP_TO
    });
    let zero = N::Format::from_f64(0.0);
    // Beyond the exponents of the format the result overflows or vanishes anyway.
    let most = N::Format::from_f64(if N::Format::DOUBLE { 1000.0 } else { 120.0 });
    let squarings = norm.map(|norm| {
        let needed = Float::ceil(Float::log2(norm / bound));
        let needed = if needed > most { most } else { needed };
        if needed > zero { needed } else { zero }
    });
    let factor = squarings.map(|needed| N::Format::power_of_two(-needed));
    for (out, &x) in out.value.iter_mut().zip(a) {
        *out = x * factor;
    }
    if let (Some(out), Some(direction)) = (&mut out.slope, direction) {
        for (out, &x) in out.iter_mut().zip(direction) {
            *out = x * factor;
        }
    }
    squarings
}

/// Squares each matrix as often as it was halved.
#[inline(always)]
fn square<N: Number>(
    x: &mut Dual<'_, N>,
    next: &mut Dual<'_, N>,
    squarings: N,
    work: &mut [N],
    n: usize,
) {
    let mut left = squarings;
    while left.any_positive() {
        next.product(x, x, work, n);
        for (x, &next) in x.value.iter_mut().zip(&*next.value) {
            *x = left.choose(next, *x);
        }
        if let (Some(x), Some(next)) = (&mut x.slope, &next.slope) {
            for (x, &next) in x.iter_mut().zip(&**next) {
                *x = left.choose(next, *x);
            }
        }
        left -= N::one();
    }
}
