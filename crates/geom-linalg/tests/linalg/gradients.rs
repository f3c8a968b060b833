//! Gradients against differences of values, in `f64`; those in `f32` against them.

use burn::tensor::{DType, Tensor};
use geom_core::numerics::to_vec_f64;

use crate::common::cases::{Case, Moves, other_cases, spectral_cases};
use crate::common::{Matrices, numbers, tensor};

/// What differences of fourth order with steps of 1e-4 leave, relative to the largest derivative: the rounding
/// of sums of some hundred numbers over the step, enlarged where singular values are small or close.
const TOLERANCE: f64 = 5e-9;

/// The weighted sum of all results.
fn loss(case: &Case, inputs: Vec<Tensor<3>>) -> Tensor<1> {
    let results = (case.run)(inputs);
    let dtype = results[0].dtype();
    let sums = results.into_iter().enumerate().map(|(salt, result)| {
        let shape = result.dims();
        let weights = numbers(shape.iter().product(), 100 + salt as u64);
        let weights = tensor(&weights, shape, dtype).autodiff();
        let weights = if result.device().is_autodiff() {
            weights
        } else {
            weights.inner()
        };
        (result * weights).sum()
    });
    sums.reduce(|a, b| a + b).expect("an operation has results")
}

fn gradients(case: &Case, dtype: DType) -> Vec<Vec<f64>> {
    let leaves: Vec<Tensor<3>> = (case.inputs.iter())
        .map(|(input, _)| {
            tensor(&input.numbers, input.shape, dtype)
                .autodiff()
                .require_grad()
        })
        .collect();
    let gradients = loss(case, leaves.clone()).backward();
    let of = |leaf: &Tensor<3>| leaf.grad(&gradients).map(to_vec_f64);
    leaves
        .iter()
        .map(|leaf| of(leaf).expect("a gradient"))
        .collect()
}

/// A direction in which an input may move.
fn direction(input: &Matrices, moves: Moves, salt: u64) -> Tensor<3> {
    let noise = tensor(&numbers(input.numbers.len(), salt), input.shape, DType::F64);
    match moves {
        Moves::Anywhere => noise,
        Moves::Symmetric => geom_linalg::sym(noise).expect("square"),
        Moves::Rotating => geom_linalg::skew(noise).expect("square"),
        Moves::Lower => noise.tril(0),
    }
}

/// The input after a step in a direction.
fn moved(input: &Matrices, moves: Moves, direction: &Tensor<3>, step: f64) -> Tensor<3> {
    let (start, step) = (input.tensor(), direction.clone() * step);
    match moves {
        Moves::Rotating => start.matmul(geom_linalg::expm(step).expect("finite")),
        _ => start + step,
    }
}

/// The tangent of that step.
fn tangent(input: &Matrices, moves: Moves, direction: &Tensor<3>) -> Vec<f64> {
    to_vec_f64(match moves {
        Moves::Rotating => input.tensor().matmul(direction.clone()),
        _ => direction.clone(),
    })
}

fn check(case: &Case) {
    const STEP: f64 = 1e-4;
    let gradients = gradients(case, DType::F64);
    for (which, ((input, moves), gradient)) in case.inputs.iter().zip(&gradients).enumerate() {
        let largest = gradient.iter().fold(1.0, |top: f64, x| x.abs().max(top));
        for salt in 0..3 {
            let direction = direction(input, *moves, 1000 + salt);
            let at = |steps: f64| {
                let mut inputs: Vec<Tensor<3>> = case
                    .inputs
                    .iter()
                    .map(|(input, _)| input.tensor())
                    .collect();
                inputs[which] = moved(input, *moves, &direction, steps * STEP);
                loss(case, inputs).into_scalar::<f64>()
            };
            let difference = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
            let tangent = tangent(input, *moves, &direction);
            let derivative: f64 = gradient.iter().zip(&tangent).map(|(g, v)| g * v).sum();
            let error = (derivative - difference).abs() / largest;
            assert!(
                error < TOLERANCE,
                "{}, input {which}: the gradient says {derivative}, differences {difference}: {error:e}",
                case.name
            );
        }
    }
}

#[test]
fn gradients_of_functions_of_symmetric_matrices_are_those_of_differences() {
    spectral_cases().iter().for_each(check);
}

#[test]
fn gradients_of_all_others_are_those_of_differences() {
    other_cases(&[1, 2, 3, 4, 6]).iter().for_each(check);
}

#[test]
fn gradients_in_single_precision_are_those_in_double() {
    /// Some hundred roundings of `f32`.
    const TOLERANCE: f64 = 5e-5;
    for case in spectral_cases().iter().chain(&other_cases(&[1, 2, 3, 5])) {
        let (single, double) = (gradients(case, DType::F32), gradients(case, DType::F64));
        for (single, double) in single.iter().zip(&double) {
            let largest = double.iter().fold(1.0, |top: f64, x| x.abs().max(top));
            for (a, b) in single.iter().zip(double) {
                assert!(
                    ((a - b) / largest).abs() < TOLERANCE,
                    "{}: {a} and {b}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn gradients_of_large_matrices_are_those_of_differences() {
    // Beyond the size up to which there is one matrix a lane.
    let case = |name: &str| {
        let wanted = |case: &Case| case.name.starts_with(name);
        other_cases(&[44])
            .into_iter()
            .find(wanted)
            .expect("a case of that name")
    };
    for name in [
        "eigh", "cholesky", "qr", "polar", "solve", "expm", "lyapunov",
    ] {
        check(&case(name));
    }
}
