//! Factors multiply to the matrix, and have the properties they should.

use geom_kernels::linalg::*;
use geom_kernels::real::Real;

use crate::support::*;

/// Batches that leave a rest of every kind.
const BATCHES: [usize; 4] = [1, 2, 19, 33];

fn each_size(test: impl Fn(usize, usize, &mut Numbers)) {
    let mut numbers = Numbers(88_172_645_463_325_252);
    for n in 1..=33 {
        test(BATCHES[n % 4], n, &mut numbers);
    }
    test(2, 64, &mut numbers);
    test(1, 70, &mut numbers);
    test(3, 41, &mut numbers);
}

fn eigenvectors<T: Real>() {
    each_size(|batch, n, numbers| {
        let a = numbers.symmetric::<T>(batch, n);
        let (mut values, mut vectors) = (zeros(batch * n), zeros(a.len()));
        eigh(&a, n, &mut values, &mut vectors, 1).unwrap();
        let scaled = product(
            &vectors,
            &diagonal(&values, n),
            batch,
            [n; 3],
            (false, false),
        );
        let back = product(&scaled, &vectors, batch, [n; 3], (false, true));
        let unit = product(&vectors, &vectors, batch, [n; 3], (true, false));
        let bound = 4.0 + 2.0 * n as f64;
        assert!(roundings(&back, &a, largest(&values)) < bound, "{n}");
        assert!(roundings(&unit, &identity(batch, n), 1.0) < bound, "{n}");
        assert!(
            values.chunks_exact(n).all(|values| values.is_sorted()),
            "{n}"
        );
        let mut alone = zeros(batch * n);
        eigvalsh(&a, n, &mut alone, 1).unwrap();
        assert!(roundings(&alone, &values, largest(&values)) < bound, "{n}");
    });
}

#[test]
fn eigenvectors_diagonalize() {
    eigenvectors::<f32>();
    eigenvectors::<f64>();
}

fn triangular<T: Real>() {
    each_size(|batch, n, numbers| {
        let a = numbers.positive::<T>(batch, n);
        let mut factor = zeros(a.len());
        cholesky(&a, n, &mut factor, 1).unwrap();
        let back = product(&factor, &factor, batch, [n; 3], (false, true));
        assert!(roundings(&back, &a, largest(&a)) < 4.0 + n as f64, "{n}");
        let b = numbers.matrices::<T>(batch * n * 3);
        let mut x = zeros(b.len());
        for transposed in [false, true] {
            for triangle in [Triangle::Lower, Triangle::Upper] {
                let factor = match triangle {
                    Triangle::Lower => factor.clone(),
                    Triangle::Upper => {
                        product(&identity(batch, n), &factor, batch, [n; 3], (false, true))
                    }
                };
                triangular_solve(&factor, &b, n, 3, triangle, transposed, &mut x, 1).unwrap();
                let back = product(&factor, &x, batch, [n, n, 3], (transposed, false));
                let scale = largest(&factor) * largest(&x);
                assert!(roundings(&back, &b, scale) < 4.0 + n as f64, "{n}");
            }
        }
        cholesky_solve(&factor, &b, n, 3, &mut x, 1).unwrap();
        let back = product(&a, &x, batch, [n, n, 3], (false, false));
        assert!(
            roundings(&back, &b, largest(&a) * largest(&x)) < 4.0 + 4.0 * n as f64,
            "{n}"
        );
    });
}

#[test]
fn triangular_factors_solve() {
    triangular::<f32>();
    triangular::<f64>();
}

fn elimination<T: Real>() {
    each_size(|batch, n, numbers| {
        let a = numbers.matrices::<T>(batch * n * n);
        let b = numbers.matrices::<T>(batch * n * 2);
        let mut x = zeros(b.len());
        for transposed in [false, true] {
            solve(&a, &b, n, 2, transposed, &mut x, 1).unwrap();
            let back = product(&a, &x, batch, [n, n, 2], (transposed, false));
            assert!(
                roundings(&back, &b, largest(&a) * largest(&x)) < 8.0 + 2.0 * n as f64,
                "{n}"
            );
        }
        let mut inverted = zeros(a.len());
        inverse(&a, n, &mut inverted, 1).unwrap();
        let unit = product(&a, &inverted, batch, [n; 3], (false, false));
        let scale = largest(&inverted);
        assert!(
            roundings(&unit, &identity(batch, n), scale) < 8.0 + 2.0 * n as f64,
            "{n}"
        );
    });
}

#[test]
fn elimination_solves() {
    elimination::<f32>();
    elimination::<f64>();
}

fn orthogonal<T: Real>() {
    each_size(|batch, n, numbers| {
        let m = n + n % 5;
        let a = numbers.matrices::<T>(batch * m * n);
        let (mut q, mut r) = (zeros(a.len()), zeros(batch * n * n));
        qr(&a, batch, m, n, &mut q, &mut r, 1).unwrap();
        let bound = 8.0 + 2.0 * n as f64;
        let back = product(&q, &r, batch, [m, n, n], (false, false));
        assert!(roundings(&back, &a, 1.0) < bound, "{n}");
        let unit = product(&q, &q, batch, [n, m, n], (true, false));
        assert!(roundings(&unit, &identity(batch, n), 1.0) < bound, "{n}");
        for r in r.chunks_exact(n * n) {
            for i in 0..n {
                assert!(r[i * n + i] > T::from_f64(0.0));
                assert!(r[i * n..][..i].iter().all(|&x| x == T::from_f64(0.0)));
            }
        }
        let (mut u, mut p) = (zeros(a.len()), zeros(batch * n * n));
        polar(&a, batch, m, n, &mut u, &mut p, 1).unwrap();
        let back = product(&u, &p, batch, [m, n, n], (false, false));
        assert!(roundings(&back, &a, largest(&p)) < bound, "{n}");
        let unit = product(&u, &u, batch, [n, m, n], (true, false));
        assert!(roundings(&unit, &identity(batch, n), 1.0) < bound, "{n}");
        for (rows, columns) in [(m, n), (n, m)] {
            let k = n;
            let (mut u, mut values, mut v) = (
                zeros(batch * rows * k),
                zeros(batch * k),
                zeros(batch * columns * k),
            );
            svd(&a, batch, rows, columns, &mut u, &mut values, &mut v, 1).unwrap();
            let scaled = product(
                &u,
                &diagonal(&values, k),
                batch,
                [rows, k, k],
                (false, false),
            );
            let back = product(&scaled, &v, batch, [rows, k, columns], (false, true));
            assert!(roundings(&back, &a, largest(&values)) < bound, "{n}");
            for (x, size) in [(&u, rows), (&v, columns)] {
                let unit = product(x, x, batch, [k, size, k], (true, false));
                assert!(roundings(&unit, &identity(batch, k), 1.0) < bound, "{n}");
            }
            assert!(
                values
                    .chunks_exact(k)
                    .all(|values| values.is_sorted_by(|a, b| a >= b))
            );
            let mut alone = zeros(batch * k);
            singular_values(&a, batch, rows, columns, &mut alone, 1).unwrap();
            assert_eq!(alone, values);
        }
    });
}

#[test]
fn orthogonal_factors_multiply_to_the_matrix() {
    orthogonal::<f32>();
    orthogonal::<f64>();
}

fn equations<T: Real>() {
    each_size(|batch, n, numbers| {
        let a = numbers.positive::<T>(batch, n);
        let c = numbers.matrices::<T>(a.len());
        let mut x = zeros(a.len());
        lyapunov(&a, &c, n, &mut x, 1).unwrap();
        let back = |x: &[T], b: &[T], m: usize| -> Vec<T> {
            let left = product(&a, x, batch, [n, n, m], (false, false));
            let right = product(x, b, batch, [n, m, m], (false, false));
            left.iter().zip(&right).map(|(&x, &y)| x + y).collect()
        };
        let bound = 16.0 + 4.0 * n as f64;
        assert!(
            roundings(&back(&x, &a, n), &c, largest(&a) * largest(&x)) < bound,
            "{n}"
        );
        let m = 1 + n % 4;
        let b = numbers.matrices::<T>(batch * m * m);
        let c = numbers.matrices::<T>(batch * n * m);
        let mut x = zeros(c.len());
        let b: Vec<T> = b
            .iter()
            .enumerate()
            .map(|(k, &x)| x + T::from_f64(if k / m % m == k % m { 2.0 } else { 0.0 }))
            .collect();
        sylvester(&a, &b, &c, batch, n, m, &mut x, 1).unwrap();
        let scale = (largest(&a) + largest(&b)) * largest(&x);
        assert!(roundings(&back(&x, &b, m), &c, scale) < bound, "{n}");
    });
}

#[test]
fn equations_hold() {
    equations::<f32>();
    equations::<f64>();
}

fn exponentials<T: Real>() {
    each_size(|batch, n, numbers| {
        // Skew-symmetric matrices of all sizes, and back.
        let a = numbers.matrices::<T>(batch * n * n);
        let skew: Vec<T> = (0..a.len())
            .map(|place| {
                let (first, i, j) = (place / (n * n) * n * n, place / n % n, place % n);
                (a[first + i * n + j] - a[first + j * n + i]) / T::from_f64((n as f64).sqrt())
            })
            .collect();
        let mut rotation = zeros(a.len());
        expm(&skew, n, &mut rotation, 1).unwrap();
        let unit = product(&rotation, &rotation, batch, [n; 3], (true, false));
        let bound = 24.0 + 4.0 * n as f64;
        assert!(
            roundings(&unit, &identity(batch, n), 1.0) < bound,
            "{n} {}",
            roundings(&unit, &identity(batch, n), 1.0)
        );
        let mut log = zeros(a.len());
        rotation_log(&rotation, n, &mut log, 1).unwrap();
        assert!(
            roundings(&log, &skew, 1.0) < 8.0 * bound,
            "{n} {}",
            roundings(&log, &skew, 1.0)
        );
    });
}

#[test]
fn rotations_have_logarithms() {
    exponentials::<f32>();
    exponentials::<f64>();
}
