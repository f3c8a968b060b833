//! Results and gradients against 50 digits, by `tools/exact_linalg.py`.

use burn::tensor::{DType, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_linalg::*;

use crate::common::tensor;

/// One line of the table.
struct Line {
    name: String,
    n: usize,
    a: Vec<f64>,
    weights: Vec<f64>,
    result: Vec<f64>,
    gradient: Vec<f64>,
}

fn lines() -> Vec<(String, Line)> {
    let table = include_str!("../data/linalg.json");
    let table: serde_json::Value = serde_json::from_str(table).expect("a table");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        let numbers = value.as_array().expect("numbers").iter();
        numbers.map(|x| x.as_f64().expect("a number")).collect()
    };
    let cases = table["cases"].as_array().expect("cases");
    cases
        .iter()
        .map(|case| {
            let function = text(&case["function"]);
            let line = Line {
                name: format!("{function}, {}", text(&case["matrix"])),
                n: case["n"].as_u64().expect("a size") as usize,
                a: numbers(&case["a"]),
                weights: numbers(&case["weights"]),
                result: numbers(&case["result"]),
                gradient: numbers(&case["gradient"]),
            };
            (function, line)
        })
        .collect()
}

fn function(name: &str, a: Tensor<2>) -> Result<Tensor<2>, LinalgError> {
    match name {
        "log" => sym_log(a),
        "exp" => sym_exp(a),
        "sqrt" => sym_sqrt(a),
        "inv_sqrt" => sym_inv_sqrt(a),
        "inverse" => sym_inverse(a),
        "pow 0.3" => sym_pow(a, 0.3),
        "pow -1.7" => sym_pow(a, -1.7),
        "log_det" => log_det(a),
        "expm" => expm(a),
        "matrix inverse" => inverse(a),
        name => panic!("no function of the name {name}"),
    }
}

/// The largest error, relative to the largest number.
fn error(found: &[f64], exact: &[f64]) -> f64 {
    assert_eq!(found.len(), exact.len());
    let largest = exact.iter().fold(0.0, |top: f64, x| x.abs().max(top));
    let pairs = found.iter().zip(exact);
    pairs.fold(0.0, |worst: f64, (a, b)| {
        let error = (a - b).abs() / largest;
        if error.is_nan() {
            f64::INFINITY
        } else {
            worst.max(error)
        }
    })
}

fn check(dtype: DType, tolerance: impl Fn(&str) -> Option<f64>) {
    for (name, line) in lines() {
        let Some(tolerance) = tolerance(&line.name) else {
            continue;
        };
        let shape = [line.n, line.n];
        let a = tensor(&line.a, shape, dtype).autodiff().require_grad();
        let result =
            function(&name, a.clone()).unwrap_or_else(|error| panic!("{}: {error}", line.name));
        let mut weights = line.weights.clone();
        weights.truncate(line.result.len());
        let weights = tensor(&weights, result.dims(), dtype).autodiff();
        let gradient = a.grad(&(result.clone() * weights).sum().backward());
        let gradient = to_vec_f64(gradient.expect("a gradient"));
        let result = error(&to_vec_f64(result.inner()), &line.result);
        let gradient = error(&gradient, &line.gradient);
        assert!(
            result < tolerance,
            "{}: the result errs by {result:e}",
            line.name
        );
        assert!(
            gradient < tolerance,
            "{}: the gradient errs by {gradient:e}",
            line.name
        );
    }
}

#[test]
fn results_and_gradients_are_those_of_fifty_digits() {
    /// Some hundred roundings of `f64`.
    const TOLERANCE: f64 = 3e-14;
    check(DType::F64, |_| Some(TOLERANCE));
}

#[test]
fn in_single_precision_too() {
    /// Some hundred roundings of `f32`.
    const TOLERANCE: f64 = 2e-5;
    // Rounded to `f32`, nearly equal numbers are others, and a condition of 1e12 is out of reach.
    let kept = |name: &str| !name.contains("nearly") && !name.contains("graded");
    check(DType::F32, |name| kept(name).then_some(TOLERANCE));
}
