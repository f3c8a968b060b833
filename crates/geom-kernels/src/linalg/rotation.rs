//! Logarithms of rotations.

use num_traits::Float;

use crate::real::Real;

use super::eigh::{LANES_UP_TO, spectrum, work_of};
use super::failure::{Outcome, Reason};
use super::job::run;
use super::lu::eliminate;
use super::number::Number;
use super::product::{View, multiply};
use super::run::{Kernel, Report, batch_of, expect_len, run_each};
use super::svd::orthogonalize;

/// The skew-symmetric $\Omega$ with $R = e^\Omega$ and angles in $[0, \pi]$, for rotations of any dimension;
/// exactly skew-symmetric. At the angle $\pi$ there are two such $\Omega$ in each plane; one of them is
/// returned.
///
/// # Shapes
/// - `r`, `out`: `[batch, n, n]`
///
/// # Numerics
/// `n` = 2: the angle by its tangent. `n` = 3: through the unit quaternion, right at all angles. Beyond:
/// with $R = S + W$, symmetric and skew-symmetric part, which have the same planes, angles below a gap are
/// $f(S)W$ with $f(\cos\theta) = \theta/\sin\theta$; those above are $\pi J$ less the logarithm of
/// $-R$ in their planes, $J$ the orthogonal polar factor of $W$ there. An error $\varepsilon$ in $R$
/// turns a plane whose angle is $\pi - \delta$ by about $\varepsilon/\delta$.
///
/// # Errors
/// [`Reason::NotRotation`] if $|R^\top R - 1|$ has an entry above $\sqrt\varepsilon$, or the determinant is
/// negative; [`Reason::NotFinite`], [`Reason::NoConvergence`].
///
/// # Panics
/// If a length is not that of the shape.
pub fn rotation_log<T: Real>(r: &[T], n: usize, out: &mut [T], threads: usize) -> Outcome {
    let batch = batch_of(r, n * n);
    expect_len("out", out.len(), r.len());
    let (inputs, outputs) = ([(r, n * n)], vec![(out, n * n)]);
    if n <= 3 {
        return run(SmallRotation { n }, batch, threads, &inputs, outputs);
    }
    run_each(
        batch,
        40 * n * n * n,
        threads,
        &inputs,
        outputs,
        |inputs, outputs| large(inputs[0], n, outputs[0]),
    )
}

pub(crate) struct SmallRotation {
    n: usize,
}

impl Kernel for SmallRotation {
    fn scratch(&self) -> usize {
        2 * self.n * self.n
    }

    fn cost(&self) -> usize {
        100
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    ) {
        let (r, out) = (inputs[0], &mut *outputs[0]);
        check(r, self.n, scratch, report);
        match self.n {
            2 => {
                let half = N::constant(0.5);
                let sine = half * (r[2] - r[1]);
                let cosine = half * (r[0] + r[3]);
                let angle = sine.zip(cosine, Float::atan2);
                out.copy_from_slice(&[N::zero(), -angle, angle, N::zero()]);
            }
            3 => three(r, out),
            _ => out.fill(N::zero()),
        }
    }
}

/// Reports a matrix that is not a rotation.
#[inline(always)]
fn check<N: Number>(r: &[N], n: usize, scratch: &mut [N], report: &mut Report<'_>) {
    let (product, work) = scratch.split_at_mut(n * n);
    let view = View::new(r, n);
    multiply(product, view.transposed(), view, [n; 3]);
    let mut defect = N::zero();
    for i in 0..n {
        for j in 0..n {
            let unit = N::constant(if i == j { 1.0 } else { 0.0 });
            defect = defect.larger((product[i * n + j] - unit).magnitude());
        }
    }
    work[..n * n].copy_from_slice(r);
    let mut determinant = eliminate(work, n, &mut [], 0);
    for i in 0..n {
        determinant *= work[i * n + i];
    }
    let limit = Float::sqrt(<N::Format as Float>::epsilon());
    for lane in 0..N::WIDTH {
        let (defect, determinant) = (defect.lane(lane), determinant.lane(lane));
        if defect > limit || determinant < N::Format::from_f64(0.0) {
            let reason = Reason::NotRotation {
                defect: defect.into_f64(),
                determinant: determinant.into_f64(),
            };
            report.fail(lane, reason);
        }
    }
}

/// Through the quaternion $(w, v)$, of which the largest component is computed first, from the diagonal:
/// the axis is $v$, the angle $2\arctan(|v|/w)$.
#[inline(always)]
fn three<N: Number>(r: &[N], out: &mut [N]) {
    let at = |i: usize, j: usize| r[3 * i + j];
    let one = N::one();
    let [x, y, z] = [
        at(2, 1) - at(1, 2),
        at(0, 2) - at(2, 0),
        at(1, 0) - at(0, 1),
    ];
    let [a, b, c] = [
        at(1, 0) + at(0, 1),
        at(2, 0) + at(0, 2),
        at(2, 1) + at(1, 2),
    ];
    let (d0, d1, d2) = (at(0, 0), at(1, 1), at(2, 2));
    // Four times the squares of the components.
    let squares = [
        one + d0 + d1 + d2,
        one + d0 - d1 - d2,
        one - d0 + d1 - d2,
        one - d0 - d1 + d2,
    ];
    // Four times the quaternion, times its component of that index.
    let candidates = [
        [squares[0], x, y, z],
        [x, squares[1], a, b],
        [y, a, squares[2], c],
        [z, b, c, squares[3]],
    ];
    let (mut q, mut largest) = (candidates[0], squares[0]);
    for (candidate, &square) in candidates.iter().zip(&squares).skip(1) {
        let better = square - largest;
        for (q, &candidate) in q.iter_mut().zip(candidate) {
            *q = better.choose(candidate, *q);
        }
        largest = largest.larger(square);
    }
    // q and -q are the same rotation: the one with the smaller angle.
    let length = (q[1].squared() + q[2].squared() + q[3].squared()).root();
    let sign = (-q[0]).choose(-N::one(), N::one());
    let half_angle = length.zip(q[0].magnitude(), Float::atan2);
    let two = N::constant(2.0);
    let factor = length.choose(two * half_angle / length, N::zero());
    let [x, y, z] = [q[1], q[2], q[3]].map(|v| v * factor * sign);
    let zero = N::zero();
    out.copy_from_slice(&[zero, -z, y, z, zero, -x, -y, x, zero]);
}

/// The logarithm in the eigenvectors of the symmetric part.
fn large<T: Real>(r: &[T], n: usize, out: &mut [T]) -> Result<(), Reason> {
    let size = n * n;
    let zeros = || vec![T::from_f64(0.0); size];
    let mut reasons = [None];
    let mut scratch = vec![T::from_f64(0.0); 2 * size];
    check(r, n, &mut scratch, &mut Report::new(&mut reasons));
    if let [Some(reason)] = reasons {
        return Err(reason);
    }
    let (cosines, vectors) = planes(r, n)?;
    let (mut product, mut skew) = (zeros(), zeros());
    let view = View::new(&vectors, n);
    let half = T::from_f64(0.5);
    let odd: Vec<T> = (0..size)
        .map(|place| {
            let (i, j) = (place / n, place % n);
            half * r[i * n + j] - half * r[j * n + i]
        })
        .collect();
    multiply(&mut product, View::new(&odd, n), view, [n; 3]);
    multiply(&mut skew, view.transposed(), View::new(&product, n), [n; 3]);
    // Exactly skew-symmetric, so that its polar factor is, where it is hardly more than rounding.
    for i in 0..n {
        for j in 0..=i {
            let mean = half * skew[i * n + j] - half * skew[j * n + i];
            skew[i * n + j] = mean;
            skew[j * n + i] = -mean;
        }
    }
    let split = widest_gap(&cosines);
    let mut log = zeros();
    for i in 0..n {
        for j in 0..n {
            if (i < split) == (j < split) {
                // Below the gap: minus the logarithm of -R.
                let sign = if i < split {
                    -T::from_f64(1.0)
                } else {
                    T::from_f64(1.0)
                };
                let factor = half * angle_over_sine(sign * cosines[i])
                    + half * angle_over_sine(sign * cosines[j]);
                log[i * n + j] = sign * factor * skew[i * n + j];
            }
        }
    }
    add_half_turns(&skew, n, split, &mut log);
    multiply(&mut product, view, View::new(&log, n), [n; 3]);
    multiply(&mut log, View::new(&product, n), view.transposed(), [n; 3]);
    for i in 0..n {
        for j in 0..n {
            out[i * n + j] = half * log[i * n + j] - half * log[j * n + i];
        }
    }
    Ok(())
}

/// Cosines of the angles, ascending, and eigenvectors of the symmetric part as columns.
fn planes<T: Real>(r: &[T], n: usize) -> Result<(Vec<T>, Vec<T>), Reason> {
    let size = n * n;
    let (mut values, mut vectors) = (vec![T::from_f64(0.0); n], vec![T::from_f64(0.0); size]);
    if n > LANES_UP_TO {
        T::eigh(r, n, &mut values, Some(&mut vectors))?;
        return Ok((values, vectors));
    }
    let (mut work, mut rows) = (
        vec![T::from_f64(0.0); work_of(n)],
        vec![T::from_f64(0.0); size],
    );
    let mut reasons = [None];
    spectrum(
        r,
        n,
        &mut work,
        &mut values,
        Some(&mut rows),
        &mut Report::new(&mut reasons),
    );
    if let [Some(reason)] = reasons {
        return Err(reason);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[i].into_f64().total_cmp(&values[j].into_f64()));
    for (place, &index) in order.iter().enumerate() {
        for i in 0..n {
            vectors[i * n + place] = rows[index * n + i];
        }
    }
    Ok((
        order.into_iter().map(|index| values[index]).collect(),
        vectors,
    ))
}

/// An even number of cosines, those below the widest gap between −0.9 and 0.5: angles on either side are
/// far from where $\theta/\sin\theta$, or that of $\pi - \theta$, is infinite.
fn widest_gap<T: Real>(cosines: &[T]) -> usize {
    const FROM: f64 = -0.9;
    const TO: f64 = 0.5;
    let bound = |place: Option<&T>, end: f64| place.map_or(end, |x| x.into_f64().clamp(FROM, TO));
    (0..=cosines.len())
        .step_by(2)
        .max_by(|&i, &j| {
            let gap = |split: usize| {
                let low = split.checked_sub(1).and_then(|index| cosines.get(index));
                bound(cosines.get(split), TO) - bound(low, FROM)
            };
            gap(i).total_cmp(&gap(j))
        })
        .unwrap_or(0)
}

/// $\theta/\sin\theta$ of $\cos\theta$.
fn angle_over_sine<T: Real>(cosine: T) -> T {
    let one = T::from_f64(1.0);
    let square = (one - cosine) * (one + cosine);
    if square <= T::from_f64(0.0) {
        return one;
    }
    let sine = Float::sqrt(square);
    Float::atan2(sine, cosine) / sine
}

/// Adds $\pi J$ in the first `count` directions, $J$ the orthogonal polar factor of the skew-symmetric
/// matrix there. In planes that are turned by $\pi$ up to rounding, any direction of turning will do.
fn add_half_turns<T: Real>(skew: &[T], n: usize, count: usize, log: &mut [T]) {
    if count == 0 {
        return;
    }
    // The rows of the block, turned until they are orthogonal: T S = diag(lengths) Q, so that the polar
    // factor of S is Tᵀ Q.
    let mut rows = vec![T::from_f64(0.0); count * count];
    let mut turns = rows.clone();
    for i in 0..count {
        rows[i * count..][..count].copy_from_slice(&skew[i * n..][..count]);
    }
    orthogonalize(&mut rows, count, count, Some(&mut turns));
    let lengths: Vec<T> = rows
        .chunks_exact(count)
        .map(|row| Float::sqrt(row.iter().fold(T::from_f64(0.0), |sum, &x| sum + x * x)))
        .collect();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&i, &j| lengths[i].into_f64().total_cmp(&lengths[j].into_f64()));
    let rounding = T::from_f64(4.0 * n as f64) * <T as Float>::epsilon();
    let null = order
        .iter()
        .filter(|&&index| lengths[index] <= rounding)
        .count();
    // Singular values come in pairs: one that rounding has torn apart stays together.
    let null = null.next_multiple_of(2).min(count);
    let mut turn = vec![T::from_f64(0.0); count * count];
    for (place, &index) in order.iter().enumerate() {
        let (left, right): (&[T], Vec<T>) = if place < null {
            let partner = &turns[order[place ^ 1] * count..][..count];
            let sign = T::from_f64(if place % 2 == 0 { 1.0 } else { -1.0 });
            (
                &turns[index * count..][..count],
                partner.iter().map(|&x| sign * x).collect(),
            )
        } else {
            let row = &rows[index * count..][..count];
            (
                &turns[index * count..][..count],
                row.iter().map(|&x| x / lengths[index]).collect(),
            )
        };
        for i in 0..count {
            for j in 0..count {
                turn[i * count + j] += left[i] * right[j];
            }
        }
    }
    let half_pi = T::from_f64(std::f64::consts::FRAC_PI_2);
    for i in 0..count {
        for j in 0..count {
            log[i * n + j] += half_pi * (turn[i * count + j] - turn[j * count + i]);
        }
    }
}
