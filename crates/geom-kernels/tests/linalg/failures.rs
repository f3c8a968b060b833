//! Matrices without a result are named, and the others have theirs.

use geom_kernels::linalg::*;

use crate::support::*;

/// Twenty copies of a good matrix, with `bad` in places 3 and 17.
fn with_bad(good: &[f64], bad: &[f64]) -> Vec<f64> {
    let of = |index: usize| if index == 3 || index == 17 { bad } else { good };
    (0..20).flat_map(|index| of(index).to_vec()).collect()
}

/// That there are failures in both places, of this kind, and NaN in the results.
fn check(outcome: Outcome, outputs: &[&[f64]], kind: impl Fn(Reason) -> bool) {
    let failures = outcome.unwrap_err();
    let places: Vec<usize> = failures.all().iter().map(|failure| failure.index).collect();
    assert_eq!(places, [3, 17]);
    assert!(
        failures.all().iter().all(|failure| kind(failure.reason)),
        "{failures}"
    );
    assert!(failures.to_string().starts_with("matrix 3: "), "{failures}");
    for output in outputs {
        for (index, matrix) in output.chunks(output.len() / 20).enumerate() {
            let bad = index == 3 || index == 17;
            assert!(
                matrix.iter().all(|x| x.is_nan() == bad),
                "{index}: {matrix:?}"
            );
        }
    }
}

const GOOD: [f64; 4] = [2.0, 1.0, 1.0, 2.0];

#[test]
fn what_is_not_finite_is_named() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let a = with_bad(&GOOD, &[1.0, bad, 0.0, 1.0]);
        let not_finite = |reason| reason == Reason::NotFinite;
        let (mut x, mut y, mut z) = (vec![0.0; 80], vec![0.0; 80], vec![0.0; 40]);
        check(eigh(&a, 2, &mut z, &mut x, 1), &[&x, &z], not_finite);
        let log = SpectralFunction::Log;
        check(
            spectral(log, &a, 2, &mut x, &mut z, &mut y, 1),
            &[&x, &y, &z],
            not_finite,
        );
        check(cholesky(&a, 2, &mut x, 1), &[&x], not_finite);
        check(inverse(&a, 2, &mut x, 1), &[&x], not_finite);
        check(expm(&a, 2, &mut x, 1), &[&x], not_finite);
        check(qr(&a, 20, 2, 2, &mut x, &mut y, 1), &[&x, &y], not_finite);
        check(
            polar(&a, 20, 2, 2, &mut x, &mut y, 1),
            &[&x, &y],
            not_finite,
        );
        check(
            rotation_log(&with_bad(&[1.0, 0.0, 0.0, 1.0], &a[12..16]), 2, &mut x, 1),
            &[&x],
            not_finite,
        );
        check(lyapunov(&a, &a, 2, &mut x, 1), &[&x], not_finite);
        check(
            sylvester(&a, &a, &a, 20, 2, 2, &mut x, 1),
            &[&x],
            not_finite,
        );
    }
}

#[test]
fn what_is_not_positive_definite_is_named_with_a_number() {
    let a = with_bad(&GOOD, &[1.0, 2.0, 2.0, 1.0]);
    let (mut x, mut y, mut z) = (vec![0.0; 80], vec![0.0; 80], vec![0.0; 40]);
    check(cholesky(&a, 2, &mut x, 1), &[&x], |reason| {
        reason
            == Reason::NotPositiveDefinite {
                row: 1,
                pivot: -3.0,
            }
    });
    for function in [
        SpectralFunction::Log,
        SpectralFunction::Sqrt,
        SpectralFunction::InverseSqrt,
        SpectralFunction::Power(0.5),
        SpectralFunction::Power(-2.0),
    ] {
        check(
            spectral(function, &a, 2, &mut x, &mut z, &mut y, 1),
            &[&x],
            |reason| matches!(reason, Reason::Eigenvalue { smallest } if (smallest + 1.0).abs() < 1e-15),
        );
    }
    let singular = with_bad(&GOOD, &[0.0; 4]);
    check(
        spectral(
            SpectralFunction::Inverse,
            &singular,
            2,
            &mut x,
            &mut z,
            &mut y,
            1,
        ),
        &[&x],
        |reason| reason == Reason::Eigenvalue { smallest: 0.0 },
    );
    let large = with_bad(&GOOD, &[800.0, 0.0, 0.0, 1.0]);
    check(
        spectral(SpectralFunction::Exp, &large, 2, &mut x, &mut z, &mut y, 1),
        &[&x],
        |reason| reason == Reason::Overflow,
    );
    check(expm(&large, 2, &mut x, 1), &[&x], |reason| {
        reason == Reason::Overflow
    });
}

#[test]
fn singular_matrices_have_roots() {
    // [1 2; 2 4] has the eigenvalues 0 and 5, which rounding makes negative or not.
    let (mut root, mut values, mut vectors) = ([0.0; 4], [0.0; 2], [0.0; 4]);
    let a = [0.1, 0.2, 0.2, 0.4];
    for function in [SpectralFunction::Sqrt, SpectralFunction::Power(0.5)] {
        spectral(function, &a, 2, &mut root, &mut values, &mut vectors, 1).unwrap();
        assert!(roundings(&product(&root, &root, 1, [2; 3], (false, false)), &a, 0.5) < 8.0);
    }
    spectral(
        SpectralFunction::Sqrt,
        &[0.0; 4],
        2,
        &mut root,
        &mut values,
        &mut vectors,
        1,
    )
    .unwrap();
    assert_eq!(root, [0.0; 4]);
}

#[test]
fn singular_matrices_are_named() {
    let a = with_bad(&GOOD, &[1.0, 2.0, 2.0, 4.0]);
    let (mut x, mut y) = (vec![0.0; 80], vec![0.0; 80]);
    let singular = |reason| reason == Reason::Singular { column: 1 };
    check(inverse(&a, 2, &mut x, 1), &[&x], singular);
    check(solve(&a, &a, 2, 2, false, &mut x, 1), &[&x], singular);
    check(
        triangular_solve(
            &with_bad(&GOOD, &[1.0, 0.0, 2.0, 0.0]),
            &a,
            2,
            2,
            Triangle::Lower,
            false,
            &mut x,
            1,
        ),
        &[&x],
        singular,
    );
    let (mut sign, mut log) = (vec![0.0; 20], vec![0.0; 20]);
    log_determinant(&a, 2, &mut sign, &mut log, 1).unwrap();
    assert_eq!((sign[3], log[3]), (0.0, f64::NEG_INFINITY));
    assert_eq!(sign[0], 1.0);
    assert!((log[0] - 3f64.ln()).abs() < 1e-15);
    let flat = with_bad(&GOOD, &[1.0, 0.0, 2.0, 0.0]);
    let deficient = |reason| reason == Reason::RankDeficient { column: 1 };
    check(qr(&flat, 20, 2, 2, &mut x, &mut y, 1), &[&x, &y], deficient);
    check(
        polar(&flat, 20, 2, 2, &mut x, &mut y, 1),
        &[&x, &y],
        deficient,
    );
    let opposite = with_bad(&GOOD, &[1.0, 0.0, 0.0, -1.0]);
    let unclear = |reason| matches!(reason, Reason::NoUniqueSolution { .. });
    check(lyapunov(&opposite, &a, 2, &mut x, 1), &[&x], unclear);
    check(
        sylvester(&opposite, &opposite, &a, 20, 2, 2, &mut x, 1),
        &[&x],
        unclear,
    );
}

#[test]
fn zero_columns_have_singular_vectors() {
    for (m, n) in [(3, 3), (4, 2), (2, 5)] {
        let a = vec![0.0f64; m * n];
        let k = m.min(n);
        let (mut u, mut values, mut v) = (zeros(m * k), zeros(k), zeros(n * k));
        svd(&a, 1, m, n, &mut u, &mut values, &mut v, 1).unwrap();
        assert_eq!(values, vec![0.0; k]);
        assert!(
            roundings(
                &product(&u, &u, 1, [k, m, k], (true, false)),
                &identity(1, k),
                1.0
            ) < 4.0
        );
        assert!(
            roundings(
                &product(&v, &v, 1, [k, n, k], (true, false)),
                &identity(1, k),
                1.0
            ) < 4.0
        );
    }
}

#[test]
fn singular_vectors_are_orthonormal_where_squares_are_no_normal_numbers() {
    let mut a: Vec<f32> = Numbers(3).matrices(6 * 6);
    for (k, x) in a.iter_mut().enumerate() {
        *x *= 10f32.powi(-6 * (k % 6) as i32);
    }
    let (mut u, mut values, mut v) = (zeros(36), zeros(6), zeros(36));
    svd(&a, 1, 6, 6, &mut u, &mut values, &mut v, 1).unwrap();
    for x in [&u, &v] {
        let unit = product(x, x, 1, [6; 3], (true, false));
        assert!(roundings(&unit, &identity(1, 6), 1.0) < 20.0);
    }
    assert!(values[2] > 1e-13 && values[5] == 0.0, "{values:?}");
    let (mut q, mut r) = (zeros(36), zeros(36));
    qr(&a, 1, 6, 6, &mut q, &mut r, 1).unwrap();
    assert!(
        roundings(
            &product(&q, &q, 1, [6; 3], (true, false)),
            &identity(1, 6),
            1.0
        ) < 20.0
    );
    assert!(r[35] > 0.0 && r[35] < 1e-29);
}
