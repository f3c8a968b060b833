//! Problems with known minimizers, each solved by every solver.
//!
//! A budget is the number of iterations that a solver may take to the accuracy asked for: what it needs
//! and a quarter more, or two.

mod costs;
mod every_solver;

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use costs::{Hyperbolic, matrix, row};
use every_solver::{Budget, Case};
use geom_core::numerics::to_vec_f64;
use geom_core::{Dual, Euclidean, Hyperboloid, Manifold, PoincareBall, Sphere};
use geom_optim::StepMap;
use geom_optim::solvers::{
    Cost, GradientDescent, GradientNorm, MaxIterations, Problem, Smooth, Solver, StoppingRule,
    StrongWolfe, TrustRegion,
};

/// Norm of the gradient to reach: costs of order one have a rounding of 1e-16, whose root a method
/// that only compared costs could not get below.
const ACCURACY: f64 = 1e-10;
/// Distance from the minimizer at that gradient, for a Hessian whose least eigenvalue is above 0.1.
const DISTANCE: f64 = 1e-9;

/// Of numbers of order one: a few hundred operations, in `f64`.
const ROUNDINGS: f64 = 1e-13;

/// The largest absolute coordinate of a difference.
fn apart(left: Tensor<2>, right: Tensor<2>) -> f64 {
    to_vec_f64((left - right).abs().max())[0]
}

#[test]
fn the_rayleigh_quotient_finds_the_eigenvector_of_the_least_eigenvalue() {
    let (symmetric, least) = costs::symmetric_matrix();
    let cost = Smooth(move |x| costs::rayleigh(x, &symmetric));
    Case {
        problem: Problem::new(Sphere::new(), cost),
        start: row([0.4, -0.2, 0.1, 0.8, -0.4]).div_scalar(1.0049875621120892),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 38,
            fletcher_reeves: 95,
            polak_ribiere_plus: 29,
            hestenes_stiefel: 27,
            hager_zhang: 25,
            limited_bfgs: 17,
            trust_region: 10,
        },
    }
    .solve(|x| {
        // An eigenvector is known up to its sign.
        let error = apart(x.clone(), least.clone()).min(apart(-x, least.clone()));
        assert!(error < DISTANCE, "{error:e} from the eigenvector");
    });
}

/// Weighted means on a hyperbolic manifold, against the stationarity of the logarithms.
fn check_mean<M: Manifold>(
    manifold: M,
    model: Hyperbolic,
    points: Tensor<2>,
    weights: Tensor<2>,
    budget: Budget,
) {
    let (targets, shares) = (points.clone(), weights.clone());
    let cost = Smooth(move |x| costs::mean(x, &targets, &shares, model));
    let start = points.clone().narrow(0, 0, 1);
    Case {
        problem: Problem::new(manifold.clone(), cost),
        start,
        accuracy: ACCURACY,
        budget,
    }
    .solve(|x| {
        let logs = manifold.log(x.clone(), points.clone()) * weights.clone();
        let pull = manifold.norm(x, logs.sum_dim(0));
        let pull = to_vec_f64(pull)[0];
        assert!(pull < DISTANCE, "the logarithms add up to {pull:e}");
    });
}

#[test]
fn the_frechet_mean_on_the_ball() {
    let points = matrix([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]]);
    let weights = matrix([[1.0], [1.0], [1.0]]);
    let ball = PoincareBall::new(1.0);
    let model = Hyperbolic::Ball;
    let budget = Budget {
        gradient_descent: 12,
        fletcher_reeves: 9,
        polak_ribiere_plus: 7,
        hestenes_stiefel: 6,
        hager_zhang: 6,
        limited_bfgs: 7,
        trust_region: 5,
    };
    check_mean(ball.clone(), model, points.clone(), weights.clone(), budget);

    // Computed to 16 digits by an independent fixed-point iteration.
    let known = row([0.0876012075431797, 0.11007312923561906]);
    let cost = Smooth(move |x| costs::mean(x, &points, &weights, model));
    let problem = Problem::new(ball, cost);
    let solution = TrustRegion::new()
        .minimize(
            &problem,
            known.zeros_like(),
            GradientNorm(ROUNDINGS).or(MaxIterations(10)),
        )
        .unwrap();
    assert!(apart(solution.point(), known) < ROUNDINGS);
}

#[test]
fn the_weighted_barycenter_on_the_hyperboloid() {
    let hyperboloid = Hyperboloid::new(1.0);
    let points = hyperboloid.project(matrix([
        [0.0, 0.3, -0.4, 1.2],
        [0.0, -1.5, 0.2, 0.1],
        [0.0, 0.8, 2.0, -0.6],
        [0.0, 0.1, 0.1, -2.5],
    ]));
    let weights = matrix([[0.1], [0.4], [0.3], [0.2]]);
    let budget = Budget {
        gradient_descent: 15,
        fletcher_reeves: 12,
        polak_ribiere_plus: 12,
        hestenes_stiefel: 17,
        hager_zhang: 12,
        limited_bfgs: 10,
        trust_region: 6,
    };
    check_mean(
        hyperboloid,
        Hyperbolic::Hyperboloid,
        points,
        weights,
        budget,
    );
}

#[test]
fn the_frechet_mean_on_the_sphere() {
    let sphere = Sphere::new();
    let points = sphere.project(matrix([
        [1.0, 0.2, -0.1],
        [0.7, 0.9, 0.3],
        [0.8, -0.3, 0.9],
        [0.2, 0.6, 0.9],
    ]));
    let targets = points.clone();
    Case {
        problem: Problem::new(
            sphere.clone(),
            Smooth(move |x| costs::spherical_mean(x, &targets)),
        ),
        start: sphere.project(row([0.0, 1.0, 0.1])),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 10,
            fletcher_reeves: 8,
            polak_ribiere_plus: 15,
            hestenes_stiefel: 15,
            hager_zhang: 7,
            limited_bfgs: 7,
            trust_region: 6,
        },
    }
    .solve(|x| {
        let pull = sphere.log(x, points.clone()).sum_dim(0);
        assert!(apart(pull.clone(), pull.zeros_like()) < DISTANCE);
    });
}

#[test]
fn procrustes_finds_the_rotation_of_davenports_matrix() {
    let (before, after) = costs::rotated_vectors();
    let davenport = costs::davenport(&before, &after);
    let cost = Smooth(move |q| costs::procrustes(q, &before, &after));
    Case {
        problem: Problem::new(Sphere::new(), cost),
        start: row([1.0, 0.0, 0.0, 0.0]),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 20,
            fletcher_reeves: 408,
            polak_ribiere_plus: 17,
            hestenes_stiefel: 22,
            hager_zhang: 19,
            limited_bfgs: 15,
            trust_region: 8,
        },
    }
    .solve(|q| costs::assert_dominant_eigenvector(&davenport, &to_vec_f64(q), DISTANCE));
}

#[test]
fn rosenbrocks_valley_on_flat_space() {
    let cost = Smooth(costs::rosenbrock);
    Case {
        problem: Problem::new(Euclidean::new(), cost),
        start: row([-1.2, 1.0]),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 23_500,
            fletcher_reeves: 153,
            polak_ribiere_plus: 29,
            hestenes_stiefel: 29,
            hager_zhang: 33,
            limited_bfgs: 48,
            trust_region: 37,
        },
    }
    .solve(|x| assert!(apart(x.clone(), x.ones_like()) < DISTANCE));
}

#[test]
fn a_quadratic_with_scales_from_one_to_a_thousand() {
    let scales = row([1.0, 3.0, 10.0, 100.0, 300.0, 1000.0]);
    let center = row([1.0, -2.0, 0.5, 3.0, -1.0, 0.1]);
    let (s, c) = (scales.clone(), center.clone());
    let cost = Smooth(move |x: Dual<2>| ((x - c.clone()).square() * s.clone()).sum());
    Case {
        problem: Problem::new(Euclidean::new(), cost),
        start: center.zeros_like(),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 10_500,
            fletcher_reeves: 148,
            polak_ribiere_plus: 25,
            hestenes_stiefel: 42,
            hager_zhang: 93,
            limited_bfgs: 60,
            trust_region: 7,
        },
    }
    .solve(|x| assert!(apart(x, center.clone()) < DISTANCE));
}

/// Each point is drawn to its own target and to its neighbors.
#[test]
fn a_chain_of_points_is_one_point_of_the_product() {
    let ball = PoincareBall::new(2.0);
    let targets = matrix([[0.5, 0.1], [-0.3, 0.4], [0.2, -0.5], [0.0, 0.1]]);
    let ends = targets.clone();
    let cost = Smooth(move |x| costs::chain(x, &ends, 2.0));
    Case {
        problem: Problem::new(ball.clone(), cost),
        start: targets.zeros_like(),
        accuracy: ACCURACY,
        budget: Budget {
            gradient_descent: 38,
            fletcher_reeves: 28,
            polak_ribiere_plus: 29,
            hestenes_stiefel: 30,
            hager_zhang: 28,
            limited_bfgs: 22,
            trust_region: 7,
        },
    }
    .solve(|x| {
        let log = |y: Tensor<2>, x: Tensor<2>| ball.log(x, y);
        let (first, last) = (x.clone().narrow(0, 0, 3), x.clone().narrow(0, 1, 3));
        let none = first.clone().narrow(0, 0, 1).zeros_like();
        let forward = Tensor::cat(vec![log(last.clone(), first.clone()), none.clone()], 0);
        let backward = Tensor::cat(vec![none, log(first, last)], 0);
        let pull = log(targets.clone(), x.clone()) + forward + backward;
        let pull = to_vec_f64(ball.norm(x, pull).max())[0];
        assert!(pull < DISTANCE, "a point is drawn on with {pull:e}");
    });
}

/// Distances from the known minimizer over a run of the trust region.
fn errors<M: Manifold, F: Fn(Dual<2>) -> Dual<1>>(
    problem: &Problem<M, Smooth<F>>,
    start: Tensor<2>,
    minimizer: Tensor<2>,
) -> Vec<f64> {
    let solver = TrustRegion::new();
    let state = solver.start(problem, start).unwrap();
    let mut errors = Vec::new();
    let rule = GradientNorm(ROUNDINGS).or(MaxIterations(50));
    let distance = |x: Tensor<2>| apart(x, minimizer.clone());
    solver
        .run(problem, state, rule, |state| {
            errors.push(distance(state.iterate.point.clone()));
            ControlFlow::Continue(())
        })
        .unwrap();
    errors
}

#[test]
fn a_trust_region_doubles_its_digits_at_the_end() {
    /// The digits after a step over those before it: 2, but for the constant of the problem.
    const EXPONENT: f64 = 1.9;
    let ball = {
        let points = matrix([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]]);
        let weights = matrix([[1.0], [1.0], [1.0]]);
        let cost = Smooth(move |x| costs::mean(x, &points, &weights, Hyperbolic::Ball));
        let known = row([0.0876012075431797, 0.11007312923561906]);
        errors(
            &Problem::new(PoincareBall::new(1.0), cost),
            row([-0.7, 0.6]),
            known,
        )
    };
    let valley = errors(
        &Problem::new(Euclidean::new(), Smooth(costs::rosenbrock)),
        row([-1.2, 1.0]),
        row([1.0, 1.0]),
    );
    let eigenvector = {
        let (symmetric, least) = costs::symmetric_matrix();
        let cost = Smooth(move |x| costs::rayleigh(x, &symmetric));
        let start = Sphere::new().project(least.clone() + row([0.1, 0.2, -0.3, 0.1, 0.2]));
        errors(&Problem::new(Sphere::new(), cost), start, least)
    };
    for (name, errors) in [
        ("mean", ball),
        ("valley", valley),
        ("eigenvector", eigenvector),
    ] {
        let above = errors
            .iter()
            .take_while(|&&error| error > ROUNDINGS)
            .count();
        let exponent = errors[above - 1].ln() / errors[above - 2].ln();
        assert!(
            exponent > EXPONENT,
            "{name}: exponent {exponent} of {errors:?}"
        );
        // One more step wins all that is left.
        assert!(errors.len() <= above + 1, "{name}: {errors:?}");
    }
}

#[test]
fn a_trust_region_leaves_a_saddle() {
    /// How far from the saddle it starts.
    const NUDGE: f64 = 1e-7;
    /// Of the gradient; the point is as close for eigenvalues that are one apart.
    const ACCURACY: f64 = 1e-12;
    let (symmetric, least) = costs::symmetric_matrix();
    let saddle = costs::second_eigenvector();
    let nudge = least.clone().mul_scalar(NUDGE);
    let start = Sphere::new().project(saddle + nudge);
    let problem = Problem::new(
        Sphere::new(),
        Smooth(move |x| costs::rayleigh(x, &symmetric)),
    );
    let rule = GradientNorm(ACCURACY).or(MaxIterations(30));
    let solution = TrustRegion::new().minimize(&problem, start, rule).unwrap();
    assert!(
        apart(solution.point(), least) < ACCURACY,
        "{}",
        solution.reason
    );
}

#[test]
fn no_step_goes_beyond_the_cut_locus() {
    /// The slope of the cost.
    const SLOPE: f64 = 1e-3;
    /// Of the gradient; the point is as much closer as the Hessian, the slope, is smaller than 1, with
    /// ten times to spare.
    const ACCURACY: f64 = 1e-12;
    // Flat and nearly half way around, so that every search lengthens its steps.
    let cost = |x: Tensor<2>| x.narrow(1, 0, 1).sum().mul_scalar(-SLOPE);
    let problem = Problem::new(Sphere::new(), cost);
    let start = || Sphere::new().project(row([-1.0, 1e-3, 2e-3]));
    let rule = || GradientNorm(ACCURACY).or(MaxIterations(50));
    let solver = GradientDescent::new().with_line_search(StrongWolfe::default());
    let solution = solver.minimize(&problem, start(), rule()).unwrap();
    assert!(apart(solution.point(), row([1.0, 0.0, 0.0])) < 10.0 * ACCURACY / SLOPE);
    for iteration in solution.history() {
        assert!(
            iteration
                .step
                .is_none_or(|step| step < std::f64::consts::PI)
        );
    }
}

#[test]
fn exponential_map_and_retraction_reach_the_same_minimizer() {
    /// Of the gradient; the points are apart by ten times that at most, as [`DISTANCE`] has it.
    const ACCURACY: f64 = 1e-11;
    let points = matrix([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]]);
    let weights = matrix([[1.0], [2.0], [1.0]]);
    let cost = Smooth(move |x| costs::mean(x, &points, &weights, Hyperbolic::Ball));
    let problem = Problem::new(PoincareBall::new(1.0), cost);
    let rule = GradientNorm(ACCURACY).or(MaxIterations(200));
    let end = |step: StepMap| {
        let start = row([-0.6, -0.5]);
        let steepest = GradientDescent::new().with_step(step);
        let trust = TrustRegion::new().with_step(step);
        [
            steepest
                .minimize(&problem, start.clone(), rule)
                .unwrap()
                .point(),
            trust.minimize(&problem, start, rule).unwrap().point(),
        ]
    };
    let (geodesics, retractions) = (end(StepMap::ExponentialMap), end(StepMap::Retraction));
    for point in geodesics.iter().chain(&retractions[..1]) {
        assert!(apart(point.clone(), retractions[1].clone()) < 10.0 * ACCURACY);
    }
}

#[test]
fn costs_over_duals_are_the_distances_of_the_manifolds() {
    /// Two sums of three numbers of order one.
    const FEW_ROUNDINGS: f64 = 1e-14;
    let points = matrix([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]]);
    let weights = matrix([[0.5], [1.0], [2.0]]);
    let x = row([-0.4, 0.3]);
    let ball = PoincareBall::new(1.0);
    let squares = ball.distance(x.clone(), points.clone()).square() * weights.clone();
    let cost = Smooth(move |x| costs::mean(x, &points, &weights, Hyperbolic::Ball));
    let difference = to_vec_f64(cost.cost(x))[0] - 0.5 * to_vec_f64(squares.sum())[0];
    assert!(difference.abs() < FEW_ROUNDINGS, "{difference:e}");
}
