//! A state is its own checkpoint.

use std::ops::ControlFlow;

use burn::tensor::Device;
use geom_core::{Dual, Euclidean, Hyperboloid, Manifold, PoincareBall};

use super::{Function, problem, rows, start};
use crate::solvers::*;
use crate::step_map::StepMap;

/// Runs `solver` for 2n iterations at once, and for n, through JSON, and n more.
fn assert_resumes<M: Manifold, S: Solver<2, M, Smooth<Function>>>(
    solver: S,
    manifold: M,
    n: usize,
) {
    let problem = problem(manifold);
    let start = problem.manifold().project(start());
    let whole = solver
        .minimize(&problem, start.clone(), MaxIterations(2 * n))
        .unwrap();
    let half = solver.minimize(&problem, start, MaxIterations(n)).unwrap();
    assert_eq!(half.iterations(), n, "{} ended early", solver.name());
    let text = serde_json::to_string(&half.state).unwrap();
    let state = serde_json::from_str(&text).unwrap();
    let resumed = solver
        .run(&problem, state, MaxIterations(2 * n), |_| {
            ControlFlow::Continue(())
        })
        .unwrap();

    let name = solver.name();
    assert_eq!(resumed.iterations(), 2 * n, "{name} ended early");
    assert_eq!(
        whole.point().into_data(),
        resumed.point().into_data(),
        "{name}"
    );
    let memory =
        |solution: &Solution<2, S::Memory>| serde_json::to_string(&solution.state.memory).unwrap();
    assert_eq!(memory(&whole), memory(&resumed), "{name}");
    let timeless = |solution: &Solution<2, S::Memory>| -> Vec<Iteration> {
        let record = solution.history().iter();
        record.map(|&i| Iteration { seconds: 0.0, ..i }).collect()
    };
    assert_eq!(timeless(&whole), timeless(&resumed), "{name}");
    let clock: Vec<f64> = resumed.history().iter().map(|i| i.seconds).collect();
    assert!(clock.is_sorted(), "{name}: the clock goes back, {clock:?}");
}

/// Every solver that needs many iterations, on `manifold`.
fn assert_all_resume<M: Manifold>(manifold: M) {
    let steepest = GradientDescent::new();
    assert_resumes(
        steepest.with_line_search(StrongWolfe::default()),
        manifold.clone(),
        3,
    );
    assert_resumes(steepest.with_step(StepMap::Retraction), manifold.clone(), 4);
    for rule in [
        ConjugateRule::FletcherReeves,
        ConjugateRule::PolakRibierePlus,
        ConjugateRule::HestenesStiefel,
        ConjugateRule::HagerZhang,
    ] {
        let solver = ConjugateGradient::new().with_rule(rule);
        assert_resumes(solver, manifold.clone(), 3);
    }
    assert_resumes(LimitedBfgs::new().with_memory(2), manifold.clone(), 4);
    // A small radius, so that the run lasts.
    let solver = TrustRegion::new().with_initial_radius(0.01);
    assert_resumes(solver, manifold, 3);
}

#[test]
fn a_run_resumed_from_json_is_the_uninterrupted_one_to_the_bit() {
    assert_all_resume(Euclidean::new());
    assert_all_resume(PoincareBall::new(1.3));
    assert_all_resume(Hyperboloid::new(0.7));
}

#[test]
fn twenty_iterations_are_ten_and_ten_more() {
    // A valley that keeps every solver busy for longer than that.
    fn valley(x: Dual<2>) -> Dual<1> {
        let (a, b) = (x.clone().narrow(1, 0, 2), x.narrow(1, 1, 2));
        let bend = (b - a.clone().square()).square().mul_scalar(100.0);
        (bend + a.sub_scalar(1.0).square()).sum()
    }
    fn check<S: Solver<2, Euclidean, Smooth<Function>>>(solver: S) {
        let problem = Problem::new(Euclidean::new(), Smooth(valley as Function));
        let start = rows([[-1.2, 1.0, -0.5]]);
        let whole = solver
            .minimize(&problem, start.clone(), MaxIterations(20))
            .unwrap();
        let half = solver.minimize(&problem, start, MaxIterations(10)).unwrap();
        let text = serde_json::to_string(&half.state).unwrap();
        let state = serde_json::from_str(&text).unwrap();
        let rule = MaxIterations(20);
        let resumed = solver
            .run(&problem, state, rule, |_| ControlFlow::Continue(()))
            .unwrap();
        let name = solver.name();
        assert_eq!(whole.iterations(), 20, "{name}");
        assert_eq!(
            whole.point().into_data(),
            resumed.point().into_data(),
            "{name}"
        );
    }
    check(GradientDescent::new());
    check(ConjugateGradient::new());
    check(LimitedBfgs::new());
    check(TrustRegion::new().with_initial_radius(0.05));
}

#[test]
fn a_state_of_another_solver_or_metric_is_refused() {
    let (ball, other) = (
        problem(PoincareBall::new(1.0)),
        problem(PoincareBall::new(2.0)),
    );
    let solver = GradientDescent::new();
    let state = solver.start(&ball, start()).unwrap();
    let go_on = |_: &State<2, GradientDescentMemory>| ControlFlow::Continue(());
    let error = solver
        .run(&other, state.clone(), MaxIterations(1), go_on)
        .unwrap_err();
    assert_eq!(
        error,
        SolverError::Mismatch {
            saved: "gradient descent on poincare-ball with metric [-1.0]".into(),
            expected: "gradient descent on poincare-ball with metric [-2.0]".into(),
        }
    );
    let mut state = state;
    state.solver = "trust region".into();
    let error = solver
        .run(&ball, state, MaxIterations(1), go_on)
        .unwrap_err();
    assert!(error.to_string().contains("trust region on"), "{error}");
}

#[test]
fn a_state_moves_between_devices_with_all_it_remembers() {
    let problem = problem(Euclidean::new());
    let solver = LimitedBfgs::new();
    let half = solver
        .minimize(&problem, start(), MaxIterations(3))
        .unwrap();
    let pairs = half.state.memory.pairs.len();
    let moved = half.state.to_device(&Device::default());
    assert_eq!(moved.memory.pairs.len(), pairs);
    assert_eq!(moved.iterate.point.device(), Device::default());
}
