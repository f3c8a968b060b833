//! What the adaptive optimizers divide by: per point or per coordinate, averaged, summed or the largest.

use crate::common::{difference, points, points_f64};
use burn::optim::Optimizer;
use burn::tensor::Tensor;
use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall, scope};
use geom_optim::{RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, SecondMoment};

/// Decays are single-precision numbers, and so are their complements: some ten roundings, in steps of
/// order 0.1.
const SINGLE_PRECISION: f64 = 1e-6;
/// The settings of these tests: a step falls short by `epsilon` over the length of its gradient, 0.1 at
/// least.
const EPSILON: f32 = 1e-12;
const SHORT_BY_EPSILON: f64 = 1e-11;

#[test]
fn adam_keeps_one_second_moment_per_point_on_curved_manifolds_only() {
    fn shape<M: Manifold>(manifold: &M, second_moment: SecondMoment) -> [usize; 2] {
        let adam = RiemannianAdamConfig::new()
            .with_second_moment(second_moment)
            .build();
        let x = manifold.project(points([[0.1, 0.2, 0.3], [0.3, 0.1, 0.0]]));
        let (_, state) = scope::enter(manifold, || adam.step(0.1, x.clone(), x.ones_like(), None));
        state.expect("Adam has a state").moment_2.dims()
    }
    let (ball, hyperboloid, flat) = (
        PoincareBall::new(1.0),
        Hyperboloid::new(1.0),
        Euclidean::new(),
    );
    assert_eq!(shape(&ball, SecondMoment::ByCurvature), [2, 1]);
    assert_eq!(shape(&hyperboloid, SecondMoment::ByCurvature), [2, 1]);
    assert_eq!(shape(&flat, SecondMoment::ByCurvature), [2, 3]);
    assert_eq!(shape(&ball, SecondMoment::Elementwise), [2, 3]);
    assert_eq!(shape(&flat, SecondMoment::PerPoint), [2, 1]);
}

#[test]
fn adams_first_step_has_the_length_of_the_learning_rate() {
    let ball = PoincareBall::new(1.0);
    let x = points_f64([[0.3, -0.4], [0.8, 0.1]]);
    let adam = RiemannianAdamConfig::new().with_epsilon(EPSILON).build();
    let gradient = points_f64([[3.0, 1.0], [-40.0, 0.2]]);
    let (next, _) = scope::enter(&ball, || adam.step(0.25, x.clone(), gradient, None));
    let length = ball.distance(x, next);
    let expected = length.ones_like().mul_scalar(0.25);
    assert!(difference(length, expected) < SINGLE_PRECISION);
}

#[test]
fn adagrads_first_step_has_the_length_of_the_learning_rate() {
    let ball = PoincareBall::new(1.0);
    let x = points_f64([[0.3, -0.4], [0.8, 0.1]]);
    let adagrad = RiemannianAdagradConfig::new().with_epsilon(EPSILON).build();
    let gradient = points_f64([[3.0, 1.0], [-40.0, 0.2]]);
    let (next, _) = scope::enter(&ball, || adagrad.step(0.25, x.clone(), gradient, None));
    let length = ball.distance(x, next);
    let expected = length.ones_like().mul_scalar(0.25);
    assert!(difference(length, expected) < SHORT_BY_EPSILON);
}

#[test]
fn adagrad_shortens_the_steps_of_a_point_by_the_gradients_it_has_seen() {
    let ball = PoincareBall::new(1.0);
    let adagrad = RiemannianAdagradConfig::new()
        .with_epsilon(EPSILON)
        .with_lr_decay(0.5)
        .build();
    let mut x = points_f64([[0.3, -0.4], [0.8, 0.1]]);
    let mut state = None;
    let mut sum = Tensor::zeros_like(&x).narrow(1, 0, 1);
    for step in 0..5 {
        let gradient = points_f64([[1.0, 0.3 * f64::from(step)], [-0.5, 2.0]]);
        let r = ball.riemannian_gradient(x.clone(), gradient.clone());
        let square = ball.inner(x.clone(), r.clone(), r);
        sum = sum + square.clone();
        let rate = 0.1 / (1.0 + 0.5 * f64::from(step));
        let expected = (square / sum.clone()).sqrt().mul_scalar(rate);
        let (next, new_state) =
            scope::enter(&ball, || adagrad.step(0.1, x.clone(), gradient, state));
        let apart = difference(ball.distance(x, next.clone()), expected);
        assert!(apart < SHORT_BY_EPSILON, "step {step}: {apart:e}");
        (x, state) = (next, new_state);
    }
}

#[test]
fn ramsgrad_divides_by_the_largest_second_moment_without_bias_correction() {
    // The settings are rounded to single precision inside the optimizer.
    let (beta_1, beta_2) = (f64::from(0.9_f32), f64::from(0.999_f32));
    let ramsgrad = RamsGradConfig::new().with_epsilon(1e-20).build();
    let (mut m, mut v, mut largest) = (0.0, 0.0, 0.0_f64);
    let mut expected = 0.7;
    let mut x = points_f64([[expected]]);
    let mut state = None;
    for gradient in [1.0, -3.0, 0.1, 0.0, 0.2] {
        m = beta_1 * m + (1.0 - beta_1) * gradient;
        v = beta_2 * v + (1.0 - beta_2) * gradient * gradient;
        largest = largest.max(v);
        expected -= 0.05 * m / largest.sqrt();
        let (next, new_state) = scope::enter(&Euclidean::new(), || {
            ramsgrad.step(0.05, x, points_f64([[gradient]]), state)
        });
        let apart = difference(next.clone(), points_f64([[expected]]));
        assert!(apart < SINGLE_PRECISION, "{apart:e} apart");
        (x, state) = (next, new_state);
    }
}
