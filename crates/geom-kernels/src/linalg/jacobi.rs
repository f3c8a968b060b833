//! Jacobi's method for symmetric matrices.
//!
//! Rotations of pairs of rows and columns make one entry after the other zero. In each round of a
//! sweep the pairs share no row, so that their angles do not wait for each other, and every entry is
//! read and written once for the two rotations that change it.
//!
//! An entry is small enough when $|a_{pq}| \le \varepsilon\sqrt{|a_{pp}a_{qq}|}$. With this rule the
//! eigenvalues of a positive definite matrix $DBD$, $D$ diagonal, have relative errors that depend on
//! the condition of $B$ alone, however different their sizes (Demmel, Veselić 1992).

use num_traits::Float;

use crate::real::Real;

use super::number::Number;

/// Sweeps after which a matrix has not converged. Six to nine are usual.
const MAX_SWEEPS: usize = 40;

/// A rotation in the plane of two rows.
#[derive(Clone, Copy)]
struct Rotation<N> {
    p: usize,
    q: usize,
    cosine: N,
    sine: N,
    /// Whether it turns any lane.
    turns: bool,
}

/// Entry of the upper half.
#[inline(always)]
fn at(n: usize, i: usize, j: usize) -> usize {
    if i < j { i * n + j } else { j * n + i }
}

/// The two indices of pair `pair` of a round, the smaller one first; the second may be `n`, which
/// does not exist, if `n` is odd. The last index stays, all others move on in a circle.
#[inline(always)]
pub(super) fn pair_of(n: usize, round: usize, pair: usize) -> (usize, usize) {
    let circle = n + n % 2 - 1;
    let (i, j) = if pair == 0 {
        (round, circle)
    } else {
        let i = round + pair;
        let j = round + circle - pair;
        (
            i - if i >= circle { circle } else { 0 },
            j - if j >= circle { circle } else { 0 },
        )
    };
    (i.min(j), i.max(j))
}

/// $t = \tan\theta$ of the rotation that makes $h = 2a_{pq}$ zero, $d = a_{qq} - a_{pp}$.
#[inline(always)]
fn tangent<N: Number>(d: N, h: N) -> N {
    let t = h / (d.magnitude() + d.times_plus(d, h * h).root());
    (-d).choose(-t, t)
}

/// $1/\sqrt{1 + t^2}$ for $|t| \le 1$, to a rounding: a quadratic polynomial, and Newton's iteration, which
/// takes a fifth of the time of a root and a quotient.
#[inline(always)]
pub(super) fn cosine_of_tangent<N: Number>(t: N) -> N {
    let (half, one) = (N::constant(0.5), N::one());
    let x = t.times_plus(t, one);
    let slope = x.times_plus(N::constant(0.144_965), N::constant(-0.722_237));
    let mut y = slope.times_plus(x, N::constant(1.573_681));
    // From an error of 0.0036, which is squared and multiplied by 3/2 each time.
    for _ in 0..if N::Format::DOUBLE { 3 } else { 2 } {
        let rest = (x * y).times_from(y, one);
        y = (half * y).times_plus(rest, y);
    }
    y
}

/// Diagonalizes the symmetric matrices in the upper half of `a`, whose entries are at most 2 in
/// magnitude: their eigenvalues stand on the diagonal then, and the rows of `vectors`, if there are
/// any, are the eigenvectors, in no particular order. Returns positive numbers where the iteration
/// did not end.
#[inline(always)]
pub(super) fn diagonalize<N: Number>(a: &mut [N], n: usize, mut vectors: Option<&mut [N]>) -> N {
    if let Some(vectors) = vectors.as_deref_mut() {
        identity(vectors, n);
    }
    let pairs = n.div_ceil(2);
    let nothing = Rotation {
        p: 0,
        q: 0,
        cosine: N::one(),
        sine: N::zero(),
        turns: false,
    };
    let mut rotations = vec![nothing; pairs];
    let mut left = N::zero();
    for _ in 0..MAX_SWEEPS {
        left = N::zero();
        let mut turned = false;
        for round in 0..n + n % 2 - 1 {
            let any = angles(a, n, round, &mut rotations, &mut left);
            if any {
                turned = true;
                apply(a, n, &rotations);
                if let Some(vectors) = vectors.as_deref_mut() {
                    turn_rows(vectors, n, &rotations);
                }
            }
        }
        if !turned {
            break;
        }
    }
    left
}

/// The identity.
#[inline(always)]
pub(super) fn identity<N: Number>(a: &mut [N], n: usize) {
    a.fill(N::zero());
    for i in 0..n {
        a[i * n + i] = N::one();
    }
}

/// The rotations of a round; the diagonal and the entries that become zero are changed. `left`
/// becomes positive where a rotation is needed.
#[inline(always)]
fn angles<N: Number>(
    a: &mut [N],
    n: usize,
    round: usize,
    rotations: &mut [Rotation<N>],
    left: &mut N,
) -> bool {
    let mut any = false;
    let per_epsilon = N::all(N::Format::from_f64(1.0) / <N::Format as Float>::epsilon());
    // Below, squares are no longer normal numbers.
    let floor = N::all(N::Format::min_positive_value().sqrt());
    for (pair, rotation) in rotations.iter_mut().enumerate() {
        let (p, q) = pair_of(n, round, pair);
        (rotation.p, rotation.q, rotation.turns) = (p, q, false);
        if q >= n {
            continue;
        }
        let (app, aqq, apq) = (a[p * n + p], a[q * n + q], a[p * n + q]);
        // The entry where it is too large, else nothing.
        let scaled = apq * per_epsilon;
        let excess = scaled.times_plus(scaled, -(app * aqq).magnitude());
        let large = excess.choose(apq, N::zero());
        let large = (large.magnitude() - floor).choose(large, N::zero());
        let size = large.magnitude();
        if !size.any_positive() {
            (rotation.cosine, rotation.sine) = (N::one(), N::zero());
            continue;
        }
        *left = left.larger(size);
        any = true;
        rotation.turns = true;
        // An entry that is small enough stays, and with it the quotient may be 0/0.
        let t = size.choose(tangent(aqq - app, large + large), N::zero());
        let cosine = cosine_of_tangent(t);
        (rotation.cosine, rotation.sine) = (cosine, t * cosine);
        let shift = t * large;
        a[p * n + p] = app - shift;
        a[q * n + q] = aqq + shift;
        a[p * n + q] = apq - large;
    }
    any
}

/// Turns what is outside of the planes of the rotations.
#[inline(always)]
fn apply<N: Number>(a: &mut [N], n: usize, rotations: &[Rotation<N>]) {
    for (i, first) in rotations.iter().enumerate() {
        for second in &rotations[i + 1..] {
            if !first.turns && !second.turns {
                continue;
            }
            // The index that has no partner.
            if first.q >= n {
                turn(
                    a,
                    at(n, first.p, second.p),
                    at(n, first.p, second.q),
                    second,
                );
                continue;
            }
            if second.q >= n {
                turn(a, at(n, second.p, first.p), at(n, second.p, first.q), first);
                continue;
            }
            let places = [
                at(n, first.p, second.p),
                at(n, first.p, second.q),
                at(n, first.q, second.p),
                at(n, first.q, second.q),
            ];
            let [pr, ps, qr, qs] = places.map(|place| a[place]);
            let (c, s) = (first.cosine, first.sine);
            let (pr, qr) = (qr.times_from(s, pr * c), qr.times_plus(c, pr * s));
            let (ps, qs) = (qs.times_from(s, ps * c), qs.times_plus(c, ps * s));
            let (c, s) = (second.cosine, second.sine);
            a[places[0]] = ps.times_from(s, pr * c);
            a[places[1]] = ps.times_plus(c, pr * s);
            a[places[2]] = qs.times_from(s, qr * c);
            a[places[3]] = qs.times_plus(c, qr * s);
        }
    }
}

#[inline(always)]
fn turn<N: Number>(a: &mut [N], p: usize, q: usize, rotation: &Rotation<N>) {
    let (x, y) = (a[p], a[q]);
    let (c, s) = (rotation.cosine, rotation.sine);
    a[p] = y.times_from(s, x * c);
    a[q] = y.times_plus(c, x * s);
}

/// Turns rows.
#[inline(always)]
fn turn_rows<N: Number>(rows: &mut [N], n: usize, rotations: &[Rotation<N>]) {
    for rotation in rotations.iter().filter(|rotation| rotation.turns) {
        let (before, from) = rows.split_at_mut(rotation.q * n);
        let (p, q) = (&mut before[rotation.p * n..][..n], &mut from[..n]);
        let (c, s) = (rotation.cosine, rotation.sine);
        for (p, q) in p.iter_mut().zip(q) {
            let (x, y) = (*p, *q);
            *p = y.times_from(s, x * c);
            *q = y.times_plus(c, x * s);
        }
    }
}

/// $2^{-e}$ with $2^e$ next to the largest magnitude of each matrix, and its inverse: multiplying by
/// them is exact. 1 for the matrix of zeros, and where $2^{-e}$ is not a normal number.
#[inline(always)]
pub(super) fn scale_of<N: Number>(a: &[N]) -> (N, N) {
    let mut largest = N::zero();
    for &x in a {
        largest = largest.larger(x.magnitude());
    }
    let power = |x: N::Format, sign: f64| {
        let (exponent, _) = x.split_exponent();
        let limit = N::Format::from_f64(if N::Format::DOUBLE { 1000.0 } else { 124.0 });
        let exponent = crate::math::clamp(exponent, -limit, limit);
        let power = N::Format::power_of_two(exponent * N::Format::from_f64(sign));
        if x > N::Format::from_f64(0.0) {
            power
        } else {
            N::Format::from_f64(1.0)
        }
    };
    (
        largest.map(|x| power(x, -1.0)),
        largest.map(|x| power(x, 1.0)),
    )
}
