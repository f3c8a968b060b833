//! Gradients beside quotients of differences.

use geom_kernels::linalg::*;

use crate::support::*;

const FUNCTIONS: [SpectralFunction; 8] = [
    SpectralFunction::Log,
    SpectralFunction::Exp,
    SpectralFunction::Sqrt,
    SpectralFunction::InverseSqrt,
    SpectralFunction::Inverse,
    SpectralFunction::Power(0.7),
    SpectralFunction::Power(-1.5),
    SpectralFunction::AtLeast(1.0),
];

fn apply(function: SpectralFunction, a: &[f64], n: usize) -> [Vec<f64>; 3] {
    let batch = a.len() / (n * n);
    let (mut out, mut values, mut vectors) = (zeros(a.len()), zeros(batch * n), zeros(a.len()));
    spectral(function, a, n, &mut out, &mut values, &mut vectors, 1).unwrap();
    [out, values, vectors]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The derivative of `f` in a direction, from four points.
fn quotient(a: &[f64], direction: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-3;
    let at = |k: f64| {
        let moved: Vec<f64> = a
            .iter()
            .zip(direction)
            .map(|(a, d)| a + k * STEP * d)
            .collect();
        f(&moved)
    };
    let [p2, p1, m1, m2] = [2.0, 1.0, -1.0, -2.0].map(at);
    (0..p1.len())
        .map(|k| (m2[k] - 8.0 * m1[k] + 8.0 * p1[k] - p2[k]) / (12.0 * STEP))
        .collect()
}

#[test]
fn gradients_of_spectral_functions_are_those_of_differences() {
    let mut numbers = Numbers(1_234_567);
    for n in [1, 2, 3, 5, 8, 17, 20] {
        let a: Vec<f64> = numbers.positive(3, n);
        let a: Vec<f64> = a
            .iter()
            .map(|x| x / n as f64)
            .zip(identity::<f64>(3, n))
            .map(|(x, e)| x + 0.5 * e)
            .collect();
        let direction = numbers.symmetric::<f64>(3, n);
        let gradient = numbers.matrices::<f64>(a.len());
        for function in FUNCTIONS {
            let [_, values, vectors] = apply(function, &a, n);
            if let SpectralFunction::AtLeast(c) = function
                && values.iter().any(|x| (x - c).abs() < 0.01 * n as f64)
            {
                // A corner too near for differences.
                continue;
            }
            let mut backward = zeros(a.len());
            spectral_backward(function, &values, &vectors, &gradient, n, &mut backward, 1).unwrap();
            let slope = quotient(&a, &direction, |a| apply(function, a, n)[0].clone());
            let (exact, ours) = (dot(&slope, &gradient), dot(&backward, &direction));
            assert!(
                (exact - ours).abs() < 1e-7 * (1.0 + exact.abs()) * n as f64,
                "{function:?} {n}: {exact} {ours}"
            );
        }
    }
}

#[test]
fn functions_of_ones_own_have_the_same_gradient() {
    let mut numbers = Numbers(42);
    let n = 6;
    let a: Vec<f64> = numbers.positive(5, n);
    let gradient = numbers.matrices::<f64>(a.len());
    let [out, values, vectors] = apply(SpectralFunction::Log, &a, n);
    let f: Vec<f64> = values.iter().map(|x| x.ln()).collect();
    let slopes: Vec<f64> = values.iter().map(|x| 1.0 / x).collect();
    let (mut differences, mut ours, mut exact) = (zeros(a.len()), zeros(a.len()), zeros(a.len()));
    let mut again = zeros(a.len());
    recompose(&f, &vectors, n, &mut again, 1).unwrap();
    assert!(roundings(&again, &out, largest(&out)) < 8.0);
    divided_differences(&values, &f, &slopes, n, &mut differences, 1).unwrap();
    daleckii_krein(&differences, &vectors, &gradient, n, &mut ours, 1).unwrap();
    spectral_backward(
        SpectralFunction::Log,
        &values,
        &vectors,
        &gradient,
        n,
        &mut exact,
        1,
    )
    .unwrap();
    assert!(
        ours.iter()
            .zip(&exact)
            .all(|(a, b)| (a - b).abs() < 1e-9 * largest(&exact))
    );
    // Where eigenvalues are equal, the slope.
    let equal = [2.0, 2.0 + 1e-9];
    let mut differences = [0.0; 4];
    divided_differences(
        &equal,
        &equal.map(f64::ln),
        &equal.map(f64::recip),
        2,
        &mut differences,
        1,
    )
    .unwrap();
    assert!(differences.iter().all(|x| (x - 0.5).abs() < 1e-9));
}

#[test]
fn equal_eigenvalues_have_the_gradient_of_the_slope() {
    let n = 4;
    let a = diagonal(&vec![3.0; n], n);
    let gradient = Numbers(5).symmetric::<f64>(1, n);
    let mut out = zeros(n * n);
    for (function, slope) in [
        (SpectralFunction::Log, 1.0 / 3.0),
        (SpectralFunction::Exp, 3f64.exp()),
        (SpectralFunction::Sqrt, 0.5 / 3f64.sqrt()),
        (SpectralFunction::InverseSqrt, -0.5 * 3f64.powf(-1.5)),
        (SpectralFunction::Inverse, -1.0 / 9.0),
        (SpectralFunction::Power(2.5), 2.5 * 3f64.powf(1.5)),
        (SpectralFunction::AtLeast(1.0), 1.0),
        (SpectralFunction::AtLeast(4.0), 0.0),
    ] {
        let [_, values, vectors] = apply(function, &a, n);
        spectral_backward(function, &values, &vectors, &gradient, n, &mut out, 1).unwrap();
        let exact: Vec<f64> = gradient.iter().map(|x| slope * x).collect();
        assert!(
            roundings(&out, &exact, 1.0 + slope.abs()) < 8.0,
            "{function:?}"
        );
    }
}

#[test]
fn far_apart_eigenvalues_have_finite_gradients() {
    let values = [1e-300f64, 1e300];
    let vectors = [1.0, 0.0, 0.0, 1.0];
    let gradient = [0.0, 1.0, 1.0, 0.0];
    let mut out = [0.0; 4];
    spectral_backward(
        SpectralFunction::Log,
        &values,
        &vectors,
        &gradient,
        2,
        &mut out,
        1,
    )
    .unwrap();
    let exact = (600.0 * 10f64.ln()) / 1e300;
    assert!((out[1] / exact - 1.0).abs() < 1e-14, "{out:?}");
    spectral_backward(
        SpectralFunction::Power(0.5),
        &values,
        &vectors,
        &gradient,
        2,
        &mut out,
        1,
    )
    .unwrap();
    assert!((out[1] / 1e-150 - 1.0).abs() < 1e-13, "{out:?}");
}

#[test]
fn the_gradient_of_the_exponential_is_that_of_differences() {
    let mut numbers = Numbers(99);
    for n in [1, 2, 3, 7, 18, 66] {
        let a = numbers.matrices::<f64>(2 * n * n);
        let direction = numbers.matrices::<f64>(a.len());
        let gradient = numbers.matrices::<f64>(a.len());
        let exponential = |a: &[f64]| {
            let mut out = zeros(a.len());
            expm(a, n, &mut out, 1).unwrap();
            out
        };
        let (mut backward, mut value, mut slope) = (zeros(a.len()), zeros(a.len()), zeros(a.len()));
        expm_backward(&a, &gradient, n, &mut backward, 1).unwrap();
        expm_frechet(&a, &direction, n, &mut value, &mut slope, 1).unwrap();
        assert_eq!(value, exponential(&a));
        let numeric = quotient(&a, &direction, exponential);
        let size = 1.0 + largest(&numeric);
        assert!(
            slope
                .iter()
                .zip(&numeric)
                .all(|(a, b)| (a - b).abs() < 1e-9 * size * n as f64)
        );
        let (exact, ours) = (dot(&slope, &gradient), dot(&backward, &direction));
        assert!(
            (exact - ours).abs() < 1e-11 * size * (n * n) as f64,
            "{n}: {exact} {ours}"
        );
    }
}
