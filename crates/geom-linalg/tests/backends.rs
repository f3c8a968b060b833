//! Every backend that is compiled in and has a device here gives the same results and gradients.

#![cfg(feature = "flex")]

mod common;

use burn::tensor::{DType, Device, Tensor};
use common::cases::{Case, other_cases, spectral_cases};
use geom_core::Backend;
use geom_core::numerics::to_vec_f64;

/// Values and gradients of a case.
fn results(case: &Case, device: &Device, dtype: DType) -> Vec<Vec<f64>> {
    let leaves: Vec<Tensor<3>> = (case.inputs.iter())
        .map(|(input, _)| {
            let leaf = common::on(&input.numbers, input.shape, device, dtype);
            leaf.autodiff().require_grad()
        })
        .collect();
    let results = (case.run)(leaves.clone());
    let loss = results
        .iter()
        .map(|result| (result.clone() * result.clone()).sum());
    let gradients = loss.reduce(|a, b| a + b).expect("results").backward();
    let of = |leaf: &Tensor<3>| to_vec_f64(leaf.grad(&gradients).expect("a gradient"));
    let gradients: Vec<Vec<f64>> = leaves.iter().map(of).collect();
    let values = results.into_iter().map(|result| to_vec_f64(result.inner()));
    values.chain(gradients).collect()
}

#[test]
fn all_backends_agree() {
    let few = spectral_cases()
        .into_iter()
        .filter(|case| case.name.ends_with("n = 3"));
    let cases: Vec<Case> = few.chain(other_cases(&[3])).collect();
    let exact: Vec<_> = cases
        .iter()
        .map(|case| results(case, &Device::flex(), DType::F64))
        .collect();
    for backend in Backend::available() {
        let device = backend.device().unwrap_or_else(|error| panic!("{error}"));
        for (dtype, tolerance) in [(DType::F32, 1e-4), (DType::F64, 1e-11)] {
            if backend.supports(dtype) != Ok(true) {
                continue;
            }
            for (case, exact) in cases.iter().zip(&exact) {
                for (found, exact) in results(case, &device, dtype).iter().zip(exact) {
                    let largest = exact.iter().fold(1.0, |top: f64, x| x.abs().max(top));
                    for (a, b) in found.iter().zip(exact) {
                        let error = (a - b).abs() / largest;
                        assert!(
                            error < tolerance,
                            "{backend} {dtype:?} {}: {a} and {b}",
                            case.name
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn errors_are_the_same_everywhere() {
    for backend in Backend::available() {
        let device = backend.device().unwrap_or_else(|error| panic!("{error}"));
        let bad = [2.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 1.0];
        let bad = common::on(&bad, [2, 2, 2], &device, DType::F32);
        let error = geom_linalg::cholesky(bad).expect_err("an eigenvalue is -1");
        assert!(matches!(
            error,
            geom_linalg::LinalgError::NotPositiveDefinite {
                index: 1,
                row: 1,
                ..
            }
        ));
    }
}
