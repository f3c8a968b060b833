//! Gradients that are known in closed form.

use burn::tensor::{DType, Tensor};
use geom_linalg::*;

use crate::common::{
    Matrices, any, distance, one, positive, regular, size, symmetric, tensor, with_eigenvalues,
};

fn gradient(input: &Matrices, loss: impl Fn(Tensor<3>) -> Tensor<1>) -> Tensor<3> {
    let leaf = input.tensor().autodiff().require_grad();
    let gradients = loss(leaf.clone()).backward();
    leaf.grad(&gradients).expect("a gradient")
}

fn trace(a: Tensor<3>) -> Tensor<1> {
    let n = a.dims()[2];
    (a * one(n).autodiff()).sum()
}

fn ok<T>(result: Result<T, LinalgError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_gradient_of_the_log_determinant_is_the_inverse_transposed() {
    for n in [1, 2, 3, 7, 20] {
        let a = regular(3, n, 1);
        let expected = ok(inverse(a.tensor())).transpose();
        let (_, log) = ok(slogdet(a.tensor()));
        assert_eq!(log.dims(), [3, 1, 1]);
        let found = gradient(&a, |a| ok(slogdet(a)).1.sum());
        assert!(distance(found, expected) < 1e-13);
        let a = positive(2, n, 1);
        let inverses = ok(sym_inverse(a.tensor()));
        let found = gradient(&a, |a| ok(log_det(a)).sum());
        let largest = size(inverses.clone());
        assert!(distance(found, inverses.clone()) / largest < 1e-12);
        let found = gradient(&a, |a| trace(ok(sym_log(a))));
        assert!(distance(found, inverses.clone()) / largest < 1e-12);
        let found = gradient(&a, |a| {
            let factor = ok(cholesky(a));
            let one = one(n).autodiff();
            // Off the diagonal, the logarithm of 1.
            let diagonal = factor * one.clone() + (one.clone() * -1.0 + 1.0);
            diagonal.log().sum() * 2.0
        });
        assert!(distance(found, inverses) / largest < 1e-12);
    }
}

#[test]
fn the_gradient_of_the_trace_of_the_logarithm_is_the_inverse_at_condition_1e12_and_equal_eigenvalues()
 {
    let values = [1e-12, 1e-12, 1e-6, 1e-6, 1e-6 + 1e-19, 1.0, 1.0];
    // Graded, so that small eigenvalues are known to all digits.
    let a = Matrices {
        numbers: (0..49)
            .map(|i| if i % 8 == 0 { values[i / 8] } else { 0.0 })
            .collect(),
        shape: [1, 7, 7],
    };
    let found = gradient(&a, |a| trace(ok(sym_log(a))));
    let scaled = found * a.tensor();
    assert!(distance(scaled, one(7)) < 1e-14);
}

#[test]
fn the_gradient_of_a_sum_of_squares_is_twice_the_matrix() {
    for n in [1, 2, 4, 9] {
        let a = symmetric(2, n, 3);
        let found = gradient(&a, |a| {
            let values = ok(eigvalsh(a));
            (values.clone() * values).sum()
        });
        assert!(distance(found, a.tensor() * 2.0) < 1e-13);
        for shape in [[2, n, n], [2, n + 3, n], [2, n, n + 3]] {
            let a = any(shape, 4);
            let found = gradient(&a, |a| {
                let values = ok(singular_values(a));
                (values.clone() * values).sum()
            });
            assert!(distance(found, a.tensor() * 2.0) < 1e-13);
        }
    }
}

#[test]
fn the_gradient_of_the_nuclear_norm_is_the_polar_factor() {
    for n in [1, 2, 3, 8] {
        let a = any([2, n + 1, n], 5);
        let (u, _) = ok(polar(a.tensor()));
        let found = gradient(&a, |a| ok(singular_values(a)).sum());
        assert!(distance(found, u.clone()) < 1e-13);
        let found = gradient(&a, |a| trace(ok(polar(a)).1));
        assert!(distance(found, u) < 1e-13);
    }
}

#[test]
fn the_gradient_of_the_trace_of_an_exponential_is_the_exponential_transposed() {
    for n in [1, 2, 5] {
        let a = any([2, n, n], 6);
        let expected = ok(expm(a.tensor())).transpose();
        let found = gradient(&a, |a| trace(ok(expm(a))));
        assert!(distance(found, expected) < 1e-13);
        let a = with_eigenvalues(2, &vec![0.5; n], 6);
        let found = gradient(&a, |a| trace(ok(sym_exp(a))));
        assert!(distance(found, ok(sym_exp(a.tensor()))) < 1e-14);
    }
}

#[test]
fn the_gradient_of_a_logarithm_is_that_of_its_inverse_turned_round() {
    // log(exp A) = A, so that the gradient of a linear function of it is constant, whatever eigenvalues do.
    for values in [
        vec![0.7; 3],
        vec![-1.0, -1.0 + 1e-10, 2.0, 2.0],
        vec![-20.0, 0.0, 3.0],
    ] {
        let n = values.len();
        let a = with_eigenvalues(2, &values, 7);
        let weights = symmetric(2, n, 8).tensor();
        let found = gradient(&a, |a| {
            (ok(sym_log(ok(sym_exp(a)))) * weights.clone().autodiff()).sum()
        });
        let condition = (values[n - 1] - values[0]).exp();
        assert!(
            distance(found, weights) < 1e-14 * condition.max(10.0),
            "{values:?}"
        );
    }
}

#[test]
fn the_gradient_of_newton_and_schulz_becomes_that_of_the_polar_factor() {
    let a = any([2, 4, 3], 9);
    let weights = any([2, 4, 3], 10).tensor();
    let exact = gradient(&a, |a| (ok(polar(a)).0 * weights.clone().autodiff()).sum());
    let found = gradient(&a, |a| {
        (ok(newton_schulz(a, 25)) * weights.clone().autodiff()).sum()
    });
    assert!(distance(found, exact) < 1e-10);
}

#[test]
fn gradients_reach_the_format_of_the_input() {
    for dtype in [DType::F16, DType::BF16] {
        let a = tensor(&[2.0, 0.5, 0.5, 1.0], [1, 2, 2], dtype)
            .autodiff()
            .require_grad();
        let log = ok(sym_log(a.clone()));
        assert_eq!(log.dtype(), dtype);
        let gradient = a.grad(&log.sum().backward()).expect("a gradient");
        assert_eq!(gradient.dtype(), dtype);
    }
}
