//! What stands beside a matrix in a batch, and how many threads there are, does not change its result.

use geom_kernels::linalg::*;
use geom_kernels::real::Real;
use proptest::prelude::*;

use crate::support::*;

/// A name, and what it computes from a batch of positive definite matrices.
type Case<T> = (&'static str, fn(&[T], usize, usize) -> Vec<T>);

fn cases<T: Real>() -> Vec<Case<T>> {
    vec![
        ("eigh", |a, n, threads| {
            let (mut values, mut out) = (zeros(a.len() / n), zeros(a.len()));
            eigh(a, n, &mut values, &mut out, threads).unwrap();
            out
        }),
        ("spectral", |a, n, threads| {
            let (mut out, mut values, mut vectors) =
                (zeros(a.len()), zeros(a.len() / n), zeros(a.len()));
            spectral(
                SpectralFunction::Log,
                a,
                n,
                &mut out,
                &mut values,
                &mut vectors,
                threads,
            )
            .unwrap();
            let mut gradient = zeros(a.len());
            spectral_backward(
                SpectralFunction::Log,
                &values,
                &vectors,
                a,
                n,
                &mut gradient,
                threads,
            )
            .unwrap();
            out.extend(gradient);
            // Matrix by matrix: both results side by side.
            let (first, second) = out.split_at(a.len());
            let pairs = first.chunks(n * n).zip(second.chunks(n * n));
            pairs
                .flat_map(|(x, y)| x.iter().chain(y).copied().collect::<Vec<T>>())
                .collect()
        }),
        ("cholesky", |a, n, threads| {
            let mut out = zeros(a.len());
            cholesky(a, n, &mut out, threads).unwrap();
            out
        }),
        ("solve", |a, n, threads| {
            let mut out = zeros(a.len());
            solve(a, a, n, n, true, &mut out, threads).unwrap();
            out
        }),
        ("qr", |a, n, threads| {
            let (mut q, mut r) = (zeros(a.len()), zeros(a.len()));
            qr(a, a.len() / (n * n), n, n, &mut q, &mut r, threads).unwrap();
            r
        }),
        ("svd", |a, n, threads| {
            let (mut u, mut values, mut v) = (zeros(a.len()), zeros(a.len() / n), zeros(a.len()));
            svd(
                a,
                a.len() / (n * n),
                n,
                n,
                &mut u,
                &mut values,
                &mut v,
                threads,
            )
            .unwrap();
            u
        }),
        ("expm", |a, n, threads| {
            let mut out = zeros(a.len());
            expm(a, n, &mut out, threads).unwrap();
            out
        }),
        ("lyapunov", |a, n, threads| {
            let mut out = zeros(a.len());
            lyapunov(a, a, n, &mut out, threads).unwrap();
            out
        }),
    ]
}

fn independent<T: Real>() {
    let mut numbers = Numbers(77);
    for n in [1, 2, 3, 4, 7, 16, 19] {
        for batch in [1, 15, 16, 17, 50] {
            let a: Vec<T> = numbers.positive(batch, n);
            // Sizes that converge at different speeds.
            let a: Vec<T> = a
                .iter()
                .enumerate()
                .map(|(k, &x)| x / T::from_f64((1 + k / (n * n)) as f64))
                .collect();
            for (name, compute) in cases::<T>() {
                let together = compute(&a, n, 1);
                assert_eq!(compute(&a, n, 4), together, "{name} {n} {batch}");
                let size = together.len() / batch;
                for (matrix, together) in a.chunks(n * n).zip(together.chunks(size)) {
                    assert_eq!(compute(matrix, n, 1), together, "{name} {n} {batch}");
                }
            }
        }
    }
}

#[test]
fn a_matrix_has_the_same_result_alone_and_among_others() {
    independent::<f32>();
    independent::<f64>();
}

#[test]
fn no_matrices_and_matrices_without_numbers_are_fine() {
    for n in [0, 3] {
        eigh::<f64>(&[], n, &mut [], &mut [], 1).unwrap();
        eigvalsh::<f32>(&[], n, &mut [], 1).unwrap();
        spectral::<f64>(SpectralFunction::Log, &[], n, &mut [], &mut [], &mut [], 1).unwrap();
        cholesky::<f64>(&[], n, &mut [], 1).unwrap();
        cholesky_log_determinant::<f64>(&[], n, &mut []);
        solve::<f64>(&[], &[], n, 2, false, &mut [], 1).unwrap();
        inverse::<f64>(&[], n, &mut [], 1).unwrap();
        expm::<f64>(&[], n, &mut [], 1).unwrap();
        rotation_log::<f64>(&[], n, &mut [], 1).unwrap();
        lyapunov::<f64>(&[], &[], n, &mut [], 1).unwrap();
        svd::<f64>(&[], 0, n, 2, &mut [], &mut [], &mut [], 1).unwrap();
    }
    svd::<f64>(&[], 3, 0, 2, &mut [], &mut [], &mut [], 1).unwrap();
    qr::<f64>(&[], 2, 4, 0, &mut [], &mut [], 1).unwrap();
    matmul::<f64>(
        &[],
        &[],
        2,
        [2, 0, 3],
        Transposed::default(),
        &mut [1.0; 12],
        1,
    )
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn eigenvectors_diagonalize_matrices_of_any_size(
        n in 1usize..=33,
        batch in 1usize..=20,
        seed in 1u64..,
        exponent in -30i32..=30,
        graded in 0i32..=3,
    ) {
        let mut numbers = Numbers(seed);
        let scale = |k: usize| 2f32.powi(exponent - graded * (k % n) as i32 / 2);
        let a: Vec<f32> = numbers.symmetric(batch, n);
        let a: Vec<f32> = a.iter().enumerate().map(|(k, &x)| x * scale(k / n) * scale(k)).collect();
        let (mut values, mut vectors) = (zeros(batch * n), zeros(a.len()));
        eigh(&a, n, &mut values, &mut vectors, 1).unwrap();
        for ((a, values), vectors) in a.chunks(n * n).zip(values.chunks(n)).zip(vectors.chunks(n * n)) {
            let scaled = product(vectors, &diagonal(values, n), 1, [n; 3], (false, false));
            let back = product(&scaled, vectors, 1, [n; 3], (false, true));
            let unit = product(vectors, vectors, 1, [n; 3], (true, false));
            let bound = 8.0 + 2.0 * n as f64;
            prop_assert!(roundings(&back, a, largest(values)) < bound);
            prop_assert!(roundings(&unit, &identity(1, n), 1.0) < bound);
        }
    }
}
