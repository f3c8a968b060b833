//! Runs: their record, their end, their accuracy.

use std::ops::ControlFlow;

use burn::tensor::{DType, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::{Dual, Euclidean, Hyperboloid, Limits, Manifold, PoincareBall};

use super::{problem, rows, rugged, start};
use crate::solvers::*;

#[test]
fn the_observer_sees_every_state_and_can_end_the_run() {
    let problem = problem(PoincareBall::new(1.0));
    let solver = GradientDescent::new();
    let state = solver.start(&problem, start()).unwrap();
    let mut seen = Vec::new();
    let solution = solver
        .run(&problem, state, MaxIterations(9), |state| {
            seen.push(state.iterations());
            match state.iterations() == 3 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
        .unwrap();
    assert_eq!(seen, [0, 1, 2, 3]);
    assert_eq!(solution.reason, Reason::Observer);
    assert_eq!(solution.history().len(), 4);
}

#[test]
fn the_record_counts_evaluations_and_steps() {
    let problem = problem(PoincareBall::new(1.0));
    let solution = TrustRegion::new()
        .minimize(&problem, start(), MaxIterations(3))
        .unwrap();
    let first = solution.history()[0];
    assert_eq!((first.number, first.step), (0, None));
    assert_eq!(
        first.evaluations,
        Evaluations {
            costs: 1,
            hessian_vectors: 0
        }
    );
    for pair in solution.history().windows(2) {
        assert_eq!(pair[1].number, pair[0].number + 1);
        assert_eq!(pair[1].evaluations.costs, pair[0].evaluations.costs + 1);
        assert!(pair[1].evaluations.hessian_vectors > pair[0].evaluations.hessian_vectors);
    }
    let last = solution.history().last().unwrap();
    assert_eq!(last.cost, solution.cost());
    assert_eq!(last.gradient_norm, solution.gradient_norm());
}

#[test]
fn a_run_that_can_gain_nothing_ends_by_itself() {
    let problem = problem(PoincareBall::new(1.0));
    // No gradient norm is below zero.
    let rule = || GradientNorm(-1.0).or(MaxIterations(10_000));
    let reached = [
        TrustRegion::new()
            .minimize(&problem, start(), rule())
            .map(|s| (s.gradient_norm(), s.reason)),
        LimitedBfgs::new()
            .minimize(&problem, start(), rule())
            .map(|s| (s.gradient_norm(), s.reason)),
    ];
    for end in reached {
        let (gradient_norm, reason) = end.unwrap();
        assert_eq!(reason, Reason::Stalled);
        assert!(
            gradient_norm < Limits::of(DType::F64).membership,
            "{gradient_norm:e}"
        );
    }
}

#[test]
fn a_stationary_start_is_left_alone() {
    let bowl = Smooth(|x: Dual<2>| x.square().sum());
    let problem = Problem::new(Euclidean::new(), bowl);
    let origin = rows([[0.0, 0.0]]);
    let solution = TrustRegion::new()
        .minimize(&problem, origin.clone(), MaxIterations(5))
        .unwrap();
    assert_eq!(
        (solution.reason, solution.state.iterations()),
        (Reason::Stalled, 0)
    );
}

#[test]
fn finite_differences_serve_the_trust_region_too() {
    /// Norm of the gradient, which is exact in either run; only the way there differs.
    const ACCURACY: f64 = 1e-10;
    /// Between two points with such gradients, for a Hessian whose least eigenvalue is above 0.2.
    const APART: f64 = 10.0 * ACCURACY;
    let exact = problem(Hyperboloid::new(0.7));
    let plain = |x: Tensor<2>| rugged(Dual::constant(x)).value();
    let opaque = Problem::new(Hyperboloid::new(0.7), FiniteDifferences(plain));
    let start = exact.manifold().project(start());
    let rule = || GradientNorm(ACCURACY).or(MaxIterations(20));
    let solver = TrustRegion::new();
    let (exact, opaque) = (
        solver.minimize(&exact, start.clone(), rule()).unwrap(),
        solver.minimize(&opaque, start, rule()).unwrap(),
    );
    assert!(opaque.gradient_norm() <= ACCURACY, "{}", opaque.reason);
    let apart = to_vec_f64((exact.point() - opaque.point()).abs().max())[0];
    assert!(apart < APART, "{apart:e}");
}

#[test]
fn single_precision_reaches_its_own_accuracy() {
    let ball = problem(PoincareBall::new(1.0));
    let start = start().cast(DType::F32);
    /// Ten roundings of a gradient of order ten.
    const ACCURACY: f64 = 1e-5;
    let rule = GradientNorm(ACCURACY).or(MaxIterations(100));
    let ends = [
        GradientDescent::new()
            .minimize(&ball, start.clone(), rule)
            .unwrap()
            .reason,
        ConjugateGradient::new()
            .minimize(&ball, start.clone(), rule)
            .unwrap()
            .reason,
        LimitedBfgs::new()
            .minimize(&ball, start.clone(), rule)
            .unwrap()
            .reason,
        TrustRegion::new()
            .minimize(&ball, start, rule)
            .unwrap()
            .reason,
    ];
    for reason in ends {
        assert!(matches!(reason, Reason::GradientNorm { .. }), "{reason}");
    }
}

#[test]
fn points_over_several_axes_are_one_batch() {
    /// Sums over more axes are rounded in another order, in each of six iterations.
    const ROUNDINGS: f64 = 1e-13;
    let flat = rows([[0.1, 0.5], [-0.4, 0.2], [0.3, -0.3], [0.0, 0.6]]);
    let ball = || PoincareBall::new(1.0);
    let rule = MaxIterations(6);
    let cost = |x: Tensor<2>| (x.clone().exp() - x.sub_scalar(0.2).sin()).sum();
    let end = LimitedBfgs::new()
        .minimize(&Problem::new(ball(), cost), flat.clone(), rule)
        .unwrap();
    let cost = |x: Tensor<3>| (x.clone().exp() - x.sub_scalar(0.2).sin()).sum();
    let deep = LimitedBfgs::new()
        .minimize(&Problem::new(ball(), cost), flat.reshape([2, 2, 2]), rule)
        .unwrap();
    for (a, b) in to_vec_f64(deep.point()).iter().zip(to_vec_f64(end.point())) {
        assert!((a - b).abs() < ROUNDINGS, "{a} and {b}");
    }
}
