//! Logarithms of rotations, at all angles.

use geom_kernels::linalg::*;
use geom_kernels::real::Real;

use crate::support::*;

fn exp_of_log<T: Real>(r: &[T], n: usize) -> (Vec<T>, Vec<T>) {
    let (mut log, mut back) = (zeros(r.len()), zeros(r.len()));
    rotation_log(r, n, &mut log, 1).unwrap();
    expm(&log, n, &mut back, 1).unwrap();
    for i in 0..n {
        for j in 0..n {
            assert_eq!(log[i * n + j], -log[j * n + i], "skew-symmetric");
        }
    }
    (log, back)
}

/// A rotation by these angles in orthogonal planes that look random.
fn turned<T: Real>(angles: &[f64], n: usize, numbers: &mut Numbers) -> Vec<T> {
    let a = numbers.matrices::<f64>(n * n);
    let (mut q, mut r) = (zeros(n * n), zeros(n * n));
    qr(&a, 1, n, n, &mut q, &mut r, 1).unwrap();
    let mut planes = identity::<f64>(1, n);
    for (k, angle) in angles.iter().enumerate() {
        let (i, j) = (2 * k, 2 * k + 1);
        (planes[i * n + i], planes[j * n + j]) = (angle.cos(), angle.cos());
        (planes[j * n + i], planes[i * n + j]) = (angle.sin(), -angle.sin());
    }
    let half = product(&q, &planes, 1, [n; 3], (false, false));
    product(&half, &q, 1, [n; 3], (false, true))
        .into_iter()
        .map(T::from_f64)
        .collect()
}

fn all_angles<T: Real>() {
    use std::f64::consts::PI;
    let mut numbers = Numbers(2_718_281_828);
    let special = [
        0.0,
        1e-9,
        1e-3,
        0.5,
        1.9,
        2.2,
        3.0,
        PI - 1e-3,
        PI - 1e-6,
        PI - 1e-12,
        PI,
    ];
    for n in 2..=9 {
        for &first in &special {
            for &second in &special {
                let angles: Vec<f64> = (0..n / 2)
                    .map(|k| if k % 2 == 0 { first } else { second })
                    .collect();
                let r: Vec<T> = turned(&angles, n, &mut numbers);
                let (log, back) = exp_of_log(&r, n);
                let error = roundings(&back, &r, 1.0);
                assert!(error < 60.0, "{n} {first} {second}: {error}");
                let size: f64 = log.iter().map(|x| x.into_f64() * x.into_f64()).sum();
                let exact: f64 = angles.iter().map(|x| 2.0 * x * x).sum();
                let (size, exact) = (size.sqrt(), exact.sqrt());
                // A rounding of the rotation is one of its angles.
                let error = (size - exact).abs() / (1.0 + exact) / T::epsilon().into_f64();
                assert!(error < 40.0, "{n} {first} {second}: length by {error}");
            }
        }
    }
}

#[test]
fn the_exponential_of_the_logarithm_is_the_rotation() {
    all_angles::<f32>();
    all_angles::<f64>();
}

#[test]
fn half_turns_are_turns_by_pi() {
    for n in 2..=6 {
        let count = n / 2 * 2;
        let values: Vec<f64> = (0..n).map(|k| if k < count { -1.0 } else { 1.0 }).collect();
        let r = diagonal(&values, n);
        let (log, back) = exp_of_log(&r, n);
        assert!(roundings(&back, &r, 1.0) < 30.0, "{n}");
        let length: f64 = log.iter().map(|x| x * x).sum::<f64>().sqrt();
        let exact = std::f64::consts::PI * (count as f64).sqrt();
        assert!((length - exact).abs() < 1e-14 * exact, "{n}");
    }
}

#[test]
fn reflections_and_other_matrices_are_no_rotations() {
    for n in [2, 3, 5] {
        let mut out = zeros(n * n);
        let mut values = vec![1.0f64; n];
        values[0] = -1.0;
        let error = rotation_log(&diagonal(&values, n), n, &mut out, 1).unwrap_err();
        assert_eq!(
            error.first().reason,
            Reason::NotRotation {
                defect: 0.0,
                determinant: -1.0
            }
        );
        values[0] = 1.5;
        let error = rotation_log(&diagonal(&values, n), n, &mut out, 1).unwrap_err();
        assert!(matches!(
            error.first().reason,
            Reason::NotRotation { defect: 1.25, .. }
        ));
        assert!(out.iter().all(|x| x.is_nan()));
    }
}
