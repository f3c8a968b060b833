use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::{Euclidean, Hyperboloid, PoincareBall};

use super::*;
use crate::solvers::curve::Failure;
use crate::solvers::error::Quantity;
use crate::solvers::problem::{Evaluations, Iterate, Oracle, Problem};
use crate::step_map::StepMap;

type Function = fn(Tensor<1>) -> Tensor<1>;

/// Functions on the half line that descend at 0. The second and third are functions 4.1 and 4.2 of Moré
/// and Thuente (1994), *Line search algorithms with guaranteed sufficient decrease*.
const FUNCTIONS: [(&str, Function); 6] = [
    ("parabola", |t| t.sub_scalar(1.0).square()),
    ("concave, then a minimum at 1.4", |t| {
        t.clone().neg() / t.square().add_scalar(2.0)
    }),
    ("flat, then a minimum at 1.6", |t| {
        let s = t.add_scalar(0.004);
        s.clone().powi_scalar(5) - s.powi_scalar(4).mul_scalar(2.0)
    }),
    ("oscillating", |t| {
        t.clone().sub_scalar(1.0).abs() + t.mul_scalar(20.0).sin().mul_scalar(0.004)
    }),
    ("steep at first", |t| {
        let root = |t: Tensor<1>, b: f64| t.square().add_scalar(b * b).sqrt();
        root(t.clone().neg().add_scalar(1.0), 0.001).mul_scalar(1.0) + root(t, 0.01)
    }),
    ("not a number beyond 2", |t| {
        t.clone().neg().add_scalar(2.0).log().neg() - t.mul_scalar(3.0)
    }),
];

fn number(t: f64) -> Tensor<1> {
    Tensor::from_data([t], (&Device::flex(), DType::F64))
}

/// Runs a search on a function of one variable, from 0 to the right.
fn search(rule: LineSearch, function: Function, first: f64) -> Result<Trial<1>, Failure> {
    let problem = Problem::new(Euclidean::new(), function);
    let evaluations = Evaluations::default();
    let mut oracle = Oracle::new(&problem, StepMap::ExponentialMap, evaluations, 0.0);
    let start = oracle.evaluate(number(0.0));
    let direction = number(1.0);
    let mut curve = Curve::new(&mut oracle, &start, &direction);
    match rule.search(&mut curve, first) {
        Some((trial, _)) => Ok(trial),
        None => Err(curve.failure()),
    }
}

fn value(function: Function, t: f64) -> f64 {
    to_vec_f64(function(number(t)))[0]
}

fn slope(function: Function, t: f64) -> f64 {
    let cost = |t: Tensor<1>| function(t);
    to_vec_f64(cost.cost_and_gradient(number(t)).1)[0]
}

const FIRST_STEPS: [f64; 4] = [1e-3, 0.1, 10.0, 1e3];

#[test]
fn armijo_finds_enough_decrease_from_any_first_step() {
    let rule = Armijo::default();
    for (name, function) in FUNCTIONS {
        for first in FIRST_STEPS {
            let trial = search(rule.into(), function, first).unwrap();
            let promised = rule.decrease * trial.t * slope(function, 0.0);
            let change = value(function, trial.t) - value(function, 0.0);
            assert!(change <= promised, "{name} from {first}: {change:e}");
        }
    }
}

#[test]
fn strong_wolfe_finds_decrease_and_a_flat_slope_from_any_first_step() {
    let rule = StrongWolfe::default();
    for (name, function) in FUNCTIONS {
        for first in FIRST_STEPS {
            let trial = search(rule.into(), function, first).unwrap();
            let promised = rule.decrease * trial.t * slope(function, 0.0);
            let change = value(function, trial.t) - value(function, 0.0);
            assert!(change <= promised, "{name} from {first}: {change:e}");
            let left = (slope(function, trial.t) / slope(function, 0.0)).abs();
            assert!(left <= rule.curvature, "{name} from {first}: slope {left}");
        }
    }
}

#[test]
fn the_decrease_is_seen_below_the_rounding_of_the_cost() {
    /// Where the minimum is: the cost changes by its square, in the 18th digit.
    const MINIMUM: f64 = 1e-9;
    let function: Function = |t| {
        let away = t.div_scalar(MINIMUM).sub_scalar(1.0);
        away.square().mul_scalar(MINIMUM * MINIMUM) + 1.0
    };
    for rule in [Armijo::default().into(), StrongWolfe::default().into()] {
        for first in [1e-11, 1e-8, 1.0] {
            let trial = search(rule, function, first).unwrap();
            // Beyond twice the minimum the cost is higher than at the start.
            assert!(
                trial.t > 0.0 && trial.t < 2.0 * MINIMUM,
                "{rule:?}: {:e}",
                trial.t
            );
        }
    }
}

#[test]
fn a_search_that_sees_nothing_finite_says_so() {
    let wall: Function = |t| {
        let beyond = t.clone().greater_elem(0.0);
        t.neg().mask_fill(beyond, f64::NAN)
    };
    for rule in [Armijo::default().into(), StrongWolfe::default().into()] {
        let failure = search(rule, wall, 1.0).unwrap_err();
        assert_eq!(failure, Failure::NotFinite(Quantity::Cost), "{rule:?}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let rules: [(LineSearch, &str); 4] = [
        (
            Armijo {
                decrease: 0.5,
                ..Armijo::default()
            }
            .into(),
            "decrease",
        ),
        (
            Armijo {
                contraction: 1.0,
                ..Armijo::default()
            }
            .into(),
            "contraction",
        ),
        (
            StrongWolfe {
                decrease: f64::NAN,
                ..StrongWolfe::default()
            }
            .into(),
            "decrease",
        ),
        (
            StrongWolfe {
                curvature: 1e-5,
                ..StrongWolfe::default()
            }
            .into(),
            "curvature",
        ),
    ];
    for (rule, setting) in rules {
        assert_eq!(rule.check().unwrap_err().field, setting);
    }
    assert!(LineSearch::from(StrongWolfe::default()).check().is_ok());
}

/// $\varphi'(t)$ by the curve and by a central difference, along both maps.
fn assert_slopes<M: Manifold>(manifold: M, x: Tensor<2>, u: Tensor<2>) {
    const STEP: f64 = 1e-5;
    /// What a central difference with this step leaves for derivatives of order ten.
    const DIFFERENCE: f64 = 1e-8;
    /// A step at which nothing has changed yet but for the Hessian, of order ten, times the step.
    const NO_STEP: f64 = 1e-12;
    let cost = |x: Tensor<2>| (x.clone().sin() * x.exp()).sum();
    let d = manifold.project_tangent(x.clone(), u);
    let problem = Problem::new(manifold, cost);
    for map in [StepMap::ExponentialMap, StepMap::Retraction] {
        let mut oracle = Oracle::new(&problem, map, Evaluations::default(), 0.0);
        let start: Iterate<2> = oracle.evaluate(x.clone());
        let mut curve = Curve::new(&mut oracle, &start, &d);
        let mut at = |t: f64| curve.at(t).expect("the cost is finite");
        for t in [0.01, 0.3, 1.0] {
            let measured = (at(t + STEP).iterate.cost - at(t - STEP).iterate.cost) / (2.0 * STEP);
            let error = (at(t).slope - measured).abs();
            assert!(error < DIFFERENCE, "{map:?} at {t}: off by {error:e}");
        }
        let jump = curve.at(NO_STEP).unwrap().slope - curve.slope();
        assert!(jump.abs() < 100.0 * NO_STEP, "{map:?}: {jump:e}");
    }
}

#[test]
fn slopes_along_a_curve_are_exact_for_exponential_map_and_retraction() {
    let rows = |rows: [[f64; 3]; 2]| Tensor::from_data(rows, (&Device::flex(), DType::F64));
    let u = rows([[0.3, -0.2, 0.5], [-0.4, 0.1, 0.2]]);
    let x = rows([[0.1, 0.3, -0.4], [0.0, 0.0, 0.2]]);
    assert_slopes(PoincareBall::new(1.0), x.clone(), u.clone());
    let hyperboloid = Hyperboloid::new(4.0);
    assert_slopes(hyperboloid.clone(), hyperboloid.project(x), u);
}
