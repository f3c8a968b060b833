//! Results beside those of 60-digit arithmetic, which `tools/linalg_oracle.py` has written.

use geom_kernels::linalg::*;

use crate::support::*;

struct Line {
    name: String,
    n: usize,
    matrix: Vec<f64>,
    direction: Vec<f64>,
    result: Vec<f64>,
}

fn lines() -> Vec<Line> {
    let table = include_str!("../data/linalg.csv");
    let numbers = |text: &str| text.split(' ').map(|x| x.parse().unwrap()).collect();
    table
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            Line {
                name: fields[0].to_owned(),
                n: fields[1].parse().unwrap(),
                matrix: numbers(fields[2]),
                direction: numbers(fields[3]),
                result: numbers(fields[4]),
            }
        })
        .collect()
}

fn function(name: &str) -> Option<SpectralFunction> {
    Some(match name {
        "log" => SpectralFunction::Log,
        "exp" => SpectralFunction::Exp,
        "sqrt" => SpectralFunction::Sqrt,
        "inverse-sqrt" => SpectralFunction::InverseSqrt,
        "inverse" => SpectralFunction::Inverse,
        "power-0.3" => SpectralFunction::Power(0.3),
        "power--1.7" => SpectralFunction::Power(-1.7),
        "power-2" => SpectralFunction::Power(2.0),
        _ => return None,
    })
}

#[test]
fn functions_of_symmetric_matrices_are_exact() {
    let mut count = 0;
    for line in lines() {
        let (name, derivative) = match line.name.strip_suffix("-derivative") {
            Some(name) => (name, true),
            None => (&line.name[..], false),
        };
        let Some(function) = function(name) else {
            continue;
        };
        let n = line.n;
        let (mut out, mut values, mut vectors) = (zeros(n * n), zeros(n), zeros(n * n));
        spectral(
            function,
            &line.matrix,
            n,
            &mut out,
            &mut values,
            &mut vectors,
            1,
        )
        .unwrap();
        if derivative {
            spectral_backward(function, &values, &vectors, &line.direction, n, &mut out, 1)
                .unwrap();
        }
        // A rounding of the matrix, whose largest entry is about 1, cannot be undone.
        let error = roundings(&out, &line.result, largest(&line.result).max(1.0));
        // The condition of an inverse power is that of the matrix, at most 70 here.
        assert!(error < 300.0, "{} {n}: {error}", line.name);
        for i in 0..n {
            for j in 0..i {
                assert_eq!(out[i * n + j], out[j * n + i], "symmetric");
            }
        }
        count += 1;
    }
    assert_eq!(count, 96);
}

#[test]
fn small_eigenvalues_of_graded_matrices_have_all_their_digits() {
    for line in lines()
        .iter()
        .filter(|line| line.name == "graded-eigenvalues")
    {
        let n = line.n;
        let (mut values, mut vectors) = (zeros(n), zeros(n * n));
        eigh(&line.matrix, n, &mut values, &mut vectors, 1).unwrap();
        for (i, &value) in values.iter().enumerate() {
            let exact = line.result[i * n + i];
            let error = (value - exact).abs() / exact / f64::EPSILON;
            assert!(error < 60.0, "{n}: eigenvalue {i} by {error} roundings");
        }
    }
}

#[test]
fn small_singular_values_of_graded_matrices_have_all_their_digits() {
    for line in lines()
        .iter()
        .filter(|line| line.name == "graded-singular-values")
    {
        let n = line.n;
        let mut values = zeros(n);
        singular_values(&line.matrix, 1, n, n, &mut values, 1).unwrap();
        for (i, &value) in values.iter().enumerate() {
            let exact = line.result[i * n + i];
            let error = (value - exact).abs() / exact / f64::EPSILON;
            // Times the condition of the columns at length 1.
            assert!(
                error < 2_000.0,
                "{n}: singular value {i} by {error} roundings"
            );
        }
    }
}

#[test]
fn exponentials_are_exact() {
    for line in lines() {
        let n = line.n;
        let (mut out, mut slope) = (zeros(n * n), zeros(n * n));
        let error = match &line.name[..] {
            "expm" => {
                expm(&line.matrix, n, &mut out, 1).unwrap();
                roundings(&out, &line.result, largest(&line.result))
            }
            "expm-derivative" => {
                expm_frechet(&line.matrix, &line.direction, n, &mut out, &mut slope, 1).unwrap();
                roundings(&slope, &line.result, largest(&line.result))
            }
            "inverse-general" => {
                inverse(&line.matrix, n, &mut out, 1).unwrap();
                roundings(&out, &line.result, largest(&line.result))
            }
            _ => continue,
        };
        // An error of one rounding in A is one of its norm, up to 60, in the exponential.
        assert!(error < 1_000.0, "{} {n}: {error}", line.name);
    }
}
