//! Bad input: each with its error, which says where.

use burn::tensor::{DType, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_linalg::*;

use crate::common::{any, positive, tensor};

/// A batch of three matrices of which the second is this one.
fn second(matrix: [f64; 4]) -> Tensor<3> {
    let good = [2.0, 0.5, 0.5, 1.0];
    tensor(&[good, matrix, good].concat(), [3, 2, 2], DType::F64)
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let flat = tensor(&[1.0; 3], [3], DType::F64);
    assert_eq!(
        sym_log(flat).unwrap_err(),
        LinalgError::NotMatrices { shape: vec![3] }
    );
    let wide = any([2, 2, 3], 1).tensor();
    let not_square = LinalgError::NotSquare {
        shape: vec![2, 2, 3],
    };
    type Square = fn(Tensor<3>) -> Result<Tensor<3>, LinalgError>;
    let square: [Square; 13] = [
        sym_log,
        eigvalsh,
        cholesky,
        inverse,
        log_det,
        expm,
        rotation_log,
        sym,
        skew,
        sym_inverse,
        |a| Ok(eigh(a)?.0),
        |a| Ok(slogdet(a)?.0),
        |a| solve(a.clone(), a),
    ];
    for function in square {
        assert_eq!(function(wide.clone()).unwrap_err(), not_square);
    }
    let too_wide = LinalgError::TooWide {
        shape: vec![2, 2, 3],
    };
    assert_eq!(qr(wide.clone()).unwrap_err(), too_wide);
    assert_eq!(polar(wide.clone()).unwrap_err(), too_wide);

    let a = positive(2, 2, 1).tensor();
    let b = any([2, 3, 1], 2).tensor();
    let mismatch = LinalgError::ShapeMismatch {
        left: vec![2, 2, 2],
        right: vec![2, 3, 1],
    };
    assert_eq!(solve(a.clone(), b.clone()).unwrap_err(), mismatch);
    assert_eq!(cholesky_solve(a.clone(), b.clone()).unwrap_err(), mismatch);
    assert_eq!(
        sylvester(a.clone(), a.clone(), b.clone()).unwrap_err(),
        mismatch
    );
    assert_eq!(lyapunov(a.clone(), b.clone()).unwrap_err(), mismatch);
    let three = positive(3, 2, 1).tensor();
    let mismatch = LinalgError::ShapeMismatch {
        left: vec![2, 2, 2],
        right: vec![3, 2, 2],
    };
    assert_eq!(solve(a.clone(), three.clone()).unwrap_err(), mismatch);
    assert_eq!(expm_frechet(a.clone(), three).unwrap_err(), mismatch);

    let single = a.clone().cast(DType::F32);
    let formats = LinalgError::FormatMismatch {
        left: DType::F64,
        right: DType::F32,
    };
    assert_eq!(solve(a, single).unwrap_err(), formats);
}

#[test]
fn matrices_that_are_not_symmetric_are_told_how_far() {
    let error = sym_log(second([2.0, 0.5, 0.1, 1.0])).unwrap_err();
    let LinalgError::NotSymmetric {
        index: 1,
        asymmetry,
        tolerance,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!((asymmetry - 0.2).abs() < 1e-15 && tolerance < 2e-8);
    assert!(error.to_string().contains("2e-1"), "{error}");
    for result in [
        cholesky(second([2.0, 0.5, 0.1, 1.0])),
        eigvalsh(second([2.0, 0.5, 0.1, 1.0])),
    ] {
        assert!(matches!(
            result,
            Err(LinalgError::NotSymmetric { index: 1, .. })
        ));
    }
    // Rounding passes, and the result is symmetric.
    let near = sym_log(second([2.0, 0.5, 0.5 + 1e-12, 1.0])).unwrap();
    assert_eq!(to_vec_f64(near.clone()), to_vec_f64(near.transpose()));
}

#[test]
fn matrices_that_are_not_positive_definite_are_told_their_smallest_eigenvalue() {
    // Eigenvalues 3 and -1.
    let bad = second([1.0, 2.0, 2.0, 1.0]);
    let error = cholesky(bad.clone()).unwrap_err();
    let LinalgError::NotPositiveDefinite {
        index: 1,
        row: 1,
        pivot,
        smallest,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!((pivot + 3.0).abs() < 1e-14 && (smallest + 1.0).abs() < 1e-14);
    assert!(
        error
            .to_string()
            .contains("matrix 1 is not positive definite"),
        "{error}"
    );
    type Function = fn(Tensor<3>) -> Result<Tensor<3>, LinalgError>;
    let functions: [Function; 4] = [sym_log, sym_sqrt, sym_inv_sqrt, |a| sym_pow(a, 0.5)];
    for function in functions {
        let error = function(bad.clone()).unwrap_err();
        let LinalgError::Eigenvalue { index: 1, smallest } = error else {
            panic!("{error:?}")
        };
        assert!((smallest + 1.0).abs() < 1e-14);
    }
    assert!(matches!(
        log_det(bad),
        Err(LinalgError::Determinant {
            index: 1,
            sign: -1.0
        })
    ));
}

#[test]
fn singular_matrices_are_named() {
    let bad = second([1.0, 2.0, 2.0, 4.0]);
    let b = any([3, 2, 1], 3).tensor();
    assert!(matches!(
        inverse(bad.clone()),
        Err(LinalgError::Singular {
            index: 1,
            column: 1
        })
    ));
    assert!(matches!(
        solve(bad.clone(), b.clone()),
        Err(LinalgError::Singular { index: 1, .. })
    ));
    let (sign, log) = slogdet(bad.clone()).unwrap();
    assert_eq!(to_vec_f64(sign), [1.0, 0.0, 1.0]);
    assert_eq!(to_vec_f64(log)[1], f64::NEG_INFINITY);
    assert!(matches!(
        log_det(bad),
        Err(LinalgError::Determinant {
            index: 1,
            sign: 0.0
        })
    ));
    let bad = second([1.0, 0.0, 0.0, 0.0]);
    let triangle = solve_triangular(bad.clone(), b, Triangle::Lower);
    assert!(matches!(
        triangle,
        Err(LinalgError::Singular {
            index: 1,
            column: 1
        })
    ));
    assert!(matches!(
        qr(bad.clone()),
        Err(LinalgError::RankDeficient {
            index: 1,
            column: 1
        })
    ));
    assert!(matches!(
        polar(bad.clone()),
        Err(LinalgError::RankDeficient { index: 1, .. })
    ));
    assert!(matches!(
        sym_inverse(bad),
        Err(LinalgError::Eigenvalue { index: 1, .. })
    ));
}

#[test]
fn numbers_that_are_none_are_named() {
    type Function = fn(Tensor<3>) -> Result<Tensor<3>, LinalgError>;
    let functions: [Function; 16] = [
        sym_log,
        sym_exp,
        sym_sqrt,
        sym_inverse,
        eigvalsh,
        cholesky,
        inverse,
        log_det,
        expm,
        singular_values,
        |a| Ok(eigh(a)?.0),
        |a| Ok(svd(a)?.1),
        |a| Ok(qr(a)?.1),
        |a| Ok(polar(a)?.1),
        |a| spectral(a, f64::tanh, |_| 0.0),
        |a| sylvester(a.clone(), a.clone(), a),
    ];
    for (which, function) in functions.into_iter().enumerate() {
        for number in [f64::NAN, f64::INFINITY] {
            let error = function(second([number, 0.0, 0.0, 1.0])).unwrap_err();
            assert_eq!(
                error,
                LinalgError::NotFinite { index: 1 },
                "function {which}"
            );
        }
    }
    let rotations = [1.0, 0.0, 0.0, 1.0, f64::NAN, 0.0, 0.0, 1.0];
    let error = rotation_log(tensor(&rotations, [2, 2, 2], DType::F64)).unwrap_err();
    assert_eq!(error, LinalgError::NotFinite { index: 1 });
}

#[test]
fn results_out_of_reach_are_named() {
    assert!(matches!(
        sym_exp(second([1e3, 0.0, 0.0, 1.0])),
        Err(LinalgError::Overflow { index: 1 })
    ));
    assert!(matches!(
        expm(second([1e3, 0.0, 0.0, 1.0])),
        Err(LinalgError::Overflow { index: 1 })
    ));
    let error = spectral(second([4.0, 0.0, 0.0, 0.0]), f64::recip, |x| -1.0 / (x * x)).unwrap_err();
    assert!(matches!(
        error,
        LinalgError::FunctionNotFinite {
            index: 1,
            eigenvalue: 0.0,
            ..
        }
    ));
    assert!(matches!(
        rotation_log(tensor(
            &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, -1.0],
            [2, 2, 2],
            DType::F64
        )),
        Err(LinalgError::NotRotation { index: 1, .. })
    ));
    let opposite = second([1.0, 0.0, 0.0, -1.0]);
    let c = any([3, 2, 2], 4).tensor();
    assert!(matches!(
        lyapunov(opposite.clone(), c.clone()),
        Err(LinalgError::NoUniqueSolution { index: 1, .. })
    ));
    assert!(matches!(
        sylvester(opposite.clone(), opposite, c),
        Err(LinalgError::NoUniqueSolution { index: 1, .. })
    ));
}

#[test]
fn a_gradient_that_is_not_finite_stays_in_its_matrix() {
    let a = positive(3, 2, 5).tensor().autodiff().require_grad();
    let log = sym_log(a.clone()).unwrap();
    let factors = [1.0, f64::NAN, 1.0];
    let factors = tensor(&factors, [3, 1, 1], DType::F64).autodiff();
    let gradient = a.grad(&(log * factors).sum().backward()).unwrap();
    let nan: Vec<bool> = to_vec_f64(gradient).iter().map(|x| x.is_nan()).collect();
    assert_eq!(nan, [[false; 4], [true; 4], [false; 4]].concat());
}

#[test]
fn a_difference_that_overflows_is_an_asymmetry() {
    let large = tensor(&[1.0, 3e38, -3e38, 1.0], [1, 2, 2], DType::F32);
    assert!(matches!(
        eigvalsh(large).unwrap_err(),
        LinalgError::NotSymmetric { index: 0, asymmetry, .. } if (asymmetry - 2.0).abs() < 1e-6
    ));
}

#[test]
fn the_first_matrix_without_a_result_is_named_whatever_is_wrong_with_it() {
    let negative = [-1.0, 0.0, 0.0, 1.0];
    let skewed = [1.0, 0.5, 0.2, 1.0];
    let batch = |matrices: [[f64; 4]; 2]| tensor(&matrices.concat(), [2, 2, 2], DType::F64);
    let error = sym_log(batch([negative, skewed])).unwrap_err();
    assert!(
        matches!(error, LinalgError::Eigenvalue { index: 0, .. }),
        "{error:?}"
    );
    assert_eq!(error.index(), Some(0));
    let error = sym_log(batch([skewed, negative])).unwrap_err();
    assert!(
        matches!(error, LinalgError::NotSymmetric { index: 0, .. }),
        "{error:?}"
    );
}
