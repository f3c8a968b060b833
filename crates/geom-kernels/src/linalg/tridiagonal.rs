//! Eigenvalues and eigenvectors through a tridiagonal matrix.
//!
//! Reflections make a symmetric matrix tridiagonal, QL steps with explicit shifts make that diagonal. A
//! step takes every lane through the same rows, converged or not: with explicit shifts a matrix may fall
//! apart in the middle without harm, and a lane that is done is turned by nothing.
//!
//! Errors of all eigenvalues are some roundings of the largest. Some $5n^3$ operations for everything,
//! a tenth of those of Jacobi's method.

use num_traits::Float;

use super::jacobi::identity;
use super::number::Number;

/// QL steps for one eigenvalue after which the iteration has failed; two are usual.
const MAX_STEPS: usize = 60;

/// Numbers of scratch memory.
pub(super) fn scratch(n: usize) -> usize {
    5 * n
}

/// Eigenvalues, and eigenvectors as rows of `rows`, of the symmetric matrices in the lower half of `a`,
/// which is overwritten. Returns positive numbers where the iteration did not end.
#[inline(always)]
pub(super) fn diagonalize<N: Number>(
    a: &mut [N],
    n: usize,
    values: &mut [N],
    mut rows: Option<&mut [N]>,
    scratch: &mut [N],
) -> N {
    let (beside, rest) = scratch.split_at_mut(n);
    let (taus, rest) = rest.split_at_mut(n);
    let (v, rest) = rest.split_at_mut(n);
    let (w, inside) = rest.split_at_mut(n);
    reduce(a, n, taus, beside, v, w);
    for i in 0..n {
        values[i] = a[i * n + i];
    }
    if let Some(rows) = rows.as_deref_mut() {
        accumulate(a, n, taus, v, rows);
    }
    ql(values, beside, n, rows, inside)
}

/// $H_k = 1 - \tau v v^\top$ for column `k`, with $v$ below the diagonal of that column, for one after the
/// other. The diagonal is that of the tridiagonal matrix then, `beside` what stands beside it.
#[inline(always)]
fn reduce<N: Number>(
    a: &mut [N],
    n: usize,
    taus: &mut [N],
    beside: &mut [N],
    v: &mut [N],
    w: &mut [N],
) {
    let epsilon = <N::Format as Float>::epsilon();
    let tiny = N::all(<N::Format as Float>::min_positive_value() / epsilon / epsilon);
    for k in 0..n.saturating_sub(1) {
        let first = k + 1;
        let alpha = a[first * n + k];
        let mut below = N::zero();
        for i in first + 1..n {
            let x = a[i * n + k];
            v[i] = x;
            below = x.times_plus(x, below);
        }
        // Squares that are no normal numbers would make the reflection inexact; what they come from is far
        // below a rounding of the largest entry.
        let below = (below - tiny).choose(below, N::zero());
        let norm = alpha.times_plus(alpha, below).root();
        // Away from alpha, so that nothing cancels. A column that is zero below stays as it is.
        let away = (-alpha).choose(norm, -norm);
        let beta = below.choose(away, alpha);
        let change = beta - alpha;
        let tau = change.magnitude().choose(change / beta, N::zero());
        let inverse = change.magnitude().choose(-N::one() / change, N::zero());
        (beside[k], taus[k]) = (beta, tau);
        v[first] = N::one();
        for i in first + 1..n {
            v[i] *= inverse;
            a[i * n + k] = v[i];
        }
        // w = tau A v, from the lower half.
        w[first..].fill(N::zero());
        for i in first..n {
            let row = &a[i * n..][first..i];
            let factor = v[i];
            let mut sum = a[i * n + i] * factor;
            for ((&x, &v), w) in row.iter().zip(&v[first..]).zip(&mut w[first..]) {
                sum = x.times_plus(v, sum);
                *w = x.times_plus(factor, *w);
            }
            w[i] += sum;
        }
        let mut dot = N::zero();
        for i in first..n {
            w[i] *= tau;
            dot = w[i].times_plus(v[i], dot);
        }
        let half = N::constant(0.5) * tau * dot;
        for i in first..n {
            w[i] = half.times_from(v[i], w[i]);
        }
        for i in first..n {
            let (x, y) = (v[i], w[i]);
            let row = &mut a[i * n..][first..=i];
            for ((out, &v), &w) in row.iter_mut().zip(&v[first..]).zip(&w[first..]) {
                *out = y.times_from(v, x.times_from(w, *out));
            }
        }
    }
    if n > 0 {
        beside[n - 1] = N::zero();
    }
}

/// $Q^\top$ with $Q = H_0 H_1\cdots$: the last reflection first, which touches the fewest rows.
#[inline(always)]
fn accumulate<N: Number>(a: &[N], n: usize, taus: &[N], v: &mut [N], rows: &mut [N]) {
    identity(rows, n);
    for k in (0..n.saturating_sub(2)).rev() {
        let first = k + 1;
        v[first] = N::one();
        for i in first + 1..n {
            v[i] = a[i * n + k];
        }
        for row in rows.chunks_exact_mut(n).skip(first) {
            let row = &mut row[first..];
            let mut dot = N::zero();
            for (&x, &v) in row.iter().zip(&v[first..]) {
                dot = x.times_plus(v, dot);
            }
            dot *= taus[k];
            for (x, &v) in row.iter_mut().zip(&v[first..]) {
                *x = dot.times_from(v, *x);
            }
        }
    }
}

/// Makes the tridiagonal matrix with diagonal `d` and `e` beside it diagonal, and turns the rows with it.
///
/// # References
/// Bowdler, Martin, Reinsch, Wilkinson (1968), procedure tql2.
#[inline(always)]
fn ql<N: Number>(
    d: &mut [N],
    e: &mut [N],
    n: usize,
    mut rows: Option<&mut [N]>,
    inside: &mut [N],
) -> N {
    let (zero, one) = (N::zero(), N::one());
    let epsilon = N::all(<N::Format as Float>::epsilon());
    // Entries of at most that size count as 0: far below a rounding of the largest, and above what has a
    // normal square.
    let smallest = Float::sqrt(<N::Format as Float>::min_positive_value());
    let floor = N::all(smallest / <N::Format as Float>::epsilon());
    let (mut shift, mut size, mut failed) = (zero, zero, zero);
    for l in 0..n {
        size = size.larger(d[l].magnitude() + e[l].magnitude());
        for step in 0..=MAX_STEPS {
            // Positive where the first entry beside the diagonal is not small enough yet.
            let active = e[l].magnitude() - epsilon * size - floor;
            if l + 1 == n || !active.any_positive() {
                break;
            }
            if step == MAX_STEPS {
                failed = failed.larger(active);
                break;
            }
            // The eigenvalue of the first two rows that is nearer to the first one becomes 0.
            let g = d[l];
            let p = (d[l + 1] - g) / (e[l] + e[l]);
            let r = p.times_plus(p, one).root();
            let sum = p + (-p).choose(-r, r);
            let h = active.choose(g - e[l] / sum, zero);
            let last = blocks(e, l, n, epsilon * size + floor, active, inside);
            d[l] = active.choose(e[l] / sum, g);
            d[l + 1] = active.choose(e[l] * sum, d[l + 1]);
            for d in &mut d[l + 2..n] {
                *d -= h;
            }
            shift += h;
            let (start, second) = (d[l + 1], e[l + 1]);
            let mut p = d[last];
            let (mut c, mut c2, mut c3) = (one, one, one);
            let (mut s, mut s2) = (zero, zero);
            for i in (l..last).rev() {
                (c3, c2, s2) = (c2, c, s);
                let (g, h) = (c * e[i], c * p);
                let r = p.times_plus(p, e[i] * e[i]).root();
                let turns = (r - floor).choose(inside[i], zero);
                // A lane whose block ends further up begins there, with its own diagonal.
                let within = inside[i];
                e[i + 1] = within.choose(s * r, e[i + 1]);
                s = turns.choose(e[i] / r, zero);
                c = turns.choose(p / r, one);
                p = within.choose(c * d[i] - s * g, d[i]);
                let next = h + s * (c * g + s * d[i]);
                d[i + 1] = within.choose(next, d[i + 1]);
                if let Some(rows) = rows.as_deref_mut()
                    && s.magnitude().any_positive()
                {
                    turn(rows, n, i, c, s);
                }
            }
            let p = -s * s2 * c3 * second * e[l] / start;
            e[l] = active.choose(s * p, e[l]);
            d[l] = active.choose(c * p, d[l]);
        }
        d[l] += shift;
    }
    failed
}

/// The last row of the longest block that begins with row `l` in some lane; in `inside`, positive numbers
/// where the entry beside a row belongs to the block of its lane.
#[inline(always)]
fn blocks<N: Number>(e: &[N], l: usize, n: usize, bound: N, active: N, inside: &mut [N]) -> usize {
    inside[l] = active;
    let mut last = l + 1;
    while last + 1 < n {
        let more = (e[last].magnitude() - bound).choose(inside[last - 1], N::zero());
        if !more.any_positive() {
            break;
        }
        inside[last] = more;
        last += 1;
    }
    last
}

/// Turns rows `i` and `i + 1`.
#[inline(always)]
fn turn<N: Number>(rows: &mut [N], n: usize, i: usize, c: N, s: N) {
    let (first, second) = rows[i * n..][..2 * n].split_at_mut(n);
    for (x, y) in first.iter_mut().zip(second) {
        let (a, b) = (*x, *y);
        *x = b.times_from(s, a * c);
        *y = b.times_plus(c, a * s);
    }
}
