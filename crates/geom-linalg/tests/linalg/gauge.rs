//! Decompositions where eigenvectors are not unique: gradients that exist, and those that do not.

use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_linalg::*;

use crate::common::{Matrices, distance, positive, symmetric, with_eigenvalues};

fn ok<T>(result: Result<T, LinalgError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// The gradient, a matrix at a time.
fn gradient(input: &Matrices, loss: impl Fn(Tensor<3>) -> Tensor<1>) -> Vec<Tensor<3>> {
    let leaf = input.tensor().autodiff().require_grad();
    let gradients = loss(leaf.clone()).backward();
    let gradient = leaf.grad(&gradients).expect("a gradient");
    (0..input.shape[0])
        .map(|index| gradient.clone().narrow(0, index, 1))
        .collect()
}

fn is_nan(gradient: &Tensor<3>) -> bool {
    to_vec_f64(gradient.clone()).iter().all(|x| x.is_nan())
}

/// A matrix whose eigenvalues are all different, then one with an eigenvalue twice.
fn one_of_each() -> Matrices {
    let generic = positive(1, 3, 1);
    let twice = with_eigenvalues(1, &[1.0, 1.0, 2.0], 2);
    Matrices {
        numbers: [generic.numbers, twice.numbers].concat(),
        shape: [2, 3, 3],
    }
}

#[test]
fn a_projector_onto_an_eigenspace_has_a_gradient() {
    let a = with_eigenvalues(1, &[1.0, 1.0, 2.0], 3);
    let weights = symmetric(1, 3, 4).tensor();
    let projector = |vectors: Tensor<3>| {
        let space = vectors.narrow(2, 0, 2);
        space.clone().matmul(space.transpose())
    };
    let found = gradient(&a, |a| {
        (projector(ok(eigh(a)).1) * weights.clone().autodiff()).sum()
    });
    // The same projector as a function of the matrix: 2 - A.
    let exact = weights.clone().mul_scalar(-1.0);
    let (_, vectors) = ok(eigh(a.tensor()));
    let inside = |m: Tensor<3>| {
        let turned = vectors
            .clone()
            .transpose()
            .matmul(m)
            .matmul(vectors.clone());
        // Between the spaces both agree; within them the projector does not change.
        turned.clone().slice([0..1, 0..2, 2..3])
    };
    assert!(distance(inside(found[0].clone()), inside(exact)) < 1e-13);
    let (_, vectors) = ok(eigh(a.tensor()));
    let turned = vectors
        .clone()
        .transpose()
        .matmul(found[0].clone())
        .matmul(vectors);
    let within = turned.slice([0..1, 0..2, 0..2]);
    assert!(distance(within.clone(), within.zeros_like()) < 1e-13);
}

#[test]
fn what_depends_on_the_choice_of_eigenvectors_has_no_gradient_in_that_matrix_alone() {
    let a = one_of_each();
    let weights = [0.3, -0.7, 1.1, 0.9, 0.2, -0.4, 0.6, 0.8, -1.3];
    let weights = crate::common::tensor(&weights, [1, 3, 3], burn::tensor::DType::F64);
    let found = gradient(&a, |a| {
        let (_, vectors) = ok(eigh(a));
        (vectors.clone() * vectors * weights.clone().autodiff()).sum()
    });
    assert!(!is_nan(&found[0]));
    assert!(is_nan(&found[1]));
}

#[test]
fn a_function_composed_of_eigenvectors_says_that_it_has_no_gradient_where_the_function_has_one() {
    let a = one_of_each();
    let weights = symmetric(1, 3, 5).tensor();
    let composed = gradient(&a, |a| {
        let (values, vectors) = ok(eigh(a));
        let log = (vectors.clone() * values.log()).matmul(vectors.transpose());
        (log * weights.clone().autodiff()).sum()
    });
    let direct = gradient(&a, |a| (ok(sym_log(a)) * weights.clone().autodiff()).sum());
    assert!(distance(composed[0].clone(), direct[0].clone()) < 1e-12);
    assert!(is_nan(&composed[1]));
    assert!(!is_nan(&direct[1]));
}

#[test]
fn equal_eigenvalues_alone_have_a_gradient_without_eigenvectors() {
    let a = with_eigenvalues(2, &[1.0, 1.0, 2.0], 6);
    // The sum of the smaller two: tr A less the largest.
    let found = gradient(&a, |a| ok(eigvalsh(a)).narrow(2, 0, 2).sum());
    for (index, found) in found.into_iter().enumerate() {
        let a = a.tensor().narrow(0, index, 1);
        // The projector onto their space, 2 - A.
        let projector = crate::common::one(3) * 2.0 - a;
        assert!(distance(found, projector) < 1e-13);
    }
    // With eigenvectors at hand, it cannot be told whether the loss depends on them.
    for found in gradient(&a, |a| ok(eigh(a)).0.narrow(2, 0, 2).sum()) {
        assert!(is_nan(&found));
    }
    let largest = |values: Tensor<3>| values.narrow(2, 2, 1).sum();
    for found in gradient(&a, |a| largest(ok(eigh(a)).0)) {
        assert!(!is_nan(&found));
    }
}

#[test]
fn the_logarithm_of_the_identity_by_eigenvectors_is_not_given_a_wrong_gradient() {
    // log 1 = 0, so that nothing is left of the gradient by the eigenvectors.
    let a = with_eigenvalues(1, &[1.0; 3], 9);
    let found = gradient(&a, |a| {
        let (values, vectors) = ok(eigh(a));
        (vectors.clone() * values.log())
            .matmul(vectors.transpose())
            .sum()
    });
    assert!(is_nan(&found[0]));
    let found = gradient(&a, |a| ok(sym_log(a)).sum());
    assert!(distance(found[0].clone(), found[0].ones_like()) < 1e-14);
}

#[test]
fn singular_vectors_of_equal_singular_values_follow_the_same_rule() {
    // Twice a rotation: U and V are arbitrary, their product is not.
    let a = crate::common::rotations(1, 3, 7);
    let weights = crate::common::any([1, 3, 3], 8).tensor();
    let found = gradient(&a, |a| {
        let (u, _, v) = ok(svd(a * 2.0));
        (u.matmul(v.transpose()) * weights.clone().autodiff()).sum()
    });
    let exact = gradient(&a, |a| (ok(polar(a)).0 * weights.clone().autodiff()).sum());
    assert!(distance(found[0].clone(), exact[0].clone()) < 1e-13);
    let found = gradient(&a, |a| {
        let (u, _, _) = ok(svd(a * 2.0));
        (u.clone() * u * weights.clone().autodiff()).sum()
    });
    assert!(is_nan(&found[0]));
    let found = gradient(&a, |a| {
        let (u, values, v) = ok(svd(a * 2.0));
        ((u * values.log()).matmul(v.transpose()) * weights.clone().autodiff()).sum()
    });
    assert!(is_nan(&found[0]));
}

#[test]
fn a_cotangent_that_is_no_number_gives_no_gradient_that_looks_like_one() {
    let twice = with_eigenvalues(1, &[2.0, 2.0, 2.0], 2);
    for bad in [f64::NAN, f64::INFINITY] {
        let found = gradient(&twice, |a| (ok(eigh(a)).1 * bad).sum());
        assert!(is_nan(&found[0]), "eigh, {bad}: {found:?}");
        let found = gradient(&twice, |a| {
            let (u, _, v) = ok(svd(a));
            ((u + v) * bad).sum()
        });
        let numbers = to_vec_f64(found[0].clone());
        assert!(numbers.iter().any(|x| x.is_nan()), "svd, {bad}: {found:?}");
    }
}
