//! A curvature that trains with the points: nothing goes stale and nothing leaves the manifold.

mod common;

use burn::module::Module;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use common::{difference, points, points_f64};
use geom_core::{Hyperboloid, Manifold, ManifoldParam, PoincareBall, scope};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig, StepMap,
};

fn momentum() -> Option<MomentumConfig> {
    Some(MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: false,
    })
}

fn optimizers() -> Vec<(&'static str, ModuleOptimizer)> {
    vec![
        ("sgd", RiemannianSgdConfig::new().init()),
        (
            "momentum",
            RiemannianSgdConfig::new().with_momentum(momentum()).init(),
        ),
        (
            "retraction",
            RiemannianSgdConfig::new()
                .with_step(StepMap::Retraction)
                .init(),
        ),
        (
            "adam",
            RiemannianAdamConfig::new().with_amsgrad(true).init(),
        ),
        ("ramsgrad", RamsGradConfig::new().init()),
        ("adagrad", RiemannianAdagradConfig::new().init()),
    ]
}

/// Pulls two points apart and asks for a distance that the curvature decides too.
fn assert_trains<M: Manifold>(manifold: M, start: Tensor<2>) {
    for (name, mut optimizer) in optimizers() {
        let first = manifold.sectional_curvature();
        let mut model = ManifoldParam::new(Tensor::from_inner(start.clone()), manifold.clone());
        for round in 0..200 {
            let (manifold, x) = (model.manifold(), model.val());
            let count = x.dims()[0];
            let origin = manifold.origin(x.dims(), &x.device());
            let radius = manifold
                .distance(x.clone(), origin)
                .sub_scalar(2.0)
                .square()
                .sum();
            let neighbours =
                manifold.distance(x.clone().narrow(0, 0, count - 1), x.narrow(0, 1, count - 1));
            let loss = radius + neighbours.sub_scalar(3.5).square().sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            model = optimizer.step(0.02, model, gradients);

            let now = model.valid();
            let check = now.manifold().check_point(now.val());
            check.unwrap_or_else(|error| panic!("{name}, step {round}: {error}"));
        }
        let now = model.valid();
        let last = now.manifold().sectional_curvature();
        assert_ne!(first, last, "{name} did not move the curvature");
        assert!(
            last.is_some_and(|curvature| curvature < 0.0),
            "{name}: {last:?}"
        );
    }
}

#[test]
fn two_hundred_steps_stay_on_a_ball_whose_curvature_moves() {
    let device = Device::default().autodiff();
    let start = points([[0.3, -0.4], [0.1, 0.6], [-0.5, 0.2]]);
    assert_trains(PoincareBall::learnable(1.0, &device), start);
}

#[test]
fn two_hundred_steps_stay_on_a_hyperboloid_whose_curvature_moves() {
    let device = Device::default().autodiff();
    let hyperboloid = Hyperboloid::learnable(1.0, &device);
    let start = hyperboloid.valid().project(points([
        [0.0, 0.3, -0.4],
        [0.0, 0.1, 0.6],
        [0.0, -0.5, 0.2],
    ]));
    assert_trains(hyperboloid, start);
}

#[test]
fn a_step_after_a_change_of_curvature_has_the_length_of_the_stored_momentum() {
    // With momentum 1 and a zero gradient the second step is the stored velocity, so its length shows
    // whether the velocity followed the change.
    let config = MomentumConfig {
        momentum: 1.0,
        dampening: 0.0,
        nesterov: false,
    };
    let sgd = RiemannianSgdConfig::new()
        .with_momentum(Some(config))
        .build();
    let (old, new) = (PoincareBall::new(1.0), PoincareBall::new(2.5));
    let x = points_f64([[0.3, -0.4], [0.1, 0.5]]);
    let gradient = points_f64([[1.0, 2.0], [-0.5, 0.1]]);

    let lr = 0.1;
    let (y, state) = scope::enter(&old, || sgd.step(lr, x.clone(), gradient, None));
    // In units of curvature, so divided by the ratio of the roots.
    let expected = old.distance(x, y.clone()).div_scalar(2.5f64.sqrt());
    let y = new.follow(&old.metric_parameters(), y);
    let (z, _) = scope::enter(&new, || sgd.step(lr, y.clone(), y.zeros_like(), state));
    assert!(difference(new.distance(y, z), expected) < 1e-12);
}
