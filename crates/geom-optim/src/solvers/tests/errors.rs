//! Problems which cannot be solved or started are reported.

use burn::tensor::Tensor;
use geom_core::{Dual, Euclidean, PoincareBall};

use super::{Function, problem, rows, start};
use crate::solvers::*;

#[test]
fn a_start_that_cannot_be_used_is_an_error() {
    let ball = problem(PoincareBall::new(1.0));
    let outside = rows([[0.1, 0.2, 0.3], [2.0, 0.0, 0.0]]);
    let error = GradientDescent::new()
        .minimize(&ball, outside, MaxIterations(1))
        .unwrap_err();
    assert!(
        matches!(&error, SolverError::Start(at) if at.row == 1),
        "{error}"
    );

    let cost = |x: Tensor<2>| x.log().sum();
    let flat = Problem::new(Euclidean::new(), cost);
    let error = GradientDescent::new()
        .minimize(&flat, start(), MaxIterations(1))
        .unwrap_err();
    let expected = SolverError::NotFinite {
        iteration: 0,
        quantity: Quantity::Cost,
    };
    assert_eq!(error, expected);
}

/// Descends to -1 and is nowhere finite beyond.
fn wall(x: Dual<2>) -> Dual<1> {
    let beyond = x.value().lower_elem(-1.0);
    x.mask_fill(beyond, f64::NAN).sum()
}

#[test]
fn an_iteration_that_finds_nothing_finite_names_itself() {
    let problem = Problem::new(Euclidean::new(), Smooth(wall));
    let brink = rows([[-1.0]]);
    let expected = SolverError::NotFinite {
        iteration: 1,
        quantity: Quantity::Cost,
    };
    let rule = MaxIterations(100);
    let start = || brink.clone();
    let errors = [
        GradientDescent::new()
            .minimize(&problem, start(), rule)
            .unwrap_err(),
        ConjugateGradient::new()
            .minimize(&problem, start(), rule)
            .unwrap_err(),
        LimitedBfgs::new()
            .minimize(&problem, start(), rule)
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error, expected);
    }
    // A trust region shrinks until it gives up.
    let error = TrustRegion::new()
        .minimize(&problem, start(), rule)
        .unwrap_err();
    let quantity = Quantity::Cost;
    assert!(
        matches!(error, SolverError::NotFinite { quantity: q, .. } if q == quantity),
        "{error}"
    );
}

#[test]
fn a_hessian_that_is_not_finite_is_an_error() {
    struct Broken;
    impl Cost<2> for Broken {
        fn cost(&self, x: Tensor<2>) -> Tensor<1> {
            x.square().sum()
        }
    }
    impl SecondOrder<2> for Broken {
        fn hessian_vector(&self, _x: Tensor<2>, v: Tensor<2>) -> Tensor<2> {
            v.mul_scalar(f64::NAN)
        }
    }
    let problem = Problem::new(Euclidean::new(), Broken);
    let error = TrustRegion::new()
        .minimize(&problem, start(), MaxIterations(5))
        .unwrap_err();
    let expected = SolverError::NotFinite {
        iteration: 1,
        quantity: Quantity::Hessian,
    };
    assert_eq!(error, expected);
}

#[test]
#[should_panic(expected = "expected shape [1], got [2]")]
fn a_cost_of_several_numbers_is_refused() {
    let several = |x: Tensor<2>| x.sum_dim(1).squeeze_dim(1);
    let problem = Problem::new(Euclidean::new(), several);
    let _ = GradientDescent::new().minimize(&problem, start(), MaxIterations(1));
}

#[test]
fn settings_out_of_range_are_typed_errors() {
    let trust = TrustRegion::new();
    let settings = [
        (
            trust.with_initial_radius(0.0).check_setting(),
            "initial_radius",
        ),
        (
            trust.with_initial_radius(f64::INFINITY).check_setting(),
            "initial_radius",
        ),
        (trust.with_max_radius(-1.0).check_setting(), "max_radius"),
        (
            TrustRegion {
                acceptance: 0.25,
                ..trust
            }
            .check_setting(),
            "acceptance",
        ),
        (
            TrustRegion {
                kappa: 1.0,
                ..trust
            }
            .check_setting(),
            "kappa",
        ),
        (
            TrustRegion {
                theta: f64::NAN,
                ..trust
            }
            .check_setting(),
            "theta",
        ),
        (
            TrustRegion {
                inner_iterations: Some(0),
                ..trust
            }
            .check_setting(),
            "inner_iterations",
        ),
        (LimitedBfgs::new().with_memory(0).check_setting(), "memory"),
    ];
    for (refused, setting) in settings {
        assert_eq!(refused, Some(setting));
    }
    assert_eq!(trust.check_setting(), None);
}

/// The setting that a solver refuses to start with.
trait CheckSetting {
    fn check_setting(&self) -> Option<&'static str>;
}

impl<S: Solver<2, Euclidean, Smooth<Function>>> CheckSetting for S {
    fn check_setting(&self) -> Option<&'static str> {
        match self.start(&problem(Euclidean::new()), start()) {
            Err(SolverError::Setting(error)) => Some(error.field),
            _ => None,
        }
    }
}
