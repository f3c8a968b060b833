//! The complex Schur form of a real matrix, by shifted QR steps.

use num_traits::Float;

use crate::linalg::failure::Reason;
use crate::real::Real;

use super::complex::Complex;

/// Steps for one eigenvalue after which the iteration has failed; two or three are usual.
const MAX_STEPS: usize = 60;

/// The rotation $\begin{pmatrix} c & s\\ -\bar s & c\end{pmatrix}$ that makes the second of two numbers 0.
#[derive(Clone, Copy)]
struct Givens<T> {
    c: T,
    s: Complex<T>,
}

impl<T: Real> Givens<T> {
    fn new(a: Complex<T>, b: Complex<T>) -> Self {
        let (x, y) = (a.length(), b.length());
        let zero = T::from_f64(0.0);
        if y == zero {
            return Self {
                c: T::from_f64(1.0),
                s: Complex::default(),
            };
        }
        if x == zero {
            return Self {
                c: zero,
                s: b.conjugate().times(T::from_f64(1.0) / y),
            };
        }
        let norm = Float::hypot(x, y);
        let phase = Complex {
            re: a.re / x,
            im: a.im / x,
        };
        let s = phase
            * Complex {
                re: b.re / norm,
                im: -b.im / norm,
            };
        Self { c: x / norm, s }
    }

    fn turn(self, x: Complex<T>, y: Complex<T>) -> (Complex<T>, Complex<T>) {
        let Self { c, s } = self;
        (x.times(c) + s * y, y.times(c) - s.conjugate() * x)
    }

    /// From the left: two rows, from a column on.
    fn rows(self, h: &mut [Complex<T>], n: usize, i: usize, from: usize) {
        for j in from..n {
            let (x, y) = (i * n + j, (i + 1) * n + j);
            (h[x], h[y]) = self.turn(h[x], h[y]);
        }
    }

    /// The inverse from the right: two columns, of the first rows.
    fn columns(self, h: &mut [Complex<T>], n: usize, j: usize, rows: usize) {
        let inverse = Self {
            c: self.c,
            s: self.s.conjugate(),
        };
        for i in 0..rows {
            let (x, y) = (i * n + j, i * n + j + 1);
            (h[x], h[y]) = inverse.turn(h[x], h[y]);
        }
    }
}

/// A matrix as rows of complex numbers.
pub(super) type Matrix<T> = Vec<Complex<T>>;

/// $A = U S U^*$ with $S$ upper triangular and $U$ unitary: returns $S$ and $U$.
pub(super) fn schur<T: Real>(a: &[T], n: usize) -> Result<(Matrix<T>, Matrix<T>), Reason> {
    let mut h: Matrix<T> = a.iter().map(|&x| Complex::real(x)).collect();
    let mut u = vec![Complex::default(); n * n];
    for i in 0..n {
        u[i * n + i] = Complex::real(T::from_f64(1.0));
    }
    // To Hessenberg form, column by column from below.
    for j in 0..n.saturating_sub(2) {
        for i in (j + 1..n - 1).rev() {
            let givens = Givens::new(h[i * n + j], h[(i + 1) * n + j]);
            givens.rows(&mut h, n, i, j);
            givens.columns(&mut h, n, i, n);
            givens.columns(&mut u, n, i, n);
            h[(i + 1) * n + j] = Complex::default();
        }
    }
    let mut last = n.saturating_sub(1);
    let mut steps = 0;
    while last > 0 {
        let first = deflate(&mut h, n, last);
        if first == last {
            last -= 1;
            steps = 0;
            continue;
        }
        steps += 1;
        if steps > MAX_STEPS {
            return Err(Reason::NoConvergence);
        }
        let shift = match steps % 10 {
            // A shift of another kind breaks a cycle.
            0 => h[last * n + last] + Complex::real(h[last * n + last - 1].length()),
            _ => wilkinson(&h, n, last),
        };
        step(&mut h, &mut u, n, first, last, shift);
    }
    Ok((h, u))
}

/// The first row of the block that ends with row `last` and is not split by a zero below its diagonal.
fn deflate<T: Real>(h: &mut [Complex<T>], n: usize, last: usize) -> usize {
    for k in (1..=last).rev() {
        let below = h[k * n + k - 1].length();
        let beside = h[k * n + k].length() + h[(k - 1) * n + k - 1].length();
        if below <= <T as Float>::epsilon() * beside || below < <T as Float>::min_positive_value() {
            h[k * n + k - 1] = Complex::default();
            return k;
        }
    }
    0
}

/// The eigenvalue of the last two rows that is nearer to the last entry.
fn wilkinson<T: Real>(h: &[Complex<T>], n: usize, last: usize) -> Complex<T> {
    let (a, b) = (h[(last - 1) * n + last - 1], h[(last - 1) * n + last]);
    let (c, d) = (h[last * n + last - 1], h[last * n + last]);
    let half = (a - d).times(T::from_f64(0.5));
    let product = b * c;
    let root = (half * half + product).root();
    let (plus, minus) = (half + root, half - root);
    let larger = if plus.length() >= minus.length() {
        plus
    } else {
        minus
    };
    if larger.length() == T::from_f64(0.0) {
        d
    } else {
        d - product / larger
    }
}

/// $H \to R Q + \mu$ with $H - \mu = Q R$, on the rows `first..=last`, as a similarity of all of $H$.
fn step<T: Real>(
    h: &mut [Complex<T>],
    u: &mut [Complex<T>],
    n: usize,
    first: usize,
    last: usize,
    shift: Complex<T>,
) {
    for i in first..=last {
        h[i * n + i] -= shift;
    }
    let mut turns = Vec::with_capacity(last - first);
    for k in first..last {
        let givens = Givens::new(h[k * n + k], h[(k + 1) * n + k]);
        givens.rows(h, n, k, k);
        h[(k + 1) * n + k] = Complex::default();
        turns.push(givens);
    }
    for (k, givens) in (first..last).zip(turns) {
        givens.columns(h, n, k, k + 2);
        givens.columns(u, n, k, n);
    }
    for i in first..=last {
        h[i * n + i] += shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_unitary_and_triangular_and_give_the_matrix() {
        for n in 0..=12 {
            let a: Vec<f64> = (0..n * n).map(|k| (1.7 * k as f64 + 0.3).sin()).collect();
            let (s, u) = schur(&a, n).unwrap();
            let product = |x: &Matrix<f64>, y: &Matrix<f64>| -> Matrix<f64> {
                let entry = |i: usize, j: usize| {
                    (0..n).fold(Complex::default(), |sum, k| {
                        sum + x[i * n + k] * y[k * n + j]
                    })
                };
                (0..n * n)
                    .map(|place| entry(place / n, place % n))
                    .collect()
            };
            let adjoint: Matrix<f64> = (0..n * n)
                .map(|place| u[place % n * n + place / n].conjugate())
                .collect();
            let back = product(&product(&u, &s), &adjoint);
            let unit = product(&adjoint, &u);
            for i in 0..n {
                for j in 0..n {
                    let place = i * n + j;
                    assert!(
                        (back[place] - Complex::real(a[place])).length() < 1e-13,
                        "{n}"
                    );
                    let one = if i == j { 1.0 } else { 0.0 };
                    assert!((unit[place] - Complex::real(one)).length() < 1e-13, "{n}");
                    assert!(i <= j || s[place] == Complex::default(), "{n}");
                }
            }
        }
    }
}
